package gate

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/policies"
)

// Waiver is a waiver of the proposed side's waivers.yaml, with what it lifts.
type Waiver struct {
	// Its name, unique in the file.
	Name string `json:"name"`
	// The policy whose findings it lifts.
	Policy string `json:"policy"`
	// The routers that it is for; empty: any.
	Routers []string `json:"routers"`
	// The neighbors that it is for; empty: any.
	Neighbors []string `json:"neighbors"`
	// The sets of prefixes that it is for; empty: any.
	Prefixes []string `json:"prefixes"`
	// Why.
	Reason string `json:"reason"`
	// Who answers for it.
	Owner string `json:"owner"`
	// The second person; empty for none.
	ApprovedBy string `json:"approved_by"`
	// The last day on which it holds, in UTC.
	Expires string `json:"expires"`
	// That day is over: it lifts nothing.
	Expired bool `json:"expired"`
	// The change brings it, or alters it.
	New bool `json:"new"`
	// How many findings it lifts, standing ones among them.
	Lifts int `json:"lifts"`
	// Why it lifts nothing; empty where it does.
	Why string `json:"why"`
	// Its lines.
	Source *Source `json:"source,omitempty"`
}

// defaultWaiverDays is how far ahead a waiver may expire where policy.max-waiver-days says nothing.
const defaultWaiverDays = 365

// waiverDays is the limit of the side that runs: a change must not raise it for the waiver that it brings along.
func (p *pipeline) waiverDays() int {
	return cmp.Or(p.snapshots[0].Network.Env.Policy.MaxWaiverDays, defaultWaiverDays)
}

// knownWaivers refuses a waiver for a policy or a router that does not exist, which would lift nothing, and nobody would know why; and one that holds for too long.
func (p *pipeline) knownWaivers(e *policies.Engine) error {
	file := p.snapshots[1].Waivers
	if file == nil {
		return nil
	}
	var ids []string
	for _, m := range e.Policies() {
		ids = append(ids, m.ID)
	}
	var routers []string // of either side: what goes may be waived
	for _, s := range p.snapshots {
		for _, r := range s.Network.Routers {
			routers = append(routers, r.Name)
		}
	}
	for i := range file.Waivers {
		if w := &file.Waivers[i]; !slices.Contains(ids, w.Policy) {
			return fmt.Errorf("after: %w", w.UnknownPolicy(ids))
		}
		if err := file.Waivers[i].TooFarAhead(p.o.now(), p.waiverDays()); err != nil {
			return fmt.Errorf("after: %w", err)
		}
		for _, name := range file.Waivers[i].Routers {
			if !slices.Contains(routers, name) {
				return fmt.Errorf("after: %w", file.Waivers[i].UnknownRouter(name, routers))
			}
		}
	}
	return nil
}

// waive lifts the findings that waivers are for, and asks the policies about waivers.
func (p *pipeline) waive(ctx context.Context, v *Verdict, e *policies.Engine, in *policies.Input) error {
	file := p.snapshots[1].Waivers
	if file == nil || len(file.Waivers) == 0 {
		return nil
	}
	now := p.o.now()
	fresh := map[string]bool{}
	for _, c := range waiverChanges(p.snapshots[0].Waivers, file) {
		fresh[c.Name] = c.Kind != "removed"
	}
	in.Waivers = []policies.WaiverFacts{}
	for i := range file.Waivers {
		w := &file.Waivers[i]
		x := Waiver{
			Name: w.Name, Policy: w.Policy, Routers: names(w.Routers), Neighbors: names(w.Neighbors), Prefixes: []string{}, Reason: w.Reason, Owner: w.Owner,
			ApprovedBy: w.ApprovedBy, Expires: w.Expires.Format(time.DateOnly), Expired: w.Expired(now), New: fresh[w.Name],
		}
		for _, r := range w.Prefixes {
			x.Prefixes = append(x.Prefixes, config.RangeText(r))
		}
		if s, ok := p.quoters.after.source(w.Span); ok {
			x.Source = &s
		}
		x.lift(w, v)
		v.Waivers = append(v.Waivers, x)
		in.Waivers = append(in.Waivers, policies.WaiverFacts{
			Name: x.Name, Policy: x.Policy, Routers: x.Routers, Neighbors: x.Neighbors, Prefixes: x.Prefixes, Reason: x.Reason, Owner: x.Owner, ApprovedBy: x.ApprovedBy,
			Expires: x.Expires, Expired: x.Expired, New: x.New, Lifts: x.Lifts, Why: x.Why, Span: p.after.span(w.Span),
		})
	}
	r, err := e.EvaluateWaivers(ctx, in)
	if err != nil {
		return err
	}
	p.collect(v, e, r)
	slices.SortStableFunc(v.NotApplied, func(a, b NotApplied) int { return strings.Compare(a.Policy, b.Policy) })
	return nil
}

// lift lifts what a waiver is for and can lift. Hard findings it cannot, and soft ones only with a second person's name.
func (x *Waiver) lift(w *config.Waiver, v *Verdict) {
	met, hard, alone := 0, 0, 0
	for _, list := range [][]Finding{v.Findings, v.Standing} {
		for i := range list {
			f := &list[i]
			if f.Waived != "" || !waives(w, f) {
				continue
			}
			met++
			switch {
			case f.Level != "soft" && f.Level != "advisory" && f.Level != "shadow":
				hard++
			case f.Level == "soft" && x.ApprovedBy == "":
				alone++
			case !x.Expired:
				f.Waived, f.Denies = w.Name, false
				x.Lifts++
			}
		}
	}
	switch {
	case x.Lifts > 0:
	case x.Expired:
		x.Why = "it has expired"
	case met == 0:
		x.Why = fmt.Sprintf("%s has no finding that it is for", x.Policy)
	case alone > 0:
		x.Why = "a soft finding needs approved-by, a second person's name"
	case hard > 0:
		x.Why = "a hard finding cannot be waived"
	}
}

// waives reports whether a finding lies within a waiver: nothing that it names is outside. Of prefixes a finding names the first ones
// only; where it is about more, it is not known to lie within, and does not.
func waives(w *config.Waiver, f *Finding) bool {
	if f.Policy != w.Policy {
		return false
	}
	within := func(named, allowed []string) bool {
		return len(allowed) == 0 || len(named) > 0 && !slices.ContainsFunc(named, func(s string) bool { return !slices.Contains(allowed, s) })
	}
	if !within(f.Routers, w.Routers) || !within(f.Neighbors, w.Neighbors) {
		return false
	}
	if len(w.Prefixes) == 0 {
		return true
	}
	var index rangeIndex
	for _, r := range w.Prefixes {
		index.add(r)
	}
	return len(f.Prefixes) > 0 && f.Count <= len(f.Prefixes) && !slices.ContainsFunc(f.Prefixes, func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return err != nil || len(index.of(p)) == 0
	})
}

// waiverChanges are the waivers that a change brings, alters or takes away: they are seen with it.
func waiverChanges(before, after *config.WaiverFile) []Change {
	out := []Change{}
	add := func(name, kind, verb string) {
		out = append(out, Change{Path: "environment/waiver " + name, Kind: kind, Object: "environment", Name: name, HasEffect: true,
			Summary: fmt.Sprintf("waiver %s %s", name, verb), Members: []string{}, Sources: []Source{}})
	}
	was := map[string]config.Waiver{}
	if before != nil {
		for _, w := range before.Waivers {
			was[w.Name] = w
		}
	}
	if after != nil {
		for _, w := range after.Waivers {
			old, stood := was[w.Name]
			delete(was, w.Name)
			old.Span = w.Span
			switch {
			case !stood:
				add(w.Name, "added", "is new")
			case fmt.Sprint(old) != fmt.Sprint(w):
				add(w.Name, "modified", "is altered")
			}
		}
	}
	if before != nil {
		for _, w := range before.Waivers {
			if _, gone := was[w.Name]; gone {
				add(w.Name, "removed", "is removed")
			}
		}
	}
	return out
}

// waivedToPass counts the policies whose findings would refuse the change if no waiver lifted them.
func (v *Verdict) waivedToPass() int {
	broken := map[string]bool{}
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Waived != "" && f.Level == "soft" {
			broken[f.Policy] = true
		}
	}
	return len(broken)
}
