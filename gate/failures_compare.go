package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/failures"
)

// FailureKinds are the single failures that a check tries.
type FailureKinds struct{ Links, Routers bool }

// FailureWords are what a person may write for them.
func FailureWords() []string { return []string{"links", "routers", "none"} }

// ParseFailures reads what a person wrote: links, routers, or none alone. Nothing written is nil.
func ParseFailures(words []string) (*FailureKinds, error) {
	if len(words) == 0 {
		return nil, nil
	}
	var k FailureKinds
	for _, w := range words {
		switch w {
		case "links":
			k.Links = true
		case "routers":
			k.Routers = true
		case "none":
			if len(words) > 1 {
				return nil, fmt.Errorf("%q stands alone", w)
			}
		default:
			return nil, fmt.Errorf("%q: want links, routers or none", w)
		}
	}
	return &k, nil
}

// maxLosing bounds the routers that are named for one loss.
const maxLosing = 10

// kinds are the failures that are asked for: on the command line or, where that says nothing, in routegate.yaml. What
// either side asks for is tried: a change cannot switch off what would catch it.
func (p *pipeline) kinds() failures.Kinds {
	if x := p.o.Failures; x != nil {
		return failures.Kinds{Links: x.Links, Routers: x.Routers}
	}
	a, b := p.before.net.Env.Failures, p.after.net.Env.Failures
	return failures.Kinds{Links: a.Links || b.Links, Routers: a.Routers || b.Routers}
}

// failures tries every single failure on both sides, and compares what it loses. What is protected after the change is
// asked for on both.
func (p *pipeline) failures(ctx context.Context) (before, after []policies.FailureFacts, err error) {
	k := p.kinds()
	if !k.Any() || len(p.after.net.Env.Protect) == 0 {
		return []policies.FailureFacts{}, []policies.FailureFacts{}, nil
	}
	if k.Links {
		p.tried.Asked = append(p.tried.Asked, "links")
	}
	if k.Routers {
		p.tried.Asked = append(p.tried.Asked, "routers")
	}
	protect, whole, workers := p.after.net.Env.Protect, p.o.WholeFailures, p.o.Workers
	sides := []*side{p.before, p.after}
	err = p.compute(ctx, "failures", func() func() {
		var surveys [2]*survey
		for i, s := range sides {
			v, err := s.surveyed(ctx, protect, k, whole, workers, func(done, total int) {
				p.progress("failures", i*total+done, 2*total)
			})
			if err != nil {
				return func() {} // ctx has ended: the stage says so
			}
			surveys[i] = v
		}
		c := compareSurveys(surveys[0], surveys[1])
		return func() {
			p.tried.Known, p.tried.Before, p.tried.After, p.tried.Losses = true, surveys[0].counts, surveys[1].counts, c.losses
			before, after = c.before, c.after
		}
	})
	return before, after, err
}

func emptyFailures() Failures { return Failures{Asked: []string{}, Losses: []FailureLoss{}} }

// comparedSurveys is what policies and the document say of the losses of both sides.
type comparedSurveys struct {
	losses        []FailureLoss
	before, after []policies.FailureFacts
}

func compareSurveys(before, after *survey) comparedSurveys {
	c := comparedSurveys{losses: []FailureLoss{}, before: []policies.FailureFacts{}, after: []policies.FailureFacts{}}
	was := pairFailures(before.list, after.list)
	met := map[int]bool{} // of before: compared
	for i := range after.list {
		j, both := was[i]
		if both {
			met[j] = true
		}
		f := &after.list[i]
		out := FailureLoss{Failure: f.String(), Kind: kindOf(f), Routers: f.Routers(), Status: "standing", Lost: []FailureLost{}}
		old := 0
		for k := range after.lost[i] {
			l := &after.lost[i][k]
			lost := after.lostOf(l)
			for _, r := range l.losing {
				if before.loses(j, both, l, r) {
					lost.CountBefore++
				}
			}
			if lost.CountBefore > 0 {
				old++
			}
			if lost.CountBefore < lost.Count {
				out.Status = "worse"
			}
			out.Lost = append(out.Lost, lost)
			x := factsOf(&out, &lost)
			x.Span = after.side.span(after.goals[l.goal].protected.Span)
			c.after = append(c.after, x)
			if x.Count = lost.CountBefore; x.Count > 0 {
				c.before = append(c.before, x)
			}
		}
		switch {
		case len(out.Lost) == 0 && both && len(before.lost[j]) > 0:
			out.Status = "mended"
			for k := range before.lost[j] {
				lost := before.lostOf(&before.lost[j][k])
				lost.Count, lost.CountBefore = 0, lost.Count
				out.Lost = append(out.Lost, lost)
			}
		case len(out.Lost) == 0:
			continue
		case old == 0:
			out.Status = "new"
		}
		c.losses = append(c.losses, out)
	}
	slices.SortStableFunc(c.losses, func(a, b FailureLoss) int { return cmp.Compare(lossRank[a.Status], lossRank[b.Status]) })
	return c
}

var lossRank = map[string]int{"new": 0, "worse": 1, "standing": 2, "mended": 3}

func kindOf(f *failures.Failure) string {
	if f.Router != "" {
		return "router"
	}
	return "link"
}

// pairFailures finds for each failure the one that it was before the change: of the same name or, for a link that has other interfaces
// now, one between the same routers that is gone.
func pairFailures(before, after []failures.Failure) map[int]int {
	out := map[int]int{}
	names, paired := map[string]int{}, map[int]bool{}
	for j := range before {
		names[before[j].String()] = j
	}
	for i := range after {
		if j, ok := names[after[i].String()]; ok {
			out[i], paired[j] = j, true
		}
	}
	gone := map[string][]int{}
	between := func(f *failures.Failure) string { return kindOf(f) + " " + strings.Join(f.Routers(), " ") }
	for j := range before {
		if !paired[j] {
			gone[between(&before[j])] = append(gone[between(&before[j])], j)
		}
	}
	for i := range after {
		if _, ok := out[i]; ok {
			continue
		}
		if list := gone[between(&after[i])]; len(list) > 0 {
			out[i], gone[between(&after[i])] = list[0], list[1:]
		}
	}
	return out
}

// loses reports whether a router does not reach what it loses on the other side: in the same failure, or whatever fails.
func (v *survey) loses(failure int, known bool, l *loss, router string) bool {
	if v.goals[l.goal].broken[sourceRouter{l.source, router}] {
		return true
	}
	if !known {
		return false
	}
	for k := range v.lost[failure] {
		if x := &v.lost[failure][k]; x.goal == l.goal && x.source == l.source {
			return slices.Contains(x.losing, router)
		}
	}
	return false
}

func (v *survey) lostOf(l *loss) FailureLost {
	g := &v.goals[l.goal]
	return FailureLost{Name: g.protected.Name, Prefix: g.prefix.String(), Source: l.source, Losing: names(l.losing[:min(len(l.losing), maxLosing)]), Count: len(l.losing),
		Outcome: l.outcome, At: l.at, Path: v.before(l), Drop: names(l.drop)}
}

func factsOf(f *FailureLoss, l *FailureLost) policies.FailureFacts {
	return policies.FailureFacts{Failure: f.Failure, Kind: f.Kind, Routers: f.Routers, Name: l.Name, Prefix: l.Prefix, Source: l.Source, Losing: l.Losing,
		Count: l.Count, Outcome: l.Outcome, At: l.At, Path: l.Path, Drop: l.Drop}
}
