package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// The plain way to solve a prefix keeps one path for every instance, its best, and looks at a session only
// when what goes over it could be better. It is exact where the decision process is a total order on the
// paths that meet (no MED that only some pairs compare) and nothing but best paths travels
// (no add-path, no route server's table); where it meets anything else while it works it gives up, and
// the prefix is solved with every path of every session.

// slot is the outcome at one instance: its best path, and the next hops that share the traffic.
type slot struct {
	attrs  uint32 // 0: no path
	from   int32  // as in path
	hop    hopID
	metric uint32
	set    uint32 // of the multipath set's next hops; 0 where the best path is alone
	source Source
}

// session flags say what of the general rules can be left out on one end of a session.
type sessionFlags uint8

const (
	sendsPlainly    sessionFlags = 1 << iota // all of its update group are sent the same
	receivesPlainly                          // import changes nothing and loses nothing but loops
	exportsBarely                            // export puts our AS in front and takes off what does not travel
	ranksPlainly                             // the instance prefers short AS paths after weight, preference and origin of its own
)

// mayBePlain reports whether prefixes of a family can be solved in the plain way at all.
func (s *solver) mayBePlain(f network.Family) bool {
	if s.reflection || s.opts.EveryPath {
		return false
	}
	for _, in := range s.instances {
		if in.addPath[f] || in.config.Habits.ServerTable && in.serves(f) {
			return false
		}
	}
	for _, p := range s.peers {
		// What follows from the slots is made when it is asked for: nothing may have turned meanwhile.
		if p.families[f].up && (p.families[f].conditional || p.families[f].c.MaximumPrefixOut > 0 || p.state.Type == ConfedEBGP) {
			return false
		}
	}
	return true
}

// classify notes for every session what is plain about it. Called when nobody works.
func (s *solver) classify() {
	ranks := make([]bool, len(s.instances))
	for i, in := range s.instances {
		ranks[i] = shortFirst(in.config)
	}
	for _, f := range network.Families {
		s.plain[f], s.lanes[f] = s.mayBePlain(f), nil
		for _, p := range s.peers {
			x := &p.families[f]
			x.flags = 0
			if !x.up {
				continue
			}
			b := p.in.config
			if p.state.Type == EBGP && !b.Habits.NotToSenderID && x.c.DefaultOriginate == nil && !b.SenderLoopCheck &&
				b.Confederation.Identifier == 0 && !x.c.UnsuppressMap.IsSet() &&
				len(s.aggregates) == 0 && !x.c.RouteServerClient {
				x.flags |= sendsPlainly
			}
			if c := x.c; p.state.Type == EBGP && !x.outPolicy && !b.RequirePolicy && !b.GracefulShutdown && !b.RejectASSets && !b.Habits.RewriteFirst &&
				!b.Habits.MEDAfterPolicy && p.changed == 0 && p.config.Role == "" && b.Confederation.Identifier == 0 && c.RemovePrivateAS == network.KeepPrivateAS &&
				!c.ASOverride && !c.RouteServerClient && !c.ASPathUnchanged && !c.MEDUnchanged {
				x.flags |= exportsBarely
			}
			if p.state.Type == EBGP && !x.inPolicy && !b.RequirePolicy && !b.GracefulShutdown && !(p.config.EnforceFirstAS && !b.Habits.ReceiveAsIs) && !b.Habits.LocalPrefOnReceipt &&
				p.changed == 0 && !x.c.HasWeight && p.config.Role == "" && !b.RejectASSets {
				x.flags |= receivesPlainly
			}
			if ranks[p.in.id] {
				x.flags |= ranksPlainly
			}
		}
		if s.plain[f] {
			s.lanes[f] = s.makeLanes(f)
		}
	}
}

// shortFirst reports that nothing but weight, local preference, local origin and AIGP, which plain routes do not have, comes
// before the length of the AS path.
func shortFirst(b *network.BGP) bool {
	if b.Decision.ASPathIgnore || b.Decision.ASPathConfed {
		return false
	}
	for _, s := range b.Decision.Steps {
		switch s {
		case network.StepWeight, network.StepLocalPref, network.StepLocalOrigin, network.StepAIGP:
		case network.StepASPathLength:
			return true
		default:
			return false
		}
	}
	return false
}

// plainRun is what a worker needs for the plain way, by instance or peer.
type plainRun struct {
	best    []path
	brief   []brief
	said    []said
	queued  []bool
	queue   []int32
	touched []int32
	met     []bool // in touched
	near    []nearHop
	groups  []groupExport // by group
	turn    uint64        // of groups
	stamps  []uint32      // by next hop
	stamp   uint32
	set     []hopID
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

type groupExport struct {
	turn uint64
	e    exported
}

type recentSet struct {
	id   uint32
	hops []hopID
}

func newPlainRun(s *solver) *plainRun {
	n := len(s.instances)
	r := &plainRun{best: make([]path, n), brief: make([]brief, n), said: make([]said, n), queued: make([]bool, n), met: make([]bool, n), near: make([]nearHop, len(s.peers)),
		groups: make([]groupExport, len(s.peers)), recent: make([][4]recentSet, n)}
	for i := range r.best {
		r.best[i].from, r.brief[i] = noPath, brief{noPath, -1, 0}
	}
	return r
}

func (r *plainRun) begin() {
	for _, i := range r.touched {
		r.best[i] = path{from: noPath}
		r.brief[i], r.said[i], r.met[i], r.queued[i] = brief{noPath, -1, 0}, said{}, false, false
	}
	r.touched, r.queue, r.gaveUp = r.touched[:0], r.queue[:0], false
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
func (r *plainRun) put(w *worker, i int32, c path) {
	r.touch(i)
	r.best[i] = c
	x := &r.brief[i]
	*x = brief{c.from, -1, 0}
	if c.from != noPath && c.attrs.Weight == 0 && !c.attrs.HasLocalPref && !c.attrs.HasAIGP {
		x.length = c.attrs.length
		if c.from >= 0 {
			if q := w.s.peers[c.from].remote; q != nil && q.state.Type == EBGP {
				x.routerID = w.lanes.routerIDs[q.in.id]
			}
		}
	}
	r.enqueue(i)
}

// plainTable solves one prefix in the plain way; nil when it has to give up.
func (w *worker) plainTable(prefix netip.Prefix, f network.Family) *table {
	if prefix.Bits() == 0 {
		for _, p := range w.s.peers {
			if p.families[f].up && p.families[f].c.DefaultOriginate != nil {
				return nil
			}
		}
	}
	r := w.plain
	r.begin()
	w.lanes = w.s.lanes[f]
	w.startPlain(prefix, f)
	if !w.spread(prefix, f) {
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
	i := int32(in.id)
	r.touch(i)
	if !c.ok {
		return
	}
	if b := &r.best[i]; b.from == noPath || w.plainBetter(judge{in, w.s.peers, f}, &c, b) {
		r.put(w, i, c)
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
		w.tell(w.s.instances[i], prefix, f)
	}
	r.queue = r.queue[:0]
	return !r.gaveUp
}

// tell offers an instance's best path to its neighbors.
func (w *worker) tell(in *instance, prefix netip.Prefix, f network.Family) {
	w.plain.turn++
	if w.lanes.oneGroup[in.id] && len(in.peers) > 0 {
		w.tellPlain(in, prefix, f, w.lanes)
		return
	}
	for _, p := range in.peers {
		if p.families[f].up && p.remote != nil {
			w.tellOne(p, prefix, f)
		}
	}
}

// tellOne is tell for one neighbor.
func (w *worker) tellOne(p *peer, prefix netip.Prefix, f network.Family) {
	r, q := w.plain, p.remote
	b := &r.best[p.in.id]
	to := q.in.id
	t := &r.best[to]
	mine := t.from == int32(q.id)
	var c path
	ok := false
	if b.from != noPath {
		c, ok = w.across(p, q, f, prefix, b)
	}
	switch {
	case mine && ok && c == *t:
	case mine && (!ok || !c.ok || !w.plainBetter(judge{q.in, w.s.peers, f}, &c, t)):
		w.again(q.in, prefix, f)
	case !ok || !c.ok:
	case t.from == noPath || mine || w.plainBetter(judge{q.in, w.s.peers, f}, &c, t):
		r.put(w, int32(to), c)
	}
}

// groupExport is what the neighbor's update group is sent of the instance's best path; remembered for the
// turn of one instance.
func (w *worker) groupExport(p *peer, f network.Family, prefix netip.Prefix, b *path) *exported {
	x := &p.families[f]
	g := &w.plain.groups[x.group]
	if g.turn != w.plain.turn {
		g.turn = w.plain.turn
		g.e = exported{}
		if communitiesAllow(p, b) {
			var from *peer
			if b.from >= 0 {
				from = w.s.peers[b.from]
			}
			g.e = w.exportOnce(p, f, prefix, b, from, false, false, network.Ref{})
		}
	}
	return &g.e
}

// across takes an instance's best path over one session: what the other end makes of it.
func (w *worker) across(p, q *peer, f network.Family, prefix netip.Prefix, b *path) (path, bool) {
	x := &p.families[f]
	var rt route
	if x.flags&sendsPlainly != 0 && !b.attrs.OriginatorID.IsValid() {
		e := w.groupExport(p, f, prefix, b)
		if e.attrs == nil || b.from == int32(p.id) && !p.in.config.AdvertiseToSender {
			return path{}, false
		}
		var from *peer
		if b.from >= 0 {
			from = w.s.peers[b.from]
		}
		rt = route{attrs: e.attrs, hop: w.nextHop(p, f, b, from, false, *e)}
	} else {
		var ok bool
		if rt, ok = w.send(p, f, prefix, b); !ok {
			return path{}, false
		}
	}
	y := &q.families[f]
	if y.flags&receivesPlainly == 0 || prefix.IsSingleIP() || rt.attrs.HasLocalPref || len(rt.attrs.Communities) > 0 || rt.attrs.Weight != 0 {
		return w.receive(q, f, prefix, rt)
	}
	if !w.s.loopFree(q, y.c, rt.attrs) {
		return path{}, false
	}
	n := w.nearby(q, rt.hop)
	if n.own {
		return path{}, false
	}
	return path{attrs: rt.attrs, from: int32(q.id), hop: rt.hop, metric: n.reach.metric, source: FromNeighbor, ok: n.reach.ok}, true
}

// nearby asks about a next hop that came over a session.
func (w *worker) nearby(q *peer, id hopID) *nearHop {
	n := &w.plain.near[q.id]
	if !n.known || n.hop != id {
		*n = nearHop{hop: id, known: true}
		if !q.in.config.Habits.ReceiveAsIs && id != 0 {
			h := w.hop(id)
			n.own = q.in.own[h.addr] && h.scope == "" || h.addr.IsUnspecified()
		}
		n.reach = w.resolve(q.in, q, id)
	}
	return n
}

// again chooses anew among everything that an instance is offered now.
func (w *worker) again(in *instance, prefix netip.Prefix, f network.Family) {
	r := w.plain
	j := judge{in, w.s.peers, f}
	best := path{from: noPath}
	turn := r.turn
	for _, c := range w.offers(in, prefix, f, func(i int) path { return r.best[i] }) {
		if c.ok && (best.from == noPath || w.plainBetter(j, &c, &best)) {
			best = c
		}
	}
	r.turn = max(r.turn, turn) + 1
	r.put(w, int32(in.id), best)
}

// offers are all paths of an instance's table, in the order in which they are taken to have arrived, given
// the best path of every other instance.
func (w *worker) offers(in *instance, prefix netip.Prefix, f network.Family, best func(instance int) path) []path {
	var out []path
	seed := w.s.seeds[prefix]
	if seed != nil {
		for _, o := range seed.own {
			if int(o.instance) == in.id {
				out = append(out, o.path)
			}
		}
	}
	for _, p := range in.arrival {
		if !p.families[f].up {
			continue
		}
		if q := p.remote; q != nil {
			b := best(q.in.id)
			if b.from == noPath {
				continue
			}
			w.plain.turn++
			if c, ok := w.across(q, p, f, prefix, &b); ok {
				out = append(out, c)
			}
			continue
		}
		if seed == nil {
			continue
		}
		for _, o := range seed.outside {
			if int(o.peer) == p.id {
				if c, ok := w.receive(p, f, prefix, o.route); ok {
					out = append(out, c)
				}
			}
		}
	}
	return out
}
