package routing

import (
	"cmp"
	"slices"
)

// pouring spreads one flow after the other, all those to one destination by the same forks.
type pouring struct {
	s     *state
	to    *Destination
	forks []fork // by instance, for the destination
	// Of one flow, by instance:
	volume []float64
	degree []int32 // how many branches lead there
	met    []int32 // the instances that it comes by
	queue  []int32
	state  []poured
}

type poured uint8

const (
	dry   poured = iota
	met          // traffic may come by
	spent        // all that comes by has been handed on
)

// fork is what an instance does with traffic to the destination.
type fork struct {
	known    bool
	branches []branch // each takes an equal part
}

type branch struct {
	out, into int32 // ports; -1: none, or not one of the snapshot
	next      int32 // the instance that it leads to; -1: it ends here
	good      bool  // it has arrived
	outcome   Outcome
}

func newPouring(s *state) *pouring {
	n := len(s.instances)
	return &pouring{s: s, forks: make([]fork, n), volume: make([]float64, n), degree: make([]int32, n), state: make([]poured, n)}
}

// aim turns to another destination.
func (p *pouring) aim(to *Destination) {
	p.to = to
	clear(p.forks)
}

// fork is what an instance does, found once for a destination.
func (p *pouring) fork(i int32) *fork {
	f := &p.forks[i]
	if f.known {
		return f
	}
	f.known = true
	in := &p.s.instances[i]
	x := Reach{s: p.s, to: p.to.To.Unmap()}
	x.each(int(i), func(t *Trace, next int) bool {
		b := branch{out: -1, into: -1, next: int32(next), outcome: t.Outcome}
		h := &t.Hops[0]
		if id, ok := p.s.wires.portOf[in.router][h.Out.Interface]; ok && !h.Out.Drop && !p.s.wires.ports[id].iface.Loopback {
			target := h.Out.Via
			if !target.IsValid() {
				target = x.to
			}
			if b.out = id; next >= 0 {
				b.into = p.s.wires.answer(&p.s.wires.ports[id], target)
			}
		}
		if next < 0 {
			if b.good = p.to.Good(t); !t.Outcome.Good() {
				b.out = -1 // it goes nowhere
			}
		}
		f.branches = append(f.branches, b)
		return true
	})
	return f
}

// flow hands traffic on from instance to instance, each once all that comes to it is known.
func (p *pouring) flow(f *Flow, link func(from, into int, volume float64)) Delivery {
	var d Delivery
	p.met, p.queue = p.met[:0], p.queue[:0]
	for _, in := range f.In {
		ri := p.s.router(in.Router)
		if ri < 0 || p.s.wires.failed[ri] || in.Volume <= 0 {
			continue
		}
		i := p.s.instanceIndex(ri, in.VRF)
		if i < 0 {
			continue
		}
		if id, ok := p.s.wires.portOf[ri][in.Interface]; ok && in.Interface != "" {
			link(-1, int(id), in.Volume)
		}
		p.meet(int32(i))
		p.volume[i] += in.Volume
	}
	for k := 0; k < len(p.met); k++ {
		for _, b := range p.fork(p.met[k]).branches {
			if b.next >= 0 {
				p.meet(b.next)
				p.degree[b.next]++
			}
		}
	}
	for _, i := range p.met {
		if p.degree[i] == 0 {
			p.queue = append(p.queue, i)
		}
	}
	p.drain(&d, link)
	p.circles(&d, link)
	for _, i := range p.met {
		p.volume[i], p.degree[i], p.state[i] = 0, 0, dry
	}
	for _, list := range []*[]Ended{&d.At, &d.Lost} {
		*list = merged(*list)
	}
	return d
}

func (p *pouring) meet(i int32) {
	if p.state[i] == dry {
		p.state[i] = met
		p.met = append(p.met, i)
	}
}

// drain empties instances to which nothing more can come.
func (p *pouring) drain(d *Delivery, link func(from, into int, volume float64)) {
	for k := 0; k < len(p.queue); k++ {
		i := p.queue[k]
		p.state[i] = spent
		f := p.fork(i)
		part := p.volume[i] / float64(len(f.branches))
		for _, b := range f.branches {
			if b.out >= 0 && part > 0 {
				link(int(b.out), int(b.into), part)
			}
			switch {
			case b.next >= 0:
				p.volume[b.next] += part
				if p.degree[b.next]--; p.degree[b.next] == 0 && p.state[b.next] == met {
					p.queue = append(p.queue, b.next)
				}
			case part == 0:
			case b.good:
				d.At = append(d.At, p.end(i, b.outcome, part))
			default:
				d.Lost = append(d.Lost, p.end(i, b.outcome, part))
			}
		}
	}
	p.queue = p.queue[:0]
}

// circles loses what has come to circles, and hands on what has come to instances behind them by other ways.
func (p *pouring) circles(d *Delivery, link func(from, into int, volume float64)) {
	var left []int32
	for _, i := range p.met {
		if p.state[i] == met {
			left = append(left, i)
		}
	}
	if len(left) == 0 {
		return // the usual case
	}
	// From behind: what leads to nothing that is left is on no circle.
	ways := map[int32]int{}
	back := map[int32][]int32{}
	for _, i := range left {
		for _, b := range p.fork(i).branches {
			if b.next >= 0 && p.state[b.next] == met {
				ways[i]++
				back[b.next] = append(back[b.next], i)
			}
		}
	}
	behind := map[int32]bool{}
	var open []int32
	for _, i := range left {
		if ways[i] == 0 {
			open = append(open, i)
		}
	}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		behind[i] = true
		for _, u := range back[i] {
			if ways[u]--; ways[u] == 0 {
				open = append(open, u)
			}
		}
	}
	for _, i := range left {
		if behind[i] {
			continue
		}
		p.state[i] = spent
		if p.volume[i] > 0 {
			d.Lost = append(d.Lost, p.end(i, Loop, p.volume[i]))
		}
		for _, b := range p.fork(i).branches {
			if b.next >= 0 {
				p.degree[b.next]--
			}
		}
	}
	for _, i := range left {
		if behind[i] && p.degree[i] == 0 {
			p.queue = append(p.queue, i)
		}
	}
	p.drain(d, link)
}

func (p *pouring) end(i int32, o Outcome, volume float64) Ended {
	return Ended{Router: p.s.net.Routers[p.s.instances[i].router].Name, Outcome: o, Volume: volume}
}

// merged sorts ends and adds up equal ones.
func merged(list []Ended) []Ended {
	slices.SortStableFunc(list, func(a, b Ended) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Outcome, b.Outcome))
	})
	out := list[:0]
	for _, e := range list {
		if n := len(out); n > 0 && out[n-1].Router == e.Router && out[n-1].Outcome == e.Outcome {
			out[n-1].Volume += e.Volume
		} else {
			out = append(out, e)
		}
	}
	return out
}
