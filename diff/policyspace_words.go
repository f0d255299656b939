package diff

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// spaceChange puts a comparison into words.
func spaceChange(router string, u *use, cmp *policy.Comparison) SpaceChange {
	s := SpaceChange{Router: router, Path: u.path, Name: sideText(&u.after), Grew: cmp.Grew, Shrank: cmp.Shrank, Alters: cmp.Alters,
		Complete: cmp.Complete, Probes: cmp.Probes, BeforeSpan: u.beforeSpan, AfterSpan: u.afterSpan}
	if s.Name == "" {
		s.Name = sideText(&u.before)
	}
	s.GrewBy, s.ShrankBy, s.AltersBy = witness(cmp.GrewBy), witness(cmp.ShrankBy), witness(cmp.AltersBy)
	for _, d := range cmp.Uncertain {
		s.Uncertain = append(s.Uncertain, d.Why)
	}
	sort.Strings(s.Uncertain)
	s.Uncertain = compact(s.Uncertain)
	s.Summary = summary(u.noun, sideText(&u.before), sideText(&u.after), &s, cmp.Why)
	return s
}

func compact(list []string) []string {
	var out []string
	for i, x := range list {
		if i == 0 || list[i-1] != x {
			out = append(out, x)
		}
	}
	return out
}

// sideText names what stands on one side: filters and chain.
func sideText(s *policy.Side) string {
	var f []string
	for _, x := range s.Filters {
		f = append(f, x.String())
	}
	if t := chainText(s.Chain); t != "" {
		f = append(f, t)
	}
	return strings.Join(f, ", ")
}

// summary is the one sentence.
func summary(noun, before, after string, s *SpaceChange, why string) string {
	name := after
	switch {
	case before == "":
		name = after + " (nothing before)"
	case after == "":
		name = "no policy (" + before + " before)"
	case before != after:
		name = after + " (" + before + " before)"
	}
	if noun != "policy "+after {
		noun += ": " + name
	}
	var t []string
	if s.Grew {
		t = append(t, "accepts more routes, for example "+s.GrewBy.text())
	}
	if s.Shrank {
		t = append(t, "accepts fewer routes, for example no longer "+s.ShrankBy.text())
	}
	if s.Alters {
		t = append(t, "changes routes in another way, for example "+s.AltersBy.text())
	}
	if len(t) == 0 {
		return fmt.Sprintf("%s: no difference found on %s; %s", noun, plural(s.Probes, "representative route"), why)
	}
	return noun + " " + strings.Join(t, "; and ")
}

// text is the witness in a sentence: what happened to the route, and what does now.
func (w *SpaceWitness) text() string {
	return fmt.Sprintf("%s: %s, and now %s", w.Route, w.Before, w.After)
}

func witness(w *policy.Witness) *SpaceWitness {
	if w == nil {
		return nil
	}
	return &SpaceWitness{Route: routeText(&w.Route), Before: outcomeText(&w.Route, &w.Before), After: outcomeText(&w.Route, &w.After),
		BeforeSpan: w.Before.By, AfterSpan: w.After.By}
}

// routeText describes a route by its prefix and what stands out of it.
func routeText(r *policy.Route) string {
	t := r.Prefix.String()
	a := *r.Attributes
	a.NextHop = netip.Addr{}
	if s := attributesText(&a); s != "" {
		t += " with " + s
	}
	if r.Direction == policy.Redistribute && r.Protocol != network.Connected {
		t += " from " + r.Protocol.String()
	}
	return t
}

// outcomeText says what happens to a route, and by what.
func outcomeText(in *policy.Route, r *policy.Result) string {
	verb := map[network.Disposition]string{network.Accept: "accepted", network.Reject: "refused", network.Next: "left to the next policy"}[r.Disposition]
	switch {
	case !r.Default && len(r.Matched) > 0:
		verb += " by " + r.Matched[len(r.Matched)-1].String()
	case r.Default && r.What == "":
		verb += " by default"
	case r.Default:
		verb += " by " + r.What
	}
	if r.Disposition == network.Reject {
		return verb
	}
	if c := changesText(in, &r.Route); c != "" {
		verb += " with " + c
	}
	return verb
}

// changesText lists the attributes that a policy changed.
func changesText(in, out *policy.Route) string {
	var none network.PathAttributes
	b, a := in.Attributes, out.Attributes
	if b == nil {
		b = &none
	}
	if a == nil {
		a = &none
	}
	var t []string
	for _, f := range fields(b, a) {
		v := value(f.Last, f.After)
		if v == "" {
			v = "none"
		}
		if f.Last == "HasMED" || f.Last == "HasLocalPref" {
			continue
		}
		name := map[string]string{"LocalPref": "local preference", "MED": "metric", "ASPath": "AS path"}[f.Last]
		if name == "" {
			name = strings.ReplaceAll(f.Path, "-", " ")
		}
		t = append(t, name+" "+v)
	}
	if out.MetricType != in.MetricType {
		t = append(t, fmt.Sprintf("metric type %d", out.MetricType))
	}
	if out.Distance != in.Distance {
		t = append(t, fmt.Sprintf("distance %d", out.Distance))
	}
	return strings.Join(t, ", ")
}

// prefixSpace puts the exact difference of two prefix lists into words.
func prefixSpace(router string, b, a *network.PrefixSet, d policy.PrefixDiff) SpaceChange {
	s := SpaceChange{Router: router, Path: prefixSetPath(a), Name: a.Kind.String() + " " + a.Name, Grew: d.Grew.IsValid(), Shrank: d.Shrank.IsValid(),
		Complete: true, BeforeSpan: b.Span, AfterSpan: a.Span}
	w := func(p netip.Prefix) *SpaceWitness {
		tb, sb := listText(b, p)
		ta, sa := listText(a, p)
		return &SpaceWitness{Route: p.String(), Before: tb, After: ta, BeforeSpan: sb, AfterSpan: sa}
	}
	if s.Grew {
		s.GrewBy = w(d.Grew)
	}
	if s.Shrank {
		s.ShrankBy = w(d.Shrank)
	}
	s.Summary = summary(s.Name, s.Name, s.Name, &s, "")
	s.Summary = strings.Replace(s.Summary, s.Name+": "+s.Name, s.Name, 1)
	return s
}

// listText says what a prefix list does to a prefix, and which entry decides.
func listText(s *network.PrefixSet, p netip.Prefix) (string, network.Span) {
	for _, e := range s.Entries {
		if e.Contains(p) {
			verb := "accepted"
			if e.Deny {
				verb = "refused"
			}
			return fmt.Sprintf("%s by entry %d", verb, e.Sequence), e.Span
		}
	}
	if len(s.Entries) == 0 && s.EmptyAccepts {
		return "accepted by the empty list", s.Span
	}
	return "refused by default", s.Span
}
