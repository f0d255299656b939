package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// Routers that leave their addresses to the operating system still announce them: `network 192.0.2.0/24` has
// something to announce only where that route is. Without it the simulation would announce nothing,
// and taking the statement away would seem to do nothing.

// announced gives the routers the prefixes that they announce by name and that nothing they state gives them: host
// addresses where they state no loopback, others where they state no wire either and learn nothing
// by OSPF. What another router states is that router's.
func (f *finder) announced(stated map[netip.Addr]string, base *Snapshot) {
	for _, name := range f.work.names {
		r := f.work.routers[name]
		for _, v := range r.VRFs {
			if v.BGP == nil || !v.BGP.ImportCheck || statesLoopback(r, v.Name) {
				continue
			}
			bare := len(v.OSPF) == 0 && !f.wired(base, name, v.Name)
			for _, family := range network.Families {
				for _, n := range v.BGP.Families[family].Networks {
					a := n.Prefix.Addr()
					if n.Injected || n.Backdoor || !usable(a) || f.gone[a] || has(f.work.routers[name], v, n.Prefix) || !n.Prefix.IsSingleIP() && !bare {
						continue
					}
					if statedWithin(stated, n.Prefix) {
						continue
					}
					p := netip.PrefixFrom(f.free(n.Prefix), n.Prefix.Bits())
					f.place(name, v.Name, p, true, n.Span)
					f.out.assumptions = append(f.out.assumptions,
						fmt.Sprintf("%s: address %s on implied interface, from its network statement %s", name, p, n.Span))
				}
			}
		}
	}
}

// free is the first address of a prefix that no neighbor statement names; the prefix's own for a host.
func (f *finder) free(p netip.Prefix) netip.Addr {
	if p.Addr().BitLen()-p.Bits() < 2 {
		return p.Addr()
	}
	for a := p.Addr().Next(); p.Contains(a); a = a.Next() {
		if _, owned := f.owner[a]; !owned && len(f.byAddr[a]) == 0 {
			return a
		}
	}
	return p.Addr()
}

func statedWithin(stated map[netip.Addr]string, p netip.Prefix) bool {
	for a := range stated {
		if p.Contains(a) {
			return true
		}
	}
	return false
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
			return i.VRF == v.Name && slices.ContainsFunc(i.Addresses, func(a network.Address) bool { return a.Prefix.Masked() == p })
		})
}
