package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// managementChains follow the ways of management stations that a finding names: packets of a station that do not arrive, or answers that do not come back, as
// things are or else with everything in band gone.
func (q *inquiry) managementChains(f *Finding) []Chain {
	everything := routing.Failure{AllBGP: true, AllLinks: true}
	targets := q.after.managed(q.before)
	return examples(f.Prefixes, func(x netip.Prefix) (Chain, bool) {
		i := slices.IndexFunc(targets, func(m managed) bool {
			return m.address == x.Addr() && x.IsSingleIP() && strings.Contains(f.Message, m.station.String())
		})
		if i < 0 {
			return Chain{}, false
		}
		if c, ok := q.unmanaged(f, &targets[i]); ok {
			return c, true
		}
		then := q.without("everything in band", everything, everything)
		if then == nil {
			return Chain{}, false
		}
		c, ok := then.unmanaged(f, &targets[i])
		c.Loss = "with every BGP session down and every in-band link cut, " + c.Loss
		return c, ok
	})
}

// unmanaged is why a station does not reach any more what it manages.
func (q *inquiry) unmanaged(f *Finding, m *managed) (Chain, bool) {
	if !m.reached(q.before).ok || m.reached(q.after).ok {
		return Chain{}, false
	}
	answers := m.answers(q.before)
	arrives := func(*side) func(*routing.Trace) bool { return delivered }
	for _, g := range q.before.entries(m.station, answers) {
		c := q.follow(false)
		if c.lostSubnet(g, m.station) {
			return q.chain(f, fmt.Sprintf("station %s is on no subnet of %s that is up", m.station, g.router), c), true
		}
		if c, ok := q.lostPacket(f, g, netip.PrefixFrom(m.address, m.address.BitLen()), m.address, arrives); ok {
			c.Loss = fmt.Sprintf("for station %s, %s", m.station, c.Loss)
			return c, true
		}
	}
	for _, a := range answers {
		if c, ok := q.lostPacket(f, a, netip.PrefixFrom(m.station, m.station.BitLen()), m.station, arrives); ok {
			c.Loss = fmt.Sprintf("the answer to station %s does not come back: %s", m.station, c.Loss)
			return c, true
		}
	}
	return Chain{}, false
}

// answers are where what a station manages answers.
func (m *managed) answers(s *side) []seat {
	if m.router == "" {
		return s.gateways(m.address, false)
	}
	at := seat{router: m.router}
	if x := configured(s.net.Router(m.router), m.address); x != nil {
		at.vrf = x.VRF
	}
	return []seat{at}
}

// lostSubnet reports that a router has an address on a subnet that is up no more, and tells why.
func (c *causes) lostSubnet(at seat, a netip.Addr) bool {
	if slices.Contains(c.without.gateways(a, false), at) {
		return false
	}
	return slices.ContainsFunc(interfacesOn(c.with.net.Router(at.router), a), func(name string) bool { return c.lostInterface(at.router, name) })
}

func interfacesOn(r *network.Router, a netip.Addr) []string {
	var out []string
	if r != nil {
		for i := range r.Interfaces {
			if onSubnet(&r.Interfaces[i], a) {
				out = append(out, r.Interfaces[i].Name)
			}
		}
	}
	return out
}
