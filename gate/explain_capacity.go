package gate

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// loaded is a link or a site that carries what it did not: by demand, how much.
type loaded struct {
	name       string
	was, is    map[int]float64    // by demand of the side before, and of the side after
	rates      [2]network.BitRate // what it can carry, before and after; 0 where that is not known
	direction  routing.Direction  // of a link
	site       string             // of a site
	spread     *spread            // after the change
	spreadThen *spread            // before it
}

// loadChains follow the traffic of a finding about a link or a site: of the demands that put more on it than before, why their ways lead there now.
func (q *inquiry) loadChains(f *Finding) []Chain {
	if len(q.after.net.Env.Demands) == 0 {
		return nil
	}
	lead := ""
	if x := q.failing(f); x != nil {
		if q = q.without(x.name, x.before, x.after); q == nil {
			return nil
		}
		lead = "if " + x.name + " fails, "
	}
	l := q.loaded(f)
	if l == nil {
		return nil
	}
	type more struct {
		demand int
		volume float64
	}
	var list []more
	for d, v := range l.is {
		if extra := v - l.before(d); bits(extra) > 0 {
			list = append(list, more{d, extra})
		}
	}
	slices.SortFunc(list, func(a, b more) int { return cmp.Or(cmp.Compare(b.volume, a.volume), a.demand-b.demand) })
	var out []Chain
	for _, m := range list {
		if c, ok := q.loadChain(f, l, m.demand); ok && len(out) < maxChains {
			c.Loss = lead + c.Loss
			out = append(out, c)
		}
	}
	if c, ok := q.narrowed(f, l); ok && len(out) == 0 {
		c.Loss = lead + c.Loss
		out = append(out, c)
	}
	return out
}

// narrowed is a link or a site that can carry less than before.
func (q *inquiry) narrowed(f *Finding, l *loaded) (Chain, bool) {
	if l.rates[1] == 0 || l.rates[0] <= l.rates[1] {
		return Chain{}, false
	}
	c := q.follow(false)
	c.add(l.direction.From.Router, network.Span{}, network.Span{}, "%s can carry %s instead of %s, and has to carry %s", l.name, l.rates[1], l.rates[0], network.BitRate(bits(total(l.is))))
	return q.chain(f, l.name+" can carry less", c), true
}

// before is what a demand of the side after put there before the change.
func (l *loaded) before(demand int) float64 {
	name := l.spread.traffic.demands[demand].Name
	i := slices.IndexFunc(l.spreadThen.traffic.demands, func(d network.Demand) bool { return d.Name == name })
	return l.was[i] // of a demand that is new there is nothing
}

// loaded is the link or the site that a finding's message names; nil for none.
func (q *inquiry) loaded(f *Finding) *loaded {
	was, is := q.before.spread(q.before.traffic(q.after)), q.after.spread(q.after.traffic(q.before))
	out := loaded{spread: is, spreadThen: was}
	for d := range is.loads.Links() {
		if name := linkName(d); len(name) > len(out.name) && strings.Contains(f.Message, name) {
			out.name, out.direction = name, d
		}
	}
	if out.name != "" {
		old, now := map[routing.Direction]map[int]float64{out.direction: {}}, map[routing.Direction]map[int]float64{out.direction: {}}
		was.fill(old)
		is.fill(now)
		out.was, out.is = old[out.direction], now[out.direction]
		for i, s := range []*side{q.before, q.after} {
			out.rates[i], _ = network.NewBandwidths(s.net).Of(out.direction.From, out.direction.To)
		}
		return &out
	}
	served := is.sites()
	for _, key := range slices.SortedFunc(maps.Keys(served), func(a, b siteKey) int { return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.site, b.site)) }) {
		if strings.Contains(f.Message, "site "+key.site+" ") && strings.Contains(f.Message, key.service) {
			out.name, out.site, out.was, out.is = "site "+key.site, key.site, was.sites()[key], served[key]
			for i, s := range []*side{q.before, q.after} {
				for k := range s.net.Env.Protect {
					if p := &s.net.Env.Protect[k]; p.Name == key.service {
						c, _ := p.Capacity(key.site)
						out.rates[i] = c.Rate
					}
				}
			}
			return &out
		}
	}
	return nil
}

// leads reports that a way leads over the link, or to the site.
func (l *loaded) leads(t *routing.Trace) bool {
	if l.site != "" {
		return t.Outcome.Good() && l.spread.side.site(t.At) == l.site
	}
	return slices.ContainsFunc(t.Hops, func(h routing.Hop) bool {
		return h.Router == l.direction.From.Router && h.Out.Interface == l.direction.From.Interface
	})
}

// loadChain follows one demand: the first of its ways that leads there now.
func (q *inquiry) loadChain(f *Finding, l *loaded, demand int) (Chain, bool) {
	d := &l.spread.traffic.demands[demand]
	for i, flow := range l.spread.traffic.flows {
		if flow.demand != demand {
			continue
		}
		to := l.spread.destinations[flow.destination].To
		for _, in := range l.spread.flows[i].In {
			traces := q.after.res.Trace(in.Router, in.VRF, to, 0)
			k := slices.IndexFunc(traces, func(t routing.Trace) bool { return l.leads(&t) })
			if k < 0 {
				continue
			}
			c := q.follow(false)
			q.entersElsewhere(c, d, l.spread.traffic.prefixes[flow.prefix], &in)
			c.movedWay(&traces[k])
			if len(c.out) == 0 {
				continue
			}
			c.add(l.place(&traces[k]), network.Span{}, network.Span{}, "%s of %s go to %s by here: %s", network.BitRate(bits(l.is[demand])), d.Name, to, joinPath(traceWords(&traces[k])))
			value := func(v float64) string { return network.BitRate(bits(v)).String() }
			return q.chain(f, fmt.Sprintf("%s of %s load %s, where %s did", value(l.is[demand]), d.Name, l.name, value(l.before(demand))), c,
				Value{"all that loads " + l.name, value(total(l.was)), value(total(l.is))}), true
		}
	}
	return Chain{}, false
}

// place is the router at which a way comes to the link or the site.
func (l *loaded) place(t *routing.Trace) string {
	if l.site != "" {
		return t.At
	}
	return l.direction.From.Router
}

// entersElsewhere is why traffic from outside comes in at a router at which it did not: the neighbors outside that had a better route, or one at all, have it no more.
func (q *inquiry) entersElsewhere(c *causes, d *network.Demand, p netip.Prefix, in *routing.Ingress) {
	was := q.before.ingress(d, p)
	if len(d.Via) == 0 || slices.ContainsFunc(was, func(x routing.Ingress) bool { return x.Router == in.Router && x.VRF == in.VRF }) {
		return
	}
	var before []string
	for _, as := range d.Via {
		for _, x := range q.before.enters(as, p) {
			if slices.ContainsFunc(was, func(w routing.Ingress) bool { return w.Router == x.Router && w.VRF == x.VRF }) && !hears(q.after, p, x) {
				c.notTold(x, p)
				before = append(before, x.Router)
			}
		}
	}
	if len(before) > 0 {
		c.add(in.Router, network.Span{}, network.Span{}, "takes in the traffic of %s to %s from outside, which came in at %s", d.Name, p, inWords(before))
	}
}
