// Package random makes networks that nobody chose by hand: from a seed comes a whole
// snapshot, its routers, links, sessions, policies and what the outside announces. The same
// seed makes the same bytes on every machine.
//
// Every line knows the parts of the network that it stands for, so that a network in which
// something is wrong can be taken apart until only what matters is left.
package random

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Features are the parts of the vocabulary that can be switched one by one. A network without
// any of them is routers of different ASes on numbered links, with announcements from outside.
var Features = []string{
	"ibgp", "reflectors", "confederation", "ospf", "ipv6", "unnumbered",
	"prefix-list", "as-path-list", "community-list", "large-community", "other-match",
	"set-preference", "set-path", "set-community", "set-next-hop", "call", "flow",
	"next-hop-self", "allowas-in", "as-override", "remove-private-as", "local-as", "send-community",
	"default-originate", "maximum-prefix", "weight", "filters", "soft-reconfiguration", "attribute-unchanged",
	"aggregate", "redistribute", "import-check", "bestpath", "multipath", "addpath", "requires-policy",
	"gobgp", "gobgp-sets", "gobgp-conditions", "gobgp-communities", "gobgp-actions", "gobgp-defaults", "gobgp-session", "gobgp-path",
	"gobgp-limit", "gobgp-addpath", "gobgp-selection", "gobgp-redistribute",
	"ospf-areas", "conditional", "maximum-prefix-options", "static-kinds",
	"gobgp-server", "gobgp-dynamic", "gobgp-ttl", "gobgp-vrf", "gobgp-unnumbered",
	"bird", "bird-sets", "bird-path", "bird-communities", "bird-actions", "bird-code", "bird-next-hop", "bird-preference", "bird-session", "bird-roles",
	"bird-limit", "bird-add-path", "bird-decision", "bird-direct", "bird-merge", "bird-static",
}

// Where the features begin that not all seeds have: what the seeds without them name stays.
var first, second, birds = slices.Index(Features, "gobgp"), slices.Index(Features, "gobgp-server"), slices.Index(Features, "bird")

// Wider is the seed from which on networks have the features from "gobgp" on, Widest the one from which on they have those
// from "gobgp-server" on too. Those from Birds up to Widest have BIRD routers instead, and the features from "bird" on.
const (
	Wider  = 10000
	Birds  = 20000
	Widest = 30000
)

// Options choose what a network may hold. The zero value leaves everything to the seed.
type Options struct {
	// Only these features, each of them in use; nil lets the seed choose. An empty list has none.
	Only []string
	// MaxRouters bounds the size; 0 is 8.
	MaxRouters int
}

// generator is the making of one snapshot.
type generator struct {
	r       *rand.Rand
	out     *Snapshot
	on      map[string]bool
	single  bool            // features were named: use them often
	secure  map[string]bool // sessions of which one end has TTL security, by their part
	routers []*router
	groups  []*group
	links   []*link
	outside int
}

// Make makes the snapshot of a seed.
func Make(seed uint64, o Options) *Snapshot {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x726f757465676174)), out: newSnapshot(fmt.Sprintf("seed-%d", seed)), on: map[string]bool{}, secure: map[string]bool{}}
	for i, f := range Features {
		// Drawn for every feature, so that a choice does not shift what follows.
		if i < first || i < second && seed >= Wider || i >= second && i < birds && seed >= Widest || i >= birds && seed >= Birds && seed < Widest {
			g.on[f] = g.chance(chances[f])
		}
	}
	if o.Only != nil {
		clear(g.on)
		g.single = true
		for _, f := range o.Only {
			g.on[f] = true
		}
	}
	for f, needs := range implied {
		if g.on[f] && o.Only != nil {
			for _, x := range needs {
				g.on[x] = true
			}
		}
	}
	most := o.MaxRouters
	if most == 0 {
		most = 8
	}
	g.topology(2 + g.r.IntN(most-1))
	for _, r := range g.routers {
		g.instance(r)
	}
	g.sessions()
	g.neighborsOutside()
	g.underlay()
	for _, r := range g.routers {
		g.origins(r)
		g.oddStatics(r)
	}
	for _, r := range g.routers {
		if r.gobgp {
			g.gobgpPolicies(r)
		}
	}
	for _, r := range g.routers {
		if r.bird != nil {
			g.birdEnd(r)
		}
	}
	g.wiring()
	return g.out
}

// chances are in percent; 35 where nothing is said.
var chances = func() map[string]int {
	m := map[string]int{}
	for _, f := range Features {
		m[f] = 35
	}
	m["ibgp"], m["reflectors"], m["confederation"], m["ospf"] = 70, 40, 20, 50
	m["unnumbered"], m["maximum-prefix"], m["requires-policy"] = 25, 15, 15
	// A network of many dialects has few routers of each: the settings of BIRD are on more often.
	m["bird"] = 100
	for _, f := range Features[birds+1:] {
		m[f] = 50
	}
	m["prefix-list"], m["as-path-list"], m["community-list"], m["set-preference"], m["set-community"] = 60, 50, 50, 60, 50
	return m
}()

// implied are features without which another one cannot show.
var implied = map[string][]string{
	"reflectors": {"ibgp"}, "confederation": {"ibgp"}, "ospf": {"ibgp"}, "next-hop-self": {"ibgp"},
	"ospf-areas": {"ospf", "ibgp"}, "static-kinds": {"ibgp"},
	"gobgp-sets": {"gobgp"}, "gobgp-conditions": {"gobgp"}, "gobgp-communities": {"gobgp", "set-community"}, "gobgp-actions": {"gobgp", "gobgp-sets"}, "gobgp-defaults": {"gobgp", "gobgp-sets"},
	"gobgp-session": {"gobgp"}, "gobgp-path": {"gobgp"}, "gobgp-limit": {"gobgp"}, "gobgp-addpath": {"gobgp", "addpath"}, "gobgp-selection": {"gobgp"}, "gobgp-redistribute": {"gobgp"},
	"gobgp-server": {"gobgp"}, "gobgp-dynamic": {"gobgp"}, "gobgp-ttl": {"gobgp"}, "gobgp-vrf": {"gobgp"}, "gobgp-unnumbered": {"gobgp", "unnumbered"},
	"bird-sets": {"bird"}, "bird-path": {"bird"}, "bird-communities": {"bird"}, "bird-actions": {"bird"}, "bird-code": {"bird", "bird-sets", "bird-actions"}, "bird-next-hop": {"bird", "ibgp"},
	"bird-preference": {"bird"}, "bird-session": {"bird"}, "bird-roles": {"bird"}, "bird-limit": {"bird"}, "bird-add-path": {"bird"}, "bird-decision": {"bird"}, "bird-direct": {"bird", "ibgp"},
	"bird-merge": {"bird"}, "bird-static": {"bird", "bird-actions"},
	"community-list": {"set-community"}, "large-community": {"set-community"}, "call": {"prefix-list", "set-preference"}, "flow": {"prefix-list", "set-preference"},
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

// sometimes is how often a feature that is on is used where it could be.
func (g *generator) sometimes(feature string) bool {
	hit := g.r.IntN(100)
	if g.single {
		return g.on[feature] && hit < 60
	}
	return g.on[feature] && hit < 35
}

func pick[T any](g *generator, from ...T) T { return from[g.r.IntN(len(from))] }

// some takes up to n of a list, in a random order.
func some[T any](g *generator, n int, from []T) []T {
	all := slices.Clone(from)
	g.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}
