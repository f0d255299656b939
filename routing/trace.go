package routing

import (
	"net/netip"
	"slices"
)

// defaultTraces bounds the ways that Trace lists when the caller does not.
const defaultTraces = 64

// tracer walks every branch depth first, in the order of the next hops.
type tracer struct {
	*fabric
	from string
	to   netip.Addr
	max  int
	hops []Hop
	on   []bool // instances on the way so far
	out  []Trace
}

func (s *state) trace(from, vrf string, to netip.Addr, max int) []Trace {
	ri := s.router(from)
	if ri < 0 || !to.IsValid() {
		return nil
	}
	start := s.instanceIndex(ri, vrf)
	if start < 0 {
		return nil
	}
	if max <= 0 {
		max = defaultTraces
	}
	t := tracer{fabric: &s.fabric, from: from, to: to.Unmap(), max: max, on: make([]bool, len(s.instances))}
	t.walk(start)
	return t.out
}

func (t *tracer) walk(i int) {
	in := &t.instances[i]
	h := Hop{Router: t.net.Routers[in.router].Name, VRF: in.vrf.Name}
	if t.owns(i, t.to) {
		h.Route = local(t.to)
		t.end(h, Delivered, "")
		return
	}
	r, ok := in.table.Lookup(t.to)
	if !ok {
		t.end(h, NoRoute, "")
		return
	}
	h.Route, h.Branches = r, len(r.NextHops)
	t.on[i] = true
	defer func() { t.on[i] = false }()
	for _, next := range r.NextHops {
		if len(t.out) >= t.max {
			return
		}
		m := t.move(i, &r, next, t.to)
		h.Out, h.To = next, ""
		switch {
		case m.next < 0 && m.via.IsValid():
			t.end(h, m.outcome, m.via.String())
		case m.next < 0:
			t.end(h, m.outcome, "")
		default:
			h.To = t.net.Routers[t.instances[m.next].router].Name
			if t.on[m.next] {
				t.end(h, Loop, "")
				continue
			}
			t.hops = append(t.hops, h)
			t.walk(m.next)
			t.hops = t.hops[:len(t.hops)-1]
		}
	}
}

func (t *tracer) end(last Hop, o Outcome, via string) {
	t.out = append(t.out, Trace{From: t.from, To: t.to, Hops: append(slices.Clone(t.hops), last), Outcome: o, At: last.Router, Via: via})
}
