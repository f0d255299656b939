package policies

import (
	"context"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	t0 := time.Now()
	e, err := New(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(t0))
	t0 = time.Now()
	in := &Input{Schema: "routegate.input/v1"}
	in.After.Routers = []RouterFacts{{Name: "r1", Dangling: []DanglingRef{{Kind: "route-map", Name: "X", By: "neighbor 10.0.0.1", Effect: "refuses every route"}}}}
	r, err := e.Evaluate(context.Background(), in)
	t.Log(time.Since(t0))
	if err != nil || len(r.Errors) > 0 || len(r.Findings) != 1 {
		t.Fatal(err, r)
	}
	t.Log(r.Findings[0])
	tr, err := Test(context.Background(), "", true)
	t.Log(tr, err)
}
