package routing

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Destination is where traffic goes.
type Destination struct {
	To netip.Addr
	// Good says of an end whether the traffic has arrived there; of the trace that it is given, the last hop alone is filled in.
	Good func(end *Trace) bool
}

// Flow is traffic from some routers to one of the destinations.
type Flow struct {
	Destination int // its place in the list of destinations
	In          []Ingress
}

// Ingress is where traffic begins.
type Ingress struct {
	Router, VRF string
	Interface   string  // by which it comes in from outside or from hosts; "" where that does not matter
	Volume      float64 // bit/s
}

// Direction is one direction of a link between two routers. An end that is zero is outside, hosts, or a segment of three and more.
type Direction struct{ From, To network.End }

// Loads are how flows spread over the links. Read-only once made; safe for concurrent readers.
type Loads struct {
	// Flows say how each flow ends.
	Flows []Delivery

	net     *network.Network
	ports   []port
	far     []int32 // by port: the other end of its cable; -1 where there is none
	out, in []float64
}

// Delivery is how one flow ends, in bit/s.
type Delivery struct {
	At   []Ended // where it arrives, by router
	Lost []Ended // where it does not, by router and outcome
}

// Ended is traffic that ends at a router.
type Ended struct {
	Router  string
	Outcome Outcome
	Volume  float64 // bit/s
}

// Undelivered is how much of the flow does not arrive, in bit/s.
func (d *Delivery) Undelivered() (sum float64) {
	for _, e := range d.Lost {
		sum += e.Volume
	}
	return sum
}

// Load spreads flows over the network. At every router traffic divides equally over the next hops of its route (RFC 2992: as flows are
// many and small). Traffic that gets onto a circle is lost there; that it loads the circle's links until its hop limit runs out is not
// counted. Traffic of a router that is out of order is not there.
func (r *Result) Load(to []Destination, flows []Flow) *Loads {
	l := r.state.newLoads(len(flows))
	r.state.pour(to, flows, l.far, func(_, from, into int, volume float64) {
		if from >= 0 {
			l.out[from] += volume
		}
		if into >= 0 && (from < 0 || l.far[from] < 0) {
			l.in[into] += volume
		}
	}, func(flow int, d Delivery) { l.Flows[flow] = d })
	return l
}

// LoadOf tells for some directions how much each flow puts on them, in the order of the flows.
func (r *Result) LoadOf(to []Destination, flows []Flow, wanted map[Direction]bool, each func(d Direction, flow int, volume float64)) {
	l := r.state.newLoads(0)
	out, in := make([]bool, len(l.ports)), make([]bool, len(l.ports))
	for d := range wanted {
		if i := l.port(r.state, d.From); i >= 0 {
			out[i] = true
		} else if i := l.port(r.state, d.To); i >= 0 {
			in[i] = true
		}
	}
	r.state.pour(to, flows, l.far, func(flow, from, into int, volume float64) {
		if from >= 0 && out[from] {
			each(l.outward(from), flow, volume)
		}
		if into >= 0 && (from < 0 || l.far[from] < 0) && in[into] {
			each(Direction{To: l.end(into)}, flow, volume)
		}
	}, func(int, Delivery) {})
}

// Links are all directions that carry something, with the load in bit/s: by router and interface.
func (l *Loads) Links() iter.Seq2[Direction, float64] {
	return func(yield func(Direction, float64) bool) {
		for i := range l.ports {
			if l.out[i] > 0 && !yield(l.outward(i), l.out[i]) {
				return
			}
			if l.in[i] > 0 && !yield(Direction{To: l.end(i)}, l.in[i]) {
				return
			}
		}
	}
}

func (s *state) newLoads(flows int) *Loads {
	n := len(s.wires.ports)
	l := &Loads{Flows: make([]Delivery, flows), net: s.net, ports: s.wires.ports, far: make([]int32, n), out: make([]float64, n), in: make([]float64, n)}
	for i := range l.far {
		l.far[i] = -1
	}
	index := func(e network.End) int { return l.port(s, e) }
	segment := make([]bool, n)
	for i := range s.net.Links {
		ends := s.net.Links[i].Ends
		if len(ends) == 2 {
			if a, b := index(ends[0]), index(ends[1]); a >= 0 && b >= 0 {
				l.far[a], l.far[b] = int32(b), int32(a)
			}
			continue
		}
		for _, e := range ends {
			if a := index(e); a >= 0 {
				segment[a] = true
			}
		}
	}
	for i := range segment {
		if segment[i] {
			l.far[i] = -1
		}
	}
	return l
}

func (l *Loads) port(s *state, e network.End) int {
	if ri := s.router(e.Router); ri >= 0 {
		if id, ok := s.wires.portOf[ri][e.Interface]; ok {
			return int(id)
		}
	}
	return -1
}

func (l *Loads) end(i int) network.End {
	return network.End{Router: l.net.Routers[l.ports[i].router].Name, Interface: l.ports[i].iface.Name}
}

func (l *Loads) outward(i int) Direction {
	d := Direction{From: l.end(i)}
	if f := l.far[i]; f >= 0 {
		d.To = l.end(int(f))
	}
	return d
}

// pour follows every flow. link is told of each port that traffic leaves by (-1: none) and enters by (-1: outside, or hosts).
func (s *state) pour(to []Destination, flows []Flow, far []int32, link func(flow, from, into int, volume float64), ended func(flow int, d Delivery)) {
	p := newPouring(s)
	order := make([]int, len(flows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return flows[a].Destination - flows[b].Destination })
	at := -1
	for _, i := range order {
		if flows[i].Destination != at {
			at = flows[i].Destination
			p.aim(&to[at])
		}
		ended(i, p.flow(&flows[i], func(from, into int, volume float64) { link(i, from, into, volume) }))
	}
}
