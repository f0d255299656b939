package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// end is an instance, as much of it as every prefix asks, in one place.
type end struct {
	first, count int32 // its peers
	as           uint32
	routerID     uint32
	refused      uint32 // evenIn: the AS that no path it hears may hold
	metric       uint32 // of the first plain lane that it hears
	limit        int    // evenIn: equal ways over eBGP
	speaks       *peer  // for all, where it says to all alike; nil where nobody listens
	oneGroup     bool
	barely       bool // it exports barely
	even         bool // it speaks over plain lanes alone, of the metric that the others have there
	evenIn       bool // it hears over plain lanes alone, all of one metric, and shares the traffic by the usual steps
	straight     bool // every plain lane brings the address of who speaks as the next hop, no two the same one
	refusesRest  bool // it sends nothing outside of the ranges of its export policy's prefix sets
}

func (s *solver) makeEnd(l *lanes, i int, in *instance, f network.Family) end {
	e := end{as: in.config.AS, routerID: l.routerIDs[i], metric: l.metric[i], oneGroup: l.oneGroup[i], speaks: firstUp(in, f),
		limit: int(in.config.Families[f].MaxPaths), even: len(in.peers) > 0, straight: l.distinct[i],
		evenIn: l.evenIn[i] && in.config.Decision.MultipathRelax && !in.config.Habits.MultipathByMED}
	if len(in.peers) > 0 {
		e.first, e.count = int32(in.peers[0].id), int32(len(in.peers))
	}
	for k := e.first; k < e.first+e.count; k++ {
		x, h := &l.said[k], &l.heard[k]
		e.even = e.even && (x.kind == laneClosed || x.kind == lanePlain && x.metric == l.metric[x.to])
		if h.kind == lanePlain {
			e.refused = h.refused
			e.straight = e.straight && h.self == x.peerHop
		}
	}
	if p := e.speaks; p != nil && e.oneGroup {
		x := &p.families[f]
		e.barely = x.flags&exportsBarely != 0
		if x.outPolicy && x.outPrefix && x.c.Export.Configured() {
			e.refusesRest = s.refusesRest(l, int32(i), in, x.c.Export, f)
		}
	}
	return e
}

// outside are prefixes one of which lies in no range that anybody writes, most of the time.
var outside = [network.NumFamilies][]netip.Prefix{
	network.IPv4Unicast: {netip.MustParsePrefix("240.0.0.1/32"), netip.MustParsePrefix("0.0.0.1/32"), netip.MustParsePrefix("192.0.2.1/32")},
	network.IPv6Unicast: {netip.MustParsePrefix("fec0::1/128"), netip.MustParsePrefix("::2/128"), netip.MustParsePrefix("2001:db8::1/128")},
}

// refusesRest finds out whether a chain refuses what lies in no range of its prefix sets, and notes the ranges.
func (s *solver) refusesRest(l *lanes, i int32, in *instance, chain network.PolicyChain, f network.Family) bool {
	reads := in.policies.Reads(chain)
	if reads.Lengths || reads.Families || reads.Every {
		return false
	}
	for _, p := range outside[f] {
		if inRange(&reads, p) {
			continue
		}
		if !in.policies.Refuses(chain, p, in.config.Missing.Policy) {
			return false
		}
		for _, set := range reads.Prefixes {
			for _, x := range set.Entries {
				list, _ := l.ranges.Get(x.Prefix.Masked())
				l.ranges.Insert(x.Prefix.Masked(), append(list, i))
			}
		}
		return true
	}
	return false
}

func inRange(reads *policy.Reads, p netip.Prefix) bool {
	for _, set := range reads.Prefixes {
		for _, x := range set.Entries {
			if x.Prefix.Contains(p.Addr()) {
				return true
			}
		}
	}
	return false
}

// markRanges marks the ends whose exports have a range that may hold the prefix.
func (w *worker) markRanges(p netip.Prefix) {
	r := w.plain
	r.prefix++
	for _, list := range w.lanes.ranges.Supernets(netip.PrefixFrom(p.Addr(), p.Addr().BitLen())) {
		for _, i := range list {
			r.inRange[i] = r.prefix
		}
	}
}

func firstUp(in *instance, f network.Family) *peer {
	for _, p := range in.peers {
		if p.families[f].up && p.remote != nil {
			return p
		}
	}
	return nil
}
