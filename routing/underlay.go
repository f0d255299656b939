package routing

import (
	"iter"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// underlay answers BGP's questions about the main tables and wires, and remembers
// the answers: when the tables have moved, BGP is solved again only if an answer
// would be another. What does not depend on tables (wires) is not remembered.
type underlay struct {
	s     *solver
	mu    sync.Mutex
	nexts map[nextQuestion]nextAnswer
	gates map[gateQuestion][]rib.NextHop
	exact map[exactQuestion]exactAnswer
	lists map[listQuestion][]rib.Route
	paths map[pathQuestion]pathAnswer
}

var _ bgp.Underlay = (*underlay)(nil)

type nextQuestion struct {
	instance int
	nh       netip.Addr
	iface    string
}

type gateQuestion struct {
	instance int
	nh       netip.Addr
	inTable  bool
}

type nextAnswer struct {
	metric uint32
	ok     bool
}

type exactQuestion struct {
	instance int
	prefix   netip.Prefix
}

type exactAnswer struct {
	route rib.Route
	ok    bool
}

type listQuestion struct {
	instance int
	family   network.Family
}

type pathQuestion struct {
	instance int
	to       netip.Addr
}

type pathAnswer struct {
	hops   int
	out    string
	source netip.Addr
	ok     bool
}

func newUnderlay(s *solver) *underlay {
	return &underlay{s: s, nexts: map[nextQuestion]nextAnswer{}, gates: map[gateQuestion][]rib.NextHop{}, exact: map[exactQuestion]exactAnswer{},
		lists: map[listQuestion][]rib.Route{}, paths: map[pathQuestion]pathAnswer{}}
}

// remember answers from memory or asks, without holding the lock meanwhile: the
// tables stand still, so two that ask at once get the same.
func remember[Q comparable, A any](u *underlay, known map[Q]A, q Q, ask func(Q) A) A {
	u.mu.Lock()
	a, ok := known[q]
	u.mu.Unlock()
	if ok {
		return a
	}
	a = ask(q)
	u.mu.Lock()
	known[q] = a
	u.mu.Unlock()
	return a
}

func (u *underlay) Resolve(router int, vrf string, nh netip.Addr, iface string) (metric uint32, ok bool) {
	i := u.s.instanceIndex(router, vrf)
	if i < 0 || !nh.IsValid() {
		return 0, false
	}
	a := remember(u, u.nexts, nextQuestion{i, nh, iface}, u.askNext)
	return a.metric, a.ok
}

func (u *underlay) askNext(q nextQuestion) (a nextAnswer) {
	in := &u.s.instances[q.instance]
	if b := in.vrf.BGP; b != nil && b.Habits.OneTable {
		a.metric, a.ok = in.table.ResolveInTable(q.nh, q.iface)
		return a
	}
	a.metric, a.ok = in.table.Resolve(q.nh, q.iface)
	return a
}

func (u *underlay) Hops(router int, vrf string, nh netip.Addr, inTable bool) []rib.NextHop {
	i := u.s.instanceIndex(router, vrf)
	if i < 0 || !nh.IsValid() {
		return nil
	}
	return remember(u, u.gates, gateQuestion{i, nh, inTable}, u.askGate)
}

func (u *underlay) askGate(q gateQuestion) []rib.NextHop {
	in := &u.s.instances[q.instance]
	if q.inTable {
		return in.table.HopsInTable(q.nh)
	}
	r, _ := in.table.Lookup(q.nh)
	return r.NextHops
}

func (u *underlay) Route(router int, vrf string, p netip.Prefix) (rib.Route, bool) {
	i := u.s.instanceIndex(router, vrf)
	if i < 0 {
		return rib.Route{}, false
	}
	a := remember(u, u.exact, exactQuestion{i, p}, u.askExact)
	return a.route, a.ok
}

func (u *underlay) askExact(q exactQuestion) (a exactAnswer) {
	a.route, a.ok = u.s.instances[q.instance].table.Get(q.prefix)
	return a
}

// Routes leaves out BGP's own routes: redistribution never takes them. A next hop that another route resolves is
// named as it was given: that is what zebra hands on.
func (u *underlay) Routes(router int, vrf string, f network.Family) iter.Seq[rib.Route] {
	i := u.s.instanceIndex(router, vrf)
	if i < 0 {
		return func(func(rib.Route) bool) {}
	}
	return slices.Values(remember(u, u.lists, listQuestion{i, f}, u.askList))
}

func (u *underlay) askList(q listQuestion) []rib.Route {
	in := &u.s.instances[q.instance]
	if b := in.vrf.BGP; b != nil && b.Habits.OneTable {
		return slices.Collect(in.table.Offers(q.family))
	}
	all := slices.Collect(in.table.Others(q.family))
	for i := range all {
		r := &all[i]
		given := in.table.Offered(r.Prefix)
		if len(given) == 0 || len(r.NextHops) == 0 || slices.ContainsFunc(given, func(h rib.NextHop) bool { return h.Via == r.NextHops[0].Via }) {
			continue
		}
		first := r.NextHops[0]
		first.Via = given[0].Via
		r.NextHops = []rib.NextHop{first}
	}
	return all
}

func (u *underlay) Path(router int, vrf string, to netip.Addr) (hops int, out string, source netip.Addr, ok bool) {
	i := u.s.instanceIndex(router, vrf)
	if i < 0 {
		return 0, "", netip.Addr{}, false
	}
	a := remember(u, u.paths, pathQuestion{i, to}, u.askPath)
	return a.hops, a.out, a.source, a.ok
}

func (u *underlay) askPath(q pathQuestion) pathAnswer { return u.s.path(q.instance, q.to) }

func (u *underlay) Wire(router int, iface string) []bgp.Attachment {
	return u.s.wires.attachments(router, iface)
}

func (u *underlay) LinkUp(router int, iface string) bool { return u.s.wires.up(router, iface) }

// stands reports whether every answer given is still the same. The long lists are gone through at the same time.
func (u *underlay) stands() bool {
	var moved atomic.Bool
	var wg conc.WaitGroup
	wg.Go(func() {
		stand(u, &moved, u.paths, func(q pathQuestion, a pathAnswer) bool { return u.askPath(q) == a })
	})
	wg.Go(func() {
		stand(u, &moved, u.nexts, func(q nextQuestion, a nextAnswer) bool { return u.askNext(q) == a })
		stand(u, &moved, u.gates, func(q gateQuestion, a []rib.NextHop) bool { return slices.Equal(u.askGate(q), a) })
		stand(u, &moved, u.exact, func(q exactQuestion, a exactAnswer) bool {
			b := u.askExact(q)
			return a.ok == b.ok && a.route.Equal(&b.route)
		})
		stand(u, &moved, u.lists, func(q listQuestion, a []rib.Route) bool {
			return slices.EqualFunc(a, u.askList(q), func(x, y rib.Route) bool { return x.Equal(&y) })
		})
	})
	wg.Wait()
	return !moved.Load()
}

// stand asks again until something has moved, or the context ends: then nobody looks at the outcome.
func stand[Q comparable, A any](u *underlay, moved *atomic.Bool, known map[Q]A, same func(Q, A) bool) {
	n := 0
	for q, a := range known {
		if n++; moved.Load() || n%1024 == 0 && u.s.ctx.Err() != nil {
			return
		}
		if !same(q, a) {
			moved.Store(true)
		}
	}
}
