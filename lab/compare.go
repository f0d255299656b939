package lab

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// Difference is one point on which the prediction and the daemons disagree.
type Difference struct {
	Router    string
	VRF       string       // the routing instance; "" is the default one
	Prefix    netip.Prefix // zero: about a session
	Feature   string       // session, paths, best path, multipath, attributes, main table, kernel, advertised to, sent to
	Predicted string
	Observed  string
	// Timing: the prediction said that arrival order decides here.
	Timing bool
}

func (d Difference) String() string {
	where := Key(d.Router, d.VRF)
	if d.Prefix.IsValid() {
		where += " " + d.Prefix.String()
	}
	s := fmt.Sprintf("%s: %s: predicted %s, observed %s", where, d.Feature, d.Predicted, d.Observed)
	if d.Timing {
		s += " (arrival order decides)"
	}
	return s
}

// Compare holds a prediction against what the daemons were seen to do. Sorted by
// router, prefix and feature.
func Compare(p *Plan, want *routing.Result, routers map[string]*Tables, outside map[netip.Addr]*Tables) []Difference {
	c := &comparison{want: want, arrival: arrivalDecides(want)}
	for _, n := range p.Nodes {
		for _, r := range instances(n.Router) {
			seen := routers[r.key()]
			if seen == nil {
				continue
			}
			c.sessions(r, seen)
			// The one table of a BIRD without BGP is compared as its main table alone.
			if r.Dialect != "bird" || r.vrf.BGP != nil {
				c.tables(r, seen)
			}
			c.exported(r, seen)
			if seen.Main != nil {
				c.mainTable(r, seen)
			}
			if seen.Kernel != nil {
				c.kernelTable(r, seen)
			}
			c.advertised(p, r, seen)
		}
	}
	for i := range p.Outside {
		s := &p.Outside[i]
		if seen := outside[s.Address.Addr()]; seen != nil {
			c.received(s, seen)
		}
	}
	slices.SortStableFunc(c.out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.VRF, b.VRF), a.Prefix.Compare(b.Prefix), cmp.Compare(a.Feature, b.Feature))
	})
	return c.out
}

// arrivalDecides lists the prefixes of which some router chooses by arrival order: what it passes on
// makes other routers differ as well.
func arrivalDecides(want *routing.Result) map[netip.Prefix]bool {
	all := map[netip.Prefix]bool{}
	for _, router := range want.Network.Routers {
		for _, r := range instances(router) {
			for _, f := range network.Families {
				for e := range want.Entries(r.Name, r.vrf.Name, f) {
					if slices.ContainsFunc(e.Paths, func(p bgp.Path) bool { return p.Timing }) {
						all[e.Prefix] = true
					}
				}
			}
		}
	}
	return all
}

type comparison struct {
	want    *routing.Result
	arrival map[netip.Prefix]bool
	out     []Difference
}

func (c *comparison) differ(r instance, p netip.Prefix, feature, predicted, observed string, timing bool) {
	c.out = append(c.out, Difference{r.Name, r.vrf.Name, p, feature, predicted, observed, timing})
}

func (c *comparison) sessions(r instance, seen *Tables) {
	for i := range c.want.Sessions {
		s := &c.want.Sessions[i]
		if s.Router != r.Name || s.VRF != r.vrf.Name {
			continue
		}
		observed, known := seen.Sessions[s.Neighbor]
		up := observed == "Established"
		if !known {
			observed = "not configured"
		}
		if (s.State == bgp.Established) != up {
			predicted := s.State.String()
			if s.State == bgp.Down {
				predicted += " (" + s.Reason.String() + "; " + s.Detail + ")"
			}
			c.differ(r, netip.Prefix{}, "session "+s.Neighbor, predicted, observed, false)
		}
	}
}

func (c *comparison) tables(r instance, seen *Tables) {
	known := map[netip.Prefix]bool{}
	for _, f := range network.Families {
		for e := range c.want.Entries(r.Name, r.vrf.Name, f) {
			if len(e.Paths) == 0 {
				continue
			}
			known[e.Prefix] = true
			c.entry(r, e, seen.BGP[e.Prefix])
		}
	}
	for p, paths := range seen.BGP {
		if !known[p] && len(paths) > 0 {
			c.differ(r, p, "paths", "none", describeSeen(paths), c.arrival[p])
		}
	}
}

func (c *comparison) entry(r instance, e *bgp.Entry, seen []SeenPath) {
	var wantFrom, seenFrom, wantMulti, seenMulti []string
	var best, seenBest string
	timing := c.arrival[e.Prefix]
	for i := range e.Paths {
		p := &e.Paths[i]
		wantFrom = append(wantFrom, r.fromPath(p))
		if p.Best {
			best = r.fromPath(p)
		}
		if p.Multipath {
			wantMulti = append(wantMulti, r.fromPath(p))
		}
	}
	for i := range seen {
		p := &seen[i]
		seenFrom = append(seenFrom, p.from())
		if p.Best {
			seenBest = p.from()
		}
		if p.Multipath {
			seenMulti = append(seenMulti, p.from())
		}
	}
	if a, b := sorted(wantFrom), sorted(seenFrom); a != b {
		c.differ(r, e.Prefix, "paths from", a, b, timing)
		return
	}
	if best != seenBest && r.vrf.BGP.VPN == nil { // GoBGP tells no best path of a VRF
		c.differ(r, e.Prefix, "best path", orNone(best), orNone(seenBest), timing)
	}
	if a, b := sorted(wantMulti), sorted(seenMulti); a != b && r.Dialect == "frr" {
		c.differ(r, e.Prefix, "multipath", a, b, timing)
	}
	numbered := map[string]bool{}
	for i := range e.Paths {
		from := r.fromPath(&e.Paths[i])
		if e.Paths[i].PathID != 0 {
			numbered[from] = true
			continue
		}
		for j := range seen {
			if from == seen[j].from() {
				c.attributes(r, e.Prefix, r.told(&e.Paths[i]), &seen[j].Attributes, from, timing)
				break
			}
		}
	}
	for _, from := range slices.Sorted(maps.Keys(numbered)) {
		c.numbered(r, e, seen, from, timing)
	}
}

// numbered compares the paths that a neighbor numbers (add-path): how it does so is its own business.
func (c *comparison) numbered(r instance, e *bgp.Entry, seen []SeenPath, from string, timing bool) {
	var a, b []string
	for i := range e.Paths {
		if r.fromPath(&e.Paths[i]) == from {
			a = append(a, attributeText(r.Router, r.told(&e.Paths[i])))
		}
	}
	for i := range seen {
		if seen[i].from() == from {
			b = append(b, attributeText(r.Router, &seen[i].Attributes))
		}
	}
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		c.differ(r, e.Prefix, "attributes from "+from, strings.Join(a, "; "), strings.Join(b, "; "), timing)
	}
}

func (c *comparison) attributes(r instance, p netip.Prefix, want, seen *network.PathAttributes, of string, timing bool) {
	a, b := attributeText(r.Router, want), attributeText(r.Router, seen)
	if a != b {
		c.differ(r, p, "attributes from "+of, a, b, timing)
	}
}

// withSets is a path with every AS of an AS_SET once: bgpd sends one twice that remove-private-AS or as-override put for two others.
func withSets(p network.ASPath) network.ASPath {
	p = slices.Clone(p)
	for i := range p {
		if p[i].Kind == network.ASSet || p[i].Kind == network.ConfedSet {
			as := slices.Clone(p[i].AS)
			slices.Sort(as)
			p[i].AS = slices.Compact(as)
		}
	}
	return p
}

// attributeText renders what both sides can show; FRR shows neither an absent MED nor the
// link-local half of a next hop alike everywhere.
func attributeText(r *network.Router, a *network.PathAttributes) string {
	nh := a.NextHop.String()
	switch {
	case !a.NextHop.IsValid() || a.NextHop.IsUnspecified():
		nh = "self"
	case a.NextHop.IsLinkLocalUnicast():
		nh = "link-local"
	}
	s := fmt.Sprintf("path [%s] origin %s next hop %s med %d", withSets(a.ASPath), a.Origin, nh, a.MED)
	if a.HasLocalPref && a.LocalPref != 100 {
		s += fmt.Sprintf(" local-pref %d", a.LocalPref)
	}
	if r != nil && r.Dialect != "gobgp" {
		s += fmt.Sprintf(" weight %d", a.Weight)
	}
	if len(a.Communities) > 0 {
		s += fmt.Sprintf(" communities %v", a.Communities)
	}
	if len(a.Large) > 0 {
		s += fmt.Sprintf(" large %v", a.Large)
	}
	if len(a.Ext) > 0 {
		s += fmt.Sprintf(" extended %v", a.Ext)
	}
	if a.OriginatorID.IsValid() {
		s += fmt.Sprintf(" originator %s clusters %v", a.OriginatorID, a.ClusterList)
	}
	if a.Aggregator.AS != 0 {
		s += fmt.Sprintf(" aggregator %d %s", a.Aggregator.AS, a.Aggregator.RouterID)
	}
	if a.AtomicAggregate {
		s += " atomic"
	}
	return s
}

func (c *comparison) mainTable(r instance, seen *Tables) {
	known := map[netip.Prefix]bool{}
	for _, f := range network.Families {
		for w := range c.want.Routes(r.Name, r.vrf.Name, f) {
			if w.Protocol == network.Local {
				continue
			}
			known[w.Prefix] = true
			a := routeText(r.Router, w)
			s, ok := seen.Main[w.Prefix]
			if r.Dialect == "bird" && w.Protocol == network.Connected && (onLoopback(r.Router, w) || r.vrf.Beside()) {
				continue // the kernel keeps those in its local table, and has none beside its main one
			}
			b := "none"
			if ok {
				if crosses(w) {
					s.NextHops = nil
				}
				b = seenText(r.Router, s)
			}
			if a != b {
				c.differ(r, w.Prefix, "main table", a, b, c.arrival[w.Prefix])
			}
		}
	}
	for p, s := range seen.Main {
		if !known[p] {
			c.differ(r, p, "main table", "none", seenText(r.Router, s), c.arrival[p])
		}
	}
}

// crosses reports whether some next hop lies in another VRF: between namespaces there is no such route, so that FRR has it
// without installing it, and shows no next hop in use.
func crosses(r rib.Route) bool {
	return slices.ContainsFunc(r.NextHops, func(nh rib.NextHop) bool { return nh.VRF != "" })
}

// routeText renders a route as seenText does.
func routeText(on *network.Router, r rib.Route) string {
	var hops []string
	for _, nh := range r.NextHops {
		switch {
		case crosses(r):
		case nh.Drop:
			hops = append(hops, "drop")
		case !nh.Via.IsValid():
			hops = append(hops, device(nh.Interface))
		case nh.Via.IsLinkLocalUnicast():
			hops = append(hops, "link-local via "+device(nh.Interface))
		default:
			hops = append(hops, nh.Via.String())
		}
	}
	slices.Sort(hops)
	return seenText(on, SeenRoute{Protocol: r.Protocol.String(), Distance: int(r.Distance), Metric: int(r.Metric), NextHops: slices.Compact(hops)})
}

// seenText renders a route of the main table. BIRD's is the kernel's, which knows no distance, and
// only OSPF has a metric there.
func seenText(on *network.Router, s SeenRoute) string {
	hops := strings.Join(s.NextHops, ", ")
	switch {
	case on.Dialect != "bird":
		return fmt.Sprintf("%s %d/%d %s", s.Protocol, s.Distance, s.Metric, hops)
	case s.Protocol == "ospf":
		return fmt.Sprintf("%s metric %d %s", s.Protocol, s.Metric, hops)
	}
	return s.Protocol + " " + hops
}
