package bgp

import (
	"context"
	"iter"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// Underlay is what BGP asks of the routers' main tables and wires; package
// routing provides it. All methods are safe for concurrent use and stable
// during one Solve. Routers are named by their index in Network.Routers.
type Underlay interface {
	// Resolve looks up a BGP next hop in the main table: the IGP metric to it and whether
	// it is reachable. iface scopes a link-local address and is "" otherwise. A next
	// hop never resolves through the BGP route that it belongs to.
	Resolve(router int, vrf string, nh netip.Addr, iface string) (metric uint32, ok bool)
	// Hops are where packets for a next hop go; read-only. inTable: the next hop is looked up as rib.Route.InTable says.
	Hops(router int, vrf string, nh netip.Addr, inTable bool) []rib.NextHop
	// Route is the main table's route for exactly the prefix (for `network` with import-check).
	Route(router int, vrf string, p netip.Prefix) (rib.Route, bool)
	// Routes are the main table's selected routes (for redistribution), sorted, with next hops as they are handed on.
	Routes(router int, vrf string, f network.Family) iter.Seq[rib.Route]
	// Path says how packets from a router reach an address (another router's, or one outside of
	// the snapshot: then as far as the network knows): the number of routers between (0: on a
	// shared wire, or on a connected subnet), the outgoing interface, and the source address
	// that packets get by default; ok is false when they do not get there.
	Path(router int, vrf string, to netip.Addr) (hops int, out string, source netip.Addr, ok bool)
	// Wire lists the routers and interfaces that share the interface's link and are up.
	Wire(router int, iface string) []Attachment
	// LinkUp reports whether the interface can carry packets.
	LinkUp(router int, iface string) bool
}

// Attachment is an interface of a router on a wire.
type Attachment struct {
	Router    int
	Interface string
	LinkLocal netip.Addr // the address that unnumbered peers use
}

// Options bound and observe a solution. The zero value is ready to use.
type Options struct {
	// Base is another solution, of the same network or of one like it; may be nil. What is known there is not found anew.
	Base *Solution
	// Unchanged reports that the main table of a router instance, but for BGP's routes, is that of Base; nil: nothing is taken over.
	Unchanged func(router int, vrf string) bool
	// SameAddresses: the routers, and the interfaces and addresses that are configured on them, are those of Base's network.
	SameAddresses bool
	// EveryPath: every prefix is solved with every path of every session: slow, and what the fast ways are held against.
	EveryPath bool
	// Only: nothing else is originated, or taken from outside; nil: everything is.
	Only func(netip.Prefix) bool
	// EveryPrefix: no two prefixes are solved as one: slow, and what classes are held against.
	EveryPrefix bool
	Workers     int                   // 0: one a processor
	Progress    func(done, total int) // prefixes; may be nil; called from one goroutine at a time
	// Fresh: see routing.Options.
	Fresh bool
	// Down reports that a session is taken out on purpose (ReasonFailed); may be nil.
	Down func(router int, vrf string, n *network.Neighbor) bool
}

// solver is the state of one Solve. What is not of one prefix only changes between the
// rounds of the outer fixpoint, when no worker runs.
type solver struct {
	ctx        context.Context
	net        *network.Network
	under      Underlay
	opts       Options
	instances  []*instance
	byVRF      map[vrfKey]*instance
	peers      []*peer
	sessions   []Session // of all peers, where they stand side by side; else nil
	owners     map[netip.Addr][]owner
	in         *interner
	reflection bool // reflectors or confederations: MED and metrics can make several outcomes stable

	seeds    map[netip.Prefix]*seed
	prefixes []netip.Prefix // of the seeds, sorted
	tables   map[netip.Prefix]*table
	steps    map[seedStep]*seed
	cells    [network.NumFamilies]*cells // nil until asked for
	workers  []*worker

	aggregates  []*aggregate
	leaks       []*leak
	hidden      []map[netip.Prefix]bool // by instance: suppressed by an aggregate
	uncertain   map[Uncertainty]bool
	oscillates  map[netip.Prefix][]int32
	restless    bool // the outer fixpoint goes round
	plain       [network.NumFamilies]bool
	swaying     [network.NumFamilies][]*peer // see sways
	traits      traits                       // of any session
	torn        bool                         // sessions were taken down for what goes over them
	passing     map[*peer]unreadUpdate       // by sender: what a session was sent, before others were taken down, that its other end does not read
	uneven      []bool                       // by instance: see classify
	brief       [network.NumFamilies]bool    // the best paths alone are kept
	lanes       [network.NumFamilies]*lanes
	tally       *tally // of the prefixes solved in the plain way, while tallied
	tallied     bool   // nothing was solved twice
	solved      bool   // some round is over
	lastingOnce sync.Once
	lasting     []lasting  // by peer: see lastingOf
	heir        *heir      // nil where no session is taken over
	classified  bool       // flags and lanes hold
	reuse       *reuse     // nil where nothing is taken over, or not any more
	asking      sync.Mutex // guards asker
	asker       *worker    // makes tables of the prefixes that were solved in the plain way
	turns       int32      // see patience
	shared      map[sharedKey]bool
	missed      []atomic.Bool // by instance: a next hop was met there that is not in reach; nil in trials, where nobody asks
	oneByOne    bool          // conditions are evaluated one a round, because all at once did not settle
}

// maxRounds bounds the outer fixpoint: every round but the last changed an aggregate, a condition, a
// default route or a limit. Chains of those are short; a state that comes back ends it before.
const maxRounds = 100

// Solve computes the state that BGP settles in over an underlay that stands still. It
// returns an error only when ctx ends; a network that does not converge is a Solution.
func Solve(ctx context.Context, n *network.Network, u Underlay, o Options) (*Solution, error) {
	s, err := run(ctx, n, u, o)
	if err == nil && s.heir != nil && !s.heir.holds(s) {
		o.SameAddresses = false
		s, err = run(ctx, n, u, o)
	}
	if err != nil {
		return nil, err
	}
	out := s.solution()
	if err := ctx.Err(); err != nil {
		return nil, err // its sessions may not all be told what went over them
	}
	return out, nil
}

func run(ctx context.Context, n *network.Network, u Underlay, o Options) (*solver, error) {
	s := &solver{
		ctx: ctx, net: n, under: u, opts: o, in: newInterner(), byVRF: map[vrfKey]*instance{}, owners: map[netip.Addr][]owner{},
		seeds: map[netip.Prefix]*seed{}, tables: map[netip.Prefix]*table{}, steps: map[seedStep]*seed{},
		uncertain: map[Uncertainty]bool{}, oscillates: map[netip.Prefix][]int32{},
	}
	if o.Base != nil {
		s.in = o.Base.s.in
	}
	s.addInstances()
	s.addOwners()
	s.addPeers()
	s.establish()
	s.groupPeers()
	s.turns = s.patience()
	s.hidden, s.missed = make([]map[netip.Prefix]bool, len(s.instances)), make([]atomic.Bool, len(s.instances))
	count := o.Workers
	if count <= 0 {
		count = runtime.GOMAXPROCS(0)
	}
	for range count {
		s.workers = append(s.workers, newWorker(s))
	}
	s.originate()
	s.addAggregates()
	s.addLeaks()
	s.startConditions()
	if err := s.fixpoint(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// fixpoint solves prefixes, and again those that what crosses prefixes has changed.
func (s *solver) fixpoint(ctx context.Context) error {
	dirty := s.sortedPrefixes()
	if s.reuse = s.reusable(); s.reuse != nil {
		for i := range s.missed {
			s.missed[i].Store(s.reuse.base.missed == nil || s.reuse.base.missed[i].Load())
		}
		if err := s.takeOver(ctx, s.reuse); err != nil {
			return err
		}
		dirty = s.reuse.dirty
	}
	seen := map[string]bool{}
	for range maxRounds {
		if err := s.solve(ctx, dirty); err != nil {
			return err
		}
		changed := map[netip.Prefix]bool{}
		if !s.limitSessions(changed) && !s.hollowSessions(changed) && !s.setSessions(changed) && !s.dropUnread(changed) {
			s.aggregateAll(changed)
			s.leakAll(changed)
			s.conditionAll(changed)
			s.defaultAll(changed)
			s.limitSent(changed)
		}
		if len(changed) == 0 {
			return nil
		}
		s.reuse, s.classified = nil, false
		state := s.crossState()
		if seen[state] && s.oneByOne {
			s.restless = true
			for p := range changed {
				s.oscillates[p] = s.tables[p].routers(s)
			}
			return nil
		}
		if seen[state] {
			// Conditions that all turn at once may settle when their timers go off one after the other.
			s.oneByOne = true
			clear(seen)
		}
		seen[state] = true
		s.sortedPrefixes()
		dirty = dirty[:0:0]
		for _, p := range s.prefixes {
			if changed[p] {
				dirty = append(dirty, p)
			}
		}
	}
	s.restless = true
	return nil
}

func (s *solver) sortedPrefixes() []netip.Prefix {
	if len(s.prefixes) == len(s.seeds) {
		return s.prefixes // nobody takes a seed away
	}
	s.prefixes = make([]netip.Prefix, 0, len(s.seeds))
	for p := range s.seeds {
		s.prefixes = append(s.prefixes, p)
	}
	slices.SortFunc(s.prefixes, netip.Prefix.Compare)
	return s.prefixes
}

// solve shares prefixes out over the workers.
func (s *solver) solve(ctx context.Context, dirty []netip.Prefix) error {
	s.classify()
	groups := s.kins(s.classes(dirty))
	results := make([][]*table, len(groups))
	s.tallied = !s.solved && s.reuse == nil
	s.solved = true
	for _, w := range s.workers {
		if w.tally = nil; s.tallied {
			w.tally = s.newLaneTally()
		}
	}
	var next, done atomic.Int64
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	var mu sync.Mutex
	workers := s.workers[:min(len(s.workers), max(1, len(groups)/4))]
	for _, w := range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(groups) || ctx.Err() != nil {
					return
				}
				results[i] = w.tablesOf(groups[i])
				if n := done.Add(1); s.opts.Progress != nil && n%64 == 0 {
					mu.Lock()
					s.opts.Progress(int(n), len(groups))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.tallied {
		s.tally = newTally(len(s.peers))
		for _, w := range s.workers {
			w.tally.settle(s)
			s.tally.add(w.tally)
			w.tally = nil
		}
	}
	some := len(s.tables) > 0
	for i, group := range groups {
		for k, class := range group {
			t := results[i][k]
			for _, p := range class {
				s.tables[p] = t
				delete(s.oscillates, p)
				if t.moving != nil {
					s.oscillates[p] = t.moving
				}
			}
		}
	}
	if some {
		s.reseat()
	}
	return nil
}
