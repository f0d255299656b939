package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/failures"
)

// failing is a single failure, as both sides have it.
type failing struct {
	name          string
	routers       []string
	before, after routing.Failure
}

// failing is the failure that a finding is about: the one of which its message says that it fails; nil where there is none.
func (q *inquiry) failing(f *Finding) *failing {
	if !strings.Contains(f.Message, " fails") {
		return nil
	}
	all := failures.Kinds{Links: true, Routers: true}
	before, after := failures.Of(q.before.res, all), failures.Of(q.after.res, all)
	i := slices.IndexFunc(after, func(x failures.Failure) bool { return strings.Contains(f.Message, "if "+x.String()+" fails") })
	if i < 0 {
		return nil
	}
	out := &failing{name: after[i].String(), routers: after[i].Routers(), after: after[i].Take}
	if j, ok := pairFailures(before, after)[i]; ok {
		out.before = before[j].Take
	}
	return out
}

// without asks the same of both sides with something out of order; nil where one of them does not settle then, or there is no time.
func (q *inquiry) without(name string, before, after routing.Failure) *inquiry {
	if out, known := q.failed[name]; known {
		return out
	}
	q.failed[name] = nil
	out := *q
	for _, x := range []struct {
		s    **side
		fail routing.Failure
	}{{&out.before, before}, {&out.after, after}} {
		s := *x.s
		res, err := solve(q.ctx, s.net, routing.Options{Workers: q.workers, Fail: x.fail, Base: s.res})
		if err != nil || !res.Converged {
			return nil
		}
		*x.s = newSide(s.name, s.snap, res)
	}
	q.failed[name] = &out
	return &out
}

// failureChains follow what a single failure loses: why what is left then led around it before the change, and does not after it.
func (q *inquiry) failureChains(f *Finding) []Chain {
	x := q.failing(f)
	if x == nil {
		return nil
	}
	then := q.without(x.name, x.before, x.after)
	if then == nil {
		return nil
	}
	losing := slices.DeleteFunc(slices.Clone(f.Routers), func(r string) bool { return slices.Contains(x.routers, r) })
	return examples(f.Prefixes, func(p netip.Prefix) (Chain, bool) {
		c, ok := then.lostThen(f, losing, p)
		c.Loss = fmt.Sprintf("if %s fails, %s", x.name, c.Loss)
		return c, ok
	})
}

// lostThen is what a failure loses of a prefix: packets of the routers that lose it, else what the outside hears, else the routes of others.
func (q *inquiry) lostThen(f *Finding, losing []string, x netip.Prefix) (Chain, bool) {
	if len(losing) > 0 {
		if c, ok := q.unreached(f, losing, x); ok {
			return c, true
		}
	}
	for _, try := range []follow{q.withdrawn, q.lostHere, q.unreached} {
		if c, ok := try(f, q.routerNames(), x); ok {
			return c, true
		}
	}
	return Chain{}, false
}
