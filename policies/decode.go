package policies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
)

// maxPrefixes is how many prefixes a finding names; Count has the number of all.
const maxPrefixes = 10

// said is what a policy may say of a finding; the engine knows the rest.
type said struct {
	Level     string   `json:"level"` // at most the policy's; "": the policy's
	Key       string   `json:"key"`
	Measure   *float64 `json:"measure"`
	Message   string   `json:"message"`
	Routers   []string `json:"routers"`
	Neighbors []string `json:"neighbors"`
	Prefixes  []string `json:"prefixes"`
	Count     int      `json:"count"`
	Spans     []Span   `json:"spans"`
	Values    []Value  `json:"values"`
	Proof     []string `json:"proof"`
	Hint      string   `json:"hint"`
}

// decode makes a finding of what a policy gave, or says why it is none.
func (p *policy) decode(x any) (Finding, error) {
	if p.plain {
		sentence, err := plainSentence(x)
		return p.finding(said{Key: sentence, Message: sentence}), err
	}
	raw, err := json.Marshal(x)
	if err != nil {
		return Finding{}, err
	}
	if _, ok := x.(map[string]any); !ok {
		return Finding{}, fmt.Errorf("%.60s is no object with key and message", raw)
	}
	var s said
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Finding{}, shapeError(err)
	}
	switch {
	case s.Key == "":
		return Finding{}, errors.New("no key")
	case strings.TrimSpace(s.Message) == "":
		return Finding{}, fmt.Errorf("%s: no message", s.Key)
	}
	if s.Level != "" {
		if err := oneOf("level", s.Level, levelNames); err != nil {
			return Finding{}, fmt.Errorf("%s: %w", s.Key, err)
		}
	}
	return p.finding(s), nil
}

// shapeError says in words of the manual what encoding/json says in words of Go.
func shapeError(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		want := map[reflect.Kind]string{reflect.String: "a text", reflect.Slice: "a list", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Struct: "an object"}[kind.Type.Kind()]
		return fmt.Errorf("%s must be %s, and is of type %s", kind.Field, want, kind.Value)
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if strings.HasPrefix(text, "unknown field ") {
		var known []string
		for i := range reflect.TypeFor[said]().NumField() {
			known = append(known, reflect.TypeFor[said]().Field(i).Tag.Get("json"))
		}
		text += " (known: " + strings.Join(sorted(known), ", ") + ")"
	}
	return errors.New(text)
}

// finding adds what the engine knows, and brings lists into order.
func (p *policy) finding(s said) Finding {
	f := Finding{
		Policy: p.meta.ID, Level: p.meta.Level, Title: p.meta.Title,
		Key: s.Key, Measure: s.Measure, Message: s.Message, Count: s.Count, Hint: s.Hint,
		Routers: distinct(s.Routers), Neighbors: distinct(s.Neighbors), Prefixes: orderPrefixes(s.Prefixes),
		Spans: []Span{}, Values: append([]Value{}, s.Values...), Proof: []string{},
	}
	if s.Level != "" && levelRank[s.Level] < levelRank[f.Level] {
		f.Level = s.Level
	}
	if !p.meta.User {
		f.Page = strings.TrimSuffix(p.meta.File, "policy.rego") + "README.md"
	}
	for _, span := range s.Spans {
		if span.File != "" && !slices.Contains(f.Spans, span) { // where nothing is known there is nothing to show
			f.Spans = append(f.Spans, span)
		}
	}
	slices.SortFunc(f.Spans, compareSpans)
	for _, line := range s.Proof {
		if line != "" {
			f.Proof = append(f.Proof, line)
		}
	}
	f.Count = max(f.Count, len(f.Prefixes))
	f.Prefixes = f.Prefixes[:min(len(f.Prefixes), maxPrefixes)]
	return f
}

func compareSpans(a, b Span) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	if a.First != b.First {
		return a.First - b.First
	}
	return strings.Compare(a.Side, b.Side)
}

func distinct(s []string) []string {
	s = sorted(s)
	return slices.Compact(s)
}

// orderPrefixes sorts by address and length; what is neither prefix nor address comes last, as text.
func orderPrefixes(s []string) []string {
	s = distinct(s)
	slices.SortStableFunc(s, func(a, b string) int {
		x, okX := prefixOf(a)
		y, okY := prefixOf(b)
		switch {
		case okX && okY:
			return x.Compare(y)
		case okX:
			return -1
		case okY:
			return 1
		}
		return strings.Compare(a, b)
	})
	return s
}

func prefixOf(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

// plainSentence is conftest's finding: a text, or an object with msg.
func plainSentence(x any) (string, error) {
	if o, ok := x.(map[string]any); ok {
		x = o["msg"]
	}
	s, ok := x.(string)
	if !ok || strings.TrimSpace(s) == "" {
		return "", errors.New("deny and warn hold texts, or objects with msg")
	}
	return s, nil
}
