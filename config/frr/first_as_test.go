package frr

import (
	"testing"

	"github.com/routegate/routegate/network"
)

// TestEnforceFirstAS: 8.4.4 says "Unknown command" to the global form; releases before 6 and from 10 on have it.
func TestEnforceFirstAS(t *testing.T) {
	for _, c := range []struct {
		version string
		known   bool
	}{{"5.0", true}, {"8.4.4", false}, {"10.5.0", true}} {
		for _, no := range []bool{false, true} {
			line := " bgp enforce-first-as\n"
			if no {
				line = " no" + line
			}
			r := parse(t, "frr version "+c.version+"\nrouter bgp 65001\n"+line+" neighbor 192.0.2.1 remote-as 65002\n")
			if got := r.Files[0].Support[2] == network.Modelled; got != c.known {
				t.Errorf("%s%s: modelled %v, want %v: %v", c.version, line, got, c.known, r.Files[0].Notes)
			}
			if c.known && bgpOf(r).Neighbors[0].EnforceFirstAS == no {
				t.Errorf("%s%s: enforced %v", c.version, line, !no)
			}
		}
	}
}
