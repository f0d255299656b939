package gate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing"
)

// notUnderstood is the library's policy about lines outside of the model that a change touches.
// Where it answers (also with a level that routegate.yaml sets), the gate leaves the matter to
// it; where it does not, the gate itself says unknown.
const notUnderstood = "gate/not-understood"

// report writes what the policies say into the document.
func (p *pipeline) report(v *Verdict, e *policies.Engine, r *policies.Report) {
	p.collect(v, e, r)
	if !slices.Contains(r.Evaluated, notUnderstood) {
		v.Unknowns = append(v.Unknowns, p.ledgerReasons()...)
	}
}

// collect adds what policies say to the document.
func (p *pipeline) collect(v *Verdict, e *policies.Engine, r *policies.Report) {
	own := 0
	for _, m := range e.Policies() {
		if m.User && slices.Contains(r.Evaluated, m.ID) {
			own++
		}
	}
	v.Policies = PolicySet{Evaluated: v.Policies.Evaluated + len(r.Evaluated), Own: v.Policies.Own + own, Digest: r.Digest}
	for _, n := range r.NotApplied {
		v.NotApplied = append(v.NotApplied, NotApplied{n.Policy, n.Why})
	}
	for _, x := range r.Errors {
		v.Unknowns = append(v.Unknowns, Reason{Kind: ReasonPolicyError, Policy: x.Policy, Message: fmt.Sprintf("policy %s gave no answer: %s", x.Policy, x.Message),
			Routers: []string{}, Sources: []Source{}, Hint: "a policy that fails says neither yes nor no; mend it, or disable it in routegate.yaml"})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Level == "unknown" {
			kind := ReasonPolicy
			if f.Policy == notUnderstood {
				kind = ReasonNotModelled
			}
			v.Unknowns = append(v.Unknowns, Reason{Kind: kind, Policy: f.Policy, Message: f.Message, Routers: names(f.Routers), Sources: p.quoters.policySpans(f.Spans), Hint: f.Hint})
			continue
		}
		v.Findings = append(v.Findings, p.finding(f, f.Level == "hard" || f.Level == "soft"))
	}
	strict := p.snapshots[1].Network.Env.Policy.StandingDenies
	for i := range r.Standing {
		f := &r.Standing[i]
		v.Standing = append(v.Standing, p.finding(f, strict && (f.Level == "hard" || f.Level == "soft" || f.Level == "unknown")))
	}
}

func (p *pipeline) finding(f *policies.Finding, denies bool) Finding {
	out := Finding{
		Policy: f.Policy, Title: f.Title, Level: f.Level, Status: f.Status, Denies: denies, Declared: p.intent.declares(f), Message: f.Message,
		Routers: names(f.Routers), Neighbors: names(f.Neighbors), Prefixes: names(f.Prefixes), Count: f.Count,
		Sources: p.quoters.policySpans(f.Spans), Values: []Value{}, Proof: names(f.Proof), Hint: f.Hint, Page: f.Policy, Doubts: p.doubts(f.Routers),
	}
	for _, x := range f.Values {
		out.Values = append(out.Values, Value(x))
	}
	return out
}

// doubts names the lines outside of the model on the routers of a finding that could make it wrong.
func (p *pipeline) doubts(routers []string) []string {
	out := []string{}
	for _, c := range p.config.NotModelled {
		if !slices.Contains(routers, c.Router) {
			continue
		}
		var what []string
		for _, a := range c.Affects {
			if a != network.AffectsOther {
				what = append(what, a.String())
			}
		}
		if len(what) > 0 {
			out = append(out, fmt.Sprintf("%s has lines that are not modelled and that may affect %s", c.Router, strings.Join(what, ", ")))
		}
	}
	return out
}

// ledgerReasons says, by router, which lines outside of the model the change touches.
func (p *pipeline) ledgerReasons() []Reason {
	var by groups[string, Reason]
	for i := range p.config.Ledger {
		l := &p.config.Ledger[i]
		r, old := by.get(l.Router)
		if !old {
			*r = Reason{Kind: ReasonNotModelled, Routers: []string{l.Router}, Hint: "the gate cannot say what these lines do"}
		}
		r.Sources = append(r.Sources, ledgerLine(l, p.quoters).Source)
		r.Message = fmt.Sprintf("%s: the change touches %d lines that are not modelled", l.Router, len(r.Sources))
	}
	return by.values()
}

// divergence says which side does not settle.
func (p *pipeline) divergence() []Reason {
	var out []Reason
	for _, s := range []*side{p.before, p.after} {
		if s == nil || s.res.Converged {
			continue
		}
		var prefixes []string
		for _, x := range s.res.OscillatingPrefixes {
			prefixes = append(prefixes, x.String())
		}
		if len(prefixes) > 5 {
			prefixes = append(prefixes[:5], fmt.Sprintf("and %d more", len(s.res.OscillatingPrefixes)-5))
		}
		out = append(out, Reason{Kind: ReasonDiverges, Routers: names(s.res.Oscillating), Sources: []Source{},
			Message: fmt.Sprintf("%s the change the network does not converge: %s never settle on %s", s.name, strings.Join(s.res.Oscillating, ", "), strings.Join(prefixes, ", ")),
			Hint:    "policies of several routers contradict each other; routers would change their routes for ever"})
	}
	return out
}

// uncertainties are reasons not to trust the result that the change brings in: a reason that stood
// before is a warning, and so is arrival order, unless it decides about a protected prefix.
func (p *pipeline) uncertainties() []Reason {
	was := map[routing.Uncertainty]bool{}
	for _, u := range p.before.res.Uncertain {
		u.Span = network.Span{}
		was[u] = true
	}
	var reasons groups[string, Reason]
	var decisive, warnings groups[string, counted]
	for _, u := range p.after.res.Uncertain {
		key := u
		key.Span = network.Span{}
		if was[key] || u.Arrival && !p.protects(u.Prefix) {
			w, old := warnings.get(u.Why)
			if !old {
				w.why = u.Why
			}
			w.add(u)
			continue
		}
		if u.Arrival {
			d, _ := decisive.get(u.Why)
			d.why = u.Why
			d.add(u)
			continue
		}
		r, old := reasons.get(u.Router + u.Why)
		if !old {
			*r = Reason{Kind: ReasonUncertain, Routers: []string{u.Router}, Sources: p.quoters.after.sources(u.Span), Message: u.Router + ": " + u.Why,
				Hint: "what the routers do here cannot be told from their configuration alone"}
			if u.Prefix.IsValid() {
				r.Message += fmt.Sprintf(" (%s)", u.Prefix)
			}
		}
	}
	for _, w := range warnings.values() {
		p.out.Warnings = append(p.out.Warnings, w.String())
	}
	out := reasons.values()
	for _, d := range decisive.values() {
		out = append(out, Reason{Kind: ReasonUncertain, Routers: d.routers, Sources: []Source{}, Message: d.String(),
			Hint: "protected prefixes must not depend on which route comes first: make one of the routes preferred"})
	}
	return out
}

// counted is one reason for doubt with the places that it concerns.
type counted struct {
	why      string
	routers  []string
	prefixes map[netip.Prefix]bool
	example  netip.Prefix
}

func (c *counted) add(u routing.Uncertainty) {
	if c.prefixes == nil {
		c.prefixes = map[netip.Prefix]bool{}
	}
	c.prefixes[u.Prefix] = true
	if !slices.Contains(c.routers, u.Router) {
		c.routers = append(c.routers, u.Router)
	}
	if !c.example.IsValid() {
		c.example = u.Prefix
	}
}

func (c *counted) String() string {
	where := c.routers[0]
	if len(c.routers) > 1 {
		where = fmt.Sprintf("%s and %d more routers", where, len(c.routers)-1)
	}
	if c.example.IsValid() {
		where += ", " + c.example.String()
	}
	if n := len(c.prefixes); n > 1 {
		where += fmt.Sprintf(" and %d more prefixes", n-1)
	}
	return fmt.Sprintf("%s (%s)", c.why, where)
}

// protects reports whether the prefix overlaps a protected one.
func (p *pipeline) protects(x netip.Prefix) bool {
	for _, s := range p.after.net.Env.Protect {
		for _, q := range s.Prefixes {
			if x.IsValid() && x.Overlaps(q) && x.Bits() > 0 {
				return true
			}
		}
	}
	return false
}

// decide counts, orders and concludes.
func (v *Verdict) decide() {
	levels := map[string]*int{"hard": &v.Counts.Hard, "soft": &v.Counts.Soft, "advisory": &v.Counts.Advisory, "shadow": &v.Counts.Shadow}
	for i := range v.Findings {
		if n := levels[v.Findings[i].Level]; n != nil {
			*n++
		}
		if v.Findings[i].Denies {
			v.Counts.Denying++
		}
	}
	v.Counts.Standing = len(v.Standing)
	for _, w := range v.Waivers {
		v.Counts.Waived += w.Lifts
	}
	for i := range v.Standing {
		if v.Standing[i].Denies {
			v.Counts.Denying++
		}
	}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(denyRank(a), denyRank(b)), cmp.Compare(gravity[a.Level], gravity[b.Level]), cmp.Compare(consequence(a), consequence(b)), cmp.Compare(statusRank[a.Status], statusRank[b.Status]))
	})
	switch {
	case v.Counts.Denying > 0:
		v.Verdict = Deny
	case len(v.Unknowns) > 0:
		v.Verdict = Unknown
	default:
		v.Verdict = Allow
	}
	v.Summary = v.summary()
}

var (
	gravity    = map[string]int{"hard": 0, "soft": 1, "advisory": 2, "shadow": 3}
	statusRank = map[string]int{"new": 0, "worse": 1, "change": 2}
)

// outcomes are the groups of policies about what a change does; the others are about how it is written.
var outcomes = []string{"blast", "leak", "management", "failure", "capacity"}

// consequence puts what happens before what is bad style.
func consequence(f Finding) int {
	if group, _, _ := strings.Cut(f.Policy, "/"); slices.Contains(outcomes, group) {
		return 0
	}
	return 1
}

func denyRank(f Finding) int {
	if f.Denies {
		return 0
	}
	return 1
}
