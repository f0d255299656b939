package routing

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/ospf"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// maxRounds bounds the outer fixpoint. A round carries a change once around
// (main table, OSPF, main table, BGP, main table); real networks need two or three.
const maxRounds = 40

// quietRounds is how many rounds go by before states are compared with earlier ones:
// what settles has settled by then, and is not made to pay for it.
const quietRounds = 4

// maxTurns bounds how often the tables of one router are settled in turn.
const maxTurns = 8

// solver is one run of Solve.
type solver struct {
	fabric
	base       *state // that the wires are shared with; nil where they are not
	ctx        context.Context
	opts       Options
	evaluators []*policy.Evaluator

	turns     turns
	taken     []ospf.External // what OSPF last worked on
	ospf      *ospf.Solution
	bgp       *bgp.Solution
	underlay  *underlay // that BGP last asked
	uncertain map[Uncertainty]bool

	history []snapshot
}

// snapshot is the state after one round, reduced to hashes.
type snapshot struct {
	whole      uint64
	byInstance []uint64
}

func solve(ctx context.Context, n *network.Network, o Options) (*Result, error) {
	s := newSolver(ctx, n, o)
	res := &Result{Network: n, Converged: true}
	cycle, err := s.run()
	if err != nil {
		return nil, err
	}
	if cycle != nil && s.redistributes() {
		settled, err := inTurn(ctx, n, o)
		if err != nil {
			return nil, err
		}
		if settled != nil {
			s, cycle = settled, nil
		}
	}
	if cycle != nil {
		s.oscillation(res, cycle)
	}
	s.finish(res)
	return res, nil
}

// run goes round until nothing moves; otherwise it gives the states that come back for ever.
func (s *solver) run() (cycle []snapshot, err error) {
	for round := 0; ; round++ {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		moved, err := s.round()
		if err != nil || !moved {
			return nil, err
		}
		s.report("routing", round+1, round+2)
		if round < quietRounds {
			continue
		}
		now := s.snapshot()
		if i := slices.IndexFunc(s.history, func(x snapshot) bool { return x.whole == now.whole }); i >= 0 {
			return s.history[i:], nil
		}
		if s.history = append(s.history, now); round >= s.turns.rounds(s.net) {
			return s.history[len(s.history)-maxRounds/2:], nil
		}
	}
}

func newSolver(ctx context.Context, n *network.Network, o Options) *solver {
	base := share(n, &o)
	s := &solver{fabric: newFabric(n, o.Fail, base), base: base, ctx: ctx, opts: o, evaluators: make([]*policy.Evaluator, len(n.Routers)),
		uncertain: map[Uncertainty]bool{}}
	shared := make([]bool, len(s.instances))
	for i := range s.instances {
		s.instances[i].table, shared[i] = s.newTable(i)
	}
	s.eachRouter(func(from, to int) {
		for i := from; i < to; i++ {
			if in := &s.instances[i]; !shared[i] {
				in.table.Offer(rib.FromInterfaces, s.connected(in))
				in.table.Offer(rib.FromStatic, s.static(in))
			}
		}
	})
	return s
}

// round carries what moved once around and reports whether anything did.
func (s *solver) round() (moved bool, err error) {
	s.settle()
	taken := s.externals()
	if s.turns.step != 0 {
		taken = s.turns.pick(len(s.net.Routers), s.taken, taken)
	}
	if s.ospf == nil || !slices.Equal(taken, s.taken) {
		s.taken, moved = taken, true
		if s.solveOSPF() {
			s.settle()
		}
	}
	if err := s.ctx.Err(); err != nil {
		return false, err
	}
	if s.underlay != nil && s.underlay.stands() {
		return moved, nil
	}
	changed, err := s.solveBGP()
	return moved || changed, err
}

// settle brings every table to rest: those of one router may resolve through each other.
func (s *solver) settle() {
	s.eachRouter(func(from, to int) {
		for again, turns := true, 0; again && turns < maxTurns; turns++ {
			again = false
			for i := from; i < to; i++ {
				if s.instances[i].table.Settle() && to-from > 1 {
					again = true
				}
			}
		}
	})
}

// eachRouter calls do with every router's range of instances, on all processors.
func (s *solver) eachRouter(do func(from, to int)) {
	workers := s.opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	for range min(workers, len(s.first)) {
		wg.Go(func() {
			for {
				r := int(next.Add(1)) - 1
				if r >= len(s.first) {
					return
				}
				to := len(s.instances)
				if r+1 < len(s.first) {
					to = s.first[r+1]
				}
				do(s.first[r], to)
			}
		})
	}
	wg.Wait()
}

// parallel runs the same work on all processors, where there is enough of it.
func parallel(n int, work func()) {
	var wg conc.WaitGroup
	for range max(1, min(n/8, runtime.GOMAXPROCS(0))) {
		wg.Go(work)
	}
	wg.Wait()
}

// solveOSPF runs OSPF over the externals taken and offers its routes.
func (s *solver) solveOSPF() (changed bool) {
	s.ospf = ospf.Solve(ospf.Input{Network: s.net, Up: s.wires.up, Externals: s.taken,
		Wire: func(router int, iface string) []ospf.Port {
			p := s.wires.find(router, iface)
			if p == nil {
				return nil
			}
			out := make([]ospf.Port, len(p.peers))
			for i, q := range p.peers {
				out[i] = ospf.Port{Router: s.wires.ports[q].router, Interface: s.wires.ports[q].iface.Name}
			}
			return out
		}})
	return s.offer(rib.FromOSPF, func(in *instance) []rib.Route { return s.ospf.Routes(in.router, in.vrf.Name) })
}

// solveBGP runs BGP over the tables as they stand and offers what it installs.
func (s *solver) solveBGP() (changed bool, err error) {
	s.underlay = newUnderlay(s)
	base := s.bgp
	var unchanged func(router int, vrf string) bool
	if base == nil && s.opts.Base != nil {
		base, unchanged = s.opts.Base.state.bgp, s.unchanged
	}
	s.bgp, err = bgp.Solve(s.ctx, s.net, s.underlay, bgp.Options{
		Workers: s.opts.Workers,
		Base:    base, Unchanged: unchanged, SameAddresses: s.sameAddresses(), Only: s.opts.Only, EveryPath: s.opts.EveryPath, EveryPrefix: s.opts.EveryPrefix, Fresh: s.opts.Fresh,
		Progress: func(done, total int) { s.report("bgp", done, total) },
		Down: func(router int, vrf string, n *network.Neighbor) bool {
			return s.opts.Fail.AllBGP || s.wires.failed[router]
		},
	})
	if err != nil {
		return false, err
	}
	var moved atomic.Bool
	s.eachRouter(func(a, b int) {
		for i := a; i < b; i++ {
			in := &s.instances[i]
			if in.vrf.BGP == nil || s.wires.failed[in.router] {
				continue
			}
			if o := s.bgp.Bulk(in.router, in.vrf.Name); o != nil && in.table.OfferBulk(o) {
				moved.Store(true)
			}
		}
	})
	return moved.Load(), nil
}

// sameAddresses reports that routers, interfaces and addresses are configured as in the base.
func (s *solver) sameAddresses() bool {
	return s.opts.Base != nil && (s.base != nil || sameRouters(s.opts.Base.Network, s.net))
}

// unchanged reports that an instance's table, but for BGP's routes, and its interfaces are those of the base. A table
// that BGP's own routes are resolved by counts as changed.
func (s *solver) unchanged(router int, vrf string) bool {
	base := s.opts.Base.state
	if s.base != nil {
		is := s.named(router, vrf)
		if was := base.named(router, vrf); was != nil && is != nil && is.table.SharesWith(was.table) {
			return true
		}
	}
	old := base.router(s.net.Routers[router].Name)
	if old < 0 {
		return false
	}
	was, is := base.named(old, vrf), s.named(router, vrf)
	if was == nil || is == nil || !base.sameState(was, &s.fabric, is) {
		return false
	}
	for _, f := range network.Families {
		for r := range was.table.Own(f) {
			if r.Protocol == network.BGPProtocol {
				return false
			}
		}
		if len(mergeRoutes(nil, was.table.Own(f), is.table.Own(f))) > 0 {
			return false
		}
	}
	return true
}

// offer gives every table what a source has for it and reports whether any differs.
func (s *solver) offer(from rib.Source, routes func(in *instance) []rib.Route) bool {
	var changed atomic.Bool
	s.eachRouter(func(a, b int) {
		for i := a; i < b; i++ {
			if s.instances[i].table.Offer(from, routes(&s.instances[i])) {
				changed.Store(true)
			}
		}
	})
	return changed.Load()
}

// doubt notes a reason for uncertainty.
func (s *solver) doubt(u Uncertainty) { s.uncertain[u] = true }

func (s *solver) report(stage string, done, total int) {
	if s.opts.Progress != nil {
		s.opts.Progress(stage, done, total)
	}
}

// finish makes the result of the state reached.
func (s *solver) finish(res *Result) {
	s.settle()
	for i := range s.instances {
		if bad := s.instances[i].table.Unstable(); len(bad) > 0 {
			res.Converged = false
			res.Oscillating = append(res.Oscillating, s.net.Routers[s.instances[i].router].Name)
			res.OscillatingPrefixes = append(res.OscillatingPrefixes, bad...)
		}
	}
	if s.bgp != nil {
		res.Sessions = s.bgp.Sessions
		if !s.bgp.Converged {
			res.Converged = false
			for _, r := range s.bgp.OscillatingRouters {
				res.Oscillating = append(res.Oscillating, s.net.Routers[r].Name)
			}
			res.OscillatingPrefixes = append(res.OscillatingPrefixes, s.bgp.OscillatingPrefixes...)
		}
		for _, u := range s.bgp.Uncertain {
			s.doubt(Uncertainty{Router: s.net.Routers[u.Router].Name, Prefix: u.Prefix, Why: u.Why, Arrival: u.Arrival, Span: u.Span})
		}
	}
	slices.Sort(res.Oscillating)
	res.Oscillating = slices.Compact(res.Oscillating)
	slices.SortFunc(res.OscillatingPrefixes, netip.Prefix.Compare)
	res.OscillatingPrefixes = slices.Compact(res.OscillatingPrefixes)
	for u := range s.uncertain {
		res.Uncertain = append(res.Uncertain, u)
	}
	slices.SortFunc(res.Uncertain, func(a, b Uncertainty) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), a.Prefix.Compare(b.Prefix), cmp.Compare(a.Why, b.Why),
			cmp.Compare(a.Span.File, b.Span.File), cmp.Compare(a.Span.First, b.Span.First))
	})
	res.OSPF = s.ospf
	res.state = &state{fabric: s.fabric, bgp: s.bgp, whole: s.opts.Fail.none()}
}
