package lab_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
)

// TestRoutesLinger boots a network in which two routers keep from each other what a third announced before it had evaluated its
// condition. In the prediction the route has never been there, and it is said that it may be.
func TestRoutesLinger(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	text, err := os.ReadFile("../routing/testdata/networks/lingering.txt")
	if err != nil {
		t.Fatal(err)
	}
	routers, _, _ := strings.Cut(string(text), "\n-- checks --\n")
	s, err := config.Load(ctx, unpack(t, routers), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, plan, want := established(t, ctx, s.Network)
	if err := l.Settle(ctx, plan.Quiet(), time.Minute); err != nil {
		t.Fatal(err)
	}
	judged, tables, err := judge(ctx, l, plan, want, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range judged {
		if !d.Timing || d.Prefix.String() != "10.0.0.1/32" {
			t.Error(d)
		}
	}
	for _, router := range []string{"b", "c", "d"} {
		kept := false
		for p := range tables[router].BGP {
			kept = kept || p.String() == "10.0.0.1/32"
		}
		if !kept {
			t.Errorf("%s does not have the route any more", router)
		}
	}
}
