package policies

import (
	"context"
	"fmt"
	"testing"
)

// network20 is a change in a network of twenty routers with findings of many kinds.
func network20() *Input {
	in := &Input{
		Schema: "routegate.input/v1",
		Network: NetworkFacts{
			Name: "twenty", Configured: true, Owned: []string{"203.0.113.0/24"}, Protected: true, OurASNs: []uint32{64500},
			Relations:  []Relation{{AS: 64600, Is: "provider"}, {AS: 64700, Is: "peer"}, {AS: 64800, Is: "customer", Prefixes: []string{"198.51.100.0/24"}}},
			Devices:    map[string]Device{"r01": {Role: "edge", Site: "ams"}},
			Management: Management{Prefixes: []string{"10.255.0.0/24"}, Stations: []string{"10.255.0.1"}},
		},
		Effects: Effects{Totals: Totals{Routers: 20, RoutersChanged: 2, RoutersTouched: 12, Sessions: 380, Routes: 4000, RoutesMoved: 100,
			RoutesWithdrawn: 40, PrefixesOutside: 20}},
		Before: State{Side: "before"}, After: State{Side: "after"},
	}
	pref := uint32(200)
	for i := 1; i <= 20; i++ {
		name := fmt.Sprintf("r%02d", i)
		span := Span{Side: "after", File: "devices/" + name + "/frr.conf", First: i, Last: i + 3}
		in.Change.RoutersChanged = append(in.Change.RoutersChanged, name)
		in.Change.Items = append(in.Change.Items, ChangeItem{Router: name, Path: "policy OUT/entry 10/match", Kind: "modified", HasEffect: i < 3, Span: span})
		for _, s := range []*State{&in.Before, &in.After} {
			r := RouterFacts{Name: name, Dialect: "frr", AS: 64500, Changed: i < 3}
			for j := range 20 {
				n := NeighborFacts{Key: fmt.Sprintf("10.0.%d.%d", i, j), RemoteAS: 64500, State: "Established", Span: span,
					Families: []FamilyFacts{{Family: "ipv4-unicast", Import: []string{"IN"}, Export: []string{"OUT"}, Received: 200, Span: span}}}
				if j < 3 {
					n.RemoteAS, n.External, n.EBGP = []uint32{64600, 64700, 64800}[j], true, true
					n.Relation = []string{"provider", "peer", "customer"}[j]
					n.Families[0].MaximumPrefix = &MaxPrefix{Limit: 1000, Span: span}
				}
				r.Neighbors = append(r.Neighbors, n)
				s.Limits = append(s.Limits, LimitFacts{Router: name, Neighbor: n.Key, Family: "ipv4-unicast", Limit: 1000, Received: 200, Span: span})
			}
			for j := range 10 {
				p := PolicyFacts{Name: fmt.Sprintf("P%d", j), UsedBy: []string{fmt.Sprintf("neighbor 10.0.%d.%d ipv4-unicast export", i, j+4)}}
				for k := range 5 {
					x := StatementFacts{Name: fmt.Sprint(10 * k), Result: "accept", Matches: []string{"prefix-list X"}, LocalPref: &pref, Span: span}
					if s == &in.After && i < 3 && k == 0 {
						x.Matches, x.MatchesAll = nil, true
					}
					p.Statements = append(p.Statements, x)
				}
				r.Policies = append(r.Policies, p)
			}
			s.Routers = append(s.Routers, r)
			for j := range 3 {
				s.Exports = append(s.Exports, ExportFacts{Router: name, Neighbor: fmt.Sprintf("10.0.%d.%d", i, j), NeighborAS: []uint32{64600, 64700, 64800}[j],
					Relation: []string{"provider", "peer", "customer"}[j], LearnedFrom: "own", InsideOwned: true, InCustomerCone: true, Count: 1,
					Examples: []string{"203.0.113.0/24"}, Path: []string{name}, Span: span})
			}
			s.Management = append(s.Management, MgmtFacts{Router: name, Address: fmt.Sprintf("10.255.0.%d", i+10), Station: "10.255.0.1", Known: true,
				OK: s == &in.Before || i > 5, Outcome: "no route", At: "r01", Path: []string{"r01 has no route"}})
		}
		in.After.Exports = append(in.After.Exports, ExportFacts{Router: name, Neighbor: fmt.Sprintf("10.0.%d.1", i), NeighborAS: 64700, Relation: "peer",
			LearnedFrom: "provider", LearnedAS: 64600, Count: 800, Examples: []string{"8.8.8.0/24"}, Path: []string{"r01", name}, Span: span})
	}
	for i := range 1000 {
		in.Effects.Prefixes = append(in.Effects.Prefixes, PrefixEffect{Prefix: fmt.Sprintf("10.%d.%d.0/24", i/250, i%250), Moved: []string{"r01", "r02"}})
		in.Effects.Reachability = append(in.Effects.Reachability, ReachEffect{Class: fmt.Sprintf("10.%d.%d.0/24", i/250, i%250), Kind: []string{"lost", "moved"}[i%2],
			From: []string{"r03", "r04", "r05"}, Before: "delivered at r01", After: "no route at r03", Example: "r03 has no route"})
	}
	return in
}

// Both together are what policies cost a check: well under 150 ms.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(context.Background(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvaluate20Routers(b *testing.B) {
	e, err := New(context.Background(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	in := network20()
	for b.Loop() {
		r, err := e.Evaluate(context.Background(), in)
		if err != nil || len(r.Errors) > 0 {
			b.Fatal(err, r.Errors)
		}
	}
}
