package routing

import (
	"context"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/ospf"
)

// Two routers that redistribute one protocol into OSPF, and that each prefer the other's external route to their own, have
// two stable states: the one who speaks first stays with its route, and the other follows. Daemons reach one of them;
// where both speak in the same instant they both withdraw, and try again until one is ahead (seen on ospfd 8.4, prefix by
// prefix). Rounds in which all speak at once never leave that instant. So where they do not settle, routers speak in turn:
// first in the order of the network, then in the opposite one, and what comes out differently hangs on who is first.

// turns is the order in which OSPF processes take in external routes: all at once, or one router at a time.
type turns struct {
	step int // 0: all at once; 1: in the order of the network; -1: from the end
	last int // the router whose turn it was last
}

// pick lets one router of those whose external routes changed take them in; the others keep what they have.
func (t *turns) pick(routers int, was, now []ospf.External) []ospf.External {
	of := func(from []ospf.External, router int) []ospf.External {
		var out []ospf.External
		for _, e := range from {
			if e.Router == router {
				out = append(out, e)
			}
		}
		return out
	}
	for i := range routers {
		router := ((t.last+t.step*(i+1))%routers + routers) % routers
		mine := of(now, router)
		if slices.Equal(of(was, router), mine) {
			continue
		}
		t.last = router
		var out []ospf.External
		for r := range routers {
			if r == router {
				out = append(out, mine...)
			} else {
				out = append(out, of(was, r)...)
			}
		}
		return out
	}
	return was
}

// rounds is how many it may take before a network that speaks in turn is one that does not settle.
func (t *turns) rounds(n *network.Network) int {
	if t.step == 0 {
		return maxRounds
	}
	return maxRounds + 4*len(n.Routers)
}

func (t *turns) hash(h *maphash.Hash) {
	if t.step != 0 {
		writeInt(h, uint64(t.last))
	}
}

// inTurn solves a network again that does not settle while all its routers redistribute at once. It gives nil where
// speaking in turn does not settle it either.
func inTurn(ctx context.Context, n *network.Network, o Options) (*solver, error) {
	var settled [2]*solver
	for i, t := range []turns{{step: 1, last: -1}, {step: -1, last: len(n.Routers)}} {
		s := newSolver(ctx, n, o)
		s.turns = t
		cycle, err := s.run()
		if err != nil {
			return nil, err
		}
		if cycle != nil {
			return nil, nil
		}
		settled[i] = s
	}
	first, other := settled[0], settled[1]
	for i := range first.instances {
		name := n.Routers[first.instances[i].router].Name
		for _, p := range differing(first, other, i) {
			first.doubt(Uncertainty{Router: name, Prefix: p, Arrival: true,
				Why: "routers that redistribute into OSPF prefer each other's routes to their own: which of them keeps its own depends on which is first"})
		}
	}
	return first, nil
}

// differing are the prefixes for which two solutions have other routes in one table.
func differing(a, b *solver, instance int) []netip.Prefix {
	var out []netip.Prefix
	x, y := a.instances[instance].table, b.instances[instance].table
	for r := range x.All() {
		if s, ok := y.Get(r.Prefix); !ok || !s.Equal(&r) {
			out = append(out, r.Prefix)
		}
	}
	for r := range y.All() {
		if _, ok := x.Get(r.Prefix); !ok {
			out = append(out, r.Prefix)
		}
	}
	return out
}

// redistributes reports that some OSPF process takes routes in.
func (s *solver) redistributes() bool {
	for i := range s.instances {
		for _, o := range s.instances[i].vrf.OSPF {
			if len(o.Redistribute) > 0 || o.DefaultOriginate != nil {
				return true
			}
		}
	}
	return false
}
