package policies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/sourcegraph/conc/iter"
)

// Report is what the policies say about a change.
type Report struct {
	Findings   []Finding     // of the change's own doing: new, worse, or about the change; sorted by level, policy, key
	Standing   []Finding     // that the before side has as well
	Resolved   []Finding     // that only the before side has: the change does away with them
	Errors     []PolicyError // policies that gave no answer; the verdict cannot be "allow"
	NotApplied []NotApplied
	Evaluated  []string // ids of the policies that gave an answer, sorted
	Digest     string   // sha256 over all modules, parameters and settings
}

// PolicyError is a policy that failed: it says neither yes nor no.
type PolicyError struct {
	Policy  string
	Message string
	stopped bool // the time had run out
}

// NotApplied is a policy that has nothing to say here.
type NotApplied struct {
	Policy string
	Why    string // "needs relations in routegate.yaml", "disabled in routegate.yaml"
}

// needWaivers is the need of policies that are about what waivers lift.
const needWaivers = "waivers"

// Evaluate asks every policy, several at a time; where there are waivers, those that need them are left to EvaluateWaivers. The error is only
// ctx's: what goes wrong in a policy is in Report.Errors, also when the time runs out.
func (e *Engine) Evaluate(ctx context.Context, in *Input) (*Report, error) {
	return e.ask(ctx, in, len(in.Waivers) == 0, true)
}

// EvaluateWaivers asks the policies that need waivers, once it is known what those lift.
func (e *Engine) EvaluateWaivers(ctx context.Context, in *Input) (*Report, error) {
	return e.ask(ctx, in, true, false)
}

func (e *Engine) ask(ctx context.Context, in *Input, late, others bool) (*Report, error) {
	limited, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	doc := newDocument(in, e.params, e.paramsOfRouters(in))
	answers := make([]Report, len(e.policies))
	// A panic in a worker comes out here, where the caller can catch it.
	iter.ForEachIdx(answers, func(i int, answer *Report) {
		if isLate := slices.Contains(e.policies[i].meta.Needs, needWaivers); isLate && late || !isLate && others {
			e.policies[i].answer(limited, in, doc, answer)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	r := &Report{Digest: e.digest}
	for i := range answers {
		a := &answers[i]
		r.Findings = append(r.Findings, a.Findings...)
		r.Standing = append(r.Standing, a.Standing...)
		r.Resolved = append(r.Resolved, a.Resolved...)
		r.NotApplied = append(r.NotApplied, a.NotApplied...)
		r.Evaluated = append(r.Evaluated, a.Evaluated...)
		for _, x := range a.Errors {
			if limited.Err() != nil && x.stopped {
				x.Message = fmt.Sprintf("no answer within %s", e.timeout)
			}
			r.Errors = append(r.Errors, PolicyError{Policy: x.Policy, Message: x.Message})
		}
	}
	for _, list := range [][]Finding{r.Findings, r.Standing, r.Resolved} {
		sortFindings(list)
	}
	return r, nil
}

// answer is what one policy says, why it is not asked, or how it failed.
func (p *policy) answer(ctx context.Context, in *Input, doc *document, r *Report) {
	if why := p.notApplied(in); why != "" {
		r.NotApplied = []NotApplied{{p.meta.ID, why}}
		return
	}
	if err := p.judge(ctx, doc, r); err != nil {
		r.Errors = []PolicyError{{Policy: p.meta.ID, Message: strings.ReplaceAll(err.Error(), "\n", "; "), stopped: ctx.Err() != nil}}
		return
	}
	r.Evaluated = []string{p.meta.ID}
}

// judge asks one policy and adds what it says.
func (p *policy) judge(ctx context.Context, doc *document, r *Report) error {
	if p.meta.Scope == "change" {
		found, err := p.ask(ctx, doc, "")
		if err != nil {
			return err
		}
		for i := range found {
			found[i].Status = "change"
		}
		r.Findings = append(r.Findings, found...)
		return nil
	}
	before, err := p.ask(ctx, doc, "before")
	if err != nil {
		return fmt.Errorf("before: %w", err)
	}
	after, err := p.ask(ctx, doc, "after")
	if err != nil {
		return fmt.Errorf("after: %w", err)
	}
	c := compare(before, after)
	r.Findings = append(r.Findings, c.findings...)
	r.Standing = append(r.Standing, c.standing...)
	r.Resolved = append(r.Resolved, c.resolved...)
	return nil
}

// ask evaluates a policy over one side.
func (p *policy) ask(ctx context.Context, doc *document, side string) ([]Finding, error) {
	rs, err := p.query.Eval(ctx, rego.EvalParsedInput(doc.value(side)), rego.EvalSortSets(true))
	if err != nil {
		return nil, err
	}
	if len(rs) != 1 {
		return nil, errors.New("its set of findings is undefined")
	}
	list, ok := rs[0].Bindings["findings"].([]any)
	if !ok {
		return nil, errors.New("its findings are not a set")
	}
	out := make([]Finding, 0, len(list))
	for _, x := range list {
		f, err := p.decode(x)
		if err != nil {
			return nil, fmt.Errorf("%s: malformed finding: %w", p.meta.File, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// notApplied says why a policy is not asked; "" when it is.
func (p *policy) notApplied(in *Input) string {
	if p.meta.Disabled {
		return "disabled in routegate.yaml"
	}
	n := &in.Network
	have := map[string]bool{
		"owned":      len(n.Owned) > 0,
		"relations":  len(n.Relations) > 0,
		"protect":    n.Protected,
		"management": len(n.Management.Stations) > 0 || len(n.Management.Prefixes) > 0,
		"failures":   n.Failures,
		"intent":     in.Intent.Declared,
		needWaivers:  true, // without any they find nothing
		"rpki":       n.RPKI.File != "",
		"demands":    n.Demands,
		"capacity":   n.Capacities,
		"flowspec":   n.FlowSpec,
		"services":   n.Services,
	}
	for _, need := range p.meta.Needs {
		switch {
		case have[need]:
		case need == "failures":
			return "needs failures in routegate.yaml, or --failures"
		case need == "intent":
			return "needs the change's declared intent: change.yaml, or --change"
		case need == "capacity":
			return "needs capacity of what is protected in routegate.yaml"
		default:
			return fmt.Sprintf("needs %s in routegate.yaml", need)
		}
	}
	return ""
}

// sortFindings puts the gravest first, then by policy, key and message.
func sortFindings(list []Finding) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		if x, y := levelRank[a.Level], levelRank[b.Level]; x != y {
			return x > y
		}
		if a.Policy != b.Policy {
			return a.Policy < b.Policy
		}
		if a.Key != b.Key {
			return a.Key < b.Key
		}
		return a.Message < b.Message
	})
}

// Digest is SHA-256 over all modules, parameters and settings, as a Report has it.
func (e *Engine) Digest() string { return e.digest }
