package config

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// impliedAddress is one conclusion, kept for a later snapshot.
type impliedAddress struct {
	router, vrf string
	prefix      netip.Prefix
	loopback    bool
	span        network.Span
}

// impliedFace begins the names of interfaces that are concluded.
const impliedFace = "implied-"

// place puts an address on an implied interface of its own.
func (f *finder) place(router, vrf string, p netip.Prefix, loopback bool, span network.Span) {
	name := impliedFace + p.Addr().String()
	f.work.address(router, name, p, span)
	i := f.work.routers[router].Interface(name)
	i.VRF, i.Loopback = vrf, loopback
	f.work.implied = append(f.work.implied, impliedAddress{router, vrf, p, loopback, span})
}

// masks gives each address the length of its subnet: that which the other end
// states; else the smallest usual one that holds all the ends that are known of the
// wire (/31, /30, /24; /127, /64), where they share one at all; else a host route.
func (f *finder) masks(found []netip.Addr) map[netip.Addr]int {
	out := map[netip.Addr]int{}
	wire := map[netip.Addr]netip.Addr{} // to the smallest address of the wire
	var root func(a netip.Addr) netip.Addr
	root = func(a netip.Addr) netip.Addr {
		if p, ok := wire[a]; ok && p != a {
			return root(p)
		}
		return a
	}
	for _, a := range found {
		out[a] = a.BitLen()
		mate := f.found[a].mate
		if !mate.IsValid() {
			continue
		}
		if p, ok := f.stated(mate); ok && p.Contains(a) {
			out[a] = p.Bits()
			continue
		}
		if tightness(a, mate) < widest(a) {
			continue
		}
		if x, y := root(a), root(mate); x != y {
			if y.Less(x) {
				x, y = y, x
			}
			wire[y] = x
		}
	}
	members := map[netip.Addr][]netip.Addr{}
	for a := range wire {
		members[root(a)] = append(members[root(a)], a)
	}
	for r, m := range members {
		m = append(m, r)
		slices.SortFunc(m, netip.Addr.Compare)
		m = slices.Compact(m)
		bits := wireBits(m)
		for _, a := range m {
			if _, ok := f.found[a]; ok {
				out[a] = bits
			}
		}
	}
	return out
}

// stated is the subnet that a configuration gives an address; false where none does.
func (f *finder) stated(a netip.Addr) (netip.Prefix, bool) {
	owner, ok := f.owner[a]
	if !ok {
		return netip.Prefix{}, false
	}
	for _, p := range f.subnet[owner] {
		if p.Contains(a) && !p.IsSingleIP() {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// wireBits is the length of the smallest usual subnet that holds the addresses, sorted.
func wireBits(m []netip.Addr) int {
	common := tightness(m[0], m[len(m)-1])
	bits := m[0].BitLen()
	switch {
	case len(m) == 2 && common >= bits-1:
		return bits - 1
	case len(m) == 2 && m[0].Is4() && common >= 30 && !atEdge(m[0]) && !atEdge(m[1]):
		return 30
	}
	return widest(m[0])
}

// atEdge reports the first and the last address of a /30, which no host has.
func atEdge(a netip.Addr) bool {
	last := a.As4()[3] & 3
	return last == 0 || last == 3
}

func joinOr(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// addFaces gives routers the interfaces that unnumbered neighbors and the topology
// name and no address or setting mentions.
func (w *workbench) addFaces(t *topology) {
	for _, name := range w.names {
		for _, v := range w.routers[name].VRFs {
			if v.BGP == nil {
				continue
			}
			for _, n := range v.BGP.Neighbors {
				if n.Interface != "" {
					w.face(name, n.Interface, n.Span)
				}
			}
		}
	}
	if t == nil {
		return
	}
	for _, x := range t.wires {
		for _, e := range x.ends {
			if w.routers[e.Router] != nil {
				w.face(e.Router, e.Interface, x.span)
			}
		}
	}
}
