package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// countTold is countPlain for the prefix that has just been solved: what was said is known.
func (w *worker) countTold(prefix netip.Prefix, f network.Family, n *tally) {
	r, l := w.plain, w.lanes
	for _, i := range r.touched {
		if r.best[i].from == noPath {
			continue
		}
		e, x := &l.ends[i], &r.said[i]
		simple := x.told && x.cell != 0 && x.simple
		if simple {
			n.alike[i][f]++
		}
		if e.count == 0 || e.even && x.told && x.cell == 0 {
			continue
		}
		if e.even && simple {
			bloom := r.cells[x.cell].bloom
			for k, bit := range l.bits[e.first : e.first+e.count] {
				if bit&bloom == 0 {
					continue
				}
				if h := &l.said[int(e.first)+k]; r.holds(x.cell, h.refused) {
					n.refused[h.via][f]++
				}
			}
			continue
		}
		in, first := w.s.instances[i], int(e.first)
		for k := range in.peers {
			h := &l.said[first+k]
			switch {
			case h.kind == laneClosed, h.kind == lanePlain && x.told && x.cell == 0:
			case h.kind == lanePlain && simple:
				if r.holds(x.cell, h.refused) {
					n.refused[h.via][f]++
				}
			default:
				b := w.bestOf(int(i))
				w.countSent(in.peers[k], f, prefix, &b, n, 1)
			}
		}
	}
	w.countOutside(prefix, n, 1, nil)
}

// count adds what goes over sessions for a prefix, by times; only those count whose sending end is wanted.
func (w *worker) count(t *table, n *tally, by int, wanted func(*peer) bool) {
	if t.plain {
		w.countPlain(t, n, by, wanted)
		return
	}
	f := network.FamilyOf(t.prefix)
	for _, c := range t.counts {
		p := w.s.peers[c.peer]
		if wanted(p) {
			n.sent[p.id][f] += by * int(flag(c.sent))
		}
		if q := p.remote; q == nil && wanted(p) || q != nil && wanted(q) {
			n.received[p.id][f] += by * int(flag(c.received))
			n.accepted[p.id][f] += by * int(flag(c.accepted))
		}
	}
}

func (w *worker) countPlain(t *table, n *tally, by int, wanted func(*peer) bool) {
	s, f := w.s, network.FamilyOf(t.prefix)
	for i := range t.ways {
		if t.ways[i].from == noPath {
			continue
		}
		b := w.bestAt(t, i)
		w.plain.turn++
		for _, p := range s.instances[i].peers {
			if p.families[f].up && (wanted == nil || wanted(p)) {
				w.countSent(p, f, t.prefix, &b, n, by)
			}
		}
	}
	w.countOutside(t.prefix, n, by, wanted)
}

// countOutside counts what comes from outside.
func (w *worker) countOutside(prefix netip.Prefix, n *tally, by int, wanted func(*peer) bool) {
	s, f := w.s, network.FamilyOf(prefix)
	if seed := s.seeds[prefix]; seed != nil {
		for _, o := range seed.outside {
			p := s.peers[o.peer]
			if !p.families[f].up || wanted != nil && !wanted(p) {
				continue
			}
			n.received[p.id][f] += by
			if _, ok := w.receive(p, f, prefix, o.route); ok {
				n.accepted[p.id][f] += by
			}
		}
	}
}

// countSent counts what a best path comes to at the other end of a session.
func (w *worker) countSent(p *peer, f network.Family, prefix netip.Prefix, b *path, n *tally, by int) {
	s, x, q := w.s, &p.families[f], p.remote
	if q == nil {
		if _, ok := w.send(p, f, prefix, b); ok {
			n.sent[p.id][f] += by
		}
		return
	}
	y := &q.families[f]
	if x.flags&sendsPlainly != 0 && y.flags&receivesPlainly != 0 && !b.attrs.OriginatorID.IsValid() {
		e := w.groupExport(p, f, prefix, b)
		if e.attrs == nil || b.from == int32(p.id) && !p.in.config.AdvertiseToSender {
			return
		}
		if !e.attrs.HasLocalPref && len(e.attrs.Communities) == 0 && e.rule == hopByRule {
			n.sent[p.id][f] += by
			n.received[q.id][f] += by
			if s.loopFree(q, y.c, e.attrs) {
				n.accepted[q.id][f] += by
			}
			return
		}
	}
	rt, ok := w.send(p, f, prefix, b)
	if !ok {
		return
	}
	n.sent[p.id][f] += by
	n.received[q.id][f] += by
	if _, ok := w.receive(q, f, prefix, rt); ok {
		n.accepted[q.id][f] += by
	}
}
