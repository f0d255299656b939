package routing_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// loads prints what a flow does: the load of each direction, and how it ends.
func loads(res *routing.Result, to string, in ...routing.Ingress) string {
	dest := []routing.Destination{{To: netip.MustParseAddr(to), Good: func(t *routing.Trace) bool { return t.Outcome.Good() }}}
	l := res.Load(dest, []routing.Flow{{In: in}})
	var out []string
	end := func(e network.End) string {
		if e.Router == "" {
			return "-"
		}
		return e.Router + ":" + e.Interface
	}
	for d, v := range l.Links() {
		out = append(out, fmt.Sprintf("%s>%s %g", end(d.From), end(d.To), v))
	}
	for _, e := range l.Flows[0].At {
		out = append(out, fmt.Sprintf("arrives at %s %g", e.Router, e.Volume))
	}
	for _, e := range l.Flows[0].Lost {
		out = append(out, fmt.Sprintf("lost at %s %g (%s)", e.Router, e.Volume, e.Outcome))
	}
	return strings.Join(out, ", ")
}

// TestLoad: at each router traffic divides equally over the next hops, both directions of a link are apart, and what is dropped or goes round
// is told.
func TestLoad(t *testing.T) {
	// a has two ways to d, over b and over c; c has two links to d. e is a host port of d.
	diamond := build(t, `-- a --
interface ab
 ip address 10.0.1.1/30
interface ac
 ip address 10.0.2.1/30
ip route 203.0.113.0/24 10.0.1.2
ip route 203.0.113.0/24 10.0.2.2
ip route 198.51.100.0/24 10.0.2.2
-- b --
interface ab
 ip address 10.0.1.2/30
interface bd
 ip address 10.0.3.1/30
ip route 203.0.113.0/24 10.0.3.2
-- c --
interface ac
 ip address 10.0.2.2/30
interface cd1
 ip address 10.0.4.1/30
interface cd2
 ip address 10.0.5.1/30
ip route 203.0.113.0/24 10.0.4.2
ip route 203.0.113.0/24 10.0.5.2
ip route 192.0.2.0/24 10.0.2.1
ip route 198.51.100.0/24 Null0
-- d --
interface bd
 ip address 10.0.3.2/30
interface cd1
 ip address 10.0.4.2/30
interface cd2
 ip address 10.0.5.2/30
interface hosts
 ip address 203.0.113.1/24
ip route 192.0.2.0/24 10.0.4.1
`)
	res := solve(t, diamond, routing.Options{})
	text, err := os.ReadFile("testdata/networks/loop.txt")
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(string(text), "-- checks --\n")
	loop := solve(t, build(t, body), routing.Options{})
	// Behind a circle: a sends to the circle b-c and to d; c sends to d as well.
	behind := solve(t, build(t, `-- a --
interface ab
 ip address 10.0.1.1/30
interface ad
 ip address 10.0.2.1/30
ip route 203.0.113.0/24 10.0.1.2
ip route 203.0.113.0/24 10.0.2.2
-- b --
interface ab
 ip address 10.0.1.2/30
interface bc
 ip address 10.0.3.1/30
ip route 203.0.113.0/24 10.0.3.2
-- c --
interface bc
 ip address 10.0.3.2/30
interface cd
 ip address 10.0.4.1/30
ip route 203.0.113.0/24 10.0.3.1
ip route 203.0.113.0/24 10.0.4.2
-- d --
interface ad
 ip address 10.0.2.2/30
interface cd
 ip address 10.0.4.2/30
interface lo
 ip address 203.0.113.1/32
`), routing.Options{})
	from := func(router string, volume float64) routing.Ingress {
		return routing.Ingress{Router: router, Volume: volume}
	}
	for _, c := range []struct {
		what string
		res  *routing.Result
		to   string
		in   []routing.Ingress
		want string
	}{
		{"per hop", res, "203.0.113.9", []routing.Ingress{from("a", 8)},
			"a:ab>b:ab 4, a:ac>c:ac 4, b:bd>d:bd 4, c:cd1>d:cd1 2, c:cd2>d:cd2 2, d:hosts>- 8, arrives at d 8"},
		{"two sources add up", res, "203.0.113.1", []routing.Ingress{from("a", 8), from("c", 2)},
			"a:ab>b:ab 4, a:ac>c:ac 4, b:bd>d:bd 4, c:cd1>d:cd1 3, c:cd2>d:cd2 3, arrives at d 10"},
		{"in from hosts, out unequally back", res, "192.0.2.1", []routing.Ingress{{Router: "d", Interface: "hosts", Volume: 5}},
			"c:ac>a:ac 5, d:cd1>c:cd1 5, ->d:hosts 5, lost at a 5 (no route)"},
		{"a null route", res, "198.51.100.1", []routing.Ingress{from("a", 1)}, "a:ac>c:ac 1, lost at c 1 (blackholed)"},
		{"nobody", res, "203.0.113.1", []routing.Ingress{from("nobody", 1)}, ""},
		{"half of it goes round", loop, "8.8.8.8", []routing.Ingress{from("c", 0), from("a", 6)}, "lost at a 6 (loop)"},
		{"behind a circle", behind, "203.0.113.1", []routing.Ingress{from("a", 6)}, "a:ab>b:ab 3, a:ad>d:ad 3, arrives at d 3, lost at b 3 (loop)"},
	} {
		if got := loads(c.res, c.to, c.in...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// TestLoadIsThatOfTheTraces: on random networks, links carry what the slow model says. What single flows put on a link adds up to its load.
func TestLoadIsThatOfTheTraces(t *testing.T) {
	shared := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := 3 + r.IntN(6)
		text := make([]string, n)
		for i := range text {
			text[i] = fmt.Sprintf("-- r%d --\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.0/24 area 0\n maximum-paths 8\ninterface lo\n ip address 192.0.2.%d/32\n", i, i)
		}
		for k := range n + r.IntN(2*n) {
			a, b := r.IntN(n), r.IntN(n)
			if a == b {
				continue
			}
			cost := 1 + r.IntN(2)
			text[a] += fmt.Sprintf("interface e%d\n ip address 10.0.%d.1/30\n ip ospf cost %d\n", k, k, cost)
			text[b] += fmt.Sprintf("interface e%d\n ip address 10.0.%d.2/30\n ip ospf cost %d\n", k, k, cost)
		}
		res := solve(t, build(t, strings.Join(text, "")), routing.Options{})
		var dests []routing.Destination
		for i := range n {
			dests = append(dests, routing.Destination{To: netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i)), Good: func(t *routing.Trace) bool { return t.Outcome.Good() }})
		}
		var flows []routing.Flow
		for range 12 {
			f := routing.Flow{Destination: r.IntN(n)}
			for range 1 + r.IntN(2) {
				f.In = append(f.In, routing.Ingress{Router: fmt.Sprintf("r%d", r.IntN(n)), Volume: float64(1 + r.IntN(100))})
			}
			flows = append(flows, f)
		}
		want, arrived, divided := slowLoads(res, dests, flows)
		shared += divided
		l := res.Load(dests, flows)
		got, wanted := map[string]float64{}, map[routing.Direction]bool{}
		for d, v := range l.Links() {
			got[d.From.Router+":"+d.From.Interface] = v
			wanted[d] = true
		}
		sums := map[string]float64{}
		res.LoadOf(dests, flows, wanted, func(d routing.Direction, _ int, v float64) { sums[d.From.Router+":"+d.From.Interface] += v })
		for _, m := range []map[string]float64{got, sums} {
			if !maps.EqualFunc(m, want, near) {
				t.Fatalf("seed %d:\n got %v\nwant %v", seed, m, want)
			}
		}
		sum := 0.0
		for i := range l.Flows {
			for _, e := range l.Flows[i].At {
				sum += e.Volume
			}
		}
		if !near(sum, arrived) {
			t.Fatalf("seed %d: %g arrives, want %g", seed, sum, arrived)
		}
	}
	if shared == 0 {
		t.Error("no traffic ever divided")
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) }

// slowLoads is the slow model: a trace weighs the product of 1/branches over its hops, and all of its links carry that.
func slowLoads(res *routing.Result, dests []routing.Destination, flows []routing.Flow) (out map[string]float64, arrived float64, divided int) {
	out = map[string]float64{}
	for _, f := range flows {
		for _, in := range f.In {
			for _, tr := range res.Trace(in.Router, "", dests[f.Destination].To, 100000) {
				weight := in.Volume
				for _, h := range tr.Hops {
					if h.Branches > 1 {
						weight /= float64(h.Branches)
						divided++
					}
				}
				if tr.Outcome == routing.Delivered {
					arrived += weight
				}
				for _, h := range tr.Hops {
					if h.To != "" {
						out[h.Router+":"+h.Out.Interface] += weight
					}
				}
			}
		}
	}
	return out, arrived, divided
}

// TestLoadForgets: what one flow leaves behind does not reach the next: the order of flows does not matter.
func TestLoadForgets(t *testing.T) {
	text, err := os.ReadFile("testdata/networks/loop.txt")
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(string(text), "-- checks --\n")
	res := solve(t, build(t, body), routing.Options{})
	good := func(t *routing.Trace) bool { return t.Outcome.Good() }
	dests := []routing.Destination{{To: netip.MustParseAddr("8.8.8.8"), Good: good}, {To: netip.MustParseAddr("1.1.1.1"), Good: good}}
	flows := []routing.Flow{{0, []routing.Ingress{{Router: "a", Volume: 3}}}, {1, []routing.Ingress{{Router: "c", Volume: 5}}}, {0, []routing.Ingress{{Router: "c", Volume: 7}}}}
	print := func(flows []routing.Flow) string {
		l := res.Load(dests, flows)
		var out []string
		for i := range flows {
			out = append(out, fmt.Sprint(flows[i].In, l.Flows[i]))
		}
		slices.Sort(out)
		for d, v := range l.Links() {
			out = append(out, fmt.Sprint(d, v))
		}
		return strings.Join(out, "\n")
	}
	want := print(flows)
	slices.Reverse(flows)
	if got := print(flows); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
