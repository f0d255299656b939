package lab_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
)

// TestRoutesLinger boots a network in which two routers keep from each other what a third announced while its condition let it. In the
// prediction of what is configured then the route has never been there, and it is said that it may be.
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
	const never, always = "ip prefix-list NEVER seq 5 permit 203.0.113.0/24", "ip prefix-list NEVER seq 5 permit 10.0.0.1/32"
	if !strings.Contains(routers, never) {
		t.Fatalf("the network has no line %q", never)
	}
	before, err := config.Load(ctx, unpack(t, strings.Replace(routers, never, always, 1)), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	then, err := config.Load(ctx, unpack(t, routers), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, plan, want := established(t, ctx, before.Network)
	settle := func() []lab.Judged {
		if err := l.Settle(ctx, plan.Quiet(), time.Minute); err != nil {
			t.Fatal(err)
		}
		judged, _, err := judge(ctx, l, plan, want, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return judged
	}
	for _, d := range settle() {
		t.Errorf("while the condition holds: %s", d)
	}
	if _, err := l.Exec(ctx, "o", "", "vtysh", "-c", "configure terminal", "-c", "no "+always, "-c", never); err != nil {
		t.Fatal(err)
	}
	if want, err = predict(ctx, then.Network); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, d := range settle() {
		if !d.Timing || d.Prefix.String() != "10.0.0.1/32" {
			t.Error(d)
		}
		kept[d.Router] = kept[d.Router] || d.Feature == "main table"
	}
	for _, router := range []string{"b", "c", "d"} {
		if !kept[router] {
			t.Errorf("%s does not have the route any more", router)
		}
	}
}
