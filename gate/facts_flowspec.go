package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// maxFlowHits bounds what is named of that to which a rule's packets belong.
const maxFlowHits = 10

// bgpPort is where a BGP speaker listens (RFC 4271 §8.2.1).
const bgpPort = 179

// target is something that packets go to.
type target struct {
	prefix netip.Prefix
	name   string
	router string // "" where it is nobody's
}

// targets are what a network has that a rule of flow specification should leave alone.
type targets struct {
	sessions                              [][2]target // both ends
	infrastructure, management, protected []target
}

// flowRuleFacts are the rules that routers inject, and what of the network their packets belong to.
func (s *side) flowRuleFacts() []policies.FlowRuleFacts {
	out := []policies.FlowRuleFacts{}
	rules := s.net.Env.FlowRules
	if len(rules) == 0 {
		return out
	}
	t := targets{sessions: s.speakers(), infrastructure: s.infrastructure(), management: s.managementTargets()}
	for _, p := range s.net.Env.Protect {
		for _, q := range p.Prefixes {
			t.protected = append(t.protected, target{prefix: q, name: fmt.Sprintf("%s (%s)", q, p.Name)})
		}
	}
	for i := range rules {
		r := &rules[i]
		f := policies.FlowRuleFacts{Router: r.Router, Family: r.Family(), Rule: r.String(), Match: r.MatchText(), Takes: r.Then.Takes(), Discards: r.Then.Discards(),
			Narrowed: r.Narrowed(), Sessions: hitSessions(r, t.sessions), Infrastructure: hitTargets(r, t.infrastructure),
			Management: hitTargets(r, t.management), Protected: hitTargets(r, t.protected), Span: s.span(r.Span)}
		if d := r.Destination(); d.IsValid() {
			f.Destination, f.Length = d.String(), d.Bits()
		}
		out = append(out, f)
	}
	return out
}

// speakers are the ends of every BGP session whose addresses are known, each session once.
func (s *side) speakers() (out [][2]target) {
	seen := map[[2]netip.Addr]bool{}
	for i := range s.res.Sessions {
		x := &s.res.Sessions[i]
		a, b := x.LocalAddr.WithZone(""), x.PeerAddr.WithZone("")
		if !a.IsValid() || !b.IsValid() || seen[[2]netip.Addr{b, a}] || seen[[2]netip.Addr{a, b}] {
			continue
		}
		seen[[2]netip.Addr{a, b}] = true
		far := x.Remote
		if far == "" {
			far = fmt.Sprintf("AS%d", x.RemoteAS)
		}
		out = append(out, [2]target{{singly(a), x.Router, x.Router}, {singly(b), far, x.Remote}})
	}
	return out
}

func singly(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// infrastructure are the addresses of routers' interfaces, and the subnets of links between routers. What is protected is a
// service and not the network, also where a router holds its address.
func (s *side) infrastructure() (out []target) {
	service := func(a netip.Addr) bool {
		return slices.ContainsFunc(s.net.Env.Protect, func(p network.Protected) bool {
			return slices.ContainsFunc(p.Prefixes, func(q netip.Prefix) bool { return q.Contains(a) })
		})
	}
	linked := map[network.End]bool{}
	for _, l := range s.net.Links {
		for _, e := range l.Ends {
			linked[e] = len(l.Ends) > 1
		}
	}
	seen := map[netip.Prefix]bool{}
	add := func(t target) {
		if t.prefix.IsValid() && !seen[t.prefix] && !service(t.prefix.Addr()) {
			seen[t.prefix] = true
			out = append(out, t)
		}
	}
	for _, r := range s.net.Routers {
		for i := range r.Interfaces {
			x := &r.Interfaces[i]
			for _, a := range x.Addresses {
				add(target{singly(a.Prefix.Addr()), fmt.Sprintf("%s (%s %s)", a.Prefix.Addr(), r.Name, x.Name), r.Name})
				if linked[network.End{Router: r.Name, Interface: x.Name}] {
					add(target{a.Prefix.Masked(), fmt.Sprintf("%s (the subnet of %s %s)", a.Prefix.Masked(), r.Name, x.Name), r.Name})
				}
			}
		}
	}
	return out
}

// managementTargets are the addresses over which routers are managed, and where that is done from.
func (s *side) managementTargets() (out []target) {
	m := &s.net.Env.Management
	for _, d := range s.net.Env.Devices {
		if d.Mgmt.IsValid() {
			out = append(out, target{singly(d.Mgmt), fmt.Sprintf("%s (%s)", d.Mgmt, d.Name), d.Name})
		}
	}
	for _, a := range m.Stations {
		out = append(out, target{singly(a), fmt.Sprintf("%s (a station)", a), ""})
	}
	for _, a := range m.Consoles {
		out = append(out, target{singly(a), fmt.Sprintf("%s (a console server)", a), ""})
	}
	for _, p := range m.Prefixes {
		out = append(out, target{p, fmt.Sprintf("%s (management)", p), ""})
	}
	return out
}

// hitTargets are those to which packets may match.
func hitTargets(r *network.FlowRule, list []target) policies.FlowHits {
	h := policies.FlowHits{Of: len(list), Examples: []string{}, Routers: []string{}}
	for _, t := range list {
		if r.To(t.prefix) {
			hit(&h, t.name, t.router)
		}
	}
	return h
}

// hitSessions are the BGP sessions of which some packet may match, whoever of the two opened the connection.
func hitSessions(r *network.FlowRule, list [][2]target) policies.FlowHits {
	h := policies.FlowHits{Of: len(list), Examples: []string{}, Routers: []string{}}
	for _, x := range list {
		a, b := x[0].prefix.Addr(), x[1].prefix.Addr()
		for _, f := range []network.TCPFlow{
			{Source: a, Destination: b, SourcePort: network.AnyPort, DestinationPort: bgpPort}, {Source: b, Destination: a, SourcePort: bgpPort, DestinationPort: network.AnyPort},
			{Source: b, Destination: a, SourcePort: network.AnyPort, DestinationPort: bgpPort}, {Source: a, Destination: b, SourcePort: bgpPort, DestinationPort: network.AnyPort},
		} {
			if r.Hits(f) {
				hit(&h, fmt.Sprintf("%s – %s (%s – %s)", x[0].name, x[1].name, a, b), x[0].router, x[1].router)
				break
			}
		}
	}
	return h
}

func hit(h *policies.FlowHits, name string, routers ...string) {
	h.Count++
	if len(h.Examples) < maxFlowHits {
		h.Examples = append(h.Examples, name)
	}
	for _, r := range routers {
		if r != "" && len(h.Routers) < maxFlowHits && !slices.Contains(h.Routers, r) {
			h.Routers = append(h.Routers, r)
		}
	}
	slices.Sort(h.Routers)
}
