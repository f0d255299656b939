package policy

import (
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
)

// TestExplain tells every step in words.
func TestExplain(t *testing.T) {
	e := Compile(router(
		routeMap("IN", entry(10, deny, when(network.MatchPrefix{Set: "EXCEPT"})),
			entry(20, when(network.MatchASPath{Set: "FROM1"}, network.MatchUnmodelled{Text: "match moon full"})),
			entry(30, when(network.MatchASPath{Set: "FROM1"}), set(network.SetLocalPref{Value: 200}, network.SetCommunity{Mode: network.AddTo, Values: comms("65000:1", "no-export")}), calls("SUB"))),
		routeMap("SUB", entry(5, when(network.MatchOrigin{Value: network.OriginEGP})))))
	steps, r := e.Explain(chain("IN"), Route{Prefix: pfx("192.0.2.0/24"), Attributes: &network.PathAttributes{ASPath: path("65001")}}, network.Reject)
	want := `IN 10: does not match because not: the prefix is in prefix-list EXCEPT
IN 20: does not match because match moon full (not simulated)
IN 30: matches: accept, after calling SUB because the AS path matches AS path list FROM1; local preference 200, community add 65000:1, no-export
SUB 5: does not match because not: the origin is egp
SUB: no entry decided: reject by default`
	var got []string
	for _, s := range steps {
		got = append(got, s.String())
	}
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("got\n%s\nwant\n%s", g, want)
	}
	if r.Disposition != network.Reject || r.What != "the end of policy SUB" || len(r.Uncertain) != 1 {
		t.Errorf("%s by %q, uncertain %v", r.Disposition, r.What, r.Uncertain)
	}
}

// TestSide: filters come first, what is missing does as the model says, and the default of an
// unconfigured neighbor is the caller's.
func TestSide(t *testing.T) {
	e := Compile(router(routeMap("IN", entry(10))))
	filter := func(name string) []Filter { return []Filter{{Ref: network.Ref{Name: name}}} }
	refuse := network.Missing{Policy: network.Reject, PrefixSet: network.Reject, ASPathSet: network.Reject}
	for _, tt := range []struct {
		name    string
		s       Side
		want    network.Disposition
		what    string
		all     bool // accepts everything
		certain bool
	}{
		{"a map that accepts everything", Side{Chain: chain("IN"), Missing: refuse}, network.Accept, "", true, true},
		{"a prefix list before it", Side{Chain: chain("IN"), Filters: filter("TEN"), Missing: refuse}, network.Reject, "prefix-list TEN", false, true},
		{"a prefix list that is missing", Side{Filters: filter("NOWHERE"), Missing: refuse, Unconfigured: network.Accept}, network.Reject, "prefix-list NOWHERE", false, true},
		{"a missing prefix list that passes", Side{Filters: filter("NOWHERE"), Unconfigured: network.Accept}, network.Accept, "", true, true},
		{"an AS path list", Side{Filters: []Filter{{ASPath: true, Ref: network.Ref{Name: "FROM1"}}}, Unconfigured: network.Accept}, network.Reject, "AS path list FROM1", false, true},
		{"nothing, under RFC 8212", Side{Unconfigured: network.Reject}, network.Reject, "", false, true},
		{"nothing", Side{Unconfigured: network.Accept}, network.Accept, "", true, true},
		{"a missing map", Side{Chain: chain("NOWHERE"), Missing: refuse}, network.Reject, "policy NOWHERE, which does not exist", false, true},
		{"closed", Side{Closed: true}, network.Reject, "", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.s.Evaluator = e
			r := tt.s.Apply(Route{Prefix: pfx("192.0.2.0/24"), Attributes: &network.PathAttributes{ASPath: path("65009")}})
			if r.Disposition != tt.want || r.What != tt.what {
				t.Errorf("%s by %q, want %s by %q", r.Disposition, r.What, tt.want, tt.what)
			}
			if all, certain := tt.s.AcceptsEverything(Options{Families: []network.Family{network.IPv4Unicast}}); all != tt.all || certain != tt.certain {
				t.Errorf("accepts everything: %v (proven %v), want %v (%v)", all, certain, tt.all, tt.certain)
			}
		})
	}
}

// TestSomePrefixes: whether a side accepts everything can be asked of some prefixes alone, with all that these may carry.
func TestSomePrefixes(t *testing.T) {
	e := Compile(router(
		routeMap("BOGONS", entry(10, deny, when(network.MatchPrefix{Set: "TEN"})), entry(20)),
		routeMap("TAGGED", entry(10, deny, when(network.MatchASPath{Set: "FROM1"})), entry(20))))
	for _, c := range []struct {
		policy, prefix string // "": all
		want           bool
	}{
		{"BOGONS", "", false}, {"BOGONS", "8.8.8.0/24", true}, {"BOGONS", "10.1.0.0/16", false},
		{"TAGGED", "", false}, {"TAGGED", "8.8.8.0/24", false},
	} {
		o := Options{Families: []network.Family{network.IPv4Unicast}}
		if c.prefix != "" {
			o.Prefixes = append(o.Prefixes, pfx(c.prefix))
		}
		s := Side{Evaluator: e, Chain: chain(c.policy), Unconfigured: network.Accept}
		if got, _ := s.AcceptsEverything(o); got != c.want {
			t.Errorf("%s of %q: %v, want %v", c.policy, c.prefix, got, c.want)
		}
	}
}
