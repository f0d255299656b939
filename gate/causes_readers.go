package gate

import (
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// end is a direction of a session whose routes something decides about.
type end struct {
	vrf, neighbor string
	in            bool
}

// readers says what the things that lines define decide now: over which sessions what comes or goes otherwise, and what is redistributed. It
// reports whether anything does.
func (c *causes) readers(at *pointer, named []reference) bool {
	ends, policies := c.reading(at, named)
	differs := c.redistributions(at.router, func(side string, t *intake) bool { return at.at(side, t.line.Span) || policies[t.line.Policy.Name] })
	n := len(c.out)
	var list []exchanged
	var names []string
	for _, e := range ends {
		if !slices.Contains(names, e.neighbor) {
			names = append(names, e.neighbor)
		}
		x, y := c.with.session(at.router, e.vrf, e.neighbor), c.without.session(at.router, e.vrf, e.neighbor)
		if y == nil || y.State != bgp.Established {
			c.brokenSession(x, y)
			continue
		}
		for _, f := range network.Families {
			if now, ok := c.exchange(x, y, f, e.in); ok && y.Families[f] {
				list = joinAlike(list, now)
			}
		}
	}
	for i := range list[:min(len(list), maxChains)] {
		c.tell(&list[i])
	}
	if k := len(list) - maxChains; k > 0 {
		c.out[len(c.out)-1].Text += more(k, "difference", " of what comes and goes")
	}
	if len(c.out) == n && len(names) > 0 {
		c.add(at.router, network.Span{}, network.Span{}, "decides about the routes of neighbors %s: of those that are known now, none comes or goes otherwise", inWords(names))
		return differs
	}
	return differs || len(names) > 0
}

// joinAlike puts an exchange to those that are the same but for the neighbor.
func joinAlike(list []exchanged, e exchanged) []exchanged {
	for i := range list {
		if list[i].like(&e) {
			list[i].far = append(list[i].far, e.far...)
			return list
		}
	}
	return append(list, e)
}

// reading are the ends of sessions that read what lines define, on either side, or that the lines themselves are of; and the policies among it.
func (c *causes) reading(at *pointer, named []reference) (ends []end, policies map[string]bool) {
	policies = map[string]bool{}
	add := func(e end) {
		if !slices.Contains(ends, e) {
			ends = append(ends, e)
		}
	}
	for _, s := range []*side{c.with, c.without} {
		r := s.net.Router(at.router)
		if r == nil {
			continue
		}
		for _, x := range append(slices.Clone(named), readersOf(references(r), named)...) {
			if x.kind == refPolicy {
				policies[x.name] = true
			}
			if x.neighbor != "" {
				add(end{x.vrf, x.neighbor, x.in})
			}
		}
		for i := range s.res.Sessions {
			if x := &s.res.Sessions[i]; x.Router == at.router && at.at(s.name, x.Config.Span) {
				add(end{x.VRF, x.Neighbor, true})
				add(end{x.VRF, x.Neighbor, false})
			}
		}
	}
	return ends, policies
}

// brokenSession says why a session is down.
func (c *causes) brokenSession(x, y *bgp.Session) {
	switch {
	case x != nil && x.State == bgp.Established:
		c.lostSession(x, y)
	case y != nil && c.once("session %s %s %s", y.Router, y.VRF, y.Neighbor):
		c.downSession(y, y)
	}
}

// readBy says who reads the things that lines define.
func (c *causes) readBy(at *pointer, named []reference) {
	r := c.without.net.Router(at.router)
	if r == nil {
		return
	}
	refs, told := references(r), map[string]bool{}
	for i := range named {
		x := &named[i]
		word := x.word(r.Dialect) + " " + x.name
		if told[word] {
			continue
		}
		told[word] = true
		var by []string
		var lines []network.Span
		for k := range refs {
			if refs[k].kind == x.kind && refs[k].name == x.name {
				by, lines = append(by, refs[k].by), append(lines, refs[k].span)
			}
		}
		if len(by) == 0 {
			c.add(at.router, network.Span{}, network.Span{}, "nothing reads %s as things are: it decides about no route", word)
			continue
		}
		c.addLines(at.router, nil, lines[:min(len(lines), maxChains)], "%s is read by %s", word, inWords(by))
	}
}

// readersOf are the references that name one of some things, and those that name what these stand in, and so on.
func readersOf(refs, named []reference) []reference {
	wanted := slices.Clone(named)
	var out []reference
	met := map[int]bool{}
	for i := 0; i < len(wanted); i++ {
		for k := range refs {
			if x := &refs[k]; x.kind == wanted[i].kind && x.name == wanted[i].name && !met[k] {
				met[k], out = true, append(out, *x)
				if x.policy != "" {
					wanted = append(wanted, reference{kind: refPolicy, name: x.policy})
				}
			}
		}
	}
	return out
}
