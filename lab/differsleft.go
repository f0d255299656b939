package lab

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// findKept collects the prefixes of which a GoBGP router holds a path from a neighbor that, as predicted, sends
// one now whose AS path or originator loops.
func (j *judgement) findKept() {
	for i := range j.want.Sessions {
		s := &j.want.Sessions[i]
		router := j.want.Network.Router(s.Router)
		seen := j.routers[Key(s.Router, s.VRF)]
		if router.Dialect != "gobgp" || seen == nil || s.Remote == "" || router.VRF(s.VRF).BGP == nil {
			continue
		}
		b := router.VRF(s.VRF).BGP
		nb := s.Config
		for _, f := range network.Families {
			for a := range j.want.Advertised(s.Remote, remoteVRF(j.want, s), s.RemoteKey, f) {
				looped := a.Attributes.ASPath.Count(b.AS) > int(nb.Families[f].AllowASIn) || a.Attributes.OriginatorID == b.RouterID
				if looped && countFrom(seen.BGP[a.Prefix], s.Neighbor) > 0 {
					j.kept.of(Key(s.Router, s.VRF), a.Prefix)
				}
			}
		}
	}
}

// findEarly collects the redistributed routes that a GoBGP router has though, as predicted, its import policy refuses or changes them.
func (j *judgement) findEarly() {
	for _, r := range j.want.Network.Routers {
		b, seen := r.Default().BGP, j.routers[r.Name]
		if r.Dialect != "gobgp" || b == nil || seen == nil || !b.LocalImport.Configured() {
			continue
		}
		for p, paths := range seen.BGP {
			from := b.Families[network.FamilyOf(p)].Redistribute
			w, ok := j.want.Route(r.Name, "", p)
			if countFrom(paths, "") > 0 && ok && slices.ContainsFunc(from, func(x network.Redistribution) bool { return x.From == w.Protocol }) {
				j.early.of(r.Name, p)
			}
		}
	}
}

// findLeft collects what a neighbor still has from a router that, as predicted, sends it less, though it has a path that could
// take the place: see gobgp-not-withdrawn and addpath-not-withdrawn.
func (j *judgement) findLeft(p *Plan, outside map[netip.Addr]*Tables) {
	for i := range p.Outside {
		s := &p.Outside[i]
		if seen := outside[s.Address.Addr()]; seen != nil {
			r := p.Net.Router(s.Router)
			j.findLeftAt(instance{r, r.VRF(s.VRF)}, s.Neighbor, false, seen, s.Peer.String(), "")
		}
	}
	for i := range j.want.Sessions {
		s := &j.want.Sessions[i]
		r := p.Net.Router(s.Router)
		key := Key(s.Remote, remoteVRF(j.want, s))
		seen := j.routers[key]
		if s.Remote == "" || seen == nil || r.VRF(s.VRF).BGP == nil {
			continue
		}
		takes := false
		if q := remoteOf(j.want, s); q != nil {
			for _, f := range network.Families {
				takes = takes || q.Config.Families[f].AddPathReceive
			}
		}
		j.findLeftAt(instance{r, r.VRF(s.VRF)}, s.Config, takes, seen, s.RemoteKey, key)
	}
}

// findLeftAt looks at what one neighbor has from a router, as which it knows it; inside is its key where it is a router itself.
func (j *judgement) findLeftAt(r instance, nb *network.Neighbor, takes bool, at *Tables, as, inside string) {
	sent := map[netip.Prefix]int{}
	for _, f := range network.Families {
		for a := range j.want.Advertised(r.Name, r.vrf.Name, nb.Key(), f) {
			sent[a.Prefix]++
		}
	}
	for p, paths := range at.BGP {
		if countFrom(paths, as) <= sent[p] {
			continue
		}
		x := &nb.Families[network.FamilyOf(p)]
		e := j.want.Entry(r.Name, r.vrf.Name, p)
		// The withdrawal of the last path goes out, and the one that a new best path of the neighbor's own calls for (see unreturned), unless
		// the old path has the neighbor's AS: then the withdrawal, which is made of it, is taken for a loop. To a neighbor in a VRF goes a withdrawal of the VPN
		// route, which is none to it.
		chosen := e != nil && e.Best() != nil
		var c *consequences
		switch {
		case r.Dialect == "gobgp" && takes && x.AddPathSendMax > 0:
			if e != nil && len(e.Paths) > sent[p] {
				c = &j.left
			}
		case r.Dialect == "gobgp" && sent[p] == 0 && (x.ASOverride || chosen && r.vrf.BGP.VPN != nil || chosen && (e.Best().Neighbor != nb.Key() || j.unreturned(r, nb, e)) ||
			j.othersSay(p, r.Name, nb, inside)):
			c = &j.left
		case r.Dialect == "frr" && chosen && sent[p] == 0 && !takes && (x.AddPathSendAll || x.AddPathSendBestAS || x.AddPathSendMax > 0):
			c = &j.numbered
		}
		if c == nil {
			continue
		}
		c.towards(r.key(), p, nb.Key())
		if inside != "" {
			c.of(inside, p)
		}
	}
}

// unreturned reports that a new best path of the neighbor's own takes back nothing that came from a reflector's client: over iBGP, from a
// neighbor that is no client, it goes nowhere, and the old path is withdrawn only if that was local or external (filterpath).
func (j *judgement) unreturned(r instance, nb *network.Neighbor, e *bgp.Entry) bool {
	inside := func(key string, client bool) bool {
		s := j.want.Session(r.Name, r.vrf.Name, key)
		return s != nil && s.Type == bgp.IBGP && s.Config.Families[network.FamilyOf(e.Prefix)].ReflectorClient == client
	}
	return inside(nb.Key(), false) && slices.ContainsFunc(e.Paths, func(p bgp.Path) bool { return p.Neighbor != nb.Key() && inside(p.Neighbor, true) })
}

func countFrom(paths []SeenPath, neighbor string) (n int) {
	for i := range paths {
		if paths[i].Neighbor == neighbor {
			n++
		}
	}
	return n
}

// othersSay reports that a path to the prefix with the AS of an external neighbor of a router can come, or have come, from somebody else: a router
// of that AS, or the outside.
func (j *judgement) othersSay(p netip.Prefix, router string, nb *network.Neighbor, inside string) bool {
	as := nb.RemoteAS.Number
	if as == 0 || as == j.want.Network.Router(router).Default().BGP.AS {
		return false
	}
	return slices.ContainsFunc(j.want.Network.Routers, func(r *network.Router) bool {
		return r.Name != inside && slices.ContainsFunc(r.VRFs, func(v *network.VRF) bool { return v.BGP != nil && v.BGP.AS == as })
	}) || slices.ContainsFunc(j.want.Network.Env.Announcements, func(a network.Announcement) bool {
		return slices.Contains(a.Prefixes, p) && (a.From == as || a.Attributes.ASPath.Count(as) > 0) && (a.To != router || a.Neighbor != nb.Address)
	})
}
