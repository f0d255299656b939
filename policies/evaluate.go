package policies

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/rego"
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
}

// NotApplied is a policy that has nothing to say here.
type NotApplied struct {
	Policy string
	Why    string // "needs relations in routegate.yaml", "disabled in routegate.yaml"
}

// Evaluate asks every policy. The error is only ctx's: what goes wrong in a policy is in
// Report.Errors, also when the time runs out.
func (e *Engine) Evaluate(ctx context.Context, in *Input) (*Report, error) {
	limited, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	doc := newDocument(in, e.params)
	r := &Report{Digest: e.digest}
	for _, p := range e.policies {
		if why := p.notApplied(in); why != "" {
			r.NotApplied = append(r.NotApplied, NotApplied{p.meta.ID, why})
			continue
		}
		err := p.judge(limited, doc, r)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("policy %s: %w", p.meta.ID, ctx.Err())
		}
		if limited.Err() != nil {
			err = fmt.Errorf("no answer within %s", e.timeout)
		}
		if err != nil {
			r.Errors = append(r.Errors, PolicyError{p.meta.ID, strings.ReplaceAll(err.Error(), "\n", "; ")})
			continue
		}
		r.Evaluated = append(r.Evaluated, p.meta.ID)
	}
	for _, list := range [][]Finding{r.Findings, r.Standing, r.Resolved} {
		sortFindings(list)
	}
	return r, nil
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
			return nil, fmt.Errorf("malformed finding: %w", err)
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
	}
	for _, need := range p.meta.Needs {
		if !have[need] {
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
