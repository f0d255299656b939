package gate

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
)

// limitFacts are the maximum-prefix limits of the routers concerned.
func (s *side) limitFacts(concerned map[string]bool) []policies.LimitFacts {
	out := []policies.LimitFacts{}
	for i := range s.res.Sessions {
		x := &s.res.Sessions[i]
		if !concerned[x.Router] || x.Config == nil {
			continue
		}
		for _, f := range network.Families {
			m := x.Config.Families[f].MaximumPrefix
			if m == nil || !x.Config.Families[f].Active {
				continue
			}
			received := x.Accepted[f]
			if b := s.net.Router(x.Router).VRF(x.VRF).BGP; b != nil && b.Habits.LimitReceived {
				received = x.Received[f]
			}
			// A session that was torn down holds nothing any more: what tore it down is in its reason.
			count, tripped := trippedBy(x, f)
			if tripped {
				received = count
			}
			out = append(out, policies.LimitFacts{
				Router: x.Router, Neighbor: x.Neighbor, Remote: remoteName(x), Family: f.String(), Limit: int(m.Limit), Received: received,
				WarningOnly: m.WarningOnly, Tripped: tripped, Span: s.span(m.Span),
			})
		}
	}
	return out
}

// trippedBy says how many prefixes of a family tore the session down at this end. The other end, or
// another family, went down with it and exceeded nothing.
func trippedBy(x *bgp.Session, f network.Family) (count int, tripped bool) {
	var family string
	if x.Reason != bgp.ReasonMaximumPrefix {
		return 0, false
	}
	n, err := fmt.Sscanf(x.Detail, "%d prefixes of %s", &count, &family)
	return count, err == nil && n == 2 && strings.TrimRight(family, ",") == f.String()
}

func remoteName(x *bgp.Session) string {
	if x.Remote != "" {
		return x.Remote
	}
	return fmt.Sprintf("AS%d", x.RemoteAS)
}
