package canary

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Draw draws the waves: the first canary of each role, each by itself; then the rest, role by role and within a role site
// by site, several at a time. Two members of one redundancy group are never in one wave, and a wave whose routers could not all be
// lost at once is made smaller. A router whose loss alone the protected prefixes do not survive is an error, unless it
// is among accepted.
//
// routers are sorted by name; most bounds a wave after the canaries.
func Draw(ctx context.Context, routers []Router, most int, accepted []string, p Predictor) ([]Wave, error) {
	d := drawer{ctx: ctx, predictor: p, accepted: accepted}
	rest := slices.Clone(routers)
	byRole := func(a, b Router) int {
		if c := strings.Compare(a.Role, b.Role); c != 0 {
			return c
		}
		if c := strings.Compare(a.Site, b.Site); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	}
	slices.SortStableFunc(rest, byRole)
	met := map[string]bool{}
	var others []Router
	for _, r := range rest {
		if met[r.Role] {
			others = append(others, r)
			continue
		}
		met[r.Role] = true
		why := "first canary of role " + r.Role
		if r.Role == "" {
			why = "first canary of the routers without a role"
		}
		if err := d.add([]Router{r}, why); err != nil {
			return nil, err
		}
	}
	for len(others) > 0 {
		wave, left := pick(others, max(most, 1))
		for {
			lost, err := d.loses(wave)
			if err != nil {
				return nil, err
			}
			if len(lost) == 0 || len(wave) == 1 {
				break
			}
			// Half of it, and the other half later, in its order.
			half := (len(wave) + 1) / 2
			left = append(slices.Clone(wave[half:]), left...)
			wave = wave[:half]
		}
		if err := d.add(wave, "role "+orNone(wave[0].Role)); err != nil {
			return nil, err
		}
		slices.SortStableFunc(left, byRole)
		others = left
	}
	return d.waves, nil
}

func orNone(role string) string {
	if role == "" {
		return "(none)"
	}
	return role
}

// pick takes the next wave from the front: one role, no two of one redundancy group.
func pick(from []Router, most int) (wave, left []Router) {
	groups := map[string]bool{}
	for _, r := range from {
		if len(wave) == most || len(wave) > 0 && r.Role != wave[0].Role || r.Group != "" && groups[r.Group] {
			left = append(left, r)
			continue
		}
		groups[r.Group] = true
		wave = append(wave, r)
	}
	return wave, left
}

type drawer struct {
	ctx       context.Context
	predictor Predictor
	accepted  []string
	applied   []string
	waves     []Wave
}

// loses is what the loss of a wave would take away, those left out whose loss is accepted.
func (d *drawer) loses(wave []Router) ([]string, error) {
	var names []string
	for _, r := range wave {
		if !slices.Contains(d.accepted, r.Name) {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return d.predictor.Loses(d.ctx, d.applied, names)
}

func (d *drawer) add(wave []Router, why string) error {
	lost, err := d.loses(wave)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range wave {
		names = append(names, r.Name)
	}
	if len(lost) > 0 {
		more := ""
		if n := len(lost) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more losses)", n)
		}
		return fmt.Errorf("%s cannot be a wave: without it %s%s; give what it protects another way, or accept the loss with --accept-loss %s",
			strings.Join(names, ", "), lost[0], more, strings.Join(names, ","))
	}
	d.waves = append(d.waves, Wave{Routers: slices.Sorted(slices.Values(names)), Why: why})
	d.applied = append(d.applied, names...)
	return nil
}
