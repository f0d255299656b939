package lab

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// Known is a difference that is the daemon's timing or its bug, not the prediction's.
type Known struct {
	Name   string
	Reason string
	holds  func(*judgement, Difference) bool
}

// Differs is the list of what is known to differ (#DIFFERS). A difference that none of them
// covers is unexplained: then the prediction is wrong.
var Differs = []Known{
	{"zebra-queued", "zebra leaves a route inactive whose next hop resolves through a BGP route, or one that follows a BGP route for the same prefix, that waits for the kernel at that moment, and looks again only when the daemon sends it again",
		(*judgement).zebraQueued},
	{"zebra-queued-next-hop", "bgpd finds no way to the next hop of a path, because zebra left the BGP route inactive through which it resolves (zebra-queued)",
		func(j *judgement, d Difference) bool { return j.queued.covers(d) }},
	{"ospf-discard", "ospfd sets the null route of an area's range with the calculation after the one that finds the range active, and there may be none",
		(*judgement).discard},
	{"ospf-range-start", "ospfd announces the networks of its own interfaces before it has read the area's ranges; one that begins with a range's address has the range's Link State ID for a minute after it was taken back, and the range is announced with the next calculation after that, if there is one (ospf_lsa_unique_id)",
		(*judgement).rangeStart},
	{"maximum-prefix-out", "bgpd's maximum-prefix-out lets through what comes first; the prediction says so as uncertain",
		(*judgement).firstOut},
	{"gobgp-kept-path", "GoBGP passes over an update whose AS path or originator loops, and keeps the path that it should replace (handleUpdate goes on with the next one)",
		func(j *judgement, d Difference) bool { return j.kept.covers(d) }},
	{"gobgp-not-withdrawn", "GoBGP withdraws nothing from a neighbor that may not have the new best path, for its AS path, its cluster list, its kind of neighbor or the export policy, where that, asked about the old path with the new one's next hop, refuses it as well; no path in which replace-peer-as has replaced its AS; no path that was followed by one with the neighbor's AS, not even when nothing is left; to a neighbor in a VRF nothing but what is gone altogether; and nothing that add-path sent and that may no longer go there (filterpath, propagateUpdateToNeighbors)",
		func(j *judgement, d Difference) bool { return j.left.covers(d) }},
	{"gobgp-before-policy", "gobgpd asks zebra for routes before it has its policies (InitialConfig): what comes at once passes the import policy by",
		func(j *judgement, d Difference) bool { return j.early.covers(d) }},
	{"ttl-security-half", "an OPEN that comes before the accepting end has set its TTL security is read, so that the other end takes the session for established until its hold time is over",
		(*judgement).halfUp},
	{"addpath-not-withdrawn", "bgpd keeps what it has sent by the number of the path (add-path); to a neighbor for which add-path is configured and that does not take it, it looks for the new best path's number when it has to withdraw the old one, and finds nothing (subgroup_process_announce_selected)",
		func(j *judgement, d Difference) bool { return j.numbered.covers(d) }},
	{"aggregate-gathered", "five seconds after a route map is there or has changed, bgpd makes each aggregate anew that names it and counts the paths from the start, but adds their AS paths and communities to those that as-set has gathered already: what goes afterwards is taken off once, and stays",
		func(j *judgement, d Difference) bool { return j.gathered.covers(d) }},
	{"freed-path", "while a condition holds routes back, bgpd reads the AS path that remove-private-AS has made for another one after it was freed (subgroup_announce_check): what goes to that neighbor has another path, or is none",
		(*judgement).freedPath},
	{"empty-segment", "bgpd's remove-private-AS leaves the segment of an AS_SET of which it has taken everything; for the GoBGP speaker outside such a path is malformed (RFC 7606 §7.2), so that it shows as not received",
		(*judgement).emptySegment},
	{"path-shown", "bgpd writes nothing of an AS path that begins with the empty segment that remove-private-AS has left, and `advertised-routes` shows what came behind it all the same",
		(*judgement).pathShown},
	{"bird-own-subnet", "a BIRD that has an IPv6 subnet of its own from a neighbor puts it before the kernel's own route (metric 32 before 256): packets for the neighbors on it go astray, sessions over it break, and the routes go",
		(*judgement).birdOwnSubnet},
	{"bird-link-local", "BIRD hands on inside its AS the link-local next hop that came from outside (RFC 2545 §3 has it for one subnet alone), and bgpd takes it for a next hop that can be reached",
		(*judgement).birdLinkLocal},
	{"bird-export-shown", "`show route export` names what the export filter lets through; a route whose next hop is the neighbor is left out behind it, and does not arrive",
		(*judgement).toldAfter},
}

// Judged is a difference and, where it is known, why it is there.
type Judged struct {
	Difference
	Known string // name of the entry of Differs; "" where nothing explains it
}

// Judge compares as Compare does, takes what says the same in other words for equal, and
// explains what is known. Arrival order decides also about what follows from it elsewhere.
func Judge(p *Plan, want *routing.Result, routers map[string]*Tables, outside map[netip.Addr]*Tables) []Judged {
	j := &judgement{want: want, outside: outside, routers: routers}
	j.tell()
	j.tellIDs(p, outside)
	j.findTimed()
	all := Compare(p, want, routers, outside)
	j.findKept()
	j.findLeft(p, outside)
	j.findEarly()
	j.findGathered()
	j.findQueued(all)
	for _, c := range []*consequences{&j.kept, &j.left, &j.numbered, &j.early, &j.gathered, &j.queued} {
		c.spread(want, all)
	}
	var out []Judged
	for _, d := range all {
		if j.paired(d) {
			continue
		}
		d.Timing = d.Timing || d.Prefix.IsValid() && within(d.Prefix, j.timed)
		x := Judged{Difference: d}
		for _, k := range Differs {
			if k.holds(j, d) {
				x.Known = k.Name
				break
			}
		}
		out = append(out, x)
	}
	return out
}

type judgement struct {
	want    *routing.Result
	routers map[string]*Tables
	outside map[netip.Addr]*Tables
	timed   []netip.Prefix // where arrival order decides
	// What is still there after an update that loops, or that was never taken back: by GoBGP, and by bgpd for the numbers of add-path.
	kept, left, numbered consequences
	gathered             consequences // aggregates that hold what their parts had before
	early                consequences // what came before gobgpd had its policies
	queued               consequences // paths whose next hop resolves through a route that zebra lacks
}

// tell puts the neighbor's global address for its link-local one: an eBGP neighbor on a shared IPv6 subnet
// sends both (RFC 2545 §3), FRR forwards to the link-local one, and the prediction names the global one.
func (j *judgement) tell() {
	for _, t := range j.routers {
		seen := t
		r := j.want.Network.Router(t.Router)
		if r == nil {
			continue
		}
		for p, route := range seen.Main {
			if w, ok := j.want.Route(r.Name, t.VRF, p); ok && p.Addr().Is6() {
				seen.Main[p] = withGlobals(r, w, route)
			}
		}
		for p, paths := range seen.BGP {
			e := j.want.Entry(r.Name, t.VRF, p)
			if e == nil || !p.Addr().Is6() {
				continue
			}
			for i := range paths {
				for k := range e.Paths {
					nh := e.Paths[k].Attributes.NextHop
					if e.Paths[k].Neighbor == paths[i].Neighbor && paths[i].Attributes.NextHop.IsLinkLocalUnicast() && nh.String() == paths[i].Neighbor {
						paths[i].Attributes.NextHop = nh
					}
				}
			}
		}
	}
}

// tellIDs puts the address of an outside neighbor that has an IPv6 one for the router id that its speaker has in the lab:
// nobody knows it, and the prediction takes the address for it.
func (j *judgement) tellIDs(p *Plan, outside map[netip.Addr]*Tables) {
	ids := map[netip.Addr]netip.Addr{}
	for i := range p.Outside {
		if a := p.Outside[i].Address.Addr(); a.Is6() {
			ids[p.routerID(&p.Outside[i])] = a
		}
	}
	tell := func(a *network.PathAttributes) {
		if x, ok := ids[a.OriginatorID]; ok {
			a.OriginatorID = x
		}
	}
	for _, tables := range []iter.Seq[*Tables]{maps.Values(j.routers), maps.Values(outside)} {
		for t := range tables {
			for _, paths := range t.BGP {
				for i := range paths {
					tell(&paths[i].Attributes)
				}
			}
			for _, sent := range t.Sent {
				for _, paths := range sent {
					for i := range paths {
						tell(&paths[i].Attributes)
					}
				}
			}
		}
	}
}

func withGlobals(r *network.Router, w rib.Route, s SeenRoute) SeenRoute {
	s.NextHops = slices.Clone(s.NextHops)
	for i, hop := range s.NextHops {
		name, ok := strings.CutPrefix(hop, "link-local via ")
		f := r.Interface(name)
		if !ok || f == nil {
			continue
		}
		for _, nh := range w.NextHops {
			if _, on := subnetOf(f, nh.Via); on && !nh.Via.IsLinkLocalUnicast() {
				s.NextHops[i] = nh.Via.String()
			}
		}
	}
	slices.Sort(s.NextHops)
	s.NextHops = slices.Compact(s.NextHops)
	return s
}

// paired reports that a difference of attributes is one of order only: a neighbor, or the router itself, has
// several paths for the prefix and they are the same ones.
func (j *judgement) paired(d Difference) bool {
	if !strings.HasPrefix(d.Feature, "attributes from ") {
		return false
	}
	router := j.want.Network.Router(d.Router)
	e := j.want.Entry(d.Router, d.VRF, d.Prefix)
	if e == nil || router == nil {
		return false
	}
	r := instance{router, router.VRF(d.VRF)}
	neighbor := strings.TrimPrefix(d.Feature, "attributes from ")
	var a, b []string
	for i := range e.Paths {
		if r.fromPath(&e.Paths[i]) == neighbor {
			a = append(a, attributeText(router, r.told(&e.Paths[i])))
		}
	}
	for _, s := range j.routers[Key(d.Router, d.VRF)].BGP[d.Prefix] {
		if s.from() == neighbor {
			b = append(b, attributeText(router, &s.Attributes))
		}
	}
	slices.Sort(a)
	slices.Sort(b)
	return len(a) > 1 && slices.Equal(a, b)
}

// findTimed collects the prefixes for which arrival order decides somewhere.
func (j *judgement) findTimed() {
	for _, u := range j.want.Uncertain {
		if u.Arrival && u.Prefix.IsValid() {
			j.timed = append(j.timed, u.Prefix)
		}
	}
	for _, router := range j.want.Network.Routers {
		for _, r := range instances(router) {
			j.findTimedIn(r)
		}
	}
}

func (j *judgement) findTimedIn(r instance) {
	if r.vrf.BGP == nil {
		return
	}
	for _, f := range network.Families {
		for e := range j.want.Entries(r.Name, r.vrf.Name, f) {
			for i := range e.Paths {
				if p := &e.Paths[i]; p.Timing || p.Decided == network.StepPathID {
					// The neighbor numbers its paths (add-path) as they come to it.
					j.timed = append(j.timed, e.Prefix)
				}
			}
		}
	}
}

// within: what follows from a choice elsewhere in the network is in its prefix, also in what covers it.
func within(p netip.Prefix, choices []netip.Prefix) bool {
	return slices.ContainsFunc(choices, func(x netip.Prefix) bool {
		return x == p || 0 < p.Bits() && p.Bits() < x.Bits() && p.Contains(x.Addr())
	})
}

// firstOut: it is about what goes to a neighbor outside for which more stands than maximum-prefix-out lets through.
func (j *judgement) firstOut(d Difference) bool {
	key, ok := strings.CutPrefix(d.Feature, "sent to ")
	r := j.want.Network.Router(d.Router)
	if !ok || r == nil || !d.Prefix.IsValid() {
		return false
	}
	n := r.Default().BGP.Neighbor(key)
	return n != nil && n.Families[network.FamilyOf(d.Prefix)].MaximumPrefixOut > 0 && slices.ContainsFunc(j.want.Uncertain, func(u routing.Uncertainty) bool {
		return u.Router == d.Router && strings.Contains(u.Why, "neighbor "+key+": maximum-prefix-out")
	})
}

// discard: only the null route that OSPF makes of a range is missing.
func (j *judgement) discard(d Difference) bool {
	w, ok := j.want.Route(d.Router, "", d.Prefix)
	return ok && d.Observed == "none" && (d.Feature == "main table" || d.Feature == "kernel") &&
		w.Protocol == network.OSPFv2 && len(w.NextHops) == 1 && w.NextHops[0].Drop
}

// rangeStart: it is about the range of an area in which the border router itself has a network that begins with the same address.
func (j *judgement) rangeStart(d Difference) bool {
	w, ok := j.want.Route(d.Router, d.VRF, d.Prefix)
	if !ok || w.Protocol != network.OSPFv2 || d.Observed != "none" || d.Feature != "main table" && d.Feature != "kernel" {
		return false
	}
	for _, router := range j.want.Network.Routers {
		for _, r := range instances(router) {
			for _, o := range r.vrf.OSPF {
				for _, a := range o.Areas {
					if slices.ContainsFunc(a.Ranges, func(x network.OSPFRange) bool { return x.Prefix == d.Prefix }) && j.startsWith(r, d.Prefix) {
						return true
					}
				}
			}
		}
	}
	return false
}

// startsWith reports that a router is on a network that is more specific than p and begins with its address.
func (j *judgement) startsWith(r instance, p netip.Prefix) bool {
	for route := range j.want.Routes(r.Name, r.vrf.Name, network.FamilyOf(p)) {
		if route.Protocol == network.Connected && route.Prefix.Addr() == p.Addr() && route.Prefix.Bits() > p.Bits() {
			return true
		}
	}
	return false
}

// freedPath: it is about what goes to a neighbor for which bgpd may read a freed AS path, as the prediction says.
func (j *judgement) freedPath(d Difference) bool {
	for _, feature := range []string{"sent to ", "advertised to "} {
		if neighbor, ok := strings.CutPrefix(d.Feature, feature); ok {
			return slices.ContainsFunc(j.want.Uncertain, func(u routing.Uncertainty) bool {
				return u.Router == d.Router && u.Why == bgp.FreedPath(neighbor) && network.FamilyOf(u.Prefix) == network.FamilyOf(d.Prefix)
			})
		}
	}
	return false
}

// emptySegment: the path that should have gone out has a segment without an AS.
func (j *judgement) emptySegment(d Difference) bool {
	path, _, _ := strings.Cut(strings.TrimPrefix(d.Predicted, "path ["), "]")
	return strings.HasPrefix(d.Feature, "sent to ") && d.Observed == "none" && (strings.Contains(path, "{}") || strings.Contains(path, "  ") || strings.HasSuffix(path, " "))
}

// halfUp: one end has TTL security alone, and the session is up at the other end only.
func (j *judgement) halfUp(d Difference) bool {
	key, ok := strings.CutPrefix(d.Feature, "session ")
	if !ok {
		key, ok = strings.CutPrefix(d.Feature, "advertised to ")
	}
	s := j.want.Session(d.Router, d.VRF, key)
	if !ok || s == nil || s.Reason != bgp.ReasonTTL || s.Remote == "" || s.Config.TTLSecurityHops > 0 {
		return false
	}
	q := remoteOf(j.want, s)
	if q == nil || q.Config.TTLSecurityHops == 0 {
		return false
	}
	seen := j.routers[Key(q.Router, q.VRF)]
	return seen != nil && seen.Sessions[q.Neighbor] != "Established"
}
