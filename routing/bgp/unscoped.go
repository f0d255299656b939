package bgp

import "fmt"

// unscopedDoubts says of which sessions the routes lead to an interface that no configuration names: zebra is told the neighbor's
// link-local address alone, and looks for it on the interface that it has known for longest (tried with GoBGP v3.37.0 and zebra
// 8.4.4: the kernel's first one, whichever the neighbor is on).
func (s *solver) unscopedDoubts() {
	for _, p := range s.peers {
		in := p.in
		if !in.config.Habits.UnscopedInZebra || p.state.State != Established || p.config.Interface == "" || !p.state.PeerAddr.IsLinkLocalUnicast() || !in.hasSeveralLinks() {
			continue
		}
		s.uncertain[Uncertainty{Router: in.router, Span: p.config.Span, Why: fmt.Sprintf(
			"neighbor %s: GoBGP does not tell zebra the interface of a link-local next hop, and zebra takes the one that came first: packets reach the neighbor only where that is %s; the order of the names is taken for theirs",
			p.config.Key(), p.config.Interface)}] = true
	}
}

// hasSeveralLinks reports that a link-local address may be on more than one of the instance's interfaces.
func (in *instance) hasSeveralLinks() bool {
	n := 0
	for i := range in.device.Interfaces {
		if f := &in.device.Interfaces[i]; !f.Loopback && !f.Shutdown && f.VRF == in.under {
			n++
		}
	}
	return n > 1
}
