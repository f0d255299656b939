package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// probes are the addresses of a protected prefix that must be reached: those that a router has
// inside of it, at most four, else a representative.
func (s *side) probes(p netip.Prefix) []netip.Addr {
	held := s.addressesIn(p)
	if len(held) == 0 {
		return []netip.Addr{representative(p)}
	}
	slices.SortFunc(held, func(a, b heldAddress) int { return a.place - b.place })
	var out []netip.Addr
	for _, h := range held[:min(len(held), 4)] {
		out = append(out, h.addr)
	}
	return out
}

// heldAddress is an address of an interface that is not shut down; place is the order in which routers and interfaces have them.
type heldAddress struct {
	addr  netip.Addr
	place int
}

// addressesIn are those inside of a prefix, by address, each once.
func (s *side) addressesIn(p netip.Prefix) []heldAddress {
	if s.held == nil {
		s.held = []heldAddress{}
		for _, r := range s.net.Routers {
			for i := range r.Interfaces {
				for _, a := range r.Interfaces[i].Addresses {
					if !r.Interfaces[i].Shutdown {
						s.held = append(s.held, heldAddress{a.Prefix.Addr(), len(s.held)})
					}
				}
			}
		}
		slices.SortStableFunc(s.held, func(a, b heldAddress) int { return a.addr.Compare(b.addr) })
		s.held = slices.CompactFunc(s.held, func(a, b heldAddress) bool { return a.addr == b.addr })
	}
	from, _ := slices.BinarySearchFunc(s.held, p.Addr(), func(h heldAddress, a netip.Addr) int { return h.addr.Compare(a) })
	to := from
	for to < len(s.held) && p.Contains(s.held[to].addr) {
		to++
	}
	return slices.Clone(s.held[from:to])
}

// arrival is how packets from one router to one address end.
type arrival struct {
	ok      bool // every branch gets there
	outcome string
	at      string
	path    []string // in words, of the branch that fails, else of the first
}

// arrives follows packets over every branch; good says which ends count as arriving.
func (s *side) arrives(from string, to netip.Addr, good func(*routing.Trace) bool) arrival {
	return s.arrivesIn(seat{router: from}, to, good)
}

// arrivesIn is arrives from a routing instance of a router.
func (s *side) arrivesIn(from seat, to netip.Addr, good func(*routing.Trace) bool) arrival {
	traces := s.res.Trace(from.router, from.vrf, to, 0)
	if len(traces) == 0 {
		return arrival{outcome: routing.NoRoute.String(), at: from.router}
	}
	for i := range traces {
		if t := &traces[i]; !good(t) {
			return arrival{outcome: endWords(t), at: t.At, path: traceWords(t)}
		}
	}
	t := &traces[0]
	a := arrival{ok: true, outcome: t.Outcome.String(), at: t.At, path: traceWords(t)}
	if !t.Outcome.Good() {
		a.outcome = "arrives at its origin"
	}
	return a
}

func endWords(t *routing.Trace) string {
	if t.Outcome == routing.LeavesNetwork {
		return fmt.Sprintf("leaves the network to %s", t.Via)
	}
	return t.Outcome.String()
}

// anywhere: the packet gets somewhere, be it outside.
func anywhere(t *routing.Trace) bool { return t.Outcome.Good() }

// delivered: the packet gets to its destination inside of the network.
func delivered(t *routing.Trace) bool { return t.Outcome == routing.Delivered }

// toOurs says when a packet to a prefix of ours has arrived. It may be handed on to what stands behind a
// router (a server, a customer), but not out over a default route, a provider or a peer, who would only bring it
// back. A packet that ends on a null route, or finds no longer route, at an originator has arrived:
// what stands behind is not in the model.
func (s *side) toOurs(originators map[string]bool) func(*routing.Trace) bool {
	return func(t *routing.Trace) bool {
		switch t.Outcome {
		case routing.Delivered:
			return true
		case routing.LeavesNetwork:
			return len(t.Hops) > 0 && !s.outward(&t.Hops[len(t.Hops)-1])
		case routing.Blackholed, routing.NoRoute:
			return originators[t.At]
		}
		return false
	}
}

// outward reports whether a hop follows a default route, or a route learned from a provider or a peer.
func (s *side) outward(h *routing.Hop) bool {
	if h.Route.Prefix.Bits() == 0 {
		return true
	}
	if h.Route.Protocol != network.BGPProtocol {
		return false
	}
	l := s.learned(h.Router, h.VRF, h.Route.Prefix)
	r, ok := s.net.Env.Relation(l.as)
	return l.known && !l.own && ok && r.Is != network.Customer
}

// pathWords is the way of a packet in words; where several are equal, one that fails.
func (s *side) pathWords(from string, to netip.Addr) []string {
	if s.net.Router(from) == nil {
		return []string{}
	}
	return names(s.arrives(from, to, anywhere).path)
}

// traceWords tells a trace hop by hop: "edge1: bgp 10.1.0.0/16 via 10.0.0.2 eth0 → core1".
func traceWords(t *routing.Trace) []string {
	var out []string
	for i := range t.Hops {
		h := &t.Hops[i]
		w := instanceName(h.Router, h.VRF) + ": "
		switch {
		case !h.Route.Prefix.IsValid():
			if i == len(t.Hops)-1 && t.Outcome == routing.Delivered {
				w += "its own address"
				break
			}
			w += "no route to " + t.To.String()
		default:
			w += hopWords(h)
		}
		if h.To != "" {
			w += " → " + h.To
		}
		if h.Branches > 1 {
			w += fmt.Sprintf(" (one of %d equal ways)", h.Branches)
		}
		out = append(out, w)
	}
	end := t.Outcome.String()
	if t.At != "" {
		end += " at " + t.At
	}
	if t.Via != "" {
		end = fmt.Sprintf("leaves the network at %s to %s", t.At, t.Via)
	}
	return append(out, end)
}

func hopWords(h *routing.Hop) string {
	w := fmt.Sprintf("%s %s", h.Route.Protocol, h.Route.Prefix)
	switch {
	case h.Route.Protocol == network.Local:
	case h.Out.Drop:
		w += ", null route"
	case h.Out.Via.IsValid():
		w += " via " + strings.TrimSpace(h.Out.Via.String()+" "+h.Out.Interface)
	case h.Out.Interface != "":
		w += " on " + h.Out.Interface
	}
	return w
}

// joinPath makes one line of a path.
func joinPath(hops []string) string { return strings.Join(hops, "; ") }
