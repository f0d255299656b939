package gate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/failures"
)

// originSource stands among the sources of reachable-from for a protected prefix that names none: it is lost when nobody
// originates it any more.
const originSource = "origin"

// survey is what single failures lose on one side.
type survey struct {
	side  *side
	list  []failures.Failure
	goals []goal
	// lost is by failure: what it loses. names is by failure too: what it is called, as on the other side where both have it.
	lost   [][]loss
	counts FailureCounts
}

// goal is one protected prefix: who reaches it while everything works, and who does not.
type goal struct {
	protected    *network.Protected
	prefix       netip.Prefix
	probes       []netip.Addr
	outside, igp bool
	origins      []string
	reached      []sourceRouter
	broken       map[sourceRouter]bool
}

// sourceRouter is a source of reachable-from, and a router that it names.
type sourceRouter struct{ source, router string }

// loss is one goal that routers of one source lose.
type loss struct {
	goal    int
	source  string
	losing  []string
	outcome string
	at      string
	entry   string // the router where the packet starts; "" where there is none
	drop    []string
}

// surveyed tries the failures of one side. protect is what must not be lost.
func (s *side) surveyed(ctx context.Context, protect []network.Protected, k failures.Kinds, whole bool, workers int, progress func(done, total int)) (*survey, error) {
	v := &survey{side: s, list: failures.Of(s.res, k)}
	for i := range protect {
		for _, p := range protect[i].Prefixes {
			v.goals = append(v.goals, s.goal(&protect[i], p))
		}
	}
	var goals []routing.Goal
	var mu sync.Mutex // a side remembers answers
	for i := range v.goals {
		g := &v.goals[i]
		good := s.toOurs(s.originators(g.prefix))
		goals = append(goals, g.routing(s, func(t *routing.Trace) bool {
			mu.Lock()
			defer mu.Unlock()
			return good(t)
		}))
	}
	for i := range v.list {
		if v.list[i].Router != "" {
			v.counts.Routers++
		} else {
			v.counts.Links++
		}
	}
	v.lost = make([][]loss, len(v.list))
	counts, err := failures.Try(ctx, s.res, v.list, failures.Options{Goals: goals, Whole: whole, Workers: workers, Progress: progress}, func(i int, goals []int, res *routing.Result) {
		v.lost[i] = v.losses(&v.list[i], goals, newSide(s.name, s.snap, res))
	})
	v.counts.Proved, v.counts.Anew = counts.Harmless, counts.Anew
	for i := range v.lost {
		if len(v.lost[i]) > 0 {
			v.counts.Losing++
		}
	}
	return v, err
}

// goal looks at a protected prefix while everything works.
func (s *side) goal(p *network.Protected, prefix netip.Prefix) goal {
	originators, receivers := s.originators(prefix), s.coveringOutside(prefix)
	g := goal{protected: p, prefix: prefix, probes: s.probes(prefix), broken: map[sourceRouter]bool{},
		outside: len(receivers) > 0 || slices.Contains(p.ReachableFrom, "outside"), igp: len(originators) == 0}
	g.origins = s.originsOf(prefix, originators, g.outside, g.igp)
	sources := p.ReachableFrom
	if len(sources) == 0 {
		sources = []string{originSource}
	}
	var all []sourceRouter
	for _, source := range sources {
		if source == "outside" || source == originSource {
			all = append(all, sourceRouter{source, source})
			continue
		}
		for _, r := range s.routersNamed(source) {
			all = append(all, sourceRouter{source, r})
		}
	}
	ways := s.ways(g.prefix, g.probes, originators)
	for _, from := range all {
		if _, ok := ways.fares(&g, from); ok {
			g.reached = append(g.reached, from)
		} else {
			g.broken[from] = true
		}
	}
	return g
}

// routing is the goal as the simulator is asked about it.
func (g *goal) routing(s *side, good func(*routing.Trace) bool) routing.Goal {
	out := routing.Goal{Prefix: g.prefix, To: g.probes, Good: good}
	for _, from := range g.reached {
		switch from.source {
		case "outside":
			out.Outside = true
		case originSource:
			out.Outside, out.Origins = g.outside, g.origins
		default:
			out.From = append(out.From, from.router)
		}
	}
	return out
}

// waysTo are the ways to a goal, as it was while everything worked, on a side that may be another.
func (s *side) waysTo(g *goal) *ways { return s.ways(g.prefix, g.probes, s.originators(g.prefix)) }

// fares says whether a source reaches a goal, and else why not.
func (w *ways) fares(g *goal, from sourceRouter) (loss, bool) {
	s := w.side
	switch from.source {
	case originSource:
		if len(s.originsOf(g.prefix, w.originators, g.outside, g.igp)) > 0 {
			return loss{}, true
		}
		return loss{outcome: "nobody originates it"}, false
	case "outside":
		receivers := s.coveringOutside(g.prefix)
		if len(receivers) == 0 {
			return loss{outcome: "announced to nobody outside"}, false
		}
		for _, x := range receivers {
			if l, ok := w.lost(x.Router); !ok {
				return l, false
			}
		}
		return loss{}, true
	}
	return w.lost(from.router)
}

// lost says why packets from a router do not reach every probe; ok where they do.
func (w *ways) lost(router string) (l loss, ok bool) {
	if w.arrive(router) {
		return loss{}, true
	}
	a := w.arrival(router)
	return loss{outcome: a.outcome, at: a.at, drop: a.path, entry: router}, false
}

// losses is what a failure loses of some goals, given the side as it is then.
func (v *survey) losses(f *failures.Failure, goals []int, then *side) []loss {
	var out []loss
	for _, i := range goals {
		g := &v.goals[i]
		at := len(out)
		ways := then.waysTo(g)
		for _, from := range g.reached {
			if from.router == f.Router {
				continue // what is out of order asks for nothing
			}
			l, ok := loss{outcome: "the network does not settle"}, false
			if then.res.Converged {
				l, ok = ways.fares(g, from)
			}
			if ok {
				continue
			}
			k := at + slices.IndexFunc(out[at:], func(x loss) bool { return x.source == from.source })
			if k < at {
				l.goal, l.source, k = i, from.source, len(out)
				out = append(out, l)
			}
			out[k].losing = append(out[k].losing, from.router)
		}
	}
	return out
}

// before is the way of a lost packet while everything works.
func (v *survey) before(l *loss) []string {
	g := &v.goals[l.goal]
	entry := l.entry
	if entry == "" && g.outside {
		if receivers := v.side.coveringOutside(g.prefix); len(receivers) > 0 {
			entry = receivers[0].Router
		}
	}
	if entry == "" {
		if len(g.origins) == 0 {
			return []string{}
		}
		return []string{fmt.Sprintf("originated by %s", g.origins[0])}
	}
	good := v.side.toOurs(v.side.originators(g.prefix))
	t, ok := v.side.res.Reach(g.probes[0], good).Way(entry)
	if !ok {
		return []string{}
	}
	return traceWords(&t)
}
