package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/failures"
)

// triangle is three routers in OSPF; ams has two ways to lon, of which the one over fra is dearer; users come in at ams and fra.
func triangle(t *testing.T, env string, costs ...int) string {
	t.Helper()
	dir := t.TempDir()
	cost := 10
	if len(costs) > 0 {
		cost = costs[0]
	}
	router := func(name string, id int, lines string) {
		text := lines + fmt.Sprintf("interface lo\n ip address 192.0.2.%d/32\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.0/24 area 0\n"+
			"router bgp 64500\n bgp router-id 192.0.2.%d\n no bgp ebgp-requires-policy\n", id, id)
		for other := 1; other <= 3; other++ {
			if other != id {
				text += fmt.Sprintf(" neighbor 192.0.2.%d remote-as 64500\n neighbor 192.0.2.%d update-source lo\n", other, other)
			}
		}
		if id < 3 {
			text += fmt.Sprintf(" neighbor 172.16.%d.2 remote-as 6460%d\n", id, id)
		}
		text += " address-family ipv4 unicast\n"
		for other := 1; other <= 3; other++ {
			if other != id {
				text += fmt.Sprintf("  neighbor 192.0.2.%d next-hop-self\n", other)
			}
		}
		if id == 3 {
			text += "  network 203.0.113.0/24\n"
		}
		text += " exit-address-family\n"
		write(t, filepath.Join(dir, "devices", name, "frr.conf"), text)
	}
	router("ams", 1, fmt.Sprintf("interface lon\n ip address 10.0.1.1/30\n ip ospf cost %d\ninterface fra\n ip address 10.0.2.1/30\n ip ospf cost 10\ninterface up\n ip address 172.16.1.1/30\n", cost))
	router("fra", 2, "interface ams\n ip address 10.0.2.2/30\n ip ospf cost 10\ninterface lon\n ip address 10.0.3.1/30\n ip ospf cost 10\ninterface up\n ip address 172.16.2.1/30\n")
	router("lon", 3, "interface ams\n ip address 10.0.1.2/30\n ip ospf cost 10\ninterface fra\n ip address 10.0.3.2/30\n ip ospf cost 10\ninterface hosts\n ip address 203.0.113.1/24\n")
	write(t, filepath.Join(dir, "routegate.yaml"), "owned: [203.0.113.0/24]\ndevices: {ams: {site: ams}, fra: {site: fra}, lon: {site: lon}}\n"+env)
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const carries = `defaults: {bandwidth: 10G}
demands:
  - {name: users, via: [64601], to: 203.0.113.0/24, volume: 6G}
  - {name: backup, from: "site:fra", to: 203.0.113.0/24, volume: 3G}
`

func hasFinding(v *Verdict, policy, message string) bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Policy == policy && strings.Contains(f.Message, message) })
}

// TestCapacity: traffic that moves fills another link; what is full already is standing; a change of weights that leaves room passes.
func TestCapacity(t *testing.T) {
	before := triangle(t, carries)
	v := checked(t, Options{Before: before, After: triangle(t, carries, 100)})
	if !hasFinding(v, "capacity/link-load", "fra lon → lon fra has to carry 9 Gbit/s, which is 90 % of its 10 Gbit/s (at most 80 %)") {
		t.Errorf("moved onto fra: %s %+v", v.Verdict, v.Findings)
	}
	if v.Verdict != Deny {
		t.Errorf("verdict %s", v.Verdict)
	}
	i := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Policy == "capacity/link-load" })
	if i < 0 || !slices.Equal(v.Findings[i].Proof, []string{"6 Gbit/s of users", "3 Gbit/s of backup"}) || v.Findings[i].Values[0].Before != "3 Gbit/s (30 %)" {
		t.Errorf("what fills it: %+v", v.Findings)
	}
	want := LinkLoad{Link: "fra lon → lon fra", Bandwidth: 10_000_000_000, Before: 3_000_000_000, After: 9_000_000_000, PercentBefore: 30, PercentAfter: 90}
	if c := v.Capacity; !c.Known || c.After != (Carried{Demands: 2, Volume: 9_000_000_000}) || len(c.Links) == 0 || c.Links[0] != want {
		t.Errorf("the document: %+v", c)
	}
	if v := checked(t, Options{Before: before, After: triangle(t, carries, 15)}); v.Verdict != Allow || len(v.Findings) > 0 {
		t.Errorf("a weight that moves nothing: %s %+v", v.Verdict, v.Findings)
	}
	full := strings.Replace(carries, "10G", "6G", 1)
	v = checked(t, Options{Before: triangle(t, full), After: triangle(t, full, 15)})
	if v.Verdict != Allow || !slices.ContainsFunc(v.Standing, func(f Finding) bool { return f.Policy == "capacity/link-load" }) {
		t.Errorf("full already: %s %+v", v.Verdict, v.Standing)
	}
}

// TestCapacityInFailures: there is room while everything works, and none in one failure. Without the question it is not looked at.
func TestCapacityInFailures(t *testing.T) {
	more := strings.Replace(carries, "3G", "3.5G", 1)
	links := &FailureKinds{Links: true}
	wide := more + "links: [{between: [fra, lon], bandwidth: 40G}, {between: [ams, fra], bandwidth: 10G}]\n"
	narrow := strings.Replace(wide, "40G", "9G", 1)
	v := checked(t, Options{Before: triangle(t, wide), After: triangle(t, narrow), Failures: links})
	if !hasFinding(v, "capacity/failure-load", "if link ams lon – lon ams fails, fra lon → lon fra has to carry 9.5 Gbit/s, which is 105.6 % of its 9 Gbit/s (at most 100 %)") || v.Verdict != Deny {
		t.Errorf("narrow: %s %+v", v.Verdict, v.Findings)
	}
	if v := checked(t, Options{Before: triangle(t, wide), After: triangle(t, narrow)}); v.Verdict != Allow {
		t.Errorf("no failure is tried: %s %+v", v.Verdict, v.Findings)
	}
	if v := checked(t, Options{Before: triangle(t, narrow), After: triangle(t, narrow, 12), Failures: links}); v.Verdict != Allow || len(v.Standing) == 0 {
		t.Errorf("standing: %s %+v %+v", v.Verdict, v.Findings, v.Standing)
	}
}

// TestDemandsThatAreLost: nobody outside has a route any more, or packets meet none; with a second neighbor they come in there.
func TestDemandsThatAreLost(t *testing.T) {
	before := triangle(t, carries)
	after := triangle(t, carries)
	shut := func(dir, neighbor string) {
		file := filepath.Join(dir, "devices", map[string]string{"172.16.1.2": "ams", "172.16.2.2": "fra"}[neighbor], "frr.conf")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, file, strings.Replace(string(text), " address-family", " neighbor "+neighbor+" shutdown\n address-family", 1))
	}
	shut(after, "172.16.1.2")
	v := checked(t, Options{Before: before, After: after})
	if !hasFinding(v, "capacity/undelivered", "6 Gbit/s of the 6 Gbit/s of users from outside over AS64601 do not arrive: announced to none of AS64601") {
		t.Errorf("%+v", v.Findings)
	}
	both := strings.Replace(carries, "[64601]", "[64601, 64602]", 1)
	before, after = triangle(t, both), triangle(t, both)
	shut(after, "172.16.1.2")
	v = checked(t, Options{Before: before, After: after})
	if hasFinding(v, "capacity/undelivered", "") || !hasFinding(v, "capacity/link-load", "fra lon → lon fra has to carry 9 Gbit/s") {
		t.Errorf("they come in at the second: %+v", v.Findings)
	}
}

// TestSiteCapacity: users of a site that is withdrawn land on the next one.
func TestSiteCapacity(t *testing.T) {
	env := `demands:
  - {name: users, from: fra, to: web, volume: 6G}
protect: [{name: web, prefixes: [203.0.113.0/24], capacity: {lon: %dG}}]
`
	v := checked(t, Options{Before: triangle(t, fmt.Sprintf(env, 10)), After: triangle(t, fmt.Sprintf(env, 5))})
	if !hasFinding(v, "capacity/site-load", "site lon has to serve 6 Gbit/s of web, which is 120 % of the 5 Gbit/s that it can") {
		t.Errorf("%+v", v.Findings)
	}
	if v := checked(t, Options{Before: triangle(t, fmt.Sprintf(env, 10)), After: triangle(t, fmt.Sprintf(env, 6))}); v.Verdict != Allow {
		t.Errorf("it just can: %+v", v.Findings)
	}
}

// TestTheFullestFailure: the fast survey finds for each link the same failure as solving every one anew, over everything.
func TestTheFullestFailure(t *testing.T) {
	s := solvedAt(t, triangle(t, carries))
	c := newCapacities(s, s)
	c.list = failures.Of(s.res, failures.Kinds{Links: true, Routers: true})
	if err := c.fail(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	want := map[routing.Direction]peak{}
	for i, f := range c.list {
		res, err := routing.Solve(t.Context(), s.net, routing.Options{Fail: f.Take})
		if err != nil {
			t.Fatal(err)
		}
		for d, v := range newSide("after", s.snap, res).spread(c.now.traffic).loads.Links() {
			if p, ok := want[d]; !ok || v > p.load {
				want[d] = peak{load: v, failure: i}
			}
		}
	}
	if len(want) == 0 || len(want) != len(c.fullest) {
		t.Fatalf("%d links, want %d", len(c.fullest), len(want))
	}
	for d, p := range want {
		if got := c.fullest[d]; bits(got.load) != bits(p.load) || got.failure != p.failure {
			t.Errorf("%s: %v, want %v", linkName(d), got, p)
		}
	}
}
