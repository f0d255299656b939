package gate

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing"
)

// maxInBand bounds the links that are named for one way to management.
const maxInBand = 10

// independence solves both sides once more with every BGP session down and every in-band link cut, and says which ways
// to management are left. It costs nothing where no station, or nothing that one could reach, is in the network.
func (p *pipeline) independence(ctx context.Context) (before, after []policies.IndependenceFacts, err error) {
	before, after = []policies.IndependenceFacts{}, []policies.IndependenceFacts{}
	targets := [2][]managed{p.before.managed(p.after), p.after.managed(p.before)}
	if len(targets[0])+len(targets[1]) == 0 {
		return before, after, nil
	}
	var failed error
	err = p.compute(ctx, "independence", func() func() {
		was, err := p.cut(ctx, p.before)
		is := was
		if err == nil && p.after.net != p.before.net {
			is, err = p.cut(ctx, p.after)
		}
		if err != nil {
			return func() { failed = err }
		}
		a, b := p.before.independenceFacts(was, targets[0]), p.after.independenceFacts(is, targets[1])
		return func() { before, after = a, b }
	})
	return before, after, cmp.Or(err, failed)
}

// cut is a side with everything in band gone.
func (p *pipeline) cut(ctx context.Context, s *side) (*side, error) {
	res, err := routing.Solve(ctx, s.net, routing.Options{Workers: p.o.Workers, Fail: routing.Failure{AllBGP: true, AllLinks: true}})
	if err != nil {
		return nil, err
	}
	return newSide(s.name, s.snap, res), nil
}

// managed is a station, and a router or a console server that it has to reach.
type managed struct {
	station, address netip.Addr
	router           string // "" of a console server
}

// managed lists what the stations have to reach and what the simulated network holds, on this side or the other.
func (s *side) managed(other *side) []managed {
	var out []managed
	for _, station := range s.net.Env.Management.Stations {
		if !eitherHolds(s, other, station) {
			continue
		}
		for _, d := range s.net.Env.Devices {
			r := s.net.Router(d.Name)
			if d.Mgmt.IsValid() && r != nil && (configures(r, d.Mgmt) || configures(other.net.Router(d.Name), d.Mgmt)) {
				out = append(out, managed{station, d.Mgmt, d.Name})
			}
		}
		for _, a := range s.net.Env.Management.Consoles {
			if eitherHolds(s, other, a) {
				out = append(out, managed{station, a, ""})
			}
		}
	}
	return out
}

// reached says how a station's packets to what it manages fare, and the answers.
func (m *managed) reached(s *side) arrival {
	if m.router != "" {
		return s.manages(m.station, m.router, m.address)
	}
	return s.converses(m.station, m.address, s.gateways(m.address, false))
}

// independenceFacts compares the ways to management as they are with those that are left in the drill.
func (s *side) independenceFacts(drill *side, targets []managed) []policies.IndependenceFacts {
	out := []policies.IndependenceFacts{}
	band := s.inBand()
	for i := range targets {
		m := &targets[i]
		f := policies.IndependenceFacts{Kind: "router", Router: m.router, Address: m.address.String(), Station: m.station.String(), Span: s.span(s.net.Env.Management.Span)}
		if m.router == "" {
			f.Kind = "console"
		}
		now, then := m.reached(s), arrival{outcome: "the network does not settle"}
		if drill.res.Converged {
			then = m.reached(drill)
		}
		f.Reached, f.Path = now.ok, names(now.path)
		f.OK, f.Outcome, f.At, f.Drop = then.ok, then.outcome, then.at, names(then.path)
		f.Protocols, f.InBand = s.restsOn(m, band)
		out = append(out, f)
	}
	return out
}

// inBand names the link of every interface on one that is in band.
func (s *side) inBand() map[network.End]string {
	out := map[network.End]string{}
	for i := range s.net.Links {
		l := &s.net.Links[i]
		if !routing.InBand(s.net, l) {
			continue
		}
		name := ""
		for k, e := range l.Ends {
			if k > 0 {
				name += " – "
			}
			name += e.Router + " " + e.Interface
		}
		for _, e := range l.Ends {
			out[e] = name
		}
	}
	return out
}

// restsOn is what the ways between a station and what it manages use as things are: protocols whose routes can be
// withdrawn, and links that are in band.
func (s *side) restsOn(m *managed, band map[network.End]string) (protocols, links []string) {
	protocols, links = []string{}, []string{}
	follow := func(from seat, to netip.Addr) {
		traces := s.res.Trace(from.router, from.vrf, to, 0)
		for i := range traces {
			for k := range traces[i].Hops {
				h := &traces[i].Hops[k]
				if p := h.Route.Protocol; h.Route.Prefix.IsValid() && p != network.Connected && p != network.Local {
					protocols = append(protocols, p.String())
				}
				if name, ok := band[network.End{Router: h.Router, Interface: h.Out.Interface}]; ok {
					links = append(links, name)
				}
			}
		}
	}
	var answers []seat
	if x := configured(s.net.Router(m.router), m.address); x != nil {
		answers = []seat{{m.router, x.VRF}}
	} else {
		answers = s.gateways(m.address, false)
	}
	for _, g := range s.entries(m.station, answers) {
		follow(g, m.address)
	}
	for _, a := range answers {
		follow(a, m.station)
	}
	slices.Sort(protocols)
	slices.Sort(links)
	protocols, links = slices.Compact(protocols), slices.Compact(links)
	return protocols, links[:min(len(links), maxInBand)]
}
