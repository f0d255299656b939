package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// carries says what a session that is up lets through, and since when: x is it before the change, nil where it is new, y after it.
func (c *causes) carries(x, y *bgp.Session) {
	r := c.without.net.Router(y.Router)
	c.altered(y.Router, concerns(y))
	refs := references(r)
	for _, f := range network.Families {
		if !y.Families[f] {
			continue
		}
		nf := &y.Config.Families[f]
		c.alteredPolicies(y.Router, refs, nf.Import, []network.Ref{nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn})
		c.alteredPolicies(y.Router, refs, nf.Export, []network.Ref{nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut})
		c.exchanges(x, y, f)
	}
}

// exchanged is what comes or goes over sessions in one address family that did not, or in another form.
type exchanged struct {
	router, verb, family, by, words string
	line                            network.Span
	far                             []string
}

// exchanges says what comes and goes over a session in one address family that did not, or in another form.
func (c *causes) exchanges(x, y *bgp.Session, f network.Family) {
	for _, in := range []bool{true, false} {
		if e, ok := c.exchange(x, y, f, in); ok {
			c.tell(&e)
		}
	}
}

// exchange compares one direction; ok is false where nothing differs.
func (c *causes) exchange(x, y *bgp.Session, f network.Family, in bool) (e exchanged, ok bool) {
	nf := &y.Config.Families[f]
	e = exchanged{router: y.Router, verb: "sends to", family: f.String(), by: "decided by no policy", line: y.Config.Span, far: []string{c.without.farName(y)}}
	chain, names := nf.Export, chainNames(nf.Export, nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut)
	if in {
		e.verb, chain, names = "takes from", nf.Import, chainNames(nf.Import, nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn)
	}
	if len(names) > 0 {
		e.by = "decided by " + inWords(names)
	}
	if chain.Configured() && !chain.Span.IsZero() {
		e.line = chain.Span
	}
	e.words = differenceWords(c.with.over(x, f, in), c.without.over(y, f, in))
	return e, e.words != ""
}

func (c *causes) tell(e *exchanged) {
	c.add(e.router, network.Span{}, e.line, "%s %s %s, %s: %s", e.verb, inWords(e.far), e.family, e.by, e.words)
}

// like reports that two exchanges are the same but for the neighbor.
func (e *exchanged) like(o *exchanged) bool {
	return e.router == o.router && e.verb == o.verb && e.family == o.family && e.by == o.by && e.words == o.words
}

// over is what an end of a session accepts, or sends, by prefix.
func (s *side) over(x *bgp.Session, f network.Family, in bool) map[netip.Prefix]*network.PathAttributes {
	out := map[netip.Prefix]*network.PathAttributes{}
	if x == nil || x.State != bgp.Established {
		return out
	}
	if !in {
		for a := range s.res.Advertised(x.Router, x.VRF, x.Neighbor, f) {
			out[a.Prefix] = a.Attributes
		}
		return out
	}
	for e := range s.res.Entries(x.Router, x.VRF, f) {
		for i := range e.Paths {
			if q := &e.Paths[i]; q.Source == bgp.FromNeighbor && q.Neighbor == x.Neighbor {
				out[e.Prefix] = q.Attributes
			}
		}
	}
	return out
}

// differenceWords says how what goes over a session differs: what is new, what is gone, and what has other attributes; "" for nothing.
func differenceWords(was, is map[netip.Prefix]*network.PathAttributes) string {
	var words []string
	add := func(format string, list []netip.Prefix) {
		if len(list) > 0 {
			words = append(words, fmt.Sprintf(format, len(list), prefixWords(list, func(p netip.Prefix) string {
				if a, b := was[p], is[p]; a != nil && b != nil {
					return " (" + attributeWords(a, b) + ")"
				}
				return ""
			})))
		}
	}
	var fresh, gone, other []netip.Prefix
	for p, a := range is {
		switch old := was[p]; {
		case old == nil:
			fresh = append(fresh, p)
		case attributeWords(old, a) != "":
			other = append(other, p)
		}
	}
	for p := range was {
		if is[p] == nil {
			gone = append(gone, p)
		}
	}
	add("%d that it did not: %s", fresh)
	add("%d no more: %s", gone)
	add("%d with other attributes: %s", other)
	return strings.Join(words, "; ")
}

// attributeWords says in which attributes two routes to one prefix differ; "" for none.
func attributeWords(was, is *network.PathAttributes) string {
	var words []string
	differ := func(name, a, b string) {
		if a != b {
			words = append(words, fmt.Sprintf("%s %s instead of %s", name, wordOr(b, "none"), wordOr(a, "none")))
		}
	}
	a, b := tablePath(was), tablePath(is)
	number := func(n *uint32) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	differ("weight", fmt.Sprint(a.Weight), fmt.Sprint(b.Weight))
	differ("local preference", number(a.LocalPref), number(b.LocalPref))
	differ("AS path", a.ASPath, b.ASPath)
	differ("origin", a.Origin, b.Origin)
	differ("MED", number(a.Metric), number(b.Metric))
	differ("next hop", a.NextHop, b.NextHop)
	differ("communities", strings.Join(a.Communities, " "), strings.Join(b.Communities, " "))
	return strings.Join(words, ", ")
}

// prefixWords names the first of some prefixes, each with what note says of it, and counts the others.
func prefixWords(list []netip.Prefix, note func(netip.Prefix) string) string {
	slices.SortFunc(list, netip.Prefix.Compare)
	var words []string
	for _, p := range list[:min(len(list), maxChains)] {
		words = append(words, p.String()+note(p))
	}
	if n := len(list) - len(words); n > 0 {
		words = append(words, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(words, ", ")
}
