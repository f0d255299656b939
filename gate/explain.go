package gate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/diff"
)

// ExplanationSchema names the version of the Explanation document.
const ExplanationSchema = "routegate.explanation/v1"

// Explanation is how a change comes to what a finding holds against it.
type Explanation struct {
	// The document's version: routegate.explanation/v1.
	Schema string `json:"schema"`
	// The finding's place in the verdict's list, from 1.
	Number int `json:"number"`
	// The finding.
	Finding Finding `json:"finding"`
	// How it comes about, for examples of what it names.
	Chains []Chain `json:"chains"`
}

// Chain leads from the lines of the change to one thing that is lost, or new, or decided otherwise.
type Chain struct {
	// What that is, in one sentence.
	Loss string `json:"loss"`
	// The causes, the first one first.
	Causes []Cause `json:"causes"`
	// What was seen at the end of it on both sides.
	Values []Value `json:"values"`
	// The router whose tables are shown; empty where the chain does not end at a route.
	Router string `json:"router"`
	// Its BGP table's paths to the prefix, before the change and after it; empty lists where it has none.
	Before []TablePrefix `json:"before"`
	After  []TablePrefix `json:"after"`
}

// inquiry is what is asked of both sides of a change. Not safe for concurrent use, as sides are not.
type inquiry struct {
	ctx           context.Context
	before, after *side
	quoters       quoters
	changes       []diff.Change
	workers       int
	failed        map[string]*inquiry // by failure: the same of what is left then; nil where the network does not settle
}

// newInquiry asks a run; nil where it has not simulated both sides.
func newInquiry(ctx context.Context, p *pipeline) *inquiry {
	if p.before == nil || p.after == nil || !p.before.res.Converged || !p.after.res.Converged {
		return nil
	}
	return &inquiry{ctx: ctx, before: p.before, after: p.after, quoters: p.quoters, changes: p.config.Changes, workers: p.o.Workers, failed: map[string]*inquiry{}}
}

// maxChains is how many examples of a finding are followed.
const maxChains = 3

// Explain judges a change as Check does, and explains the findings that are asked for: by number (from 1, as in the verdict), by the
// policy's id, or ("") all of them. An id without a finding is an error that names those that there are.
func Explain(ctx context.Context, o Options, which string) (*Verdict, []Explanation, error) {
	p, v, err := check(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	var out []Explanation
	q := newInquiry(ctx, p)
	for i := range v.Findings {
		f := &v.Findings[i]
		if which != "" && which != strconv.Itoa(i+1) && which != f.Policy {
			continue
		}
		e := Explanation{Schema: ExplanationSchema, Number: i + 1, Finding: *f, Chains: []Chain{}}
		if q != nil {
			if err := guard(func() error { e.Chains = q.chains(f); return nil }); err != nil {
				return nil, nil, err
			}
		}
		out = append(out, e)
	}
	if which != "" && len(out) == 0 {
		return nil, nil, fmt.Errorf("no finding %q: %s", which, findingWords(v))
	}
	return v, out, nil
}

// findingWords says what could be asked for.
func findingWords(v *Verdict) string {
	if len(v.Findings) == 0 {
		return "the change has none"
	}
	var ids []string
	for i := range v.Findings {
		if id := v.Findings[i].Policy; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return fmt.Sprintf("1 to %d, or one of %s", len(v.Findings), strings.Join(ids, ", "))
}

// chains follow examples of what a finding names, whatever policy it is of: a failure, a link or a site; else prefixes; else sessions; else the lines that it points at.
func (q *inquiry) chains(f *Finding) []Chain {
	for _, follow := range []func(*Finding) []Chain{q.loadChains, q.failureChains, q.managementChains, q.flowChains, q.routeChains, q.sessionChains, q.lineChains, q.changeChains} {
		if out := follow(f); len(out) > 0 {
			return out
		}
	}
	return []Chain{}
}

// routeChains follow the prefixes that a finding names.
func (q *inquiry) routeChains(f *Finding) []Chain {
	return examples(f.Prefixes, func(x netip.Prefix) (Chain, bool) { return q.routeChain(f, x) })
}

// examples follow prefixes or addresses, at most maxChains. Those that come about as another one does, step by step, are named with it.
func examples(of []string, try func(netip.Prefix) (Chain, bool)) []Chain {
	var out []Chain
	var alike [][]string // by chain: the prefixes that it is told of
	for _, text := range of {
		x, ok := prefixOf(text)
		if !ok {
			continue
		}
		c, ok := try(x)
		if !ok {
			continue
		}
		i := 0
		for i < len(out) && !c.sameButFor(text, &out[i], alike[i][0]) {
			i++
		}
		switch {
		case i < len(out):
			alike[i] = append(alike[i], text)
		case i < maxChains:
			out, alike = append(out, c), append(alike, []string{text})
		}
	}
	for i := range out {
		if len(alike[i]) > 1 {
			out[i].Loss += "; likewise " + inWords(alike[i][1:])
		}
	}
	return out
}

// sameButFor reports that two chains are the same in all but the prefix that each is of.
func (c *Chain) sameButFor(own string, o *Chain, theirs string) bool {
	words := func(c *Chain, of string) string {
		var b strings.Builder
		for _, x := range c.Causes {
			fmt.Fprintf(&b, "%s: %s", x.Router, x.Text)
			for _, s := range x.Sources {
				fmt.Fprintf(&b, " %s %d", s.File, s.First)
			}
		}
		return c.Router + strings.ReplaceAll(c.Loss+b.String(), of, "it")
	}
	return words(c, own) == words(o, theirs)
}

// follow is one way to look at a prefix at some routers.
type follow func(*Finding, []string, netip.Prefix) (Chain, bool)

// routeChain follows one prefix: routes that routers lack, announcements that neighbors miss, packets that do not arrive, announcements and routes that are new, and
// routes that another path has; at the routers of the finding, else at others. Of a finding about what is announced, what is new comes first.
func (q *inquiry) routeChain(f *Finding, x netip.Prefix) (Chain, bool) {
	lost, fresh := []follow{q.lostHere, q.withdrawn}, []follow{q.leaked, q.newHere}
	here, anywhere := slices.Concat(lost, []follow{q.unreached}, fresh, []follow{q.moved}), slices.Concat(lost, fresh)
	if group, _, _ := strings.Cut(f.Policy, "/"); group == "leak" || group == "rpki" {
		here, anywhere = slices.Concat(fresh, here), slices.Concat(fresh, lost)
	}
	for _, try := range here {
		if c, ok := try(f, f.Routers, x); ok {
			return c, true
		}
	}
	for _, try := range anywhere {
		if c, ok := try(f, q.routerNames(), x); ok {
			return c, true
		}
	}
	return Chain{}, false
}

// routerNames are the routers of both sides.
func (q *inquiry) routerNames() []string {
	var out []string
	for _, r := range q.before.net.Routers {
		out = append(out, r.Name)
	}
	for _, r := range q.after.net.Routers {
		if q.before.net.Router(r.Name) == nil {
			out = append(out, r.Name)
		}
	}
	return out
}

func prefixOf(text string) (netip.Prefix, bool) {
	if x, err := netip.ParsePrefix(text); err == nil {
		return x.Masked(), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// follow begins a chain.
func (q *inquiry) follow(gain bool) *causes {
	c := &causes{with: q.before, without: q.after, quoters: q.quoters, changes: q.changes, seen: map[string]bool{}}
	if gain {
		c.with, c.without, c.before = q.after, q.before, true
	}
	return c
}

// chain ends one that follows what is simulated, without a table.
func (q *inquiry) chain(f *Finding, loss string, c *causes, values ...Value) Chain {
	c.rooted(f, true)
	return chainOf(loss, c, values...)
}

func chainOf(loss string, c *causes, values ...Value) Chain {
	return Chain{Loss: loss, Causes: c.out, Values: append([]Value{}, values...), Before: []TablePrefix{}, After: []TablePrefix{}}
}

// tabled ends one with the tables of a router.
func (q *inquiry) tabled(f *Finding, loss, router, vrf string, x netip.Prefix, c *causes) (Chain, bool) {
	out := q.chain(f, loss, c)
	out.Router = router
	for side, list := range map[*side]*[]TablePrefix{q.before: &out.Before, q.after: &out.After} {
		if e := side.res.Entry(router, vrf, x); e != nil {
			*list = append(*list, side.tablePrefix(router, vrf, e))
		}
	}
	if len(out.Before)+len(out.After) == 0 {
		out.Router = ""
	}
	return out, len(out.Causes) > 0
}
