// Package routing computes what the routers of a network would decide: which
// sessions come up, what is in every routing table, what is announced to whom, and
// where packets go. It knows no dialect: where daemons differ, the model has a field.
//
// Two kinds of fixpoint make the answer. BGP is solved a prefix at a time over
// the established sessions; around it, everything that crosses prefixes (next-hop
// resolution, redistribution, aggregates, conditional advertisement, maximum-prefix,
// sessions that need a route to their peer) is repeated until nothing moves. A
// network that does not settle is reported as such, with the routers that oscillate.
package routing

import (
	"context"
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/ospf"
	"github.com/routegate/routegate/routing/rib"
)

// Options bound and observe a solution. The zero value is ready to use.
type Options struct {
	Workers  int                                 // 0: one a processor
	Progress func(stage string, done, total int) // may be nil; called from one goroutine at a time
	Fail     Failure                             // what is taken out before solving
	// Base is the result for another state of the network; may be nil. What it shares with this one is taken over.
	Base *Result
	// EveryPath: BGP is solved the slow way, which the fast ones are held against.
	EveryPath bool
	// Only: BGP has only the prefixes for which it is true; nil: all. What is left out must not matter to what is
	// kept: see Dependencies.
	Only func(netip.Prefix) bool
	// EveryPrefix: BGP is solved for each prefix by itself, which solving them by classes is held against.
	EveryPrefix bool
	// Fresh: the sessions have just come up, and no neighbor has anything new to say: what a daemon then lets stand until the
	// next update (network.Habits.LimitAtOnce) stands. For comparing with daemons that have just been started.
	Fresh bool
}

// Failure is what is out of order: nothing by default.
type Failure struct {
	Routers []string
	Links   []network.Link
	Ports   []network.End // interfaces that lose their carrier
	// AllBGP: every BGP session is down. AllLinks: every in-band link is cut (links
	// whose subnet lies in the management prefixes stay).
	AllBGP, AllLinks bool
}

// Result is the stable state of one snapshot. Read-only; safe for concurrent readers.
// Everything is sorted: routers by name, prefixes by netip.Prefix.Compare
// (address, then length), sessions by router, VRF and key.
type Result struct {
	Network *network.Network
	// Converged is false where the network does not settle: then nothing below may be
	// trusted for a verdict, and Oscillating names the routers (sorted) and
	// OscillatingPrefixes the prefixes concerned.
	Converged           bool
	Oscillating         []string
	OscillatingPrefixes []netip.Prefix
	// Uncertain are reasons why the result may differ from the daemons': a condition that is not
	// modelled was met, or arrival order decides. Sorted, unique.
	Uncertain []Uncertainty
	Sessions  []bgp.Session
	OSPF      *ospf.Solution // adjacencies, and pairs of interfaces that do not become adjacent

	state *state
}

// Uncertainty is one reason not to trust a part of the result.
type Uncertainty struct {
	Router string
	Prefix netip.Prefix // zero: the whole router
	Why    string
	// Arrival: which of several outcomes comes about depends on the order in which routes arrive: the one kind of doubt that
	// belongs to ordinary networks.
	Arrival bool
	Span    network.Span
}

// Solve computes the state that the network settles in. It returns an error only when ctx ends
// or the network is malformed; a network that does not converge is a Result.
func Solve(ctx context.Context, n *network.Network, o Options) (*Result, error) {
	return solve(ctx, n, o)
}

// Entries are the BGP table of one router instance, by prefix.
func (r *Result) Entries(router, vrf string, f network.Family) iter.Seq[*bgp.Entry] {
	return r.state.entries(router, vrf, f)
}

// Entry is one prefix of a router's BGP table; nil when it holds none.
func (r *Result) Entry(router, vrf string, p netip.Prefix) *bgp.Entry {
	return r.state.entry(router, vrf, p)
}

// Best is the best path of one prefix in a router's BGP table; ok is false when there is none that can be used.
// Its Decided, Multipath and Timing are not told: Entry compares it with the others.
func (r *Result) Best(router, vrf string, p netip.Prefix) (best bgp.Path, ok bool) {
	if ri := r.state.router(router); ri >= 0 {
		return r.state.bgp.Best(ri, vrf, p)
	}
	return bgp.Path{}, false
}

// Advertised is the Adj-RIB-Out for a neighbor: as it is received there.
func (r *Result) Advertised(router, vrf, neighbor string, f network.Family) iter.Seq[bgp.Advertised] {
	return r.state.advertised(router, vrf, neighbor, f)
}

// Unresolved are the paths of one router instance whose next hop it has no route to, counted, in no order.
func (r *Result) Unresolved(router, vrf string, f network.Family) iter.Seq[bgp.Unresolved] {
	return r.state.unresolved(router, vrf, f)
}

// SentTogether is what goes to a neighbor, as sets of prefixes, each sorted and each prefix in one: those of one set were learned from
// the same neighbors at every router. The caller does not change them.
func (r *Result) SentTogether(router, vrf, neighbor string, f network.Family) iter.Seq[[]netip.Prefix] {
	return r.state.sentTogether(router, vrf, neighbor, f)
}

// Heard is what a neighbor outside announces and the import policy accepts, in no order, with the attributes that it has in
// the table; the next hop need not be in reach.
func (r *Result) Heard(router, vrf, neighbor string, f network.Family) iter.Seq2[netip.Prefix, *network.PathAttributes] {
	return r.state.heard(router, vrf, neighbor, f)
}

// Routes is the main table of one router instance, by prefix. Own addresses are not in
// it (FRR before version 10 has no local routes); Lookup answers for them.
func (r *Result) Routes(router, vrf string, f network.Family) iter.Seq[rib.Route] {
	return r.state.routes(router, vrf, f)
}

// Route is the main table's route for exactly this prefix.
func (r *Result) Route(router, vrf string, p netip.Prefix) (rib.Route, bool) {
	return r.state.route(router, vrf, p)
}

// Count is the number of routes in the main table of one router instance.
func (r *Result) Count(router, vrf string, f network.Family) int {
	if _, t := r.state.table(router, vrf); t != nil {
		return t.Count(f)
	}
	return 0
}

// Total is the number of routes in all main tables, both families. It is counted once.
func (r *Result) Total() int {
	r.state.totalOnce.Do(func() { r.state.total = r.state.countAll() })
	return r.state.total
}

// Originations are the BGP routes of the routers' own, by prefix: by router and VRF, in the order of preference. A router
// that is out of order has none.
func (r *Result) Originations() map[netip.Prefix][]bgp.Origination {
	all := r.state.bgp.Originations()
	if !slices.Contains(r.state.wires.failed, true) {
		return all
	}
	for p, list := range all {
		list = slices.DeleteFunc(list, func(o bgp.Origination) bool { return r.state.wires.failed[r.state.router(o.Router)] })
		if all[p] = list; len(list) == 0 {
			delete(all, p)
		}
	}
	return all
}

// Lookup is the longest match in the main table, its next hops resolved to interfaces;
// for an own address a route of protocol Local without next hops.
func (r *Result) Lookup(router, vrf string, a netip.Addr) (rib.Route, bool) {
	return r.state.lookup(router, vrf, a)
}

// Trace follows a packet from a router (one of its instances, "" the default one) to an address over
// every ECMP branch, at most max traces (0: 64), sorted. Loops end at the
// first router met twice.
func (r *Result) Trace(from, vrf string, to netip.Addr, max int) []Trace {
	return r.state.trace(from, vrf, to, max)
}

// Session finds one session; nil when it is not configured.
func (r *Result) Session(router, vrf, neighbor string) *bgp.Session {
	return r.state.session(router, vrf, neighbor)
}

// Hop is one step of a simulated packet.
type Hop struct {
	Router    string
	VRF       string
	Route     rib.Route // the route that was used; zero where none matched
	Out       rib.NextHop
	To        string // next router; "" at the end
	Branches  int    // how many equal next hops there were
	Uncertain string // why the step cannot be trusted wholly; ""
}

// Outcome is how a packet ends.
type Outcome uint8

const (
	Delivered     Outcome = iota // the destination is the router's own address, or on a connected subnet of it
	LeavesNetwork                // handed to a neighbor outside of the snapshot
	NoRoute                      // dropped: no route
	Blackholed                   // dropped: a null route
	NotOnLink                    // dropped: nobody answers for the next hop
	Loop
)

func (o Outcome) String() string {
	return [...]string{"delivered", "leaves the network", "no route", "blackholed", "next hop not on the link", "loop"}[o]
}

// Good reports whether the packet gets anywhere (Delivered or LeavesNetwork).
func (o Outcome) Good() bool { return o <= LeavesNetwork }

// Trace is one possible way of a packet; ECMP makes several.
type Trace struct {
	From    string
	To      netip.Addr
	Hops    []Hop
	Outcome Outcome
	At      string // the router where it ended
	Via     string // LeavesNetwork: the neighbor's address; else ""
}
