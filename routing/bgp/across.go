package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// groupExport is what the neighbor's update group is sent of the instance's best path; remembered for the
// turn of one instance.
func (w *worker) groupExport(p *peer, f network.Family, prefix netip.Prefix, b *path) *exported {
	x := &p.families[f]
	g := &w.plain.groups[x.group%groupMemory]
	if g.turn != w.plain.turn || g.group != x.group {
		g.turn, g.group = w.plain.turn, x.group
		g.e = exported{}
		if communitiesAllow(p, b) {
			var from *peer
			if b.from >= 0 {
				from = w.s.peers[b.from]
			}
			g.e = w.exportOnce(p, f, prefix, b, from, false, false, network.Ref{})
		}
	}
	return &g.e
}

// across takes an instance's best path over one session: what the other end makes of it.
func (w *worker) across(p, q *peer, f network.Family, prefix netip.Prefix, b *path) (path, bool) {
	x := &p.families[f]
	var rt route
	if x.flags&sendsPlainly != 0 && !b.attrs.OriginatorID.IsValid() {
		e := w.groupExport(p, f, prefix, b)
		if e.attrs == nil || b.from == int32(p.id) && !p.in.config.AdvertiseToSender {
			return path{}, false
		}
		var from *peer
		if b.from >= 0 {
			from = w.s.peers[b.from]
		}
		rt = route{attrs: e.attrs, hop: w.nextHop(p, f, b, from, false, *e)}
		if w.toItself(p, rt.hop) {
			return path{}, false
		}
	} else {
		var ok bool
		if rt, ok = w.send(p, f, prefix, b); !ok {
			return path{}, false
		}
	}
	y := &q.families[f]
	if y.flags&receivesPlainly == 0 || prefix.IsSingleIP() || rt.attrs.HasLocalPref || len(rt.attrs.Communities) > 0 || rt.attrs.Weight != 0 {
		return w.receive(q, f, prefix, rt)
	}
	if !w.s.loopFree(q, y.c, rt.attrs) {
		return path{}, false
	}
	n := w.nearby(q, rt.hop)
	if n.own {
		return path{}, false
	}
	return path{attrs: rt.attrs, from: int32(q.id), hop: rt.hop, metric: n.reach.metric, source: FromNeighbor, ok: n.reach.ok}, true
}

// nearby asks about a next hop that came over a session.
func (w *worker) nearby(q *peer, id hopID) *nearHop {
	n := w.plain.near.at(q.id)
	if !n.known || n.hop != id {
		*n = nearHop{hop: id, known: true}
		if !q.in.config.Habits.ReceiveAsIs && id != 0 {
			n.own = w.ownHop(q.in, id)
		}
		n.reach = w.resolve(q.in, q, id)
	}
	return n
}

// again chooses anew among everything that an instance is offered now.
func (w *worker) again(in *instance, prefix netip.Prefix, f network.Family) {
	r := w.plain
	j := judge{in, w.s.peers, f}
	best := path{from: noPath}
	turn := r.turn
	for _, c := range w.offers(in, prefix, f, w.bestOf) {
		if c.ok && (best.from == noPath || w.plainBetter(j, &c, &best)) {
			best = c
		}
	}
	r.turn = max(r.turn, turn) + 1
	r.put(w.lanes, int32(in.id), r.lighten(w.s.in, w.lanes, &best))
}

// offers are all paths of an instance's table, in the order in which they are taken to have arrived, given
// the best path of every other instance.
func (w *worker) offers(in *instance, prefix netip.Prefix, f network.Family, best func(instance int) path) []path {
	var out []path
	seed := w.s.seeds[prefix]
	if seed != nil {
		for _, o := range seed.own {
			if int(o.instance) == in.id {
				out = append(out, o.path)
			}
		}
	}
	for _, p := range in.arrival {
		if !p.families[f].up {
			continue
		}
		if q := p.remote; q != nil {
			b := best(q.in.id)
			if b.from == noPath {
				continue
			}
			w.plain.turn++
			if c, ok := w.across(q, p, f, prefix, &b); ok {
				out = append(out, c)
			}
			continue
		}
		if seed == nil {
			continue
		}
		for _, o := range seed.outside {
			if int(o.peer) == p.id {
				if c, ok := w.receive(p, f, prefix, o.route); ok {
					out = append(out, c)
				}
			}
		}
	}
	return out
}
