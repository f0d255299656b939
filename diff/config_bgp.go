package diff

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// bgp compares the BGP instance of one VRF.
func (c *comparison) bgp(b, a *network.BGP) {
	switch {
	case b == nil && a == nil:
		return
	case b == nil:
		c.appears(&place{object: ObjectBGP, path: c.at("bgp"), name: c.vrf, noun: "BGP", after: a.Span}, "", bgpText(a), true)
		return
	case a == nil:
		c.appears(&place{object: ObjectBGP, path: c.at("bgp"), name: c.vrf, noun: "BGP", before: b.Span}, bgpText(b), "", false)
		return
	}
	p := &place{object: ObjectBGP, path: c.at("bgp"), name: fmt.Sprintf("%d", a.AS), noun: "BGP", before: b.Span, after: a.Span,
		find: marked(b.Marks, a.Marks, func(f network.Family, after bool) network.Marks {
			if after {
				return a.Families[f].Marks
			}
			return b.Families[f].Marks
		})}
	for _, f := range fields(b, a, ignoring(network.BGP{}, "Neighbors", "PeerGroups", "Listen"),
		ignoring(network.BGPFamily{}, "Networks", "Redistribute", "Aggregates", "Leaks")) {
		c.field(p, f)
	}
	for _, f := range network.Families {
		c.bgpFamily(f, &b.Families[f], &a.Families[f])
	}
	groups := c.peerGroups(b, a)
	pair(b.Neighbors, a.Neighbors, (*network.Neighbor).Key, func(key string, nb, na *network.Neighbor) { c.neighbor(key, nb, na, groups) })
	items(c, b.Listen, a.Listen, func(l network.ListenRange) string { return l.Prefix.String() },
		func(l network.ListenRange) place {
			return place{object: ObjectPeerGroup, path: c.at("bgp", "listen "+l.Prefix.String()), name: l.PeerGroup, noun: "listen range " + l.Prefix.String(), after: l.Span}
		}, func(l network.ListenRange) string { return "peer group " + l.PeerGroup })
}

func bgpText(b *network.BGP) string {
	return fmt.Sprintf("AS %d, %s", b.AS, plural(len(b.Neighbors), "neighbor"))
}

// bgpFamily compares what the instance originates in one address family.
func (c *comparison) bgpFamily(f network.Family, b, a *network.BGPFamily) {
	items(c, b.Networks, a.Networks, func(n network.BGPNetwork) string { return n.Prefix.String() },
		func(n network.BGPNetwork) place {
			return place{object: ObjectNetwork, path: c.at("bgp", f.String(), "network "+n.Prefix.String()), name: n.Prefix.String(), noun: "network " + n.Prefix.String(), after: n.Span}
		}, networkText)
	c.redistributions(c.at("bgp", f.String()), b.Redistribute, a.Redistribute)
	items(c, b.Leaks, a.Leaks, func(l network.Leak) string { return l.Pipe + " " + l.From },
		func(l network.Leak) place {
			name := cmp.Or(l.From, "default")
			if l.Pipe != "" {
				return place{object: ObjectVRF, path: c.at("bgp", f.String(), "pipe "+l.Pipe), name: l.Pipe, noun: "pipe " + l.Pipe + " from table " + l.Table, after: l.Span}
			}
			return place{object: ObjectVRF, path: c.at("bgp", f.String(), "import vrf "+name), name: name, noun: "import of the routes of VRF " + name, after: l.Span}
		}, leakText(f))
	items(c, b.Aggregates, a.Aggregates, func(g network.Aggregate) string { return g.Prefix.String() },
		func(g network.Aggregate) place {
			return place{object: ObjectAggregate, path: c.at("bgp", f.String(), "aggregate "+g.Prefix.String()), name: g.Prefix.String(), noun: "aggregate " + g.Prefix.String(), after: g.Span}
		}, aggregateText)
}

func leakText(f network.Family) func(network.Leak) string {
	return func(l network.Leak) string {
		if !l.Policy.IsSet() {
			return f.String()
		}
		return f.String() + ", policy " + l.Policy.Name
	}
}

func networkText(n network.BGPNetwork) string {
	var t []string
	if n.Policy.IsSet() {
		t = append(t, "policy "+n.Policy.Name)
	}
	if n.Backdoor {
		t = append(t, "backdoor")
	}
	if n.Injected {
		t = append(t, "injected")
	}
	if n.Attributes != nil {
		t = append(t, attributesText(n.Attributes))
	}
	return strings.Join(t, ", ")
}

func aggregateText(g network.Aggregate) string {
	var t []string
	for _, o := range []struct {
		on   bool
		text string
	}{
		{g.SummaryOnly, "summary-only"}, {g.ASSet, "as-set"}, {g.MatchingMED, "matching-MED-only"},
		{g.Policy.IsSet(), "policy " + g.Policy.Name}, {g.SuppressMap.IsSet(), "suppress-map " + g.SuppressMap.Name},
	} {
		if o.on {
			t = append(t, o.text)
		}
	}
	if g.Origin != nil {
		t = append(t, "origin "+g.Origin.String())
	}
	return strings.Join(t, ", ")
}

// redistributions compares the `redistribute` statements below one path.
func (c *comparison) redistributions(path string, b, a []network.Redistribution) {
	source := func(r network.Redistribution) string {
		t := r.From.String()
		if r.From == network.OtherProtocol && r.Name != "" {
			t = r.Name
		}
		if r.Instance != 0 {
			t += fmt.Sprintf(" %d", r.Instance)
		}
		return t
	}
	items(c, b, a, source, func(r network.Redistribution) place {
		return place{object: ObjectRedistribution, path: step(path, "redistribute "+source(r)), name: source(r), noun: "redistribution of " + source(r), after: r.Span}
	}, func(r network.Redistribution) string {
		var t []string
		if r.Policy.IsSet() {
			t = append(t, "policy "+r.Policy.Name)
		}
		if r.Metric != nil {
			t = append(t, fmt.Sprintf("metric %d", *r.Metric))
		}
		if r.MetricType != 0 {
			t = append(t, fmt.Sprintf("type %d", r.MetricType))
		}
		for _, p := range r.Interfaces {
			t = append(t, "interface "+p.String())
		}
		return strings.Join(t, ", ")
	})
}

// groupChange is a field that changed in a peer group, to be told once for all the
// members that inherit it.
type groupChange struct {
	before, after reflect.Value
	change        int // index in out.Changes
}

// peerGroups compares the groups and returns, by group and field, what changed in them.
func (c *comparison) peerGroups(b, a *network.BGP) map[string]map[string]*groupChange {
	found := map[string]map[string]*groupChange{}
	pair(b.PeerGroups, a.PeerGroups, func(g *network.PeerGroup) string { return g.Name }, func(name string, gb, ga *network.PeerGroup) {
		p := &place{object: ObjectPeerGroup, path: c.at("bgp", "peer-group "+name), name: name, noun: "peer group " + name}
		switch {
		case gb == nil:
			p.after = ga.Span
			c.appears(p, "", "", true).Members = members(a, name)
			return
		case ga == nil:
			p.before = gb.Span
			c.appears(p, "", "", false).Members = members(b, name)
			return
		}
		p.before, p.after, p.find = gb.Span, ga.Span, neighborMarks(&gb.Template, &ga.Template)
		for _, f := range fields(&gb.Template, &ga.Template, ignoring(network.Neighbor{}, "ResetKey", "Address", "Interface", "PeerGroup")) {
			c.field(p, f)
			if found[name] == nil {
				found[name] = map[string]*groupChange{}
			}
			found[name][f.Field] = &groupChange{f.Before, f.After, len(c.out.Changes) - 1}
		}
	})
	return found
}

func members(b *network.BGP, group string) []string {
	var m []string
	for _, n := range b.Neighbors {
		if n.PeerGroup == group {
			m = append(m, n.Key())
		}
	}
	slices.Sort(m)
	return m
}

func neighborMarks(b, a *network.Neighbor) func(string, bool) (network.Span, bool) {
	return marked(b.Marks, a.Marks, func(f network.Family, after bool) network.Marks {
		if after {
			return a.Families[f].Marks
		}
		return b.Families[f].Marks
	})
}

// neighbor compares one neighbor. What it inherits from a changed peer group is told
// there, and the neighbor is listed as a member.
func (c *comparison) neighbor(key string, b, a *network.Neighbor, groups map[string]map[string]*groupChange) {
	p := &place{object: ObjectNeighbor, path: c.at("bgp", "neighbor "+key), name: key, noun: "neighbor " + key}
	switch {
	case b == nil:
		p.after = a.Span
		c.appears(p, "", neighborText(a), true)
		return
	case a == nil:
		p.before = b.Span
		c.appears(p, neighborText(b), "", false)
		return
	}
	p.before, p.after, p.find = b.Span, a.Span, neighborMarks(b, a)
	found := fields(b, a, ignoring(network.Neighbor{}, "ResetKey"))
	for _, f := range found {
		if g := groups[a.PeerGroup][f.Field]; g != nil && a.PeerGroup == b.PeerGroup && sameValue(g.before, f.Before) && sameValue(g.after, f.After) {
			ch := &c.out.Changes[g.change]
			ch.Members = append(ch.Members, key)
			continue
		}
		ch := c.field(p, f)
		if f.Last == "PeerGroup" && len(found) == 1 && b.ResetKey == a.ResetKey {
			// The neighbor carries what it inherits: nothing of that is another value in the other group.
			ch.Effect = NoEffect
			ch.Summary += " (every setting of the neighbor stays as it is)"
		}
		if f.Last == "Description" && strings.Contains(a.ResetKey, "description=") {
			ch.Effect = MayMatter // GoBGP resets the session for it
		}
	}
}

func sameValue(x, y reflect.Value) bool {
	if !x.IsValid() || !y.IsValid() {
		return x.IsValid() == y.IsValid()
	}
	return same(x.Interface(), y.Interface())
}

func neighborText(n *network.Neighbor) string {
	t := "remote AS " + text(n.RemoteAS)
	if text(n.RemoteAS) == "" {
		t = "no remote AS"
	}
	if n.PeerGroup != "" {
		t += ", peer group " + n.PeerGroup
	}
	if n.Shutdown {
		t += ", shut down"
	}
	return t
}
