package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// Routers whose loopbacks the operating system configures still announce them: `network 192.0.2.1/32` has a
// route to announce only where the address is. Without it the simulation would announce nothing, and
// taking the statement away would seem to do nothing.

// announced places the host addresses that routers announce by name and that stand on no interface.
// A router that states any loopback address states them all, and what another router states is that router's.
func (f *finder) announced(stated map[netip.Addr]string) {
	for _, name := range f.work.names {
		r := f.work.routers[name]
		for _, v := range r.VRFs {
			if v.BGP == nil || !v.BGP.ImportCheck || statesLoopback(r, v.Name) {
				continue
			}
			for _, family := range network.Families {
				for _, n := range v.BGP.Families[family].Networks {
					a := n.Prefix.Addr()
					if n.Injected || n.Backdoor || !n.Prefix.IsSingleIP() || !usable(a) || f.gone[a] || has(f.work.routers[name], v, n.Prefix) {
						continue
					}
					if _, ok := stated[a]; ok {
						continue
					}
					f.place(name, v.Name, n.Prefix, n.Span)
					f.out.assumptions = append(f.out.assumptions,
						fmt.Sprintf("%s: address %s on implied interface, from its network statement %s", name, n.Prefix, n.Span))
				}
			}
		}
	}
}

func statesLoopback(r *network.Router, vrf string) bool {
	return slices.ContainsFunc(r.Interfaces, func(i network.Interface) bool {
		return i.VRF == vrf && i.Loopback && !strings.HasPrefix(i.Name, impliedFace) &&
			slices.ContainsFunc(i.Addresses, func(a network.Address) bool { return usable(a.Prefix.Addr()) })
	})
}

// has reports whether the router's own configuration, or what was concluded of it, gives the route.
func has(r *network.Router, v *network.VRF, p netip.Prefix) bool {
	return slices.ContainsFunc(v.Static, func(s network.StaticRoute) bool { return s.Prefix == p }) ||
		slices.ContainsFunc(r.Interfaces, func(i network.Interface) bool {
			return i.VRF == v.Name && slices.ContainsFunc(i.Addresses, func(a network.Address) bool { return a.Prefix.Addr() == p.Addr() })
		})
}
