package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// sharedFacts are the addresses that several routers have on interfaces that are up. Single addresses are left out:
// that several routers have one is how a service is spread.
func (s *side) sharedFacts(changed []string) []policies.SharedFacts {
	type key struct {
		vrf     string
		address netip.Prefix
	}
	found := map[key]*policies.SharedFacts{}
	var order []key
	for _, r := range s.net.Routers {
		for i := range r.Interfaces {
			x := &r.Interfaces[i]
			if x.Shutdown {
				continue
			}
			for _, a := range x.Addresses {
				if a.Prefix.IsSingleIP() || a.Prefix.Addr().IsLinkLocalUnicast() {
					continue
				}
				k := key{x.VRF, a.Prefix}
				f := found[k]
				if f == nil {
					f = &policies.SharedFacts{Address: a.Prefix.String(), Span: s.span(a.Span)}
					found[k] = f
					order = append(order, k)
				}
				if !slices.Contains(f.Routers, r.Name) {
					f.Routers = append(f.Routers, r.Name)
				}
				if slices.Contains(changed, r.Name) {
					f.Span = s.span(a.Span)
				}
			}
		}
	}
	out := []policies.SharedFacts{}
	for _, k := range order {
		if f := found[k]; len(f.Routers) > 1 {
			slices.Sort(f.Routers)
			out = append(out, *f)
		}
	}
	return out
}

// unusablePaths are paths whose next hop the router has no route to, from one neighbor.
type unusablePaths struct {
	count   int
	first   netip.Prefix
	example string
}

// unusable are, by neighbor, the prefixes of a table whose next hop the router has no route to.
func (s *side) unusable(router, vrf string, f network.Family) map[string]unusablePaths {
	out := map[string]unusablePaths{}
	for x := range s.res.Unresolved(router, vrf, f) {
		u := out[x.Neighbor]
		u.count += x.Prefixes
		if !u.first.IsValid() || x.Example.Compare(u.first) < 0 {
			u.first, u.example = x.Example, fmt.Sprintf("%s via %s", x.Example, x.NextHop)
		}
		out[x.Neighbor] = u
	}
	return out
}

// inserted are the ASes in an announcement's path, as it is sent after the change, that the router put there itself.
func (s *side) inserted(a *diff.AnnouncementChange) []uint32 {
	out := []uint32{}
	best, ok := s.res.Best(a.Router, a.VRF, a.Prefix)
	if a.After == nil || !ok {
		return out
	}
	ours := s.ours()
	for _, segment := range a.After.ASPath {
		for _, as := range segment.AS {
			if !ours[as] && best.Attributes.ASPath.Count(as) == 0 && !slices.Contains(out, as) {
				out = append(out, as)
			}
		}
	}
	return out
}
