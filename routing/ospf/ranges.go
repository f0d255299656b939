package ospf

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

type prefix = netip.Prefix

// rangeOf is the longest of an area's ranges that contains the prefix; nil when there is none.
func rangeOf(s *network.OSPFArea, p prefix) *network.OSPFRange {
	if s == nil {
		return nil
	}
	var best *network.OSPFRange
	for i := range s.Ranges {
		r := &s.Ranges[i]
		if r.Prefix.Bits() <= p.Bits() && r.Prefix.Contains(p.Addr()) && (best == nil || r.Prefix.Bits() > best.Prefix.Bits()) {
			best = r
		}
	}
	return best
}

// activeRange is a range with at least one intra-area route in it, and its cost:
// the configured one or the largest of its routes (RFC 2328 §12.4.3).
type activeRange struct {
	from *area
	conf *network.OSPFRange
	cost uint32
}

func (w *world) activeRanges(p *process) []activeRange {
	var out []activeRange
	for _, ai := range p.areas {
		a := w.areas[ai]
		s := settings(p.cfg, a.id)
		if s == nil || len(s.Ranges) == 0 {
			continue
		}
		first := len(out)
		for d := range p.table {
			e := &p.table[d]
			if e.kind != rib.OSPFIntraArea || e.drop || e.area != a.index || w.dests[d].router >= 0 {
				continue
			}
			r := rangeOf(s, w.dests[d].prefix)
			if r == nil {
				continue
			}
			i := first
			for i < len(out) && out[i].conf != r {
				i++
			}
			if i == len(out) {
				out = append(out, activeRange{from: a, conf: r})
			}
			out[i].cost = max(out[i].cost, e.cost)
		}
		for i := first; i < len(out); i++ {
			if c := out[i].conf.Cost; c != nil {
				out[i].cost = *c
			}
		}
	}
	return out
}

// discards installs a null route for every announced range that is active, so that
// packets for the holes in it do not follow a default route back (ospfd does; RFC
// 2328 §16.2 (3) only ignores such summaries).
func (w *world) discards(p *process) {
	for _, r := range w.activeRanges(p) {
		if r.conf.NotAdvertise {
			continue
		}
		old := &p.table[w.destOf[r.conf.Prefix.Masked()]]
		if old.kind != rib.OSPFIntraArea {
			*old = entry{kind: rib.OSPFInterArea, area: r.from.index, drop: true}
		}
	}
}

// insideOwn reports that a summary lies in an active range of the border router's own, of any of its areas and announced or not: ospfd
// leaves it alone (RFC 2328 §16.2 (3) has that for a summary that is the range itself). Where ranges lie in one another
// the longest counts alone.
func (w *world) insideOwn(p *process, active []activeRange, of prefix) bool {
	if len(active) == 0 || p.cfg.ByBackbone {
		return false
	}
	for _, ai := range p.areas {
		r := rangeOf(settings(p.cfg, w.areas[ai].id), of)
		if r != nil {
			return slices.ContainsFunc(active, func(x activeRange) bool { return x.conf == r })
		}
	}
	return false
}

// summarizeRanges appends the ranges of the other areas.
func (w *world) summarizeRanges(out []summary, border int32, to *area) []summary {
	p := &w.procs[border]
	for _, r := range w.activeRanges(p) {
		if r.from == to || r.conf.NotAdvertise || r.from.id == 0 && to.transit || r.cost >= infinity {
			continue
		}
		announced := r.conf.Prefix.Masked()
		if r.conf.Substitute.IsValid() {
			announced = r.conf.Substitute.Masked()
		}
		out = append(out, summary{border, w.destOf[announced], r.cost})
	}
	return out
}
