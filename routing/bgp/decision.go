package bgp

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// path is a candidate for a prefix in one instance's table: compact, because there
// is one for every neighbor that announces the prefix.
type path struct {
	attrs    *attrs
	from     int32 // peer; -1 for the router's own
	via      int32 // of a leaked path: the peer of the other instance that it is from; else 0
	hop      hopID
	metric   uint32 // IGP metric to the next hop; lostMetric where it is kept without
	id       uint32 // add-path identifier within the neighbor
	source   Source
	ok       bool    // a candidate: the next hop resolves, or the daemon keeps it all the same
	kept     hopRule // see keptRule
	distance uint8   // see accepted
}

// lostMetric is that of a path that stays a candidate though its next hop does not resolve: packets that follow it
// are dropped (BIRD).
const lostMetric = math.MaxUint32

func (p *path) lost() bool { return p.metric == lostMetric && p.origin() >= 0 }

// outcome is how two paths compare: negative when the first is better.
type outcome struct {
	order  int
	step   network.Step
	timing bool // the daemon would have let the order of arrival decide
}

// judge compares paths of one instance under its decision process.
type judge struct {
	in     *instance
	peers  []*peer
	family network.Family
}

// origin is the peer whose kind and router id a path is judged by; -1 for the router's own.
func (p *path) origin() int32 {
	if p.source == FromVRF {
		return p.via
	}
	return p.from
}

// session is the peer whose address and settings a path is judged by; a leaked path has none, but for what comes out of a pipe.
func (j judge) session(p *path) int32 {
	if j.in.config.Habits.OneTable {
		return p.origin()
	}
	return p.from
}

func (j judge) kind(p *path) PeerType { return j.peers[p.origin()].brings() }

func (j judge) local(p *path) bool { return p.from < 0 && p.source != FromVRF }

func (j judge) sort(p *path) PeerType {
	if p.origin() < 0 {
		return IBGP
	}
	return j.kind(p)
}

// compare goes through the steps until one tells the paths apart (RFC 4271 §9.1.2.2).
func (j judge) compare(a, b *path) outcome {
	timing := false
	for _, s := range j.in.config.Decision.Steps {
		if s == network.StepOldest {
			// RFC 5004, in FRR for paths from eBGP neighbors only; GoBGP alike, its own routes
			// included. The result takes the path as older that the later steps prefer.
			if !j.in.config.Decision.CompareRouterID && j.external(a) && j.external(b) {
				timing = true
			}
			continue
		}
		if o, at := j.step(s, a, b); o != 0 {
			return outcome{o, at, timing}
		}
	}
	// Nothing told them apart: routes of one's own (the one that came first stays), or
	// sessions between the same addresses.
	o := cmp.Or(cmp.Compare(a.source, b.source), j.address(a).Compare(j.address(b)), cmp.Compare(a.from, b.from), cmp.Compare(a.via, b.via), cmp.Compare(a.id, b.id))
	return outcome{o, network.StepOldest, timing || a.source != b.source || j.in.config.Habits.OneTable && a.source == FromVRF && a.via < 0}
}

func (j judge) external(p *path) bool { return p.origin() >= 0 && j.kind(p) == EBGP }

func (j judge) step(s network.Step, a, b *path) (int, network.Step) {
	d := &j.in.config.Decision
	switch s {
	case network.StepWeight:
		return cmp.Compare(b.attrs.Weight, a.attrs.Weight), s
	case network.StepReachable:
		return int(flag(a.lost())) - int(flag(b.lost())), s
	case network.StepLocalPref:
		return cmp.Compare(j.localPref(b), j.localPref(a)), s
	case network.StepLocalOrigin:
		return int(flag(j.local(b))) - int(flag(j.local(a))), s
	case network.StepAIGP:
		if a.attrs.HasAIGP != b.attrs.HasAIGP {
			return int(flag(b.attrs.HasAIGP)) - int(flag(a.attrs.HasAIGP)), s
		}
		return cmp.Compare(a.attrs.AIGP+uint64(a.metric), b.attrs.AIGP+uint64(b.metric)) * int(flag(a.attrs.HasAIGP)), s
	case network.StepASPathLength:
		if d.ASPathIgnore {
			return 0, s
		}
		if d.ASPathConfed {
			return cmp.Compare(a.attrs.confedLength, b.attrs.confedLength), s
		}
		return cmp.Compare(a.attrs.length, b.attrs.length), s
	case network.StepOrigin:
		return cmp.Compare(a.attrs.Origin, b.attrs.Origin), s
	case network.StepMED:
		if !comparableMED(d, a.attrs, b.attrs) {
			return 0, s
		}
		return cmp.Compare(j.med(a), j.med(b)), s
	case network.StepPeerType:
		return j.inwardness(a) - j.inwardness(b), s
	case network.StepIGPMetric:
		if !d.IgnoreIGPMetric {
			if o := cmp.Compare(a.metric, b.metric); o != 0 {
				return o, s
			}
		}
		// FRR with `maximum-paths ibgp N equal-cluster-length` takes the length of the
		// cluster list for a metric.
		if j.in.config.Families[j.family].InternalEqualCluster && a.from >= 0 && b.from >= 0 && j.kind(a) == IBGP && j.kind(b) == IBGP {
			return cmp.Compare(len(a.attrs.ClusterList), len(b.attrs.ClusterList)), network.StepClusterListLength
		}
		return 0, s
	case network.StepRouterID:
		return j.routerID(a).Compare(j.routerID(b)), s
	case network.StepClusterListLength:
		return cmp.Compare(len(a.attrs.ClusterList), len(b.attrs.ClusterList)), s
	case network.StepNeighborAddress:
		return j.address(a).Compare(j.address(b)), s
	case network.StepPathID:
		if a.from == b.from {
			return cmp.Compare(a.id, b.id), s
		}
	}
	return 0, s
}

// inwardness orders eBGP before the other members of a confederation before iBGP, as FRR does; RFC 5065
// §5.3 makes no difference between the latter two, and GoBGP none.
func (j judge) inwardness(p *path) int {
	switch j.sort(p) {
	case EBGP:
		return 0
	case ConfedEBGP:
		if !j.in.config.Habits.ConfedInternal {
			return 1
		}
	}
	return 2
}

func (j judge) localPref(p *path) uint32 {
	if p.attrs.HasLocalPref {
		return p.attrs.LocalPref
	}
	if o := j.session(p); o >= 0 {
		return cmp.Or(j.peers[o].config.DefaultLocalPref, j.in.config.DefaultLocalPref)
	}
	return j.in.config.DefaultLocalPref
}

// routerID is the originator's where the route was reflected (RFC 4456 §9).
func (j judge) routerID(p *path) netip.Addr {
	if p.attrs.OriginatorID.IsValid() && !j.in.config.Habits.PeerRouterID {
		return p.attrs.OriginatorID
	}
	if p.origin() < 0 {
		return j.in.routerID
	}
	return j.peers[p.origin()].remoteID
}

func (j judge) address(p *path) netip.Addr {
	o := j.session(p)
	if o < 0 {
		return netip.Addr{}
	}
	return j.peers[o].state.PeerAddr
}

// comparableMED reports whether MED may tell two paths apart: from the same neighboring
// AS, both from inside, or always (RFC 4271 §9.1.2.2 (c); the cases are FRR's).
func comparableMED(d *network.Decision, a, b *attrs) bool {
	if d.AlwaysCompareMED || a.length == 0 && b.length == 0 && (a.confedLength == 0 || b.confedLength == 0 || d.MEDConfed) {
		return true
	}
	if n := neighborAS(a.ASPath); n != 0 && n == neighborAS(b.ASPath) {
		return true
	}
	n := neighborMember(a.ASPath)
	return n != 0 && n == neighborMember(b.ASPath)
}

// med is that of a path, or what stands for one that has none.
func (j judge) med(p *path) uint32 {
	if o := j.session(p); !p.attrs.HasMED && o >= 0 {
		if n := j.peers[o].config.DefaultMED; n != 0 {
			return n
		}
	}
	return med(&j.in.config.Decision, p.attrs)
}

func med(d *network.Decision, a *attrs) uint32 {
	switch {
	case a.HasMED:
		return a.MED
	case d.MEDMissingAsWorst:
		return math.MaxUint32
	}
	return 0
}

// choose gives the index of the best path: the candidates are in the order of arrival,
// the first of them the oldest. -1 when no next hop resolves.
//
// FRR goes from the newest to the oldest and keeps the better of two, so that where MED
// makes a circle (RFC 3345) the order decides; with deterministic-med it first
// takes the best of each neighboring AS.
func (j judge) choose(c []path) int {
	if j.in.config.Decision.DeterministicMED && len(c) > 2 {
		return j.chooseGrouped(c)
	}
	best := -1
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].ok && (best < 0 || j.compare(&c[i], &c[best]).order < 0) {
			best = i
		}
	}
	return best
}

func (j judge) chooseGrouped(c []path) int {
	var groups [16]medGroup
	w := j.medGroups(groups[:0], c)
	slices.SortFunc(w, func(a, b medGroup) int { return b.best - a.best })
	best := -1
	for _, g := range w {
		if best < 0 || j.compare(&c[g.best], &c[best]).order < 0 {
			best = g.best
		}
	}
	return best
}

// medGroup is the paths that deterministic-med compares before all others: those of the group's first one's neighboring AS.
type medGroup struct{ first, best int }

// medGroups are the groups of the candidates, in FRR's order: from the newest to the oldest.
func (j judge) medGroups(into []medGroup, c []path) []medGroup {
next:
	for i := len(c) - 1; i >= 0; i-- {
		if !c[i].ok {
			continue
		}
		for k := range into {
			if g := &into[k]; sameGroup(c[i].attrs, c[g.first].attrs) {
				if j.compare(&c[i], &c[g.best]).order < 0 {
					g.best = i
				}
				continue next
			}
		}
		into = append(into, medGroup{i, i})
	}
	return into
}

// sameGroup is FRR's grouping for deterministic-med: the same neighboring AS, or the same member AS, or both without a path. With
// confederations that is not transitive: the first path of a group decides.
func sameGroup(a, b *attrs) bool {
	if a == b || len(a.ASPath)+len(b.ASPath) == 0 {
		return true
	}
	if n := neighborAS(a.ASPath); n != 0 && n == neighborAS(b.ASPath) {
		return true
	}
	n := neighborMember(a.ASPath)
	return n != 0 && n == neighborMember(b.ASPath)
}

// circular reports that some path beats the chosen one when the two are alone: the
// choice then depends on which paths are there and, without deterministic-med, on
// their order.
func (j judge) circular(c []path, best int) bool {
	for i := range c {
		if i != best && c[i].ok && j.compare(&c[i], &c[best]).order < 0 {
			return true
		}
	}
	return false
}

// ranked orders the candidates by preference: the best first, paths whose next hop
// does not resolve last.
func (j judge) ranked(c []path) []int {
	out := make([]int, len(c))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(x, y int) int {
		if c[x].ok != c[y].ok {
			return int(flag(c[y].ok)) - int(flag(c[x].ok))
		}
		return j.compare(&c[x], &c[y]).order
	})
	if best := j.choose(c); best >= 0 {
		k := slices.Index(out, best)
		copy(out[1:], out[:k])
		out[0] = best
	}
	return out
}
