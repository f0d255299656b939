package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
)

func readChange(t *testing.T, text string) (*Intent, error) {
	t.Helper()
	s := load(t, folder(t, whole), Options{})
	return ParseIntent("change.yaml", []byte(text), s, s)
}

func TestIntent(t *testing.T) {
	in, err := readChange(t, `
summary: retire the lab block
ticket: CHG-4711
effects:
  - {name: block, effect: withdraw, prefixes: [203.0.113.0/26, 203.0.113.64/26 orlonger, "2001:db8::/32 ge 48 le 56", 10.0.0.0/8 le 24, 10.0.0.0/8 ge 9], at: [r1, "role:core"]}
  - {effect: withdraw, prefixes: [203.0.113.0/26], at: [r1], neighbors: [AS64600]}
  - {effect: session-down, at: [r1], neighbors: [10.0.0.2]}
  - {effect: session-down, at: [r1], neighbors: [10.0.0.2]}
  - {effect: configure, paths: ["bgp/neighbor *"]}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range in.Declarations {
		d := &in.Declarations[i]
		var ranges []string
		for _, r := range d.Prefixes {
			ranges = append(ranges, RangeText(r))
		}
		got = append(got, strings.Join([]string{d.Name, string(d.Effect), strings.Join(ranges, ", "), d.Span.String()}, " | "))
	}
	want := []string{
		"block | withdraw | 203.0.113.0/26, 203.0.113.64/26 orlonger, 2001:db8::/32 ge 48 le 56, 10.0.0.0/8 le 24, 10.0.0.0/8 ge 9 | change.yaml:5",
		"withdraw 203.0.113.0/26 at r1 to AS64600 | withdraw | 203.0.113.0/26 | change.yaml:6",
		"session-down 10.0.0.2 at r1 | session-down |  | change.yaml:7",
		"session-down 10.0.0.2 at r1 (4) | session-down |  | change.yaml:8",
		"configure bgp/neighbor * | configure |  | change.yaml:9",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if in.Summary != "retire the lab block" || in.Ticket != "CHG-4711" || in.Declarations[0].Outside() || !in.Declarations[1].Outside() {
		t.Errorf("%+v", in)
	}
}

// What cannot be meant is refused with its line and what would be right.
func TestIntentThatIsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"efects: []", "change.yaml:1:1: unknown key efects (did you mean effects?)"},
		{"summary: x", "change.yaml: effects: what the change is meant to do is missing (effects: [] declares that no route and no session changes)"},
		{"", "change.yaml: effects: what the change is meant to do is missing"},
		{"effects: [{efect: move}]", "change.yaml:1:12: unknown key efect in effects[0] (did you mean effect?)"},
		{"effects:\n  - {effect: withdrawal, prefixes: [10.0.0.0/8]}", "change.yaml:2:14: effects[0].effect: there is no effect \"withdrawal\" (did you mean withdraw?)"},
		{"effects: [{prefixes: [10.0.0.0/8]}]", "effects[0]: effect: what happens is missing; one of withdraw, announce"},
		{"effects: [{effect: withdraw}]", "effects[0]: withdraw: prefixes are missing"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.1/8]}]", "10.0.0.1/8 has bits set beyond its length (the prefix is 10.0.0.0/8"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.0/8 le 33]}]", "effects[0].prefixes[0]: le 33: want a length from 8 to 32"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.0/8 le]}]", "\"10.0.0.0/8 le\" is not a range of prefixes (as in"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.0/8 ge 24 le 16]}]", "holds nothing: ge is above le"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.0/8 longer]}]", "is not a range of prefixes"},
		{"effects: [{effect: withdraw, prefixes: [10.0.0.0/8], at: [r2]}]", "effects[0].at[0]: r2 is neither a router, nor role:, site: or group: of one (did you mean r1?)"},
		{"effects: [{effect: move, prefixes: [10.0.0.0/8], neighbors: [outside]}]", "move has no neighbors"},
		{"effects: [{effect: session-up, prefixes: [10.0.0.0/8]}]", "session-up has no prefixes"},
		{"effects: [{effect: configure}]", "configure: paths are missing"},
		{"effects: [{name: a, effect: session-up}, {name: a, effect: session-down}]", "effects[1].name: a is declared twice"},
		{"effects: {}", "effects: want a list"},
	} {
		if _, err := readChange(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got: %v\nwant: %s", c.text, err, c.want)
		}
	}
}

// A range that is read, written and read again is the same.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"10.0.0.0/8", "10.0.0.0/8 le 24", "10.0.0.0/8 ge 9", "0.0.0.0/0 orlonger", "2001:db8::/32 ge 48 le 56", "10.0.0.0/8 le 8", "10.0.0.0/8 ge 8", "1.1.1.1/32 orlonger"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseRange(s)
		if err != nil {
			return
		}
		again, err := parseRange(RangeText(network.PrefixRange(r)))
		if err != nil || again != r {
			t.Errorf("%q: %+v, written %q, read again %+v (%v)", s, r, RangeText(network.PrefixRange(r)), again, err)
		}
	})
}

// No text makes the reader panic; what it accepts has a name and an effect in every declaration, and names are unique.
func FuzzIntent(f *testing.F) {
	s := &Snapshot{Network: &network.Network{Routers: []*network.Router{{Name: "r1"}}, Env: network.Environment{Devices: []network.Device{{Name: "r1", Role: "edge"}}}}}
	for _, text := range []string{
		"effects: []", "effects: [{effect: withdraw, prefixes: [10.0.0.0/8 orlonger], at: [r1, \"role:edge\"], neighbors: [outside]}]",
		"summary: x\neffects:\n  - &a {effect: configure, paths: [\"policy *\"]}\n  - *a\n  - {<<: *a, name: b}", "effects: [{effect: session-up}, {effect: session-up}]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := ParseIntent("change.yaml", []byte(text), s, s)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, d := range in.Declarations {
			if d.Name == "" || d.Effect == "" || seen[d.Name] || d.Effect.OfRoutes() != (len(d.Prefixes) > 0) || d.Span.First == 0 {
				t.Errorf("%q: %+v", text, d)
			}
			seen[d.Name] = true
		}
	})
}
