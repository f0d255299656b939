package lab

import (
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// zebraQueued: BGP has the route as predicted, and only the main table, or the kernel, lacks it or has a worse one.
func (j *judgement) zebraQueued(d Difference) bool {
	w, ok := j.want.Route(d.Router, d.VRF, d.Prefix)
	if r := j.want.Network.Router(d.Router); d.Feature != "main table" && d.Feature != "kernel" || !ok || r.Dialect == "bird" || w.Protocol != network.BGPProtocol {
		return false
	}
	e := j.want.Entry(d.Router, d.VRF, d.Prefix)
	if e == nil {
		return false
	}
	for i := range e.Paths {
		p := &e.Paths[i]
		if !p.Best && !p.Multipath || !p.Attributes.NextHop.IsValid() {
			continue
		}
		if via, ok := j.want.Lookup(d.Router, d.VRF, p.Attributes.NextHop); ok && (via.Protocol == network.BGPProtocol || j.displaced(d, &via)) {
			return true
		}
	}
	return false
}

// displaced reports that a route which is not BGP's may have come back in the place of one that was: BGP has a path to the prefix beside
// the best, which the best, if it is no way to its own next hop, takes from zebra again (seen in zebra's log with seed 20059: OSPF's
// route waits for the kernel while what came with the better path is looked at).
func (j *judgement) displaced(d Difference, via *rib.Route) bool {
	e := j.want.Entry(d.Router, d.VRF, via.Prefix)
	return via.Protocol != network.Connected && e != nil && slices.ContainsFunc(e.Paths, func(p bgp.Path) bool { return !p.Best && p.Neighbor != "" })
}

// findQueued finds the prefixes with a path whose next hop resolves through a route that a router's zebra has left inactive.
func (j *judgement) findQueued(all []Difference) {
	missing := map[spot]bool{}
	for _, d := range all {
		if d.Feature == "main table" && d.Observed == "none" && j.zebraQueued(d) {
			missing[spot{Key(d.Router, d.VRF), d.Prefix}] = true
		}
	}
	if len(missing) == 0 {
		return
	}
	for _, router := range j.want.Network.Routers {
		for _, r := range instances(router) {
			for _, f := range network.Families {
				for e := range j.want.Entries(r.Name, r.vrf.Name, f) {
					if slices.ContainsFunc(e.Paths, func(p bgp.Path) bool {
						via, ok := j.want.Lookup(r.Name, r.vrf.Name, p.Attributes.NextHop)
						return p.Attributes.NextHop.IsValid() && ok && missing[spot{r.key(), via.Prefix}]
					}) {
						j.queued.of(r.key(), e.Prefix)
					}
				}
			}
		}
	}
}
