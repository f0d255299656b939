package gate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/failures"
)

// notedPercent is how full a link must be, on either side of the change, to be told of.
const notedPercent = 50

// maxFilling bounds the demands that are named for one link or site.
const maxFilling = 5

// traffic is what a side's demands are, and where they go.
type traffic struct {
	demands  []network.Demand
	prefixes []netip.Prefix
	ours     []bool         // by prefix: a packet that leaves the network has not arrived
	probes   [][]netip.Addr // by prefix
	flows    []demandFlow   // in the order of the demands
}

// demandFlow is the part of a demand that goes to one address.
type demandFlow struct {
	demand, prefix, destination int
	volume                      float64
}

// addresses are all destinations, in their order.
func (t *traffic) addresses() (out []netip.Addr) {
	for _, list := range t.probes {
		out = append(out, list...)
	}
	return out
}

// traffic collects the demands of a side.
func (s *side) traffic(other *side) *traffic {
	t := &traffic{demands: s.net.Env.Demands}
	place := map[netip.Prefix]int{}
	first := []int{} // by prefix: its first destination
	total := 0
	for d := range t.demands {
		x := &t.demands[d]
		for _, p := range x.To {
			i, known := place[p]
			if !known {
				i = len(t.prefixes)
				place[p] = i
				t.prefixes = append(t.prefixes, p)
				t.ours = append(t.ours, s.isOurs(p) || other.isOurs(p))
				t.probes = append(t.probes, s.probes(p))
				first = append(first, total)
				total += len(t.probes[i])
			}
			for k := range t.probes[i] {
				t.flows = append(t.flows, demandFlow{d, i, first[i] + k, float64(x.Volume) / float64(len(x.To)*len(t.probes[i]))})
			}
		}
	}
	return t
}

// isOurs reports whether packets to a prefix are to stay in the network: it is owned or protected, or a router originates it or has it.
func (s *side) isOurs(p netip.Prefix) bool {
	within := func(q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Contains(p.Addr()) }
	if slices.ContainsFunc(s.net.Env.Owned, within) || len(s.originators(p)) > 0 {
		return true
	}
	for i := range s.net.Env.Protect {
		if slices.ContainsFunc(s.net.Env.Protect[i].Prefixes, within) {
			return true
		}
	}
	return len(s.addressesIn(p)) > 0
}

// spread is how a side carries the traffic.
type spread struct {
	side         *side
	traffic      *traffic
	destinations []routing.Destination
	flows        []routing.Flow // by traffic.flows
	loads        *routing.Loads
	refused      []string // by flow: why it does not even come in; ""
}

// spread lets the traffic flow over a side, which may be one with a failure.
func (s *side) spread(t *traffic) *spread {
	x := &spread{side: s, traffic: t, refused: make([]string, len(t.flows))}
	for i, p := range t.prefixes {
		good := anywhere
		if t.ours[i] {
			good = s.toOurs(s.originators(p))
		}
		for _, to := range t.probes[i] {
			x.destinations = append(x.destinations, routing.Destination{To: to, Good: good})
		}
	}
	type source struct {
		demand, prefix int
	}
	known := map[source][]routing.Ingress{}
	for i, f := range t.flows {
		key := source{f.demand, f.prefix}
		in, ok := known[key]
		if !ok {
			in = s.ingress(&t.demands[f.demand], t.prefixes[f.prefix])
			known[key] = in
		}
		flow := routing.Flow{Destination: f.destination}
		for _, g := range in {
			g.Volume = f.volume / float64(len(in))
			flow.In = append(flow.In, g)
		}
		if len(in) == 0 && len(t.demands[f.demand].Via) > 0 {
			x.refused[i] = "announced to none of " + asWords(t.demands[f.demand].Via)
		}
		x.flows = append(x.flows, flow)
	}
	x.loads = s.res.Load(x.destinations, x.flows)
	return x
}

func asWords(list []uint32) string {
	var out []string
	for _, as := range list {
		out = append(out, fmt.Sprintf("AS%d", as))
	}
	return strings.Join(out, ", ")
}

// ingress is where a demand's traffic to a prefix begins, in equal parts: at the routers of its source that work; from outside, over the
// sessions of the first neighboring AS that has a route.
func (s *side) ingress(d *network.Demand, p netip.Prefix) (out []routing.Ingress) {
	if len(d.Via) == 0 {
		names := []string{d.From}
		if strings.Contains(d.From, ":") {
			names = s.routersNamed(d.From)
		}
		for _, name := range names {
			if !s.res.OutOfOrder(name) {
				out = append(out, routing.Ingress{Router: name})
			}
		}
		return out
	}
	for _, as := range d.Via {
		for _, x := range s.enters(as, p) {
			out = append(out, routing.Ingress{Router: x.Router, VRF: x.VRF, Interface: x.Interface})
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// enters are the sessions over which an AS sends packets to a prefix: of those over which it has the longest route, the ones with the shortest AS
// path, then the lowest origin and MED (RFC 4271 §9.1.2.2 (a) to (c)). What else the AS prefers is its own affair and not known.
func (s *side) enters(as uint32, p netip.Prefix) []*bgp.Session {
	for bits := p.Bits(); bits >= 0; bits-- {
		cover, _ := p.Addr().Prefix(bits)
		var best []*bgp.Session
		var least [3]uint64
		for _, x := range s.res.Receivers(cover) {
			if x.RemoteAS != as {
				continue
			}
			for _, a := range s.res.SentOf(x.Router, x.VRF, x.Neighbor, cover) {
				rank := [3]uint64{uint64(a.Attributes.ASPath.Length(false)), uint64(a.Attributes.Origin), uint64(a.Attributes.MED)}
				if c := slices.Compare(rank[:], least[:]); len(best) == 0 || c < 0 {
					best, least = []*bgp.Session{x}, rank
				} else if c == 0 && best[len(best)-1] != x {
					best = append(best, x)
				}
			}
		}
		if len(best) > 0 {
			return best
		}
	}
	return nil
}

// site is where a router stands: its site, or itself where none is stated.
func (s *side) site(router string) string {
	return cmp.Or(s.net.Env.Device(router).Site, router)
}

// siteKey is one protected service at one site.
type siteKey struct{ service, site string }

// sites adds up, by demand, what each site with a stated capacity serves.
func (x *spread) sites() map[siteKey]map[int]float64 {
	out := map[siteKey]map[int]float64{}
	env := &x.side.net.Env
	for i := range env.Protect {
		for _, c := range env.Protect[i].Capacities {
			out[siteKey{env.Protect[i].Name, c.Site}] = map[int]float64{}
		}
	}
	if len(out) == 0 {
		return out
	}
	for i, f := range x.traffic.flows {
		to := x.traffic.prefixes[f.prefix]
		for k := range env.Protect {
			p := &env.Protect[k]
			if len(p.Capacities) == 0 || !slices.ContainsFunc(p.Prefixes, func(q netip.Prefix) bool { return q.Bits() <= to.Bits() && q.Contains(to.Addr()) }) {
				continue
			}
			for _, e := range x.loads.Flows[i].At {
				if m := out[siteKey{p.Name, x.side.site(e.Router)}]; m != nil {
					m[f.demand] += e.Volume
				}
			}
		}
	}
	return out
}

// capacities is what a survey of one side found: the fullest each link and site gets.
type capacities struct {
	now      *spread
	rates    *network.Bandwidths
	loads    map[routing.Direction]float64
	served   map[siteKey]map[int]float64
	list     []failures.Failure         // those that were tried
	fullest  map[routing.Direction]peak // in one of them
	sites    map[siteKey]peak
	failing  map[int]map[routing.Direction]map[int]float64 // by failure: what each demand puts on the links that are noted in it
	restless []int                                         // failures in which the network does not settle
}

// peak is the most that a link or site has to carry in a single failure, and in which.
type peak struct {
	load    float64
	failure int
	by      map[int]float64 // of a site: by demand
}

func newCapacities(s, other *side) *capacities {
	c := &capacities{now: s.spread(s.traffic(other)), rates: network.NewBandwidths(s.net), loads: map[routing.Direction]float64{},
		fullest: map[routing.Direction]peak{}, sites: map[siteKey]peak{}, failing: map[int]map[routing.Direction]map[int]float64{}}
	for d, v := range c.now.loads.Links() {
		c.loads[d] = v
	}
	c.served = c.now.sites()
	return c
}

// capacity spreads the demands of both sides over them; with failures, over what is left in each of them too.
func (p *pipeline) capacity(ctx context.Context) (before, after capacityFacts, err error) {
	if len(p.before.net.Env.Demands)+len(p.after.net.Env.Demands) == 0 {
		return capacityFacts{}, capacityFacts{}, nil
	}
	k := p.kinds()
	err = p.compute(ctx, "capacity", func() func() {
		x := [2]*capacities{newCapacities(p.before, p.after), newCapacities(p.after, p.before)}
		if k.Any() {
			for i, s := range []*side{p.before, p.after} {
				x[i].list = failures.Of(s.res, k)
				if err := x[i].fail(ctx, p.o.Workers, func(done, total int) { p.progress("capacity", i*total+done, 2*total) }); err != nil {
					return func() {} // ctx has ended: the stage says so
				}
			}
			for i := range x {
				if err := x[i].fill(ctx, x[1-i], p.o.Workers); err != nil {
					return func() {}
				}
			}
		}
		b, a, doc := x[0].facts(x[1]), x[1].facts(x[0]), capacityDocument(x[0], x[1])
		return func() { before, after, p.carried, p.restless = b, a, doc, x[1].unsettled(x[0]) }
	})
	return before, after, err
}

// fail spreads the traffic over what each failure leaves. What a network carries that does not settle then cannot be told: see unsettled.
func (c *capacities) fail(ctx context.Context, workers int, progress func(done, total int)) error {
	s, t := c.now.side, c.now.traffic
	var mu sync.Mutex
	return failures.Each(ctx, s.res, c.list, t.addresses(), workers, progress, func(i int, res *routing.Result) {
		if !res.Converged {
			mu.Lock()
			defer mu.Unlock()
			c.restless = append(c.restless, i)
			return
		}
		x := newSide(s.name, s.snap, res).spread(t)
		sites := x.sites()
		mu.Lock()
		defer mu.Unlock()
		for d, v := range x.loads.Links() {
			if p, known := c.fullest[d]; !known || p.below(v, i) {
				c.fullest[d] = peak{load: v, failure: i}
			}
		}
		for key, by := range sites {
			v := total(by)
			if p, known := c.sites[key]; !known || p.below(v, i) {
				c.sites[key] = peak{v, i, by}
			}
		}
	})
}

// unsettled is why the gate cannot judge what links carry in single failures: some in which the network does not settle, and did before the change.
func (c *capacities) unsettled(before *capacities) []Reason {
	was := map[string]bool{}
	for _, i := range before.restless {
		was[before.list[i].String()] = true
	}
	var names []string
	for _, i := range c.restless {
		if name := c.list[i].String(); !was[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Reason{{Kind: ReasonDiverges, Routers: []string{}, Sources: []Source{},
		Message: fmt.Sprintf("after the change the network does not converge in %d of %d single failures, for example %s: what links carry then cannot be told", len(names), len(c.list), slices.Min(names)),
		Hint:    "routers would change their routes for ever then"}}
}

// below: of failures that are as bad the first counts, since they come in any order.
func (p peak) below(load float64, failure int) bool {
	return bits(load) > bits(p.load) || bits(load) == bits(p.load) && failure < p.failure
}

// fill finds which demands fill the links that are noted in a failure.
func (c *capacities) fill(ctx context.Context, other *capacities, workers int) error {
	var list []failures.Failure
	var which []int
	for d, p := range c.fullest {
		if !c.notedFailing(d) && !other.notedFailing(d) {
			continue
		}
		if c.failing[p.failure] == nil {
			c.failing[p.failure] = map[routing.Direction]map[int]float64{}
			list, which = append(list, c.list[p.failure]), append(which, p.failure)
		}
		c.failing[p.failure][d] = map[int]float64{}
	}
	s, t := c.now.side, c.now.traffic
	return failures.Each(ctx, s.res, list, t.addresses(), workers, nil, func(i int, res *routing.Result) {
		newSide(s.name, s.snap, res).spread(t).fill(c.failing[which[i]]) // each failure has a map of its own
	})
}

// fill adds up by demand what goes over some directions.
func (x *spread) fill(wanted map[routing.Direction]map[int]float64) {
	if len(wanted) == 0 {
		return
	}
	which := map[routing.Direction]bool{}
	for d := range wanted {
		which[d] = true
	}
	x.side.res.LoadOf(x.destinations, x.flows, which, func(d routing.Direction, flow int, volume float64) {
		wanted[d][x.traffic.flows[flow].demand] += volume
	})
}

func total(by map[int]float64) (sum float64) {
	for _, k := range slices.Sorted(maps.Keys(by)) {
		sum += by[k]
	}
	return sum
}
