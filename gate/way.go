package gate

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// WaySchema names the version of the Ways document.
const WaySchema = "routegate.trace/v1"

// Ways are the simulated ways of a packet from a router to an address.
type Ways struct {
	// The document's version: routegate.trace/v1.
	Schema string `json:"schema"`
	// The folder or git revision.
	Where string `json:"where"`
	// The router where the packet starts.
	From string `json:"from"`
	// Where it goes.
	To string `json:"to"`
	// False: the network does not settle, and the ways are those of one of several states.
	Converged bool `json:"converged"`
	// Whether every way gets there.
	Arrives bool `json:"arrives"`
	// Every equal way.
	Ways []Way `json:"ways"`
}

// Way is one way.
type Way struct {
	// Whether it gets anywhere.
	Good bool `json:"good"`
	// delivered, leaves the network, no route, blackholed, next hop not on the link or loop.
	Outcome string `json:"outcome"`
	// The router where it ends.
	At string `json:"at"`
	// The neighbor outside that takes the packet; empty else.
	Via string `json:"via"`
	// The steps.
	Hops []WayHop `json:"hops"`
}

// WayHop is one step: a router, the route that it uses, and why it has that one.
type WayHop struct {
	// The router.
	Router string `json:"router"`
	// The routing instance; empty for the default one.
	VRF string `json:"vrf"`
	// The route's prefix; empty where none matches.
	Prefix string `json:"prefix"`
	// Where the route comes from.
	Protocol string `json:"protocol"`
	// The administrative distance.
	Distance uint8 `json:"distance"`
	// The metric.
	Metric uint32 `json:"metric"`
	// The next hop and interface.
	Out string `json:"out"`
	// The next router; empty at the end.
	Next string `json:"next"`
	// How many equal next hops there are.
	Branches int `json:"branches"`
	// Why the router has this route.
	Reason string `json:"reason"`
	// Why the step cannot be trusted wholly; empty else.
	Uncertain string `json:"uncertain"`
	// The line that makes the route, for connected and static ones; null else.
	Source *Source `json:"source"`
}

// TraceOptions choose a packet.
type TraceOptions struct {
	Where, From, To string
	VRF             string // where the packet starts in; "" or "default" is the default instance
	Workers         int
	Progress        func(stage string, done, total int)
}

// Trace simulates one snapshot and follows a packet.
func Trace(ctx context.Context, o TraceOptions) (*Ways, error) {
	to, err := netip.ParseAddr(o.To)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address; write it like 192.0.2.1 or 2001:db8::1", o.To)
	}
	s, err := solved(ctx, o.Where, o.Workers, o.Progress)
	if err != nil {
		return nil, err
	}
	r, err := s.router(o.From)
	if err != nil {
		return nil, err
	}
	if o.VRF == "default" {
		o.VRF = ""
	}
	if r.VRF(o.VRF) == nil {
		return nil, fmt.Errorf("router %s has no routing instance %q", o.From, o.VRF)
	}
	w := &Ways{Schema: WaySchema, Where: o.Where, From: o.From, To: to.String(), Converged: s.res.Converged, Ways: []Way{}}
	q := newQuoter("after", s.snap)
	for _, t := range s.res.Trace(o.From, o.VRF, to, 0) {
		way := Way{Good: t.Outcome.Good(), Outcome: t.Outcome.String(), At: t.At, Via: t.Via, Hops: []WayHop{}}
		for i := range t.Hops {
			way.Hops = append(way.Hops, s.wayHop(&t.Hops[i], to, q))
		}
		w.Ways = append(w.Ways, way)
	}
	w.Arrives = len(w.Ways) > 0
	for _, x := range w.Ways {
		w.Arrives = w.Arrives && x.Good
	}
	return w, nil
}

func (s *side) wayHop(h *routing.Hop, to netip.Addr, q *quoter) WayHop {
	out := WayHop{Router: h.Router, VRF: h.VRF, Next: h.To, Branches: h.Branches, Uncertain: h.Uncertain}
	if !h.Route.Prefix.IsValid() {
		out.Reason = "no route matches"
		if r := s.net.Router(h.Router); r != nil && r.Owns(to) {
			out.Reason = "its own address"
		}
		return out
	}
	out.Prefix, out.Protocol, out.Distance, out.Metric = h.Route.Prefix.String(), h.Route.Protocol.String(), h.Route.Distance, h.Route.Metric
	out.Out = nextHopText(h.Out)
	switch h.Route.Protocol {
	case network.BGPProtocol:
		out.Reason = s.bgpReason(h.Router, h.VRF, h.Route.Prefix)
	case network.Connected, network.Local:
		out.Reason = "on an interface of its own"
	case network.Static:
		out.Reason = "configured"
	case network.OSPFv2:
		out.Reason = fmt.Sprintf("cost %d", h.Route.Metric)
	}
	if src, ok := q.source(h.Route.Span); ok {
		out.Source = &src
	}
	return out
}

func (s *side) bgpReason(router, vrf string, p netip.Prefix) string {
	e := s.res.Entry(router, vrf, p)
	if e == nil || e.Best() == nil {
		return ""
	}
	b := e.Best()
	if b.Source == bgp.FromVRF {
		return "leaked from VRF " + cmp.Or(b.VRF, "default") + ", " + choice(e, 0)
	}
	if b.Source != bgp.FromNeighbor {
		return "its own, from " + b.Source.String()
	}
	from := b.Neighbor
	if x := s.session(router, vrf, b.Neighbor); x != nil {
		if from = x.Remote; from == "" {
			from = fmt.Sprintf("AS%d (%s)", x.RemoteAS, x.Neighbor)
		}
	}
	path := b.Attributes.ASPath.String()
	if path == "" {
		path = "empty"
	}
	return fmt.Sprintf("%s from %s, AS path %s; %s", b.PeerType, from, path, choice(e, 0))
}
