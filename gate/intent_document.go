package gate

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/policies"
)

// Intent is what the change declares of itself, held against what happens.
type Intent struct {
	// Whether the change declares its intent: change.yaml of the proposed side, or the file of --change.
	Declared bool `json:"declared"`
	// The file.
	File string `json:"file"`
	// SHA-256 of the file.
	Digest string `json:"digest"`
	// What the change is for, as declared.
	Summary string `json:"summary"`
	// Where it is discussed, as declared.
	Ticket string `json:"ticket"`
	// What is declared, in the order of the file.
	Declarations []Declaration `json:"declarations"`
	// What happens and is not declared.
	Undeclared []Undeclared `json:"undeclared"`
}

// Declaration is one effect that the change is meant to have.
type Declaration struct {
	// Its name, unique in the file; findings and effects that it explains name it.
	Name string `json:"name"`
	// withdraw, announce, move, attributes, session-up, session-down, session-reset or configure.
	Effect string `json:"effect"`
	// Sets of prefixes: exact, with ge and le, or orlonger.
	Prefixes []string `json:"prefixes"`
	// Routers, or role:, site:, group:; empty: anywhere.
	At []string `json:"at"`
	// Neighbors: of sessions, or those outside that see a route come, go or change.
	Neighbors []string `json:"neighbors"`
	// Paths of configuration.
	Paths []string `json:"paths"`
	// How often it happens: prefixes by router and neighbor, ends of sessions, changes of configuration.
	Count int `json:"count"`
	// Examples of what happens.
	Examples []string `json:"examples"`
	// What of it does not happen; empty where all of it does.
	Missing []string `json:"missing"`
	// Its lines.
	Source *Source `json:"source,omitempty"`
}

// Undeclared is what happens of one kind without being declared.
type Undeclared struct {
	// The effect that a declaration would have.
	Effect string `json:"effect"`
	// Whether it is about what neighbors outside see.
	Outside bool `json:"outside"`
	// How often it happens, as in declarations.
	Count int `json:"count"`
	// The routers.
	Routers []string `json:"routers"`
	// The neighbors: of sessions, or outside.
	Neighbors []string `json:"neighbors"`
	// The prefixes: examples, those that tell most first.
	Prefixes []string `json:"prefixes"`
	// The paths of configuration: examples.
	Paths []string `json:"paths"`
	// Examples: what, and at which router.
	Examples []string `json:"examples"`
}

func emptyIntent() Intent {
	return Intent{Declarations: []Declaration{}, Undeclared: []Undeclared{}}
}

// undeclared collects what happens of one kind and is not declared.
type undeclared struct {
	out      Undeclared
	routers  map[string]bool
	around   map[string]bool
	prefixes []tellingPrefix
	spans    []policies.Span
}

type tellingPrefix struct {
	text string
	rank int
}

// compareIntent holds the declared intent against what happens, for the document and for the policies.
func (p *pipeline) compareIntent() (Intent, policies.IntentFacts) {
	doc, facts := emptyIntent(), policies.IntentFacts{Declarations: []policies.DeclarationFacts{}, Undeclared: []policies.UndeclaredFacts{}}
	in := p.intent
	if in == nil {
		return doc, facts
	}
	doc.Declared, doc.File, doc.Digest, doc.Summary, doc.Ticket = true, in.file.Path, in.sha(), in.file.Summary, in.file.Ticket
	facts.Declared, facts.File, facts.Summary = true, doc.File, doc.Summary
	type kind struct {
		effect  config.IntentEffect
		outside bool
	}
	var rest groups[kind, undeclared]
	p.eachHappening(func(h *happening) {
		if h.effect == config.IntentConfigure && !in.configures || in.count(h) {
			return
		}
		u, _ := rest.get(kind{h.effect, h.outside})
		u.add(p, h)
	})
	for _, d := range in.declared {
		x := Declaration{
			Name: d.Name, Effect: string(d.Effect), Prefixes: []string{}, At: names(d.At), Neighbors: names(d.Neighbors), Paths: names(d.Paths),
			Count: d.count, Examples: names(d.examples), Missing: d.missing(),
		}
		for _, r := range d.Prefixes {
			x.Prefixes = append(x.Prefixes, config.RangeText(r))
		}
		if s, ok := p.quoters.after.source(d.Span); ok {
			x.Source = &s
		}
		doc.Declarations = append(doc.Declarations, x)
		facts.Declarations = append(facts.Declarations, policies.DeclarationFacts{
			Name: x.Name, Effect: x.Effect, Prefixes: x.Prefixes, At: x.At, Neighbors: x.Neighbors, Paths: x.Paths, Count: x.Count,
			Examples: x.Examples, Missing: x.Missing, Span: p.after.span(d.Span),
		})
	}
	list := rest.values()
	slices.SortStableFunc(list, func(a, b undeclared) int {
		order := func(u undeclared) int { return slices.Index(config.IntentEffects, config.IntentEffect(u.out.Effect)) }
		return cmp.Or(cmp.Compare(outsideFirst(a.out), outsideFirst(b.out)), cmp.Compare(order(a), order(b)))
	})
	for _, u := range list {
		x := u.finish()
		doc.Undeclared = append(doc.Undeclared, x)
		facts.Undeclared = append(facts.Undeclared, policies.UndeclaredFacts{
			Effect: x.Effect, Outside: x.Outside, Count: x.Count, Routers: x.Routers, Neighbors: x.Neighbors, Prefixes: x.Prefixes, Paths: x.Paths,
			Examples: x.Examples, Spans: append([]policies.Span{}, u.spans...),
		})
	}
	return doc, facts
}

func outsideFirst(u Undeclared) int {
	if u.Outside {
		return 0
	}
	return 1
}

func (u *undeclared) add(p *pipeline, h *happening) {
	if u.routers == nil {
		u.out = Undeclared{Effect: string(h.effect), Outside: h.outside, Prefixes: []string{}, Paths: []string{}, Examples: []string{}}
		u.routers, u.around = map[string]bool{}, map[string]bool{}
	}
	u.out.Count++
	if h.router != "" {
		u.routers[h.router] = true
	}
	if h.neighbor != "" {
		u.around[h.neighbor] = true
	}
	if h.path != "" {
		u.out.Paths = addExample(u.out.Paths, h.path)
	}
	if len(u.out.Examples) < 10 {
		u.out.Examples = append(u.out.Examples, h.text())
	}
	if h.prefix.IsValid() {
		x := tellingPrefix{h.prefix.String(), p.after.tells(h.prefix)}
		if len(u.prefixes) == 0 || u.prefixes[len(u.prefixes)-1] != x { // of one prefix at several routers one after the other
			u.prefixes = keepTelling(u.prefixes, x)
		}
	}
	if s := spanOf(h.span, h.isAfter, p.before, p.after); s.File != "" && len(u.spans) < 5 && !slices.Contains(u.spans, s) {
		u.spans = append(u.spans, s)
	}
}

// keepTelling keeps few examples, and those that tell most.
func keepTelling(list []tellingPrefix, x tellingPrefix) []tellingPrefix {
	if slices.Contains(list, x) {
		return list
	}
	if len(list) < 2*exampleLimit {
		return append(list, x)
	}
	worst := 0
	for i := range list {
		if list[i].rank > list[worst].rank {
			worst = i
		}
	}
	if x.rank < list[worst].rank {
		list[worst] = x
	}
	return list
}

func (u *undeclared) finish() Undeclared {
	out := u.out
	out.Routers, out.Neighbors = sortedNames(u.routers), sortedNames(u.around)
	slices.SortStableFunc(u.prefixes, func(a, b tellingPrefix) int { return cmp.Compare(a.rank, b.rank) })
	for _, x := range u.prefixes[:min(len(u.prefixes), exampleLimit)] {
		out.Prefixes = append(out.Prefixes, x.text)
	}
	return out
}

// declares names the declarations that a finding is about: of its prefixes or neighbors, at one of its routers.
func (in *intent) declares(f *policies.Finding) []string {
	out := []string{}
	if in == nil {
		return out
	}
	for _, d := range in.declared {
		at := len(d.At) == 0 || len(f.Routers) == 0 || slices.ContainsFunc(f.Routers, func(r string) bool { return len(d.at[r]) > 0 })
		about := false
		for _, x := range f.Prefixes {
			prefix, err := netip.ParsePrefix(x)
			about = about || err == nil && d.Effect.OfRoutes() && len(d.ranges.of(prefix)) > 0
		}
		for _, n := range f.Neighbors {
			about = about || !d.Effect.OfRoutes() && slices.Contains(d.Neighbors, n)
		}
		if at && about && d.count > 0 {
			out = append(out, d.Name)
		}
	}
	return out
}
