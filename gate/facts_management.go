package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// managementFacts says whether each station reaches each router's management address, and
// its answer finds the way back. A router that is not in the simulated network with that
// address on either side is managed by another network, which is not looked at.
func (s *side) managementFacts(other *side) []policies.MgmtFacts {
	out := []policies.MgmtFacts{}
	for _, station := range s.net.Env.Management.Stations {
		known := eitherHolds(s, other, station)
		for _, d := range s.net.Env.Devices {
			r := s.net.Router(d.Name)
			if !d.Mgmt.IsValid() || r == nil {
				continue
			}
			f := policies.MgmtFacts{Router: d.Name, Address: d.Mgmt.String(), Station: station.String(), Path: []string{}}
			if f.Known = known && (configures(r, d.Mgmt) || configures(other.net.Router(d.Name), d.Mgmt)); f.Known {
				a := s.manages(station, d.Name, d.Mgmt)
				f.OK, f.Outcome, f.At, f.Path = a.ok, a.outcome, a.at, names(a.path)
			}
			out = append(out, f)
		}
	}
	return out
}

// eitherHolds reports whether one of two sides has the address on a subnet, shut down or not.
func eitherHolds(s, other *side, a netip.Addr) bool {
	return len(s.gateways(a, true)) > 0 || len(other.gateways(a, true)) > 0
}

// seat is a routing instance of a router.
type seat struct{ router, vrf string }

// place is where an address is looked for.
type place struct {
	address netip.Addr
	shut    bool // on interfaces that are shut down as well
}

// gateways are the routing instances with the address on a connected subnet; shut also where the interface is down. They are
// looked up once for an address: the caller must not change them.
func (s *side) gateways(a netip.Addr, shut bool) []seat {
	key := place{a, shut}
	out, known := s.places[key]
	if known {
		return out
	}
	for _, r := range s.net.Routers {
		of := len(out)
		for i := range r.Interfaces {
			x := &r.Interfaces[i]
			if at := (seat{r.Name, x.VRF}); (!x.Shutdown || shut) && onSubnet(x, a) && !slices.Contains(out[of:], at) {
				out = append(out, at)
			}
		}
	}
	if s.places == nil {
		s.places = map[place][]seat{}
	}
	s.places[key] = out
	return out
}

func onSubnet(x *network.Interface, a netip.Addr) bool {
	for _, p := range x.Addresses {
		if p.Prefix.Contains(a) || p.Peer == a {
			return true
		}
	}
	return false
}

// configures reports whether an interface has the address, shut down or not.
func configures(r *network.Router, a netip.Addr) bool {
	return configured(r, a) != nil
}

// configured is the interface that has the address, shut down or not; nil where there is none.
func configured(r *network.Router, a netip.Addr) *network.Interface {
	if r == nil {
		return nil
	}
	for i := range r.Interfaces {
		for _, p := range r.Interfaces[i].Addresses {
			if p.Prefix.Addr() == a {
				return &r.Interfaces[i]
			}
		}
	}
	return nil
}

// manages follows a packet from the station's gateway to the router and its answer back.
// Of several gateways one that works is enough.
func (s *side) manages(station netip.Addr, router string, mgmt netip.Addr) arrival {
	at := seat{router: router}
	if x := configured(s.net.Router(router), mgmt); x != nil {
		at.vrf = x.VRF
	}
	return s.converses(station, mgmt, []seat{at})
}

// entries are where a station's packets to what answers enter the network: at that itself where both are on one subnet,
// otherwise at every gateway that the station may have.
func (s *side) entries(station netip.Addr, answers []seat) []seat {
	all := s.gateways(station, false)
	var direct []seat
	for _, a := range answers {
		if slices.Contains(all, a) {
			direct = append(direct, a)
		}
	}
	if direct != nil {
		return direct
	}
	return all
}

// converses follows a packet from the station to an address and the answer back. It has to end at a router of one of the
// routing instances that can answer.
func (s *side) converses(station, to netip.Addr, answers []seat) arrival {
	worst := arrival{outcome: "no router has " + station.String() + " on a subnet that is up"}
	for _, g := range s.entries(station, answers) {
		there := s.arrivesIn(g, to, delivered)
		by := slices.IndexFunc(answers, func(a seat) bool { return a.router == there.at })
		if there.ok && by < 0 {
			there.ok, there.outcome = false, "arrives elsewhere"
		}
		if !there.ok {
			worst = there
			continue
		}
		back := s.arrivesIn(answers[by], station, delivered)
		if back.ok {
			return there
		}
		back.outcome = "the answer does not come back: " + back.outcome
		worst = back
	}
	return worst
}
