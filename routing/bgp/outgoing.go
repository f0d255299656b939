package bgp

import (
	"slices"

	"net/netip"

	"github.com/routegate/routegate/network"
)

// outgoing is everything that a neighbor is sent for the prefix: the best path, more with
// add-path, or the default that default-originate makes. The result is valid until the next call.
func (w *worker) outgoing(p *peer, f network.Family, prefix netip.Prefix, j judge, c []path, best int) []route {
	x := &p.families[f]
	out := w.spare[:0]
	if prefix.Bits() == 0 && x.sentDefault != nil {
		out = append(out, route{attrs: x.sentDefault, hop: x.self})
		return out
	}
	if best < 0 {
		return out
	}
	if !x.addPathSend {
		if r, ok := w.send(p, f, prefix, &c[best]); ok {
			out = append(out, r)
		}
		return out
	}
	limit := int(x.c.AddPathSendMax)
	var groups []medGroup
	if x.c.AddPathSendBestAS && !x.c.AddPathSendAll && limit == 0 {
		groups = j.medGroups(nil, c) // of each, what deterministic-med chooses goes out
	}
	for _, i := range j.ranked(c) {
		q := &c[i]
		if !q.ok {
			continue
		}
		if g := slices.IndexFunc(groups, func(g medGroup) bool { return sameGroup(q.attrs, c[g.first].attrs) }); g >= 0 && i != best && i != groups[g].best {
			if o := j.compare(&c[groups[g].best], q); o.timing || o.step == network.StepPathID {
				w.doubts[Uncertainty{Router: p.in.router, Prefix: prefix, Why: firstOfAS, Arrival: true, Span: p.config.Span}] = true
			}
			continue
		}
		if r, ok := w.send(p, f, prefix, q); ok {
			r.id = addPathID(q)
			out = append(out, r)
			if limit > 0 && len(out) >= limit {
				break
			}
		}
	}
	w.spare = out
	return out
}

// passesSendMax reports that more paths may go to a neighbor than the number that add-path is to send, where the speaker counts them
// as they come.
func (w *worker) passesSendMax(p *peer, f network.Family, prefix netip.Prefix, j judge, c []path) bool {
	x := &p.families[f]
	limit := int(x.c.AddPathSendMax)
	if !x.addPathSend || limit == 0 || !p.in.config.Habits.SendMaxByArrival {
		return false
	}
	n := 0
	for _, i := range j.ranked(c) {
		if _, ok := w.send(p, f, prefix, &c[i]); ok && c[i].ok {
			n++
		}
	}
	return n > limit
}

const firstOfAS = "of several paths from one neighboring AS the one that came first goes to a neighbor with addpath-tx-bestpath-per-AS"

// addPathID numbers a path by where it came from, so that it keeps its number.
func addPathID(c *path) uint32 {
	if c.source == FromVRF && c.via < 0 {
		return uint32(c.hop)<<8 + 14
	}
	if c.source == FromVRF {
		return uint32(c.via+1)<<8 + 15
	}
	if c.from < 0 {
		return uint32(c.source) + 1
	}
	return uint32(c.from)<<8 + c.id&0xFF + 16
}
