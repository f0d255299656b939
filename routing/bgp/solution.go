package bgp

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/routegate/routegate/network"
)

// Solution is the BGP state of the whole network. Read-only; safe for concurrent readers.
type Solution struct {
	Sessions            []Session // sorted by router, VRF and neighbor key
	Converged           bool
	OscillatingRouters  []int // sorted
	OscillatingPrefixes []netip.Prefix
	Uncertain           []Uncertainty // sorted, unique

	s  *solver
	mu sync.Mutex // guards the worker that computes what is sent
	w  *worker

	bulks *bulks
	tally *tally

	partsOnce    [network.NumFamilies]sync.Once
	parts        [network.NumFamilies][]part
	kinsOnce     [network.NumFamilies]sync.Once
	kins         [network.NumFamilies][][]part
	togetherOnce [network.NumFamilies]sync.Once
	together     [network.NumFamilies][]part
	outwardOnce  sync.Once
	outward      outward
	sentOutside  sync.Map                   // of sentParts, by peer and family
	last         atomic.Pointer[Comparison] // the last that this was the later side of
}

// Uncertainty is one reason why a part of the solution may differ from the daemons'.
type Uncertainty struct {
	Router int
	Prefix netip.Prefix // zero: the whole router
	Why    string
	// Arrival: which of several outcomes comes about depends on the order in which routes arrive: the one kind of doubt that
	// belongs to ordinary networks.
	Arrival bool
	Span    network.Span
}

// solution closes the books.
func (s *solver) solution() *Solution {
	out := &Solution{Converged: len(s.oscillates) == 0 && !s.restless, s: s}
	out.tally = s.totals()
	if s.reuse != nil {
		s.reuse.doubts(s.uncertain)
	}
	s.aggregateDoubts()
	s.lingerDoubts()
	s.withheldDoubts()
	s.groupDoubts()
	s.hopDoubts()
	s.unscopedDoubts()
	s.unreadDoubts()
	out.bulks = newBulks(s)
	s.besideDoubts(out.bulks)
	s.reuse = nil
	out.Sessions = s.closeSessions(out.tally)
	moving := map[int]bool{}
	for p, list := range s.oscillates {
		out.OscillatingPrefixes = append(out.OscillatingPrefixes, p)
		for _, i := range list {
			moving[s.instances[i].router] = true
		}
	}
	slices.SortFunc(out.OscillatingPrefixes, netip.Prefix.Compare)
	out.OscillatingRouters = slices.Sorted(maps.Keys(moving))
	for _, w := range s.workers {
		maps.Copy(s.uncertain, w.doubts)
		for i := range w.common {
			w.common[i].spread(s.uncertain)
		}
		w.common = nil
	}
	for u := range s.uncertain {
		out.Uncertain = append(out.Uncertain, u)
	}
	slices.SortFunc(out.Uncertain, func(a, b Uncertainty) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), a.Prefix.Compare(b.Prefix), cmp.Compare(a.Why, b.Why),
			cmp.Compare(a.Span.File, b.Span.File), cmp.Compare(a.Span.First, b.Span.First))
	})
	out.w = newWorker(s)
	s.workers = []*worker{out.w}
	s.heir, s.opts.Base = nil, nil // nor does a solution keep the one that it came from
	return out
}

// closeSessions tells every session what went over it, and sorts them. Peers keep theirs.
func (s *solver) closeSessions(n *tally) []Session {
	s.abreast(len(s.peers), 1<<12, func(i int) {
		st := s.peers[i].state
		st.Received, st.Accepted, st.Sent = n.received[i], n.accepted[i], n.sent[i]
	})
	order := func(a, b *peer) int {
		x, y := a.state, b.state
		return cmp.Or(cmp.Compare(x.Router, y.Router), cmp.Compare(x.VRF, y.VRF), cmp.Compare(x.Neighbor, y.Neighbor))
	}
	if s.sessions != nil && slices.IsSortedFunc(s.peers, order) {
		return s.sessions
	}
	sorted := slices.Clone(s.peers)
	slices.SortStableFunc(sorted, order)
	out := make([]Session, len(sorted))
	for i, p := range sorted {
		out[i] = *p.state
	}
	return out
}

func (s *Solution) instance(router int, vrf string) *instance { return s.s.byVRF[vrfKey{router, vrf}] }

// Entries is the BGP table of one router instance, by prefix.
func (s *Solution) Entries(router int, vrf string, f network.Family) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		in := s.instance(router, vrf)
		if in == nil {
			return
		}
		made := map[*table]*Entry{} // for those of a class it differs in the prefix alone
		for _, p := range s.s.prefixes {
			if network.FamilyOf(p) != f {
				continue
			}
			t := s.s.tables[p]
			like, ok := made[t]
			if !ok {
				like = s.entry(in, p)
				made[t] = like
			}
			if like == nil {
				continue
			}
			e := *like
			if e.Prefix = p; !yield(&e) {
				return
			}
		}
	}
}

// Entry is one prefix of a router's BGP table; nil when it holds none.
func (s *Solution) Entry(router int, vrf string, p netip.Prefix) *Entry {
	if in := s.instance(router, vrf); in != nil {
		return s.entry(in, p)
	}
	return nil
}

func (s *Solution) entry(in *instance, p netip.Prefix) *Entry {
	t := s.s.tables[p]
	if t == nil {
		return nil
	}
	paths, marks := s.s.own(t, in.id)
	if len(paths) == 0 {
		return nil
	}
	e := &Entry{Prefix: p, Suppressed: s.s.suppressed(in, p), Paths: make([]Path, len(paths))}
	for i := range paths {
		c, m := &paths[i], marks[i]
		x := &e.Paths[i]
		*x = Path{
			Attributes: s.s.in.shown(c.attrs, c.hop), PeerType: IBGP, Source: c.source, PathID: c.id, NextHopOK: c.ok && !c.lost(),
			IGPMetric: c.metric, Best: m.best, Multipath: m.multipath, Decided: m.step, Timing: m.timed,
		}
		s.leaked(x, c)
		if c.from >= 0 {
			q := s.s.peers[c.from]
			x.Neighbor, x.PeerType = q.config.Key(), q.state.Type
		}
	}
	return e
}

// sent computes one prefix of an Adj-RIB-Out anew from the table, by path id: what is sent depends
// on nothing else.
func (s *Solution) sent(p *peer, f network.Family, prefix netip.Prefix) []route {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.s.sends(s.w, p, f, prefix))
	slices.SortStableFunc(out, func(a, b route) int { return cmp.Compare(a.id, b.id) })
	return out
}

// sends finds what goes to a neighbor from the tables. The result is valid until the worker's next use.
func (s *solver) sends(w *worker, p *peer, f network.Family, prefix netip.Prefix) []route {
	var paths []path
	best := -1
	if t := s.tables[prefix]; t != nil && t.plain {
		if b := w.bestAt(t, p.in.id); b.from != noPath {
			paths, best = []path{b}, 0
		}
	} else if t != nil {
		var marks []mark
		if paths, marks = s.own(t, p.in.id); len(marks) > 0 && marks[0].best {
			best = 0
		}
		if p.served(f) {
			all, _ := s.at(t, p.in.id)
			paths = forClient(p, all[len(paths):])
			best = judge{p.in, s.peers, f}.choose(paths)
		}
	}
	return w.outgoing(p, f, prefix, judge{p.in, s.peers, f}, paths, best)
}
