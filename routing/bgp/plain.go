package bgp

import (
	"math"
	"net/netip"

	"github.com/routegate/routegate/network"
)

// The plain way to solve a prefix keeps one path for every instance, its best, and looks at a session only
// when what goes over it could be better. It is exact where the decision process is a total order on the
// paths that meet (no MED that only some pairs compare) and nothing but best paths travels
// (no add-path, no route server's table); where it meets anything else while it works it gives up, and
// the prefix is solved with every path of every session.
//
// What a session may leave out of the general rules stands in its flags (classify.go), and in its two lanes (lane.go). A rule
// for sessions that the plain way does not know must clear the flag that it breaks, or make the lane general: then
// exportRoute and receive are asked, as everywhere else.

// light is a path whose attributes are a cell.
type light struct {
	cell   int32
	from   int32 // as in path
	hop    hopID
	metric uint32
	// speaker is the router id of who said it, where that is over eBGP; 0 not known.
	speaker uint32
	source  Source
	ok      bool
	lane    bool // it came over a plain lane as it was said
}

// rank is what decides at a glance whether a path over a plain lane loses against the best one.
type rank struct {
	key  uint64 // the length of the AS path, then the router id of who said it; a longer path has lost already
	rest *attrs // of the best path, where with the same rest the key decides; else nil
}

// unranked loses against everything at a glance: the paths themselves must be compared.
const unranked = math.MaxUint64

// plainRun is what a worker needs for the plain way, by instance or peer.
type plainRun struct {
	cells   []cell // of the prefix; the first stands for none
	best    []light
	rank    []rank // one more than instances: that of nobody
	said    []said
	voice   []voice // as rank
	queued  []bool
	queue   []int32
	touched []int32
	met     []bool // in touched
	near    nearHops
	groups  []groupExport // by group, as far as it has room
	turn    uint64        // of groups
	inRange []uint32      // by instance: the stamp of the prefix where a range of its export policy may hold that
	prefix  uint32        // the stamp
	stamps  []uint32      // by next hop
	stamp   uint32
	set     []hopID
	mask    []uint64
	recent  [][4]recentSet // by instance
	gaveUp  bool
}

// nearHop remembers for a session the next hop that came over it last.
type nearHop struct {
	hop   hopID
	known bool
	own   bool // it is the receiver itself, or nobody
	reach reach
}

// nearHops are those of all sessions, in pages that are made when one of theirs is asked for: a second look asks for few.
type nearHops [][]nearHop

const nearPage = 1 << 8

func newNearHops(peers int) nearHops { return make(nearHops, (peers+nearPage-1)/nearPage) }

func (n nearHops) at(peer int) *nearHop {
	page := &n[peer/nearPage]
	if *page == nil {
		*page = make([]nearHop, nearPage)
	}
	return &(*page)[peer%nearPage]
}

type groupExport struct {
	turn  uint64
	group int32
	e     exported
}

// groupMemory is how many groups of one instance are remembered at once: a power of two.
const groupMemory = 1 << 10

func newPlainRun(s *solver) *plainRun {
	n := len(s.instances)
	r := &plainRun{cells: make([]cell, 1), best: make([]light, n), rank: make([]rank, n+1), said: make([]said, n), voice: make([]voice, n+1),
		queued: make([]bool, n), met: make([]bool, n), inRange: make([]uint32, n), near: newNearHops(len(s.peers)),
		groups: make([]groupExport, groupMemory), recent: make([][4]recentSet, n)}
	for i := range r.best {
		r.clear(int32(i))
	}
	r.rank[n].key, r.voice[n].key = 0, silent
	return r
}

func (r *plainRun) clear(i int32) {
	r.best[i] = light{from: noPath}
	r.rank[i], r.said[i], r.voice[i], r.met[i], r.queued[i] = rank{key: unranked}, said{}, voice{key: silent}, false, false
}

func (r *plainRun) begin() {
	for _, i := range r.touched {
		r.clear(i)
	}
	r.touched, r.queue, r.cells, r.gaveUp = r.touched[:0], r.queue[:0], r.cells[:1], false
}

func (r *plainRun) touch(i int32) {
	if !r.met[i] {
		r.met[i] = true
		r.touched = append(r.touched, i)
	}
}

func (r *plainRun) enqueue(i int32) {
	if !r.queued[i] {
		r.queued[i] = true
		r.queue = append(r.queue, i)
	}
}

// put makes a path the best of an instance, which has to tell its neighbors then.
func (r *plainRun) put(l *lanes, i int32, c light) {
	r.touch(i)
	r.best[i] = c
	x := rank{key: unranked}
	if c.from != noPath {
		if a := &r.cells[c.cell]; a.rest.Weight == 0 && !a.rest.HasLocalPref && !a.rest.HasAIGP {
			x.key = uint64(a.length)<<32 | math.MaxUint32
			if c.speaker != 0 && c.metric == l.ends[i].metric && !a.rest.OriginatorID.IsValid() {
				x.key, x.rest = uint64(a.length)<<32|uint64(c.speaker), a.rest
			}
		}
	}
	r.rank[i] = x
	r.enqueue(i)
}

// lighten makes a cell of a path's attributes. What a policy made of a next hop (keptRule), and the distance that it set,
// have no place in a light path: the plain way gives up.
func (r *plainRun) lighten(in *interner, l *lanes, c *path) light {
	r.gaveUp = r.gaveUp || c.kept != hopByRule || c.distance != 0
	if c.from == noPath {
		return light{from: noPath}
	}
	x := light{cell: r.rootCell(in, c.attrs), from: c.from, hop: c.hop, metric: c.metric, source: c.source, ok: c.ok}
	if c.from >= 0 {
		x.speaker = l.heard[c.from].speaker
	}
	return x
}

// path is a light path with its attributes.
func (r *plainRun) path(in *interner, c *light) path {
	if c.from == noPath {
		return path{from: noPath}
	}
	return path{attrs: r.whole(in, c.cell), from: c.from, hop: c.hop, metric: c.metric, source: c.source, ok: c.ok}
}

// preference is the local preference of an instance's best path, of which there is one, and whether that has any.
func (r *plainRun) preference(i int) (uint32, bool) {
	rest := r.cells[r.best[i].cell].rest
	return rest.LocalPref, rest.HasLocalPref
}

// bestOf is an instance's best path.
func (w *worker) bestOf(i int) path { return w.plain.path(w.s.in, &w.plain.best[i]) }

// plainTable solves one prefix in the plain way; nil when it has to give up.
func (w *worker) plainTable(prefix netip.Prefix, f network.Family) *table {
	if prefix.Bits() == 0 && w.s.traits&originatesDefault != 0 {
		for _, p := range w.s.peers {
			if p.families[f].up && p.families[f].c.DefaultOriginate != nil {
				return nil
			}
		}
	}
	r := w.plain
	r.begin()
	w.lanes = w.s.lanes[f]
	w.markRanges(prefix)
	w.startPlain(prefix, f)
	if !w.spread(prefix, f) || w.swayed(f, r.touched, func(i int) int32 { return r.best[i].from }, r.preference) {
		return nil
	}
	return w.collectPlain(prefix, f)
}

// startPlain puts in what stands before anybody speaks.
func (w *worker) startPlain(prefix netip.Prefix, f network.Family) {
	seed := w.s.seeds[prefix]
	if seed == nil {
		return
	}
	for _, o := range seed.own {
		w.offerPlain(w.s.instances[o.instance], o.path, f)
	}
	for _, o := range seed.outside {
		p := w.s.peers[o.peer]
		if !p.families[f].up {
			continue
		}
		w.plain.touch(int32(p.in.id))
		if c, ok := w.receive(p, f, prefix, o.route); ok {
			w.offerPlain(p.in, c, f)
		}
	}
}

// offerPlain makes a new candidate the best where it is.
func (w *worker) offerPlain(in *instance, c path, f network.Family) {
	r := w.plain
	r.touch(int32(in.id))
	if !c.ok {
		return
	}
	if b := w.bestOf(in.id); b.from == noPath || w.plainBetter(judge{in, w.s.peers, f}, &c, &b) {
		r.put(w.lanes, int32(in.id), r.lighten(w.s.in, w.lanes, &c))
	}
}

// plainBetter compares two paths, and gives up where the outcome hangs on more than the two.
func (w *worker) plainBetter(j judge, a, b *path) bool {
	if a.from >= 0 && b.from >= 0 && (a.attrs.Weight != b.attrs.Weight || j.localPref(a) != j.localPref(b)) {
		w.plain.gaveUp = true // more than one outcome may be stable
	}
	d := &j.in.config.Decision
	if !d.AlwaysCompareMED && a.attrs != b.attrs && med(d, a.attrs) != med(d, b.attrs) {
		w.plain.gaveUp = true
	}
	if a.attrs.HasAIGP || b.attrs.HasAIGP {
		w.plain.gaveUp = true
	}
	return j.compare(a, b).order < 0
}

// longPath is an AS path that the plain way leaves to the other, which sees whether it grows without end.
const longPath = 255

// spread lets the routers whose best path is new tell their neighbors, until nobody has news.
func (w *worker) spread(prefix netip.Prefix, f network.Family) bool {
	r := w.plain
	budget := 16*len(w.s.instances) + 512
	for n := 0; n < len(r.queue); n++ {
		if n > budget || r.gaveUp {
			return false
		}
		i := r.queue[n]
		r.queued[i] = false
		if b := &r.best[i]; b.from != noPath && r.cells[b.cell].length > longPath {
			return false
		}
		w.tell(i, prefix, f)
	}
	r.queue = r.queue[:0]
	return !r.gaveUp
}
