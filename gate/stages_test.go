package gate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

// TestStagesPredict: while edge1 alone has stopped originating the prefix, its provider hears nothing from it any more, and
// edge1 itself has the route from edge2.
func TestStagesPredict(t *testing.T) {
	before, after := twoEdges(t), twoEdges(t, edit{edge1, "  network 203.0.113.0/24\n", ""})
	s, err := NewStages(t.Context(), Options{Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		applied []string
		own     bool
		sent    string
	}{{nil, true, "203.0.113.0/24"}, {[]string{"edge1"}, false, ""}} {
		all, err := s.Predict(t.Context(), step.applied, []string{"edge1", "edge2"})
		if err != nil {
			t.Fatal(err)
		}
		edge1 := all["edge1"]
		i := slices.IndexFunc(edge1.Routes, func(r device.Route) bool { return r.Prefix.String() == "203.0.113.0/24" })
		if i < 0 || edge1.Routes[i].Own != step.own {
			t.Errorf("applied %v: edge1's routes are %v, want one to 203.0.113.0/24, its own: %v", step.applied, edge1.Routes, step.own)
		}
		k := slices.IndexFunc(all["edge2"].Received, func(x device.Exchange) bool { return x.Neighbor == "10.255.0.1" })
		var got []string
		for _, p := range all["edge2"].Received[k].Prefixes {
			got = append(got, p.String())
		}
		if has := slices.Contains(got, "203.0.113.0/24"); has != step.own {
			t.Errorf("applied %v: edge2 has %v from edge1, want 203.0.113.0/24 in it: %v", step.applied, got, step.own)
		}
	}
}

// TestStagesLoses: either edge may be gone, both together may not.
func TestStagesLoses(t *testing.T) {
	before, after := twoEdges(t), twoEdges(t, edit{edge1, "maximum-prefix 10", "maximum-prefix 20"})
	s, err := NewStages(t.Context(), Options{Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		wave []string
		lost bool
	}{{[]string{"edge1"}, false}, {[]string{"edge2"}, false}, {[]string{"edge1", "edge2"}, true}} {
		lost, err := s.Loses(t.Context(), nil, c.wave)
		if err != nil {
			t.Fatal(err)
		}
		if len(lost) > 0 != c.lost {
			t.Errorf("without %v: lost are %q, want any: %v", c.wave, lost, c.lost)
		}
	}
}

// TestStagesTimers: what a bake must outlast.
func TestStagesTimers(t *testing.T) {
	limit := edit{edge1, "maximum-prefix 10", "maximum-prefix 20"}
	for _, c := range []struct {
		name  string
		edits []edit
		want  map[string]time.Duration
	}{
		{"a policy", []edit{limit}, map[string]time.Duration{"policy delay": 5 * time.Second}},
		{"a slower policy", []edit{limit, {edge1, "hostname edge1", "hostname edge1\nbgp route-map delay-timer 30"}}, map[string]time.Duration{"policy delay": 30 * time.Second}},
		{"a description", []edit{{edge1, "provider AS64496", "transit"}}, map[string]time.Duration{}},
		{"conditional advertisement", []edit{{edge1, "maximum-prefix 10", "advertise-map PROVIDER-OUT non-exist-map PROVIDER-IN"}},
			map[string]time.Duration{"policy delay": 5 * time.Second, "conditional": 60 * time.Second}},
		{"a static route", []edit{{edge1, "ip route 10.255.0.2/32 10.0.0.1\n", ""}}, map[string]time.Duration{"policy delay": 5 * time.Second, "hold": 180 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := twoEdges(t), twoEdges(t, c.edits...)
			s, err := NewStages(t.Context(), Options{Before: before, After: after})
			if err != nil {
				t.Fatal(err)
			}
			got := s.Timers()
			if len(got) != len(c.want) {
				t.Errorf("timers are %v, want %v", got, c.want)
			}
			for _, x := range got {
				for name, want := range c.want {
					if strings.HasPrefix(x.Name, name) && (x.For != want || !slices.Equal(x.Routers, []string{"edge1"})) {
						t.Errorf("%v, want %s at edge1", x, want)
					}
				}
			}
		})
	}
}

// TestBinding: every file that was read is in it.
func TestBinding(t *testing.T) {
	before := twoEdges(t)
	hash := func(after string) string {
		t.Helper()
		b, err := BindingOf(t.Context(), before, after, Rules{})
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash
	}
	seen := map[string]edit{}
	for _, e := range []edit{{edge1, "hostname edge1", "hostname edge1"}, {edge1, "hostname edge1", "hostname edge-1"}, {known, "min-origins: 2", "min-origins: 1"},
		{known, "network: example", "network: example\npolicy: {params: {max-routers-changed-percent: 99}}"}} {
		h := hash(twoEdges(t, e))
		if was, ok := seen[h]; ok {
			t.Errorf("%v has the hash of %v", e, was)
		}
		seen[h] = e
	}
	after := twoEdges(t)
	if _, ok := seen[hash(after)]; !ok {
		t.Error("the same files have another hash")
	}
	v, err := Check(t.Context(), Options{Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	if v.Binding.Hash != hash(after) {
		t.Errorf("the verdict is bound to %q, and the change is %q", v.Binding.Hash, hash(after))
	}
}
