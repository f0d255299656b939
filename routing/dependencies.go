package routing

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// Dependencies says which prefixes BGP must know for packets to the addresses to fare as they do in the whole
// network, whatever fails: those that contain one of them, or an address of a router, of a neighbor or of a next hop, since sessions
// and next hops are found by those (the address of a router towards its hosts alone is none of these); and all that lies in an aggregate of such a prefix. It is nil where more crosses
// prefixes than that (conditional advertisement, a default route on condition, limits that may be
// reached, filters in a language): then nothing may be left out. See Options.Only.
func (r *Result) Dependencies(to []netip.Addr) func(netip.Prefix) bool {
	d := &dependencies{total: len(r.state.bgp.Prefixes()), linked: map[network.End]bool{}}
	for i := range r.Network.Links {
		for _, e := range r.Network.Links[i].Ends {
			d.linked[e] = true
		}
	}
	for _, a := range to {
		d.address(a)
	}
	for i := range r.Sessions {
		if x := r.Sessions[i].Reason; x == bgp.ReasonMaximumPrefix || x == bgp.ReasonMalformed {
			return nil
		}
	}
	for _, x := range r.Network.Routers {
		if !d.router(r, x) {
			return nil
		}
	}
	for i := range r.Network.Env.Announcements {
		d.address(r.Network.Env.Announcements[i].Attributes.NextHop)
	}
	for i := range r.Network.Env.Originations {
		d.address(r.Network.Env.Originations[i].Attributes.NextHop)
	}
	var within bart.Lite // aggregates that matter
	for _, p := range d.aggregates {
		if d.addresses.OverlapsPrefix(p) {
			within.Insert(p)
		}
	}
	return func(p netip.Prefix) bool {
		return d.addresses.OverlapsPrefix(p) || within.LookupPrefix(p)
	}
}

type dependencies struct {
	addresses  bart.Lite
	aggregates []netip.Prefix
	total      int // prefixes of BGP
	linked     map[network.End]bool
}

func (d *dependencies) address(a netip.Addr) {
	if a = a.WithZone(""); a.IsValid() && !a.IsUnspecified() && !a.IsLinkLocalUnicast() {
		d.addresses.Insert(netip.PrefixFrom(a, a.BitLen()))
	}
}

// router adds what a router's configuration names; false where nothing may be left out.
func (d *dependencies) router(res *Result, r *network.Router) bool {
	for i := range r.Interfaces {
		if d.hosts(r, &r.Interfaces[i]) {
			continue
		}
		for _, a := range r.Interfaces[i].Addresses {
			d.address(a.Prefix.Addr())
			d.address(a.Peer)
		}
	}
	for _, p := range r.Policies {
		if p.Program != nil {
			return false // it may compute any next hop
		}
		for i := range p.Statements {
			for _, a := range p.Statements[i].Set {
				switch n := a.(type) {
				case network.SetNextHop:
					d.address(n.Address)
				case network.SetExtCommunity:
					if n.LeavesEmpty && n.Mode != network.AddTo {
						return false // one route may take a session down
					}
				}
			}
		}
	}
	for _, v := range r.VRFs {
		for i := range v.Static {
			d.address(v.Static[i].NextHop)
		}
		if v.BGP == nil {
			continue
		}
		d.address(v.BGP.RouterID)
		for f := range v.BGP.Families {
			for i := range v.BGP.Families[f].Aggregates {
				d.aggregates = append(d.aggregates, v.BGP.Families[f].Aggregates[i].Prefix)
			}
		}
		for _, n := range v.BGP.Neighbors {
			d.address(n.Address)
			d.address(n.UpdateSource)
			if !d.neighbor(res, r, v, n) {
				return false
			}
		}
	}
	return true
}

// hosts reports that an interface leads to hosts and to nothing that speaks: no session and no next hop has its addresses.
func (d *dependencies) hosts(r *network.Router, x *network.Interface) bool {
	if x.Loopback || x.OSPF != nil || d.linked[network.End{Router: r.Name, Interface: x.Name}] {
		return false
	}
	for _, v := range r.VRFs {
		if len(v.OSPF) > 0 {
			return false
		}
		if v.BGP == nil {
			continue
		}
		if !v.BGP.RouterID.IsValid() || len(v.BGP.Listen) > 0 {
			return false
		}
		for _, n := range v.BGP.Neighbors {
			if n.Interface == x.Name || n.UpdateInterface == x.Name ||
				slices.ContainsFunc(x.Addresses, func(a network.Address) bool { return a.Peer.IsValid() || a.Prefix.Masked().Contains(n.Address) }) {
				return false
			}
		}
	}
	return true
}

func (d *dependencies) neighbor(res *Result, r *network.Router, v *network.VRF, n *network.Neighbor) bool {
	s := res.Session(r.Name, v.Name, n.Key())
	outside := s != nil && s.External()
	for f := range n.Families {
		c := &n.Families[f]
		if !c.Active {
			continue
		}
		if c.Conditional != nil || c.MaximumPrefixOut > 0 || c.DefaultOriginate != nil && c.DefaultOriginate.Policy.IsSet() {
			return false
		}
		// What comes from outside is the same whatever fails inside, and more than there is cannot come.
		if m := c.MaximumPrefix; m != nil && !m.WarningOnly && !outside && int(m.Limit) < d.total {
			return false
		}
	}
	return true
}
