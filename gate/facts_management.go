package gate

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// managementFacts says whether each station reaches each router's management address, and
// its answer finds the way back. A router that is not in the simulated network with that
// address on either side is managed by another network, which is not looked at.
func (s *side) managementFacts(other *side) []policies.MgmtFacts {
	out := []policies.MgmtFacts{}
	for _, station := range s.net.Env.Management.Stations {
		known := len(s.gateways(station, true)) > 0 || len(other.gateways(station, true)) > 0
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

// gateways are the routers with the address on a connected subnet; shut also where the interface is down.
func (s *side) gateways(a netip.Addr, shut bool) []string {
	var out []string
	for _, r := range s.net.Routers {
		for i := range r.Interfaces {
			x := &r.Interfaces[i]
			if (!x.Shutdown || shut) && onSubnet(x, a) {
				out = append(out, r.Name)
				break
			}
		}
	}
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
	if r == nil {
		return false
	}
	for i := range r.Interfaces {
		for _, p := range r.Interfaces[i].Addresses {
			if p.Prefix.Addr() == a {
				return true
			}
		}
	}
	return false
}

// manages follows a packet from the station's gateway to the router and its answer back.
// Of several gateways one that works is enough.
func (s *side) manages(station netip.Addr, router string, mgmt netip.Addr) arrival {
	gateways := s.gateways(station, false)
	worst := arrival{outcome: "no router has " + station.String() + " on a subnet that is up"}
	for _, g := range gateways {
		there := s.arrives(g, mgmt, delivered)
		if there.ok && there.at != router {
			there.ok, there.outcome = false, "arrives elsewhere"
		}
		if !there.ok {
			worst = there
			continue
		}
		back := s.arrives(router, station, delivered)
		if back.ok {
			return there
		}
		back.outcome = "the answer does not come back: " + back.outcome
		worst = back
	}
	return worst
}
