package routing

import (
	"net/netip"
	"slices"
)

// Reach is how packets from every router (its default instance) to one address end. Every way
// is followed, however many there are: each router is looked at once.
type Reach struct {
	s    *state
	to   netip.Addr
	good func(*Trace) bool
	seen []reached // by instance
}

type reached uint8

const (
	unseen   reached = iota
	onTheWay         // between its first look and its answer: met again, it is a loop
	allArrive
	someFail
)

// Reach follows packets to an address. good says of an end whether the packet has arrived there; of
// the trace that it is given, the last hop alone is filled in. Not safe for concurrent use.
func (r *Result) Reach(to netip.Addr, good func(end *Trace) bool) *Reach {
	return &Reach{s: r.state, to: to.Unmap(), good: good, seen: make([]reached, len(r.state.instances))}
}

// From reports whether all ways from a router arrive.
func (x *Reach) From(router string) bool {
	ri := x.s.router(router)
	return ri >= 0 && !x.s.wires.failed[ri] && x.walk(x.s.first[ri])
}

func (x *Reach) walk(i int) bool {
	switch x.seen[i] {
	case allArrive:
		return true
	case someFail, onTheWay:
		return false
	}
	x.seen[i] = onTheWay
	ok := true
	x.each(i, func(end *Trace, next int) bool {
		if next < 0 {
			ok = x.good(end)
		} else {
			ok = x.walk(next)
		}
		return ok
	})
	x.seen[i] = someFail
	if ok {
		x.seen[i] = allArrive
	}
	return ok
}

// each calls do for every step that packets take at an instance: with an end, or with the next instance
// (and the hop that leads there), until do returns false.
func (x *Reach) each(i int, do func(step *Trace, next int) bool) {
	s := x.s
	in := &s.instances[i]
	h := Hop{Router: s.net.Routers[in.router].Name, VRF: in.vrf.Name}
	t := Trace{To: x.to, At: h.Router, Hops: []Hop{h}}
	if s.owns(i, x.to) {
		t.Hops[0].Route, t.Outcome = local(x.to), Delivered
		do(&t, -1)
		return
	}
	r, ok := in.table.Lookup(x.to)
	if !ok {
		t.Outcome = NoRoute
		do(&t, -1)
		return
	}
	t.Hops[0].Route, t.Hops[0].Branches = r, len(r.NextHops)
	for _, hop := range r.NextHops {
		m := s.move(i, &r, hop, x.to)
		t.Hops[0].Out, t.Hops[0].To, t.Outcome, t.Via = hop, "", m.outcome, ""
		if m.next >= 0 {
			t.Hops[0].To = s.net.Routers[s.instances[m.next].router].Name
		} else if m.via.IsValid() {
			t.Via = m.via.String()
		}
		if !do(&t, m.next) {
			return
		}
	}
}

// Way is one way from a router: one that fails where there is any, else the first. ok is
// false where there is no such router, or it is out of order.
func (x *Reach) Way(from string) (Trace, bool) {
	ri := x.s.router(from)
	if ri < 0 || x.s.wires.failed[ri] {
		return Trace{}, false
	}
	out := Trace{From: from, To: x.to}
	on := make([]bool, len(x.s.instances))
	i := x.s.first[ri]
	for fails := !x.walk(i); ; {
		on[i] = true
		var step Trace
		next, found := -1, false
		x.each(i, func(t *Trace, n int) bool {
			good := n < 0 && x.good(t) || n >= 0 && x.walk(n)
			if found = !found && (!fails || !good); found {
				step, next = *t, n
				step.Hops = slices.Clone(t.Hops)
			}
			return !found
		})
		out.Hops = append(out.Hops, step.Hops...)
		out.Outcome, out.At, out.Via = step.Outcome, step.At, step.Via
		if next >= 0 && on[next] {
			out.Outcome, out.Via, next = Loop, "", -1
		}
		if next < 0 {
			return out, true
		}
		i = next
	}
}
