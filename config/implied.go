package config

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Interface addresses often stand in no configuration: GoBGP has none, and FRR
// leaves them to the operating system on many machines. What a router says of its
// neighbor's address then says what the neighbor's own address must be. Conclusions
// are drawn only where exactly one router fits; each is written down.

// claim is one neighbor statement of a router of the snapshot.
type claim struct {
	router   string
	vrf      string
	bgp      *network.BGP
	neighbor *network.Neighbor
}

// finder looks for the owners of addresses that neighbor statements name.
type finder struct {
	work   *workbench
	byAddr map[netip.Addr][]claim // statements by the address that they name
	own    map[string][]claim     // statements by the router that makes them
	owner  map[netip.Addr]string
	subnet map[string][]netip.Prefix // the interfaces' subnets, by router: stated and concluded
	found  map[netip.Addr]finding
	gone   map[netip.Addr]bool // stated by base and no more: nobody has it
	out    conclusions
}

// finding is an address that was found a home.
type finding struct {
	router string
	vrf    string
	from   *network.Neighbor // the statement that it was concluded from; nil where kept from the base
	mate   netip.Addr        // the address at the other end; zero where it is not known
	strong string            // what the router itself says, where it does
}

// conclusions are what was found, in words.
type conclusions struct{ assumptions, warnings []string }

// usable reports addresses that can be looked for: not those scoped to a wire.
func usable(a netip.Addr) bool {
	return a.IsValid() && !a.IsLinkLocalUnicast() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast()
}

// findAddresses gives routers the addresses that the others' neighbor statements imply. What was
// concluded of base holds here too, unless a configuration now says otherwise: a changed
// neighbor statement does not move the address of a machine, and must be seen to miss it.
func findAddresses(w *workbench, base *Snapshot) conclusions {
	f := &finder{work: w, byAddr: map[netip.Addr][]claim{}, own: map[string][]claim{}, owner: map[netip.Addr]string{},
		subnet: map[string][]netip.Prefix{}, found: map[netip.Addr]finding{}}
	for _, name := range w.names {
		r := w.routers[name]
		for _, i := range r.Interfaces {
			for _, a := range i.Addresses {
				f.owner[a.Prefix.Addr()] = name
				f.subnet[name] = append(f.subnet[name], a.Prefix.Masked())
			}
		}
		for _, v := range r.VRFs {
			if v.BGP == nil {
				continue
			}
			for _, n := range v.BGP.Neighbors {
				c := claim{name, v.Underlay(), v.BGP, n}
				f.own[name] = append(f.own[name], c)
				if usable(n.Address) {
					f.byAddr[n.Address] = append(f.byAddr[n.Address], c)
				}
			}
		}
	}
	stated := maps.Clone(f.owner)
	f.keep(base, stated)
	addresses := make([]netip.Addr, 0, len(f.byAddr))
	for a := range f.byAddr {
		addresses = append(addresses, a)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	// What one round finds lets the next one find more; strong evidence goes first.
	for again := true; again; {
		again = false
		for _, strong := range []bool{true, false} {
			for _, a := range addresses {
				if _, ok := f.owner[a]; !ok && !f.gone[a] && f.look(a, strong) {
					again = true
				}
			}
		}
	}
	f.unclear(addresses)
	f.settle()
	f.outside(base)
	f.announced(stated, base)
	return f.out
}

// keep takes over what was concluded of base.
func (f *finder) keep(base *Snapshot, stated map[netip.Addr]string) {
	if base == nil {
		return
	}
	f.gone = f.removed(base)
	for _, k := range base.implied {
		if _, ok := stated[k.prefix.Addr()]; ok || f.work.routers[k.router] == nil {
			continue
		}
		if r := f.work.routers[k.router]; r.VRF(k.vrf) == nil {
			continue
		}
		f.owner[k.prefix.Addr()] = k.router
		f.subnet[k.router] = append(f.subnet[k.router], k.prefix.Masked())
		f.place(k.router, k.vrf, k.prefix, k.loopback, k.span)
		f.out.assumptions = append(f.out.assumptions, fmt.Sprintf("%s: address %s on implied interface, as before the change", k.router, k.prefix))
	}
}

// removed are the addresses that an interface of base states and none here does. A change that takes an
// address away leaves its sessions without one, whatever the neighbors still say: a
// loopback that is renumbered must be seen to lose them.
func (f *finder) removed(base *Snapshot) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, r := range base.Network.Routers {
		for _, i := range r.Interfaces {
			for _, a := range i.Addresses {
				if _, ok := f.owner[a.Prefix.Addr()]; !ok {
					out[a.Prefix.Addr()] = true
				}
			}
		}
	}
	for _, k := range base.implied {
		delete(out, k.prefix.Addr())
	}
	return out
}

// look searches one address's owner; strong wants the router's own word.
func (f *finder) look(a netip.Addr, strong bool) bool {
	var best []finding
	for _, name := range f.work.names {
		var c finding
		var ok bool
		if strong {
			c, ok = f.says(name, a)
		} else {
			c, ok = f.answers(name, a)
		}
		if !ok {
			continue
		}
		switch {
		case len(best) == 0 || tightness(a, c.mate) > tightness(a, best[0].mate):
			best = []finding{c}
		case tightness(a, c.mate) == tightness(a, best[0].mate):
			best = append(best, c)
		}
	}
	if len(best) != 1 {
		return false
	}
	f.owner[a], f.found[a] = best[0].router, best[0]
	return true
}

// tightness is how many leading bits two addresses share; 0 where one is not known.
func tightness(a, b netip.Addr) int {
	if !b.IsValid() || a.BitLen() != b.BitLen() {
		return 0
	}
	n := 0
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		d := x[i] ^ y[i]
		if d == 0 {
			n += 8
			continue
		}
		for d&0x80 == 0 {
			n, d = n+1, d<<1
		}
		break
	}
	return n
}

// mayOwn reports whether nothing speaks against the router having the address: it does not
// peer with it, and every statement that names the address could mean its AS.
func (f *finder) mayOwn(name string, a netip.Addr) bool {
	for _, c := range f.byAddr[a] {
		if c.router == name {
			return false
		}
		ok := slices.ContainsFunc(f.own[name], func(m claim) bool { return m.vrf == c.vrf && expects(c.bgp, c.neighbor, m.bgp, m.neighbor) })
		if !ok {
			return false
		}
	}
	return true
}

// says reports a router that itself states the address: as the source of its
// sessions, or as its router id where it answers one of the statements.
func (f *finder) says(name string, a netip.Addr) (finding, bool) {
	if !f.mayOwn(name, a) {
		return finding{}, false
	}
	for _, c := range f.byAddr[a] {
		for _, m := range f.own[name] {
			if m.vrf != c.vrf || !expects(c.bgp, c.neighbor, m.bgp, m.neighbor) || !expects(m.bgp, m.neighbor, c.bgp, c.neighbor) {
				continue
			}
			answered := f.is(m.neighbor.Address, c)
			if m.neighbor.UpdateSource == a {
				out := finding{router: name, vrf: m.vrf, from: c.neighbor, strong: "its own local address"}
				if answered {
					out.mate = m.neighbor.Address
				}
				return out, true
			}
			// Only host addresses serve as router ids and to be peered with at once.
			if m.bgp.RouterID == a && answered {
				return finding{router: name, vrf: m.vrf, from: c.neighbor, mate: m.neighbor.Address, strong: "its router id"}, true
			}
		}
	}
	return finding{}, false
}

// is reports whether an address can be that of the router that makes the claim.
func (f *finder) is(a netip.Addr, c claim) bool {
	if !usable(a) {
		return false
	}
	if owner, ok := f.owner[a]; ok {
		return owner == c.router
	}
	return c.neighbor.UpdateSource == a || f.mayOwn(c.router, a)
}

// answers reports a router with a statement that points back to one that names
// the address, from a wire that both ends can share.
func (f *finder) answers(name string, a netip.Addr) (finding, bool) {
	if !f.mayOwn(name, a) {
		return finding{}, false
	}
	var best finding
	for _, c := range f.byAddr[a] {
		for _, m := range f.own[name] {
			b := m.neighbor.Address
			if m.vrf != c.vrf || m.neighbor.UpdateSource.IsValid() && m.neighbor.UpdateSource != a || c.neighbor.UpdateSource.IsValid() && c.neighbor.UpdateSource != b ||
				!expects(c.bgp, c.neighbor, m.bgp, m.neighbor) || !expects(m.bgp, m.neighbor, c.bgp, c.neighbor) || !f.is(b, c) {
				continue
			}
			// A router that is on that wire with another address is there with that address.
			if slices.ContainsFunc(f.subnet[name], func(p netip.Prefix) bool { return p.Contains(a) || p.Contains(b) }) {
				continue
			}
			if !f.sameWire(c.router, a, b) {
				continue
			}
			if t := tightness(a, b); best.from == nil || t > tightness(a, best.mate) {
				best = finding{router: name, vrf: m.vrf, from: c.neighbor, mate: b}
			}
		}
	}
	return best, best.from != nil
}

// sameWire reports whether the address can be on the wire where the router has b: in the subnet that is
// stated for b, or, where none is, in a common /24 or /64.
func (f *finder) sameWire(router string, a, b netip.Addr) bool {
	if owner, ok := f.owner[b]; ok && owner == router {
		for _, p := range f.subnet[router] {
			if p.Contains(b) && !p.IsSingleIP() {
				return p.Contains(a)
			}
		}
	}
	return tightness(a, b) >= widest(a)
}

// widest is the longest prefix that two implied ends of one wire must share.
func widest(a netip.Addr) int {
	if a.Is4() {
		return 24
	}
	return 64
}

// unclear says where two routers fit equally.
func (f *finder) unclear(addresses []netip.Addr) {
	for _, a := range addresses {
		if _, ok := f.owner[a]; ok || f.gone[a] {
			continue
		}
		var names []string
		for _, name := range f.work.names {
			if _, ok := f.answers(name, a); ok {
				names = append(names, name)
			}
		}
		if len(names) > 1 {
			c := f.byAddr[a][0]
			f.out.warnings = append(f.out.warnings, fmt.Sprintf("%s: %s's neighbor %s could be %s: no address is assumed (say it in routegate.yaml, devices.NAME.interfaces)",
				c.neighbor.Span, c.router, a, joinOr(names)))
		}
	}
}

// settle chooses the subnets and puts the addresses onto the routers.
func (f *finder) settle() {
	found := make([]netip.Addr, 0, len(f.found))
	for a := range f.found {
		found = append(found, a)
	}
	slices.SortFunc(found, func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(f.found[a].router, f.found[b].router), a.Compare(b))
	})
	masks := f.masks(found)
	for _, a := range found {
		d := f.found[a]
		p := netip.PrefixFrom(a, masks[a])
		f.place(d.router, d.vrf, p, p.IsSingleIP(), d.from.Span)
		why := "from " + f.claimant(a, d) + "'s neighbor statement"
		if d.strong != "" {
			why = d.strong + ", and " + why
		}
		f.out.assumptions = append(f.out.assumptions, fmt.Sprintf("%s: address %s on implied interface, %s %s", d.router, p, why, d.from.Span))
	}
}

func (f *finder) claimant(a netip.Addr, d finding) string {
	for _, c := range f.byAddr[a] {
		if c.neighbor == d.from {
			return c.router
		}
	}
	return "another router"
}
