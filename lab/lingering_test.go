package lab_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
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
	before := load(t, ctx, unpack(t, strings.Replace(routers, never, always, 1)))
	then := load(t, ctx, unpack(t, routers))
	l, plan, want := established(t, ctx, before)
	settle(t, ctx, l, plan, time.Minute)
	for _, d := range judged(t, ctx, l, plan, want) {
		t.Errorf("while the condition holds: %s", d)
	}
	configure(t, ctx, l, "o", "no "+always, never)
	want = foretold(t, ctx, then)
	settle(t, ctx, l, plan, time.Minute)
	kept := map[string]bool{}
	for _, d := range judged(t, ctx, l, plan, want) {
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
