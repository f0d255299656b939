package gate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing"
)

// capacityFacts is what policies see of one side.
type capacityFacts struct {
	loads       []policies.LoadFacts
	sites       []policies.SiteFacts
	undelivered []policies.UndeliveredFacts
}

// into puts them into the policies' input; where there are no demands, there is nothing to put.
func (f *capacityFacts) into(s *policies.State) {
	if f.loads != nil {
		s.Loads, s.Sites, s.Undelivered = f.loads, f.sites, f.undelivered
	}
}

// bits rounds to whole bit/s.
func bits(v float64) int { return int(math.Round(v)) }

// percentOf is a share in percent with one decimal.
func percentOf(load float64, capacity network.BitRate) float64 {
	if capacity == 0 {
		return 0
	}
	return math.Round(1000*load/float64(capacity)) / 10
}

// linkName names one direction of a link.
func linkName(d routing.Direction) string {
	end := func(e network.End) string {
		if e.Router == "" {
			return "outside"
		}
		return e.Router + " " + e.Interface
	}
	return end(d.From) + " → " + end(d.To)
}

func linkRouters(d routing.Direction) []string {
	out := []string{}
	for _, e := range []network.End{d.From, d.To} {
		if e.Router != "" {
			out = append(out, e.Router)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *capacities) percent(d routing.Direction, load float64) float64 {
	rate, _ := c.rates.Of(d.From, d.To)
	return percentOf(load, rate)
}

func (c *capacities) noted(d routing.Direction) bool {
	return c.percent(d, c.loads[d]) >= notedPercent
}

func (c *capacities) notedFailing(d routing.Direction) bool {
	return c.percent(d, c.fullest[d].load) >= notedPercent
}

// directions are those for which a test holds on either side, by name.
func directions[V any](a, b map[routing.Direction]V, test func(routing.Direction) bool) []routing.Direction {
	all := map[routing.Direction]bool{}
	for _, m := range []map[routing.Direction]V{a, b} {
		for d := range m {
			if !all[d] && test(d) {
				all[d] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(x, y routing.Direction) int { return cmp.Compare(linkName(x), linkName(y)) })
}

// facts are one side's; other decides with it what is noted.
func (c *capacities) facts(other *capacities) capacityFacts {
	f := capacityFacts{loads: []policies.LoadFacts{}, sites: []policies.SiteFacts{}, undelivered: c.now.undelivered()}
	filled := map[routing.Direction]map[int]float64{}
	now := directions(c.loads, other.loads, func(d routing.Direction) bool { return c.noted(d) || other.noted(d) })
	for _, d := range now {
		filled[d] = map[int]float64{}
	}
	c.now.fill(filled)
	for _, d := range now {
		f.loads = c.addLoad(f.loads, d, c.loads[d], "", filled[d])
	}
	failing := func(d routing.Direction) bool { return c.notedFailing(d) || other.notedFailing(d) }
	for _, d := range directions(c.fullest, other.fullest, failing) {
		if p, ok := c.fullest[d]; ok {
			f.loads = c.addLoad(f.loads, d, p.load, c.list[p.failure].String(), c.failing[p.failure][d])
		}
	}
	keys := slices.SortedFunc(maps.Keys(c.served), func(a, b siteKey) int { return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.site, b.site)) })
	for _, key := range keys {
		f.sites = append(f.sites, c.siteFacts(key, "", c.served[key]))
		if p, ok := c.sites[key]; ok {
			f.sites = append(f.sites, c.siteFacts(key, c.list[p.failure].String(), p.by))
		}
	}
	return f
}

// addLoad adds a direction that this side has, and of which it knows what it carries.
func (c *capacities) addLoad(list []policies.LoadFacts, d routing.Direction, load float64, failure string, by map[int]float64) []policies.LoadFacts {
	rate, span := c.rates.Of(d.From, d.To)
	if rate == 0 {
		return list
	}
	return append(list, policies.LoadFacts{Link: linkName(d), Routers: linkRouters(d), Failure: failure, Bandwidth: int(rate), Load: bits(load), Percent: percentOf(load, rate),
		Demands: c.now.filling(by), Count: len(by), Span: c.now.side.span(span)})
}

func (c *capacities) siteFacts(key siteKey, failure string, by map[int]float64) policies.SiteFacts {
	env := &c.now.side.net.Env
	p := &env.Protect[slices.IndexFunc(env.Protect, func(p network.Protected) bool { return p.Name == key.service })]
	x, _ := p.Capacity(key.site)
	f := policies.SiteFacts{Name: p.Name, Site: key.site, Failure: failure, Routers: c.now.side.routersNamed("site:" + key.site), Prefixes: []string{}, Capacity: int(x.Rate),
		Load: bits(total(by)), Percent: percentOf(total(by), x.Rate), Demands: c.now.filling(by), Count: len(by), Span: c.now.side.span(x.Span)}
	for _, q := range p.Prefixes {
		f.Prefixes = append(f.Prefixes, q.String())
	}
	return f
}

// filling names the demands that fill something, the largest part first.
func (x *spread) filling(by map[int]float64) []policies.FillingFacts {
	out := []policies.FillingFacts{}
	for d, v := range by {
		if bits(v) > 0 {
			out = append(out, policies.FillingFacts{Name: x.traffic.demands[d].Name, Load: bits(v), Volume: int(x.traffic.demands[d].Volume)})
		}
	}
	slices.SortFunc(out, func(a, b policies.FillingFacts) int { return cmp.Or(b.Load-a.Load, cmp.Compare(a.Name, b.Name)) })
	return out[:min(len(out), maxFilling)]
}

// undelivered are the demands of which something does not arrive, in the order of the demands.
func (x *spread) undelivered() []policies.UndeliveredFacts {
	out := []policies.UndeliveredFacts{}
	for i, f := range x.traffic.flows {
		d := &x.traffic.demands[f.demand]
		lost := f.volume
		if x.refused[i] == "" {
			lost = x.loads.Flows[i].Undelivered()
		}
		if bits(lost) == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Demand == d.Name {
			out[n-1].Undelivered += bits(lost)
			out[n-1].Prefixes = addPrefix(out[n-1].Prefixes, x.traffic.prefixes[f.prefix].String())
			continue
		}
		u := policies.UndeliveredFacts{Demand: d.Name, From: sourceWords(d), Prefixes: []string{x.traffic.prefixes[f.prefix].String()}, Volume: int(d.Volume),
			Undelivered: bits(lost), Outcome: x.refused[i], Routers: []string{}, Path: []string{}, Span: x.side.span(d.Span)}
		if u.Outcome == "" {
			x.explain(&u, i)
		}
		out = append(out, u)
	}
	return out
}

func addPrefix(list []string, p string) []string {
	if slices.Contains(list, p) {
		return list
	}
	return append(list, p)
}

// explain says of a flow that is lost where the largest part of it ends, and the way of a packet that does not arrive.
func (x *spread) explain(u *policies.UndeliveredFacts, flow int) {
	lost := x.loads.Flows[flow].Lost
	worst := slices.MaxFunc(lost, func(a, b routing.Ended) int { return cmp.Compare(bits(a.Volume), bits(b.Volume)) })
	u.Outcome, u.At = worst.Outcome.String(), worst.Router
	to := x.destinations[x.flows[flow].Destination]
	reach := x.side.res.Reach(to.To, to.Good)
	for _, in := range x.flows[flow].In {
		u.Routers = append(u.Routers, in.Router)
		if in.VRF == "" && len(u.Path) == 0 && !reach.From(in.Router) {
			if t, ok := reach.Way(in.Router); ok {
				u.Path = names(traceWords(&t))
			}
		}
	}
	slices.Sort(u.Routers)
	u.Routers = slices.Compact(u.Routers)
}

// sourceWords says where a demand comes from.
func sourceWords(d *network.Demand) string {
	if len(d.Via) > 0 {
		return "outside over " + asWords(d.Via)
	}
	return fmt.Sprint(d.From)
}
