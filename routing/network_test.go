package routing_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestNetworks runs testdata/networks: each file is a network (sections as in build), what the outside announces
// ("-- announce --": AS ROUTER PREFIXES), and a section "-- checks --" of lines
//
//	rib R PREFIX = ROUTE                  the route for exactly the prefix, or none
//	lookup R ADDRESS = PREFIX ROUTE       the longest match
//	trace R ADDRESS = OUTCOME R R R | ..  every branch, with the routers on the way
//	fate R PREFIX = OUTCOMES [at R R] [by R R]
//	session R NEIGHBOR = STATE
//	ospf R IFACE = WHY                    why an interface is not adjacent
//	converged = yes, or no R R
//	fail router R / fail link R:I R:I / fail all-links / fail all-bgp / heal
//
// where a failure holds for the checks below it.
func TestNetworks(t *testing.T) {
	files, err := filepath.Glob("testdata/networks/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no networks: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body, checks, ok := strings.Cut(string(text), "-- checks --\n")
			if !ok {
				t.Fatal("no checks")
			}
			before := strings.Count(string(text[:len(text)-len(checks)]), "\n")
			s := &sim{t: t, n: build(t, body)}
			for i, line := range strings.Split(checks, "\n") {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					s.check(fmt.Sprintf("%s:%d", filepath.Base(file), before+i+1), line)
				}
			}
		})
	}
}

type sim struct {
	t    *testing.T
	n    *network.Network
	fail routing.Failure
	res  *routing.Result
}

func (s *sim) check(at, line string) {
	if s.failure(strings.Fields(line)) {
		s.res = nil
		return
	}
	if s.res == nil {
		s.res = solve(s.t, s.n, routing.Options{Fail: s.fail})
	}
	question, want, ok := strings.Cut(line, " = ")
	if !ok {
		s.t.Fatalf("%s: cannot read %q", at, line)
	}
	f := strings.Fields(question)
	if got := s.ask(f); got != strings.TrimSpace(want) {
		s.t.Errorf("%s: %s\n got %s\nwant %s", at, question, got, want)
	}
}

func (s *sim) failure(f []string) bool {
	if f[0] == "heal" {
		s.fail = routing.Failure{}
		return true
	}
	if f[0] != "fail" {
		return false
	}
	switch f[1] {
	case "router":
		s.fail.Routers = append(s.fail.Routers, f[2])
	case "link":
		var ends []network.End
		for _, e := range f[2:] {
			r, i, _ := strings.Cut(e, ":")
			ends = append(ends, network.End{Router: r, Interface: i})
		}
		s.fail.Links = append(s.fail.Links, network.Link{Ends: ends})
	case "all-links":
		s.fail.AllLinks = true
	case "all-bgp":
		s.fail.AllBGP = true
	}
	return true
}

func (s *sim) ask(f []string) string {
	switch f[0] {
	case "rib":
		r, ok := s.res.Route(f[1], "", netip.MustParsePrefix(f[2]))
		if !ok {
			return "none"
		}
		return route(r)
	case "lookup":
		r, ok := s.res.Lookup(f[1], "", netip.MustParseAddr(f[2]))
		if !ok {
			return "none"
		}
		return strings.TrimSpace(r.Prefix.String() + " " + route(r))
	case "trace":
		var out []string
		for _, tr := range s.res.Trace(f[1], "", netip.MustParseAddr(f[2]), 0) {
			way := []string{tr.Outcome.String()}
			for _, h := range tr.Hops {
				way = append(way, h.Router)
			}
			if tr.Via != "" {
				way = append(way, tr.Via)
			}
			out = append(out, strings.Join(way, " "))
		}
		return strings.Join(out, " | ")
	case "fate":
		for _, x := range s.res.Outcomes(netip.MustParsePrefix(f[2])) {
			if x.Router != f[1] {
				continue
			}
			out := x.Set.String()
			if len(x.At) > 0 {
				out += " at " + strings.Join(x.At, " ")
			}
			if len(x.Owners) > 0 {
				out += " by " + strings.Join(x.Owners, " ")
			}
			return out
		}
	case "session":
		x := s.res.Session(f[1], "", f[2])
		if x == nil {
			return "not configured"
		}
		return strings.TrimSpace(x.State.String() + " " + x.Reason.String())
	case "ospf":
		for _, m := range s.res.OSPF.Mismatches {
			if s.n.Routers[m.Router].Name == f[1] && m.Interface == f[2] {
				return m.Why
			}
		}
		return "fits"
	case "arrival":
		var out []string
		for _, u := range s.res.Uncertain {
			if u.Arrival && u.Prefix == netip.MustParsePrefix(f[1]) {
				out = append(out, u.Router)
			}
		}
		return cmp.Or(strings.Join(out, " "), "none")
	case "converged":
		if s.res.Converged {
			return "yes"
		}
		return "no " + strings.Join(s.res.Oscillating, " ")
	}
	s.t.Fatalf("cannot read %q", f)
	return ""
}

// TestOutcomesAgreeWithTraces holds the calculation over all routers at once against one
// trace a pair: the same outcomes, the same places.
func TestOutcomesAgreeWithTraces(t *testing.T) {
	var files []string
	for _, dir := range []string{"networks", "daemons"} {
		more, err := filepath.Glob("testdata/" + dir + "/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	compared := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		body, _, _ := strings.Cut(string(text), "-- checks --\n")
		n := build(t, body)
		for _, fail := range []routing.Failure{{}, {Routers: []string{n.Routers[len(n.Routers)/2].Name}}} {
			res := solve(t, n, routing.Options{Fail: fail})
			for _, class := range res.Classes() {
				if !class.IsSingleIP() {
					continue // a class without one address that stands for it
				}
				for _, x := range res.Outcomes(class) {
					var set routing.OutcomeSet
					var at, by []string
					for _, tr := range res.Trace(x.Router, "", class.Addr(), 1000) {
						set |= 1 << tr.Outcome
						switch {
						case tr.Outcome.Good():
							by = append(by, tr.At)
						case tr.Outcome != routing.Loop:
							at = append(at, tr.At)
						}
					}
					slices.Sort(by)
					by = slices.Compact(by)
					compared++
					if set != x.Set || !slices.Equal(by, x.Owners) {
						t.Errorf("%s: %s to %s: outcomes %s by %v, traces %s by %v", file, x.Router, class, x.Set, x.Owners, set, by)
					}
					for _, r := range at {
						if !slices.Contains(x.At, r) {
							t.Errorf("%s: %s to %s: lost at %s, which is not among %v", file, x.Router, class, r, x.At)
						}
					}
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d pairs compared", compared)
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if res, err := routing.Solve(ctx, clos(2, 4, false), routing.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled solution gives %v, %v", res, err)
	}
}

// TestManagementLinksSurvive: AllLinks cuts what is in band and leaves the management network.
func TestManagementLinksSurvive(t *testing.T) {
	n := build(t, `
-- r1 --
interface eth1
 ip address 10.0.12.1/24
interface mgmt
 ip address 192.0.2.1/24
-- r2 --
interface eth1
 ip address 10.0.12.2/24
interface mgmt
 ip address 192.0.2.2/24
`)
	n.Env.Management.Prefixes = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	res := solve(t, n, routing.Options{Fail: routing.Failure{AllLinks: true}})
	if got := table(res, "r1"); got != "" {
		t.Errorf("routes beside connected ones: %s", got)
	}
	for prefix, want := range map[string]bool{"10.0.12.0/24": false, "192.0.2.0/24": true} {
		if _, ok := res.Route("r1", "", netip.MustParsePrefix(prefix)); ok != want {
			t.Errorf("%s is there: %v, want %v", prefix, ok, want)
		}
	}
}
