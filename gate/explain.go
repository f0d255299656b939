package gate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
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
	// How it comes about, for examples of what it names. Empty where it is not about routes.
	Chains []Chain `json:"chains"`
}

// Chain leads from the lines of the change to one thing that is lost, or new.
type Chain struct {
	// What is lost, in one sentence.
	Loss string `json:"loss"`
	// The causes, the first one first.
	Causes []Cause `json:"causes"`
	// The router whose tables are shown.
	Router string `json:"router"`
	// Its BGP table's paths to the prefix, before the change and after it; empty lists where it has none.
	Before []TablePrefix `json:"before"`
	After  []TablePrefix `json:"after"`
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
	for i := range v.Findings {
		f := &v.Findings[i]
		if which != "" && which != strconv.Itoa(i+1) && which != f.Policy {
			continue
		}
		e := Explanation{Schema: ExplanationSchema, Number: i + 1, Finding: *f, Chains: []Chain{}}
		if p.before != nil && p.after != nil && p.before.res.Converged && p.after.res.Converged {
			if err := guard(func() error { e.Chains = p.chains(f); return nil }); err != nil {
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

// chains follow examples of what a finding names: routes that routers lack, announcements that neighbors miss, packets that do not arrive; else
// announcements that are new, and routes that another path has.
func (p *pipeline) chains(f *Finding) []Chain {
	out := []Chain{}
	for _, text := range f.Prefixes {
		x, ok := prefixOf(text)
		if !ok {
			continue
		}
		for _, try := range []func(*Finding, netip.Prefix) (Chain, bool){p.lostHere, p.withdrawn, p.unreached, p.leaked, p.newHere, p.moved} {
			if c, ok := try(f, x); ok {
				out = append(out, c)
				break
			}
		}
		if len(out) == maxChains {
			break
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

func (p *pipeline) follow(gain bool) *causes {
	c := &causes{with: p.before, without: p.after, quoters: p.quoters, seen: map[string]bool{}}
	if gain {
		c.with, c.without, c.before = p.after, p.before, true
	}
	return c
}

func (p *pipeline) chain(loss, router, vrf string, x netip.Prefix, c *causes) (Chain, bool) {
	out := Chain{Loss: loss, Causes: c.out, Router: router, Before: []TablePrefix{}, After: []TablePrefix{}}
	for side, list := range map[*side]*[]TablePrefix{p.before: &out.Before, p.after: &out.After} {
		if e := side.res.Entry(router, vrf, x); e != nil {
			*list = append(*list, side.tablePrefix(router, vrf, e))
		}
	}
	return out, len(out.Causes) > 0
}

// lostHere is a route that a router of the finding has no more.
func (p *pipeline) lostHere(f *Finding, x netip.Prefix) (Chain, bool) { return p.routeOf(f, x, false) }

// newHere is a route that a router of the finding has for the first time.
func (p *pipeline) newHere(f *Finding, x netip.Prefix) (Chain, bool) { return p.routeOf(f, x, true) }

func (p *pipeline) routeOf(f *Finding, x netip.Prefix, gain bool) (Chain, bool) {
	c, loss := p.follow(gain), "%s has no route to %s any more"
	if gain {
		loss = "%s has a route to %s now"
	}
	for _, router := range f.Routers {
		for _, vrf := range vrfNames(c.with.net.Router(router)) {
			_, had := c.with.res.Best(router, vrf, x)
			if _, has := c.without.res.Best(router, vrf, x); !had || has {
				continue
			}
			c.lostRoute(router, vrf, x)
			if out, ok := p.chain(fmt.Sprintf(loss, router, x), router, vrf, x, c); ok {
				return out, true
			}
		}
	}
	return Chain{}, false
}

func vrfNames(r *network.Router) []string {
	var out []string
	if r != nil {
		for _, v := range r.VRFs {
			out = append(out, v.Name)
		}
	}
	return out
}

// withdrawn is an announcement that a neighbor outside does not hear any more.
func (p *pipeline) withdrawn(f *Finding, x netip.Prefix) (Chain, bool) {
	return p.announcement(f, x, false)
}

// leaked is an announcement that a neighbor outside hears for the first time.
func (p *pipeline) leaked(f *Finding, x netip.Prefix) (Chain, bool) {
	return p.announcement(f, x, true)
}

func (p *pipeline) announcement(f *Finding, x netip.Prefix, gain bool) (Chain, bool) {
	c := p.follow(gain)
	for _, s := range c.with.res.Receivers(x) {
		if len(f.Routers) > 0 && !slices.Contains(f.Routers, s.Router) || hears(c.without, x, s) {
			continue
		}
		y := c.without.session(s.Router, s.VRF, s.Neighbor)
		switch {
		case y == nil:
			c.add(s.Router, s.Config.Span, network.Span{}, "neighbor %s is not configured", s.Neighbor)
		case y.State != bgp.Established:
			c.downSession(s, y)
		default:
			if _, has := c.without.res.Best(s.Router, s.VRF, x); has {
				c.notSent(y, x)
			} else {
				c.lostRoute(s.Router, s.VRF, x)
			}
		}
		loss := fmt.Sprintf("%s does not tell %s about %s any more", s.Router, c.with.neighborWords(s), x)
		if gain {
			loss = fmt.Sprintf("%s now tells %s about %s", s.Router, c.with.neighborWords(s), x)
		}
		return p.chain(loss, s.Router, s.VRF, x, c)
	}
	return Chain{}, false
}

func hears(s *side, x netip.Prefix, of *bgp.Session) bool {
	return slices.ContainsFunc(s.res.Receivers(x), func(y *bgp.Session) bool {
		return y.Router == of.Router && y.VRF == of.VRF && y.Neighbor == of.Neighbor
	})
}

// unreached is a packet from a router of the finding that does not arrive any more.
func (p *pipeline) unreached(f *Finding, x netip.Prefix) (Chain, bool) {
	to := representative(x)
	if probes := p.before.probes(x); len(probes) > 0 {
		to = probes[0]
	}
	routers := f.Routers
	if len(routers) == 0 {
		for _, r := range p.before.net.Routers {
			routers = append(routers, r.Name)
		}
	}
	for _, router := range routers {
		if p.before.net.Router(router) == nil || p.after.net.Router(router) == nil || !p.before.arrives(router, to, anywhere).ok {
			continue
		}
		end := p.after.arrives(router, to, anywhere)
		if end.ok {
			continue
		}
		c := p.follow(false)
		if was, ok := p.before.res.Lookup(end.at, "", to); ok && was.Protocol == network.BGPProtocol {
			c.lostRoute(end.at, "", was.Prefix)
			x = was.Prefix
		}
		if len(c.out) == 0 {
			c.lostWay(end.at, "", to)
		}
		if len(c.out) == 0 {
			c.lostWay(router, "", to)
		}
		if out, ok := p.chain(fmt.Sprintf("packets from %s to %s do not arrive: at %s: %s", router, to, end.at, end.outcome), end.at, "", x, c); ok {
			return out, true
		}
	}
	return Chain{}, false
}

// moved is a route that a router of the finding has by another path: why that one is preferred.
func (p *pipeline) moved(f *Finding, x netip.Prefix) (Chain, bool) {
	for _, router := range f.Routers {
		was, had := p.before.res.Best(router, "", x)
		is, has := p.after.res.Best(router, "", x)
		if !had || !has || was.Neighbor == is.Neighbor {
			continue
		}
		c := p.follow(false)
		if e := p.after.res.Entry(router, "", x); e != nil && !slices.ContainsFunc(e.Paths, func(q bgp.Path) bool { return q.Neighbor == was.Neighbor }) && was.Neighbor != "" {
			c.lostPath(router, "", x, was.Neighbor)
		}
		t := p.after.tablePrefix(router, "", p.after.res.Entry(router, "", x))
		c.add(router, network.Span{}, p.after.takesIn(router, &is, x), "takes the path from %s instead of that from %s: %s", wordOr(is.Neighbor, "itself"), wordOr(was.Neighbor, "itself"), t.Paths[0].Reason)
		return p.chain(fmt.Sprintf("%s has %s by another path", router, x), router, "", x, c)
	}
	return Chain{}, false
}

func wordOr(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}

// takesIn is the entry of the import policy that let a best path in; nothing where there is no policy.
func (s *side) takesIn(router string, b *bgp.Path, x netip.Prefix) network.Span {
	y, r := s.session(router, "", b.Neighbor), s.net.Router(router)
	if y == nil || r == nil || r.Default().BGP == nil {
		return network.Span{}
	}
	if attrs := heardFrom(s, y, x); attrs != nil {
		rt := importOf(y, x, attrs)
		rt.LocalAS = r.Default().BGP.AS
		return s.evaluator(r).Chain(y.Config.Families[network.FamilyOf(x)].Import, rt, r.Default().BGP.Missing.Policy).By
	}
	return network.Span{}
}
