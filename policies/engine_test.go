package policies

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const header = "# METADATA\n# title: Mine\n# custom: {level: hard, scope: %s}\npackage routegate.user.mine\n\n"

// mine makes a user's module with one rule.
func mine(scope, rule string) Options {
	return Options{User: []Module{{Path: "policies/mine.rego", Text: fmt.Sprintf(header, scope) + rule}}}
}

func engine(t *testing.T, o Options) *Engine {
	t.Helper()
	e, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func evaluate(t *testing.T, o Options, in *Input) *Report {
	t.Helper()
	r, err := engine(t, o).Evaluate(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// of are the findings of one policy.
func of(policy string, list []Finding) []Finding {
	var out []Finding
	for _, f := range list {
		if f.Policy == policy {
			out = append(out, f)
		}
	}
	return out
}

func TestAnEmptyChangeHasNoFindings(t *testing.T) {
	r := evaluate(t, Options{}, &Input{Schema: "routegate.input/v1"})
	if len(r.Findings)+len(r.Standing)+len(r.Errors) != 0 {
		t.Errorf("findings %v, standing %v, errors %v", r.Findings, r.Standing, r.Errors)
	}
	if n := len(r.Evaluated) + len(r.NotApplied); n != len(Library()) {
		t.Errorf("%d of %d policies are accounted for", n, len(Library()))
	}
}

func TestPoliciesThatNeedMoreThanThereIs(t *testing.T) {
	r := evaluate(t, Options{Disabled: []string{"hygiene/missing-reference"}}, &Input{})
	want := map[string]string{
		"leak/route-leak":                  "needs relations in routegate.yaml",
		"leak/origination-outside-owned":   "needs owned in routegate.yaml",
		"blast/protected-prefix":           "needs protect in routegate.yaml",
		"management/reachability":          "needs management in routegate.yaml",
		"management/independence":          "needs management in routegate.yaml",
		"hygiene/missing-reference":        "disabled in routegate.yaml",
		"leak/customer-outside-cone":       "needs relations in routegate.yaml",
		"leak/internal-more-specifics":     "needs relations in routegate.yaml",
		"leak/exit-through-customer":       "needs relations in routegate.yaml",
		"blast/protected-reachability":     "needs protect in routegate.yaml",
		"flowspec/destination-missing":     "needs flowspec in routegate.yaml",
		"flowspec/destination-too-wide":    "needs flowspec in routegate.yaml",
		"flowspec/discards-everything":     "needs flowspec in routegate.yaml",
		"flowspec/matches-bgp":             "needs flowspec in routegate.yaml",
		"flowspec/matches-infrastructure":  "needs flowspec in routegate.yaml",
		"flowspec/matches-management":      "needs flowspec in routegate.yaml",
		"hygiene/service-list-differs":     "needs services in routegate.yaml",
		"hygiene/service-list-missing":     "needs services in routegate.yaml",
		"hygiene/service-not-live":         "needs services in routegate.yaml",
		"hygiene/service-outside-prefixes": "needs services in routegate.yaml",
		"hygiene/service-prefix-shared":    "needs services in routegate.yaml",
		"rpki/invalid-origination":         "needs rpki in routegate.yaml",
		"rpki/invalid-accepted":            "needs rpki in routegate.yaml",
		"rpki/roa-excludes-origination":    "needs rpki in routegate.yaml",
		"rpki/vrps-too-old":                "needs rpki in routegate.yaml",
		"capacity/link-load":               "needs demands in routegate.yaml",
		"capacity/failure-load":            "needs demands in routegate.yaml",
		"capacity/site-load":               "needs capacity of what is protected in routegate.yaml",
		"capacity/undelivered":             "needs demands in routegate.yaml",
		"failure/single-failure":           "needs failures in routegate.yaml, or --failures",
		"intent/declared-effect-missing":   "needs the change's declared intent: change.yaml, or --change",
		"intent/undeclared-effect":         "needs the change's declared intent: change.yaml, or --change",
	}
	got := map[string]string{}
	for _, n := range r.NotApplied {
		got[n.Policy] = n.Why
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("not applied: %v", got)
	}
}

// dangling is a network with references to route-maps that do not exist.
func dangling(names ...string) State {
	r := RouterFacts{Name: "r1"}
	for i, n := range names {
		r.Dangling = append(r.Dangling, DanglingRef{Kind: "route-map", Name: n, By: "neighbor 10.0.0.1 import",
			Span: Span{Side: "after", File: "devices/r1/frr.conf", First: i + 1, Last: i + 1}})
	}
	return State{Routers: []RouterFacts{r}}
}

func TestOldSinsStand(t *testing.T) {
	r := evaluate(t, Options{}, &Input{Before: dangling("A", "B"), After: dangling("B", "C")})
	for _, c := range []struct {
		list   []Finding
		status string
		name   string
	}{{r.Findings, "new", "C"}, {r.Standing, "standing", "B"}, {r.Resolved, "resolved", "A"}} {
		if len(c.list) != 1 || c.list[0].Status != c.status || !strings.Contains(c.list[0].Message, "route-map "+c.name) {
			t.Errorf("%s: %v", c.status, c.list)
		}
	}
	f := r.Findings[0]
	if f.Level != "hard" || f.Title == "" || f.Page != "policies/hygiene/missing-reference/README.md" || f.Spans[0].First != 2 {
		t.Errorf("finding %+v", f)
	}
}

func TestALeakThatGrowsIsWorse(t *testing.T) {
	side := func(n int) State {
		return State{Exports: []ExportFacts{{Router: "r1", Neighbor: "10.0.0.1", NeighborAS: 64700, Relation: "peer",
			LearnedFrom: "provider", LearnedAS: 64600, Count: n, Examples: []string{"8.8.8.0/24"}}}}
	}
	in := &Input{Network: NetworkFacts{Relations: []Relation{{AS: 64600, Is: "provider"}}}, Before: side(10), After: side(1000)}
	r := evaluate(t, Options{}, in)
	if len(r.Findings) != 1 || r.Findings[0].Status != "worse" || *r.Findings[0].Measure != 1000 || *r.Findings[0].MeasureBefore != 10 {
		t.Errorf("findings %+v", r.Findings)
	}
	in.After = side(10)
	if r := evaluate(t, Options{}, in); len(r.Findings) != 0 || len(r.Standing) != 1 {
		t.Errorf("as large as before: findings %+v", r.Findings)
	}
	in.After = side(3)
	if r := evaluate(t, Options{}, in); len(r.Findings) != 0 || len(r.Standing) != 1 {
		t.Errorf("smaller than before: findings %+v", r.Findings)
	}
}

func TestASecondFindingUnderOneKeyIsWorse(t *testing.T) {
	rule := `findings contains {"key": "k", "message": m} if some m in [r.name | some r in input.state.routers]`
	in := &Input{Before: State{Routers: []RouterFacts{{Name: "a"}}}, After: State{Routers: []RouterFacts{{Name: "a"}, {Name: "b"}}}}
	r := evaluate(t, mine("state", rule), in)
	if got := of("user/mine", r.Findings); len(got) != 2 || got[0].Status != "worse" {
		t.Errorf("findings %+v", got)
	}
}

func TestALevelMayOnlyBeMilderThanThePolicys(t *testing.T) {
	rule := `findings contains {"key": l, "message": l, "level": l} if some l in ["advisory", "hard", "soft", "unknown", "shadow"]`
	o := mine("change", rule)
	levels := func(list []Finding) (out []string) {
		for _, f := range list {
			out = append(out, f.Level)
		}
		return out
	}
	r := evaluate(t, o, &Input{})
	if got := levels(of("user/mine", r.Findings)); !reflect.DeepEqual(got, []string{"hard", "unknown", "soft", "advisory", "shadow"}) {
		t.Errorf("levels %v", got)
	}
	o.Levels = map[string]string{"user/mine": "advisory"}
	r = evaluate(t, o, &Input{})
	if got := levels(of("user/mine", r.Findings)); !reflect.DeepEqual(got, []string{"advisory", "advisory", "advisory", "advisory", "shadow"}) {
		t.Errorf("lowered to advisory: levels %v", got)
	}
}

// A policy that gives no proper answer is an error, for the gate to block on.
func TestAPolicyThatFailsIsNeverSilent(t *testing.T) {
	for _, c := range []struct{ name, rule, want string }{
		{"a built-in fails", `findings contains {"key": "k", "message": m} if m := to_number(input.schema)`, "to_number"},
		{"it divides by zero", `findings contains {"key": "k", "message": m} if m := sprintf("%d", [1 / count(input.before.routers)])`, "divide by zero"},
		{"no message", `findings contains {"key": "k"}`, "malformed finding: k: no message"},
		{"no key", `findings contains {"message": "m"}`, "malformed finding: no key"},
		{"a field that is not known", `findings contains {"key": "k", "message": "m", "severity": "high"}`, `unknown field "severity" (known: count, hint, key, level,`},
		{"a text for a list", `findings contains {"key": "k", "message": "m", "routers": "r1"}`, "routers must be a list, and is of type string"},
		{"a level that is not known", `findings contains {"key": "k", "message": "m", "level": "fatal"}`, `level "fatal" is not one of`},
		{"a text for a finding", `findings contains "m"`, `policies/mine.rego: malformed finding: "m" is no object with key and message`},
		{"undefined findings", `findings := [1] if input.schema == "never"`, "undefined"},
		{"findings that are no set", `findings := "none"`, "not a set"},
		{"two answers", "findings := [] if true\n\nfindings := [1] if count(input.before.routers) == 0", "conflict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := evaluate(t, mine("change", c.rule), &Input{Schema: "routegate.input/v1"})
			if len(r.Errors) != 1 || r.Errors[0].Policy != "user/mine" || !strings.Contains(r.Errors[0].Message, c.want) {
				t.Errorf("errors %v", r.Errors)
			}
			if len(r.Evaluated) == 0 {
				t.Error("the other policies were not asked")
			}
		})
	}
}

const endless = `findings contains {"key": "k", "message": "m"} if {
	some a in numbers.range(1, 5000)
	some b in numbers.range(1, 5000)
	a * b == 0 - 1
}`

func TestAPolicyThatTakesTooLong(t *testing.T) {
	o := mine("change", endless)
	o.Timeout = 50 * time.Millisecond
	r := evaluate(t, o, &Input{})
	// On a busy machine others may not make it either.
	if !slices.Contains(r.Errors, PolicyError{Policy: "user/mine", Message: "no answer within 50ms"}) {
		t.Errorf("errors %v", r.Errors)
	}
}

func TestEvaluationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := engine(t, mine("change", endless)).Evaluate(ctx, &Input{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestFindingsAreBroughtIntoOrder(t *testing.T) {
	rule := `findings contains {
	"key": "k", "message": "m", "routers": {"b", "a"}, "neighbors": ["y", "x", "x"],
	"prefixes": [sprintf("10.0.%d.0/24", [i]) | some i in numbers.range(1, 12)],
	"spans": [{"side": "after", "file": "b", "first": 1, "last": 1}, {"side": "", "file": "", "first": 0, "last": 0}, {"side": "after", "file": "a", "first": 3, "last": 4}],
}`
	got := of("user/mine", evaluate(t, mine("change", rule), &Input{}).Findings)[0]
	if !reflect.DeepEqual(got.Routers, []string{"a", "b"}) || !reflect.DeepEqual(got.Neighbors, []string{"x", "y"}) {
		t.Errorf("routers %v, neighbors %v", got.Routers, got.Neighbors)
	}
	if got.Count != 12 || len(got.Prefixes) != 10 || got.Prefixes[1] != "10.0.2.0/24" || got.Prefixes[9] != "10.0.10.0/24" {
		t.Errorf("%d prefixes: %v", got.Count, got.Prefixes)
	}
	if len(got.Spans) != 2 || got.Spans[0].File != "a" {
		t.Errorf("spans %v", got.Spans)
	}
	if got.Page != "" || got.Status != "change" || got.Values == nil || got.Proof == nil {
		t.Errorf("finding %+v", got)
	}
}

func TestTheSameInputHasTheSameReport(t *testing.T) {
	in := network20()
	first := evaluate(t, Options{}, in)
	if len(first.Findings) == 0 {
		t.Fatal("a network without findings shows nothing")
	}
	for range 5 {
		if again := evaluate(t, Options{}, in); !reflect.DeepEqual(again, first) {
			t.Fatal("two evaluations of the same input differ")
		}
	}
}

func TestTheDigestNamesTheRules(t *testing.T) {
	digests := map[string]string{}
	for name, o := range map[string]Options{
		"library":   {},
		"a module":  mine("change", `findings contains {"key": "k", "message": "m"}`),
		"another":   mine("change", `findings contains {"key": "k", "message": "n"}`),
		"parameter": {Params: map[string]any{"max-routers-changed-percent": 30}},
		"level":     {Levels: map[string]string{"leak/route-leak": "soft"}},
		"disabled":  {Disabled: []string{"leak/route-leak"}},
	} {
		d := evaluate(t, o, &Input{}).Digest
		if other, ok := digests[d]; ok || len(d) != 64 {
			t.Errorf("%s has the digest of %s: %q", name, other, d)
		}
		digests[d] = name
		if again := evaluate(t, o, &Input{}).Digest; again != d {
			t.Errorf("%s: two digests", name)
		}
	}
}
