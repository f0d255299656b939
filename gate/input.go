package gate

import (
	"maps"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// maxDescribed bounds the routers that the policies' input describes though they are neither changed nor lose, gain
// or reset a session, nor announce anything else to the outside.
const maxDescribed = 200

// input is the document that the policies see.
func input(d *diff.ConfigDiff, b *diff.Behaviour, before, after *side) *policies.Input {
	concerned := map[string]bool{}
	for _, list := range [][]string{d.RoutersChanged, d.RoutersAdded, d.RoutersRemoved, b.Touched.RoutersConfigured, b.Touched.RoutersBehaving} {
		for _, r := range list {
			concerned[r] = true
		}
	}
	changed := slices.Concat(d.RoutersChanged, d.RoutersAdded, d.RoutersRemoved)
	described := concerned
	if len(concerned) > maxDescribed {
		// What is wrong with a router that only hears of the change is as wrong without it.
		described = map[string]bool{}
		for _, list := range [][]string{changed, b.Touched.RoutersConfigured} {
			for _, r := range list {
				described[r] = true
			}
		}
		for i := range b.Sessions {
			described[b.Sessions[i].Router] = true
		}
		for i := range b.Announcements {
			described[b.Announcements[i].Router] = true
		}
	}
	in := &policies.Input{
		Schema:  "routegate.input/v1",
		Network: networkFacts(before, after),
		Params:  map[string]any{},
		Change:  changeFacts(d, before, after),
		Effects: effectFacts(b, before, after),
		Before:  before.state(after, concerned, described, changed),
		After:   after.state(before, concerned, described, changed),
	}
	addRPKI(in, before, after, concerned)
	return in
}

func (s *side) state(other *side, concerned, described map[string]bool, changed []string) policies.State {
	return policies.State{
		Side:         s.name,
		Routers:      s.routerFacts(described, changed),
		Exports:      s.exportFacts(concerned),
		Protected:    s.protectFacts(other),
		Management:   s.managementFacts(other),
		Originated:   s.originFacts(concerned),
		Limits:       s.limitFacts(concerned),
		Failures:     []policies.FailureFacts{},
		Independence: []policies.IndependenceFacts{},
		Loads:        []policies.LoadFacts{},
		Sites:        []policies.SiteFacts{},
		Undelivered:  []policies.UndeliveredFacts{},
		FlowSpec:     s.flowRuleFacts(),
		Services:     s.serviceFacts(other, changed),
		Shared:       s.sharedFacts(changed),
	}
}

// networkFacts is what routegate.yaml says; the proposed side's word counts.
func networkFacts(before, after *side) policies.NetworkFacts {
	env := &after.net.Env
	f := policies.NetworkFacts{
		Name: after.net.Name, Configured: env.Present, Owned: []string{}, Relations: []policies.Relation{},
		Devices: map[string]policies.Device{}, Protected: len(env.Protect) > 0, Demands: len(env.Demands)+len(before.net.Env.Demands) > 0, OurASNs: []uint32{},
		FlowSpec:   len(env.FlowRules)+len(before.net.Env.FlowRules) > 0,
		Services:   len(env.Services)+len(before.net.Env.Services) > 0,
		Management: policies.Management{Prefixes: []string{}, Stations: []string{}, Consoles: []string{}},
	}
	for i := range env.Protect {
		f.Capacities = f.Capacities || len(env.Protect[i].Capacities) > 0
	}
	for _, p := range env.Owned {
		f.Owned = append(f.Owned, p.String())
	}
	for _, r := range env.Relations {
		x := policies.Relation{AS: r.AS, Is: r.Is.String(), Prefixes: []string{}}
		for _, p := range r.Prefixes {
			x.Prefixes = append(x.Prefixes, p.String())
		}
		f.Relations = append(f.Relations, x)
	}
	for _, d := range env.Devices {
		x := policies.Device{Role: d.Role, Site: d.Site, Group: d.Group}
		if d.Mgmt.IsValid() {
			x.Mgmt = d.Mgmt.String()
		}
		f.Devices[d.Name] = x
	}
	for _, p := range env.Management.Prefixes {
		f.Management.Prefixes = append(f.Management.Prefixes, p.String())
	}
	for _, a := range env.Management.Stations {
		f.Management.Stations = append(f.Management.Stations, a.String())
	}
	for _, a := range env.Management.Consoles {
		f.Management.Consoles = append(f.Management.Consoles, a.String())
	}
	ours := maps.Clone(after.ours())
	for as := range before.ours() {
		ours[as] = true
	}
	for as := range ours {
		f.OurASNs = append(f.OurASNs, as)
	}
	slices.Sort(f.OurASNs)
	return f
}

func changeFacts(d *diff.ConfigDiff, before, after *side) policies.Change {
	c := policies.Change{
		RoutersChanged: names(d.RoutersChanged), RoutersAdded: names(d.RoutersAdded), RoutersRemoved: names(d.RoutersRemoved),
		Items: []policies.ChangeItem{}, NotModelled: []policies.LedgerChange{},
	}
	for _, x := range policyFiles(before.snap, after.snap) {
		// One more rule makes the judgement no milder: only what goes or changes is held against a change.
		if x.Kind != "added" {
			c.Items = append(c.Items, policies.ChangeItem{Path: x.Path, Kind: x.Kind, Object: x.Object, Name: x.Name, HasEffect: true, Summary: x.Summary})
		}
	}
	for _, x := range waiverChanges(before.snap.Waivers, after.snap.Waivers) {
		c.Items = append(c.Items, policies.ChangeItem{Path: x.Path, Kind: x.Kind, Object: x.Object, Name: x.Name, HasEffect: true, Summary: x.Summary})
	}
	for i := range d.Changes {
		x := &d.Changes[i]
		span, isAfter := x.Span()
		c.Items = append(c.Items, policies.ChangeItem{
			Router: x.Router, Path: x.Path, Kind: x.Kind.String(), Object: x.Object.String(), Name: x.Name, Before: x.Before, After: x.After,
			HasEffect: x.Effect != diff.NoEffect, Summary: x.Summary, Span: spanOf(span, isAfter, before, after),
		})
	}
	for i := range d.Ledger {
		x := &d.Ledger[i]
		c.NotModelled = append(c.NotModelled, policies.LedgerChange{
			Router: x.Router, Kind: x.Kind.String(), Context: x.Context, Text: mask(x.Text), Reason: x.Reason, Affects: x.Affects.String(),
			Span: spanOf(x.Span, x.Kind != diff.Removed, before, after),
		})
	}
	return c
}

func spanOf(s network.Span, isAfter bool, before, after *side) policies.Span {
	if isAfter {
		return after.span(s)
	}
	return before.span(s)
}
