package frr

import (
	"testing"

	"github.com/routegate/routegate/network"
)

// TestZebraClauses: bgpd lets an entry match without conditions that only zebra knows, and `show route-map`
// lists them under ZEBRA alone. The lines are no part of the entry, and the ledger says why.
func TestZebraClauses(t *testing.T) {
	for _, line := range []string{"match ip address prefix-len 24", "match ipv6 address prefix-len 48", "match ip next-hop prefix-len 24", "match source-instance 1", "match source-protocol static"} {
		t.Run(line, func(t *testing.T) {
			r := parse(t, "route-map M deny 10\n match origin igp\n "+line+"\n")
			if got := r.Policies[0].Statements[0].Match; len(got) != 1 {
				t.Errorf("the entry has %d conditions, want the origin alone: %v", len(got), got)
			}
			if f := &r.Files[0]; f.Support[2] != network.NotModelled || len(f.Notes) != 1 {
				t.Errorf("the line is %s, want not modelled with a reason: %v", f.Support[2], f.Notes)
			}
		})
	}
}
