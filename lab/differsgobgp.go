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
	for _, r := range j.want.Network.Routers {
		seen := j.routers[r.Name]
		if r.Dialect != "gobgp" || seen == nil {
			continue
		}
		for i := range j.want.Sessions {
			s := &j.want.Sessions[i]
			nb := r.Default().BGP.Neighbor(s.Neighbor)
			if s.Router != r.Name || s.VRF != "" || nb == nil || s.Remote == "" {
				continue
			}
			for _, f := range network.Families {
				for a := range j.want.Advertised(s.Remote, "", s.RemoteKey, f) {
					looped := a.Attributes.ASPath.Count(asTowards(r.Default().BGP, nb)) > int(nb.Families[f].AllowASIn) || a.Attributes.OriginatorID == r.Default().BGP.RouterID
					if looped && slices.ContainsFunc(seen.BGP[a.Prefix], func(p SeenPath) bool { return p.Neighbor == s.Neighbor }) {
						j.kept = append(j.kept, a.Prefix)
					}
				}
			}
		}
	}
}

func (j *judgement) keptPath(d Difference) bool {
	return d.Prefix.IsValid() && within(d.Prefix, j.kept)
}

// findLeft collects the prefixes that a neighbor has from a GoBGP router whose own Adj-RIB-Out lacks them.
func (j *judgement) findLeft(p *Plan, outside map[netip.Addr]*Tables) {
	look := func(sent map[netip.Prefix][]SentPath, at *Tables, from string) {
		if sent == nil || at == nil {
			return
		}
		for p, paths := range at.BGP {
			if len(sent[p]) == 0 && slices.ContainsFunc(paths, func(x SeenPath) bool { return x.Neighbor == from }) {
				j.left = append(j.left, p)
			}
		}
	}
	for i := range p.Outside {
		s := &p.Outside[i]
		if r := p.Net.Router(s.Router); r.Dialect == "gobgp" && j.routers[s.Router] != nil {
			look(j.routers[s.Router].Sent[s.Neighbor.Key()], outside[s.Address.Addr()], s.Peer.String())
		}
	}
	for i := range j.want.Sessions {
		s := &j.want.Sessions[i]
		if r := p.Net.Router(s.Router); r.Dialect == "gobgp" && s.VRF == "" && s.Remote != "" && j.routers[s.Router] != nil {
			look(j.routers[s.Router].Sent[s.Neighbor], j.routers[s.Remote], s.RemoteKey)
		}
	}
}

func (j *judgement) notWithdrawn(d Difference) bool {
	return d.Prefix.IsValid() && within(d.Prefix, j.left)
}

// findMutual collects the prefixes for which one of two reflectors, GoBGP among them, uses the path of the other.
func (j *judgement) findMutual() {
	for i := range j.want.Sessions {
		s := &j.want.Sessions[i]
		r, q := j.want.Network.Router(s.Router), j.want.Network.Router(s.Remote)
		if s.Type != bgp.IBGP || s.VRF != "" || q == nil || r.Dialect != "gobgp" && q.Dialect != "gobgp" || !reflector(r) || !reflector(q) {
			continue
		}
		seen := j.routers[r.Name]
		for _, f := range network.Families {
			for e := range j.want.Entries(r.Name, "", f) {
				if slices.ContainsFunc(e.Paths, func(p bgp.Path) bool { return p.Best && p.Neighbor == s.Neighbor }) {
					j.mutual = append(j.mutual, e.Prefix)
				}
			}
		}
		if seen == nil {
			continue
		}
		for p, paths := range seen.BGP {
			if slices.ContainsFunc(paths, func(x SeenPath) bool { return x.Best && x.Neighbor == s.Neighbor }) {
				j.mutual = append(j.mutual, p)
			}
		}
	}
}

// reflector reports that the router has clients.
func reflector(r *network.Router) bool {
	b := r.Default().BGP
	return b != nil && slices.ContainsFunc(b.Neighbors, func(n *network.Neighbor) bool {
		return slices.ContainsFunc(n.Families[:], func(f network.NeighborFamily) bool { return f.ReflectorClient })
	})
}

func (j *judgement) twoReflectors(d Difference) bool {
	return d.Prefix.IsValid() && within(d.Prefix, j.mutual)
}
