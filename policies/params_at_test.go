package policies

import (
	"context"
	"strings"
	"testing"
)

// filling is a network with one limit of 100 at each router, of which 90 are in use.
func filling(routers ...string) *Input {
	in := &Input{Network: NetworkFacts{Devices: map[string]Device{
		"edge1": {Role: "edge", Site: "ams"}, "edge2": {Role: "edge", Site: "fra", Group: "pair"}, "core1": {Role: "core", Site: "ams"},
	}}}
	for _, r := range routers {
		in.After.Limits = append(in.After.Limits, LimitFacts{Router: r, Neighbor: "10.0.0.1", Family: "ipv4-unicast", Limit: 100, Received: 90})
	}
	return in
}

// A parameter of routers is that of the router, else of its group, its site, its role, else the network's.
func TestParamsAt(t *testing.T) {
	at := func(place string, percent int) ParamsAt {
		return ParamsAt{Place: place, Params: map[string]any{"max-prefix-headroom-percent": percent}}
	}
	for _, c := range []struct {
		name string
		at   []ParamsAt
		want string // routers that are found too full
	}{
		{"nowhere", nil, "core1 edge1 edge2 other"},
		{"by role", []ParamsAt{at("role:edge", 95)}, "core1 other"},
		{"a site goes before a role", []ParamsAt{at("site:ams", 85), at("role:edge", 95)}, "core1 edge1 other"},
		{"a group goes before a site", []ParamsAt{at("site:fra", 95), at("group:pair", 80)}, "core1 edge1 edge2 other"},
		{"a router goes before all", []ParamsAt{at("edge1", 95), at("site:ams", 50), at("role:edge", 50), at("other", 99)}, "core1 edge2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := evaluate(t, Options{ParamsAt: c.at}, filling("core1", "edge1", "edge2", "other"))
			var got []string
			for _, f := range of("bgp/maximum-prefix-headroom", r.Findings) {
				got = append(got, f.Routers...)
			}
			if strings.Join(got, " ") != c.want || len(r.Errors) > 0 {
				t.Errorf("too full: %v, want %s; errors %v", got, c.want, r.Errors)
			}
		})
	}
}

func TestParamsAtThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"max-routers-changed-percent", 10, "policy.params-at: role:edge: max-routers-changed-percent is measured over the whole network (those of routers: default-local-preference,"},
		{"max-prefix-hedroom-percent", 10, `"max-prefix-hedroom-percent" is no parameter (did you mean "max-prefix-headroom-percent"?)`},
		{"max-prefix-headroom-percent", 101, "policy.params-at: role:edge: max-prefix-headroom-percent: 101 is outside of 1 to 100 percent"},
		{"max-prefix-headroom-percent", "x", "a number is needed"},
	} {
		_, err := New(context.Background(), Options{ParamsAt: []ParamsAt{{Place: "role:edge", Params: map[string]any{c.name: c.value}}}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	// A slip in the name of a parameter at a router is refused as one of the network's is.
	_, err := New(context.Background(), mine("change", "import data.routegate.lib\n\nfindings contains f if f := lib.params_of(\"r1\")[\"max-prefix-hedroom-percent\"]"))
	if err == nil || !strings.Contains(err.Error(), "policies/mine.rego:8: undefined ref") {
		t.Errorf("%v", err)
	}
	a, b := engine(t, Options{}), engine(t, Options{ParamsAt: []ParamsAt{{Place: "edge1", Params: map[string]any{"default-local-preference": 200}}}})
	if a.Digest() == b.Digest() {
		t.Error("parameters at routers are no part of the digest")
	}
}
