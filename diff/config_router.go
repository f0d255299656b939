package diff

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/routegate/routegate/network"
)

// oneRouter compares a router that both sides have.
func (c *comparison) oneRouter(b, a *network.Router) {
	p := &place{object: ObjectRouter, path: "router", name: a.Name, noun: "the router", before: b.Span, after: a.Span}
	for _, f := range fields(b, a, ignoring(network.Router{}, "Files", "Interfaces", "VRFs", "Policies", "PrefixSets",
		"ASPathSets", "CommunitySets", "NeighborSets")) {
		ch := c.field(p, f)
		if f.Last == "Hostname" || f.Last == "PolicyDelay" {
			ch.Effect = NoEffect
		}
	}
	c.interfaces(b, a)
	pair(b.VRFs, a.VRFs, func(v *network.VRF) string { return v.Name }, func(name string, vb, va *network.VRF) {
		c.vrf = ""
		if name != "" {
			c.vrf = "vrf " + name
		}
		c.instance(name, vb, va)
	})
	c.vrf = ""
	renamed := c.policies(b, a)
	c.sets(b, a)
	c.spaces(b, a, renamed)
}

// interfaces compares the interfaces that configurations name; implied ones follow from
// other routers' changes.
func (c *comparison) interfaces(b, a *network.Router) {
	pair(pointers(b.Interfaces), pointers(a.Interfaces), func(i *network.Interface) string { return i.Name }, func(name string, ib, ia *network.Interface) {
		p := &place{object: ObjectInterface, path: step("interface " + name), name: name, noun: "interface " + name}
		switch {
		case ib == nil:
			if !ia.Implied {
				p.after = ia.Span
				c.appears(p, "", addressesText(ia), true)
			}
			return
		case ia == nil:
			if !ib.Implied {
				p.before = ib.Span
				c.appears(p, addressesText(ib), "", false)
			}
			return
		}
		p.before, p.after = ib.Span, ia.Span
		p.find = func(field string, after bool) (network.Span, bool) {
			i := ib
			if after {
				i = ia
			}
			if rest, ok := strings.CutPrefix(field, "OSPF."); ok && i.OSPF != nil {
				return i.OSPF.Marks.Find(rest)
			}
			return network.Span{}, false
		}
		for _, f := range fields(ib, ia, ignoring(network.Interface{}, "Addresses", "OSPF", "Implied")) {
			c.field(p, f)
		}
		c.ospfInterface(p, ib.OSPF, ia.OSPF)
		items(c, ib.Addresses, ia.Addresses, func(x network.Address) string { return x.Prefix.String() }, func(x network.Address) place {
			return place{object: ObjectInterface, path: step(p.path, "address "+x.Prefix.String()), name: name, noun: "interface " + name + ": address " + x.Prefix.String(), after: x.Span}
		}, func(x network.Address) string {
			if x.Peer.IsValid() {
				return "peer " + x.Peer.String()
			}
			return ""
		})
		c.addressOrder(p, ib, ia)
	})
}

// addressOrder tells a changed primary address, which OSPF and BGP sources take:
// where both sides have the same addresses of a family in another order.
func (c *comparison) addressOrder(p *place, b, a *network.Interface) {
	for _, f := range network.Families {
		primary := func(i *network.Interface) (x network.Address) {
			for _, x = range i.Addresses {
				if network.FamilyOf(x.Prefix) == f {
					return x
				}
			}
			return network.Address{}
		}
		has := func(i *network.Interface, want netip.Prefix) bool {
			for _, x := range i.Addresses {
				if x.Prefix == want {
					return true
				}
			}
			return false
		}
		pb, pa := primary(b), primary(a)
		if pb.Prefix != pa.Prefix && pb.Prefix.IsValid() && pa.Prefix.IsValid() && has(b, pa.Prefix) && has(a, pb.Prefix) {
			c.add(Change{Path: step(p.path, "primary-address", f.String()), Kind: Moved, Object: ObjectInterface, Name: p.name,
				Before: pb.Prefix.String(), After: pa.Prefix.String(), BeforeSpan: pb.Span, AfterSpan: pa.Span,
				Summary: fmt.Sprintf("%s: the primary address was %s and becomes %s", p.noun, pb.Prefix, pa.Prefix)})
		}
	}
}

func addressesText(i *network.Interface) string {
	var f []string
	for _, x := range i.Addresses {
		f = append(f, x.Prefix.String())
	}
	if i.Shutdown {
		f = append(f, "shut down")
	}
	return shorten(f)
}

// instance compares one VRF.
func (c *comparison) instance(name string, b, a *network.VRF) {
	p := &place{object: ObjectVRF, path: c.vrf, name: name, noun: "VRF " + name}
	if name == "" {
		p.path, p.noun = "routing", "the default instance"
	}
	switch {
	case b == nil:
		p.after = a.Span
		c.appears(p, "", "", true)
		return
	case a == nil:
		p.before = b.Span
		c.appears(p, "", "", false)
		return
	}
	p.before, p.after = b.Span, a.Span
	for _, f := range fields(b, a, ignoring(network.VRF{}, "Static", "BGP", "OSPF")) {
		c.field(p, f)
	}
	items(c, b.Static, a.Static, staticKey, func(s network.StaticRoute) place {
		return place{object: ObjectStatic, path: c.at("static " + staticKey(s)), name: s.Prefix.String(), noun: "static route " + staticKey(s), after: s.Span}
	}, staticText)
	c.ospf(b.OSPF, a.OSPF)
	c.bgp(b.BGP, a.BGP)
}

// staticKey names one next hop of a static route.
func staticKey(s network.StaticRoute) string {
	t := s.Prefix.String()
	switch s.Kind {
	case network.StaticVia:
		t += " via " + s.NextHop.String()
		if s.Interface != "" {
			t += " " + s.Interface
		}
	case network.StaticInterface:
		t += " dev " + s.Interface
	default:
		t += " " + s.Kind.String()
	}
	if s.NextVRF != "" {
		t += " in vrf " + s.NextVRF
	}
	return t
}

func staticText(s network.StaticRoute) string {
	t := fmt.Sprintf("distance %d", s.Distance)
	if s.Tag != 0 {
		t += fmt.Sprintf(", tag %d", s.Tag)
	}
	if s.OnLink {
		t += ", onlink"
	}
	return t
}
