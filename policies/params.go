package policies

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
)

// check reports what is wrong with a parameter's declaration, and makes its default plain JSON.
func (p *Param) check() error {
	if p.Name == "" {
		return fmt.Errorf("custom.params: a parameter without a name")
	}
	v, err := p.accept(p.Default)
	if err != nil {
		return fmt.Errorf("custom.params: default of %s", err)
	}
	p.Default, p.Value = v, v
	return nil
}

// accept gives a value as JSON has it, if it is of the default's type and within the range.
func (p *Param) accept(v any) (any, error) {
	v, kind := plain(v)
	_, want := plain(p.Default)
	if want == "" {
		return nil, fmt.Errorf("%s is none of number, boolean, text, list of texts", p.Name)
	}
	if kind != want {
		return nil, fmt.Errorf("%s: a %s is needed, not %v", p.Name, want, v)
	}
	if n, ok := v.(float64); ok && p.Range != nil && (n < p.Range[0] || n > p.Range[1]) {
		return nil, fmt.Errorf("%s: %v is outside of %v to %v%s", p.Name, n, p.Range[0], p.Range[1], spaced(p.Unit))
	}
	return v, nil
}

func spaced(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}

// plain reduces what YAML, JSON or Go code give to JSON's own types, and names the kind.
func plain(v any) (any, string) {
	switch x := v.(type) {
	case bool:
		return x, "boolean"
	case string:
		return x, "text"
	case json.Number:
		if n, err := x.Float64(); err == nil {
			return n, "number"
		}
		return v, ""
	}
	r := reflect.ValueOf(v)
	switch {
	case !r.IsValid():
		return nil, ""
	case r.CanInt():
		return float64(r.Int()), "number"
	case r.CanUint():
		return float64(r.Uint()), "number"
	case r.CanFloat():
		return r.Float(), "number"
	case r.Kind() == reflect.Slice:
		list := []any{}
		for i := range r.Len() {
			s, ok := r.Index(i).Interface().(string)
			if !ok {
				return v, ""
			}
			list = append(list, s)
		}
		return list, "list of texts"
	}
	return v, ""
}

// resolveParams gives every parameter its value: the stated default, or what the user sets.
func resolveParams(policies []declared, given map[string]any) (map[string]any, error) {
	known := map[string]Param{}
	for _, d := range policies {
		for _, p := range d.meta.Params {
			if old, ok := known[p.Name]; ok && !reflect.DeepEqual(old, p) {
				return nil, fmt.Errorf("policy %s: parameter %s is declared otherwise by another policy", d.meta.ID, p.Name)
			}
			known[p.Name] = p
		}
	}
	out := map[string]any{}
	for name, p := range known {
		out[name] = p.Default
	}
	for _, name := range sortedKeys(given) {
		p, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("policy.params: %q is no parameter%s", name, didYouMean(name, sortedKeys(known)))
		}
		v, err := p.accept(given[name])
		if err != nil {
			return nil, fmt.Errorf("policy.params: %w", err)
		}
		out[name] = v
	}
	return out, nil
}

// applySettings writes parameters' values, levels and what is disabled into the policies.
func applySettings(policies []declared, params map[string]any, o Options) error {
	byID := map[string]*Meta{}
	for i := range policies {
		m := &policies[i].meta
		byID[m.ID] = m
		m.Params = append([]Param{}, m.Params...)
		for j := range m.Params {
			m.Params[j].Value = params[m.Params[j].Name]
		}
	}
	for _, id := range sortedKeys(o.Levels) {
		m, ok := byID[id]
		if !ok {
			return fmt.Errorf("policy.levels: %q is no policy%s", id, didYouMean(id, sortedKeys(byID)))
		}
		if err := oneOf("level", o.Levels[id], levelNames); err != nil {
			return fmt.Errorf("policy.levels: %s: %w", id, err)
		}
		m.Level = o.Levels[id]
	}
	for _, id := range sorted(o.Disabled) {
		m, ok := byID[id]
		if !ok {
			return fmt.Errorf("policy.disabled: %q is no policy%s", id, didYouMean(id, sortedKeys(byID)))
		}
		m.Disabled = true
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// didYouMean names the nearest known word, or all of them when none is near and they are few.
func didYouMean(got string, known []string) string {
	best, at := len(got)/2+1, ""
	for _, k := range known {
		if d := levenshtein.ComputeDistance(got, k); d < best {
			best, at = d, k
		}
	}
	switch {
	case at != "":
		return fmt.Sprintf(" (did you mean %q?)", at)
	case len(known) > 0 && len(known) <= 6:
		return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
	}
	return " (`routegate policy list` shows them all)"
}
