package policy

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/routegate/routegate/network"
)

// TestPrefixAlgebra holds the exact difference of prefix lists against all prefixes of a
// small world: those of 10.0.0.0/24, and everything above it.
func TestPrefixAlgebra(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var world []netip.Prefix
	for bits := 0; bits <= 32; bits++ {
		for i := range 1 << max(0, min(bits-24, 8)) {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i << (32 - max(bits, 25)))}), bits)
			world = append(world, p.Masked())
		}
	}
	list := func() *network.PrefixSet {
		s := &network.PrefixSet{Name: "X", EmptyAccepts: true}
		for i := range r.IntN(20) {
			p := world[r.IntN(len(world))]
			lo := p.Bits() + r.IntN(33-p.Bits())
			hi := lo + r.IntN(33-lo)
			if r.IntN(3) == 0 {
				lo, hi = p.Bits(), p.Bits()
			}
			s.Entries = append(s.Entries, network.PrefixRange{Sequence: 5 * i, Deny: r.IntN(3) == 0, Prefix: p, Min: uint8(lo), Max: uint8(hi)})
		}
		return s
	}
	for i := range 1500 {
		b := list()
		a := &network.PrefixSet{Name: "X", EmptyAccepts: true, Entries: slices.Clone(b.Entries)}
		switch {
		case i%3 == 0:
			a = list()
		case len(a.Entries) > 1:
			x, y := r.IntN(len(a.Entries)), r.IntN(len(a.Entries))
			a.Entries[x], a.Entries[y] = a.Entries[y], a.Entries[x]
		}
		var grew, shrank bool
		ca, cb := compilePrefixSet(a), compilePrefixSet(b)
		for _, p := range world {
			if ca.accepts(p) != a.Accepts(p) || cb.accepts(p) != b.Accepts(p) {
				t.Fatalf("the index and the list disagree on %s: %v", p, a.Entries)
			}
			grew = grew || a.Accepts(p) && !b.Accepts(p)
			shrank = shrank || !a.Accepts(p) && b.Accepts(p)
		}
		d := DiffPrefixSets(b, a)
		// The world is not everything: what it shows must be found, and what is found must be true.
		if grew && !d.Grew.IsValid() || shrank && !d.Shrank.IsValid() {
			t.Fatalf("missed: grew %v shrank %v, found %v\n%v\n%v", grew, shrank, d, b.Entries, a.Entries)
		}
		if d.Grew.IsValid() && (!a.Accepts(d.Grew) || b.Accepts(d.Grew)) || d.Shrank.IsValid() && (a.Accepts(d.Shrank) || !b.Accepts(d.Shrank)) {
			t.Fatalf("untrue witness: %v\n%v\n%v", d, b.Entries, a.Entries)
		}
	}
}

// TestSimplePaths holds the expressions that need no text against the expressions themselves.
func TestSimplePaths(t *testing.T) {
	under := `(?:^|[,{}() ]|$)`
	for _, expr := range []string{`^$`, `.*`, `^65001$`, `^65001` + under, under + `65001$`, under + `65001` + under, `(^|[,{}() ]|$)65001(^|[,{}() ]|$)`} {
		s := simplify(expr)
		if s == nil {
			t.Errorf("%s is not recognised", expr)
			continue
		}
		for _, p := range append(pathsOver([]uint32{65001, 650011, 5001}, 65551), nil, path("{65001}"), path("65001 {65002,65003}"), path("65002 {65001}"), path("65001")) {
			want := regexp.MustCompile(expr).MatchString(p.String())
			if got, ok := s.match(p); ok && got != want {
				t.Errorf("%s on %q: %v, want %v", expr, p, got, want)
			}
		}
	}
	for _, expr := range []string{`65001`, `^65001`, `^65001 65002$`, `[0-9]`, `^(65001|65002)$`, `(?:[0-9]|^)65001(?:$|[0-9])`} {
		if simplify(expr) != nil {
			t.Errorf("%s is taken for an expression about one AS", expr)
		}
	}
}

// TestSamplePaths: for expressions as people write them, some sample matches.
func TestSamplePaths(t *testing.T) {
	under := `(?:^|[,{}() ]|$)`
	for _, expr := range []string{
		`^65001` + under + `[0-9]+$`, under + `6500[1-5]` + under, `^[0-9]+$`, `^(65001|65002)(` + under + `[0-9]+)*$`, `65001 (65002 )+65003`,
		under + `(64512|6[5-9][0-9]{3})` + under, `^65001( [0-9]+)?( 6500[23])+` + under, `\{.*\}`,
	} {
		re := regexp.MustCompile(expr)
		if !slices.ContainsFunc(samplePaths(expr), func(p network.ASPath) bool { return re.MatchString(p.String()) }) {
			t.Errorf("%s: no sample matches: %v", expr, samplePaths(expr))
		}
	}
}

// TestCompare names policy pairs and what must be found between them.
func TestCompare(t *testing.T) {
	ten, except := when(network.MatchPrefix{Set: "TEN"}), when(network.MatchPrefix{Set: "EXCEPT"})
	from1 := when(network.MatchASPath{Set: "FROM1"})
	both, either := when(network.MatchCommunity{Set: "BOTH"}), when(network.MatchCommunity{Set: "EITHER"})
	lp := func(v uint32) func(*network.Statement) { return set(network.SetLocalPref{Value: v}) }
	for _, tt := range []struct {
		name                           string
		before, after                  *network.Policy
		grew, shrank, alters, complete bool
	}{
		{"the same", routeMap("A", entry(10, ten, lp(200))), routeMap("A", entry(10, ten, lp(200))), false, false, false, true},
		{"renumbered", routeMap("A", entry(10, ten), entry(20, deny)), routeMap("A", entry(5, ten), entry(7, deny)), false, false, false, true},
		{"a list that accepts less", routeMap("A", entry(10, when(network.MatchPrefix{Set: "EXCEPT"}))), routeMap("A", entry(10, ten)), true, true, false, true},
		{"deny before and after a permit", routeMap("A", entry(10, deny, ten), entry(20)), routeMap("A", entry(10), entry(20, deny, ten)), true, false, false, true},
		{"two denies change places", routeMap("A", entry(10, deny, ten), entry(20, deny, both), entry(30)), routeMap("A", entry(10, deny, both), entry(20, deny, ten), entry(30)), false, false, false, true},
		{"two permits with different actions change places", routeMap("A", entry(10, ten, lp(1)), entry(20, both, lp(2))), routeMap("A", entry(10, both, lp(2)), entry(20, ten, lp(1))), false, false, true, true},
		{"both communities or either", routeMap("A", entry(10, both)), routeMap("A", entry(10, either)), true, false, false, true},
		{"a match is dropped", routeMap("A", entry(10, from1, ten)), routeMap("A", entry(10, from1)), true, false, false, true},
		{"an AS path match is added", routeMap("A", entry(10, except)), routeMap("A", entry(10, except, from1)), false, true, false, true},
		{"adding to communities or replacing them", routeMap("A", entry(10, set(network.SetCommunity{Mode: network.AddTo, Values: comms("65000:1")}))),
			routeMap("A", entry(10, set(network.SetCommunity{Values: comms("65000:1")}))), false, false, true, true},
		{"metric set or added to", routeMap("A", entry(10, set(network.SetMED{Value: 10}))), routeMap("A", entry(10, set(network.SetMED{Op: network.Add, Value: 10}))), false, false, true, true},
		{"prepended once or twice", routeMap("A", entry(10, set(network.PrependASPath{AS: []uint32{1}}))), routeMap("A", entry(10, set(network.PrependASPath{AS: []uint32{1, 1}}))), false, false, true, false},
		{"an action that changes nothing is gone", routeMap("A", entry(10, ten), entry(20, deny, lp(5))), routeMap("A", entry(10, ten)), false, false, false, true},
		{"not simulated", routeMap("A", entry(10, when(network.MatchUnmodelled{Text: "match moon"}))), routeMap("A", entry(10, when(network.MatchUnmodelled{Text: "match moon"}), ten)), false, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &Side{Evaluator: Compile(router(tt.before)), Chain: chain("A")}
			a := &Side{Evaluator: Compile(router(tt.after)), Chain: chain("A")}
			c := Compare(b, a, Options{Context: Route{Type: network.RouteExternal, PeerAS: 65001}})
			if c.Grew != tt.grew || c.Shrank != tt.shrank || c.Alters != tt.alters || c.Complete != tt.complete {
				t.Errorf("grew %v shrank %v alters %v complete %v (%s) on %d routes, want %v %v %v %v", c.Grew, c.Shrank, c.Alters, c.Complete, c.Why, c.Probes, tt.grew, tt.shrank, tt.alters, tt.complete)
			}
		})
	}
}

// TestCompareIsTrue compares random route maps with neighbours of themselves: every witness holds
// when it is evaluated again, and where a comparison proves equality no other route differs.
func TestCompareIsTrue(t *testing.T) {
	g := &generator{r: rand.New(rand.NewPCG(9, 9))}
	for i := range 400 {
		g.routeMap(fmt.Sprintf("T%d", i))
	}
	r := g.r
	proven, different := 0, 0
	for i := range 400 {
		name := fmt.Sprintf("T%d", i)
		base := g.router()
		changed := *policyNamed(base, name)
		changed.Statements = slices.Clone(changed.Statements)
		st := changed.Statements
		switch x := r.IntN(len(st)); r.IntN(4) {
		case 0:
			y := r.IntN(len(st))
			st[x].Match, st[y].Match, st[x].Result, st[y].Result, st[x].Set, st[y].Set = st[y].Match, st[x].Match, st[y].Result, st[x].Result, st[y].Set, st[x].Set
		case 1:
			st[x].Match = nil
		case 2:
			st[x].Set = nil
		case 3:
			st[x].Result = network.Accept + network.Reject - st[x].Result
		}
		other := g.router()
		other.Policies = slices.Clone(other.Policies)
		for j, p := range other.Policies {
			if p.Name == name {
				other.Policies[j] = &changed
			}
		}
		b, a := &Side{Evaluator: Compile(base), Chain: chain(name)}, &Side{Evaluator: Compile(other), Chain: chain(name)}
		ctx := Route{Type: network.RouteExternal, Peer: addr("127.0.0.2"), PeerAS: 65001, LocalAS: 65000}
		c := Compare(b, a, Options{Context: ctx, FixedPeer: true, FixedType: true, Families: []network.Family{network.IPv4Unicast}, Max: 1024})
		if !c.Equal() {
			different++
		}
		for _, w := range []*Witness{c.GrewBy, c.ShrankBy, c.AltersBy} {
			if w != nil && reflect.DeepEqual(b.Apply(w.Route).Route, a.Apply(w.Route).Route) && b.Apply(w.Route).Disposition == a.Apply(w.Route).Disposition {
				t.Errorf("%s: the witness %v is treated alike", name, w.Route)
			}
		}
		if c.Equal() && c.Complete {
			proven++
		}
		for _, rt := range g.routes() {
			rt.Type, rt.Peer, rt.PeerAS, rt.LocalAS = ctx.Type, ctx.Peer, ctx.PeerAS, ctx.LocalAS
			x, y := b.Apply(rt), a.Apply(rt)
			if c.Equal() && c.Complete && (x.Disposition != y.Disposition || x.Disposition == network.Accept && !sameOutcome(&x.Route, &y.Route)) {
				t.Errorf("%s: proven equal, and %s of %s differs", name, rt.Prefix, render(rt.Attributes))
			}
			if c.Equal() && !c.Complete && x.Disposition != y.Disposition {
				t.Logf("%s: not found in %d probes (%s): %s of %s", name, c.Probes, c.Why, rt.Prefix, render(rt.Attributes))
			}
		}
	}
	if proven < 20 || different < 100 {
		t.Errorf("%d proven equal and %d different of 400: the test no longer tries both", proven, different)
	}
}

// TestReads: what a chain does not read does not change its outcome.
func TestReads(t *testing.T) {
	g := &generator{r: rand.New(rand.NewPCG(4, 4))}
	for i := range 100 {
		g.routeMap(fmt.Sprintf("T%d", i))
	}
	e := Compile(g.router())
	other := map[Input]func(*Route, *network.PathAttributes){
		ReadsPrefix:      func(r *Route, _ *network.PathAttributes) { r.Prefix = pfx("10.1.5.0/24") },
		ReadsNextHop:     func(_ *Route, a *network.PathAttributes) { a.NextHop = addr("198.51.100.1") },
		ReadsPeer:        func(r *Route, _ *network.PathAttributes) { r.Peer = addr("127.0.0.9") },
		ReadsASPath:      func(_ *Route, a *network.PathAttributes) { a.ASPath = path("65001 65002") },
		ReadsCommunities: func(_ *Route, a *network.PathAttributes) { a.Communities = comms("65000:1", "65000:2") },
		ReadsLarge: func(_ *Route, a *network.PathAttributes) {
			a.Large = []network.LargeCommunity{{Global: 65000, Data1: 1, Data2: 2}}
		},
		ReadsLocalPref: func(_ *Route, a *network.PathAttributes) { a.LocalPref = 200 },
		ReadsMED:       func(_ *Route, a *network.PathAttributes) { a.MED = 50 },
		ReadsOrigin:    func(_ *Route, a *network.PathAttributes) { a.Origin = network.OriginEGP },
		ReadsDirection: func(r *Route, _ *network.PathAttributes) { r.Direction = Redistribute },
	}
	for i := range 100 {
		c := chain(fmt.Sprintf("T%d", i))
		reads := e.Reads(c)
		base := Route{Prefix: pfx("192.0.2.0/24"), Peer: addr("127.0.0.2"), Attributes: &network.PathAttributes{ASPath: path("65003"), NextHop: addr("192.0.2.9")}}
		want := e.Chain(c, base, network.Reject).Disposition
		for in, change := range other {
			rt, a := base, *base.Attributes
			rt.Attributes = &a
			change(&rt, &a)
			if got := e.Chain(c, rt, network.Reject).Disposition; got != want && !reads.Inputs.Has(in) {
				t.Errorf("T%d does not read input %b, and it decides", i, in)
			}
		}
	}
}

// FuzzEvaluate: an evaluation is deterministic and never changes its input.
func FuzzEvaluate(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(0))
	f.Add(uint64(77), uint64(3), uint8(9))
	f.Fuzz(func(t *testing.T, a, b uint64, route uint8) {
		g := &generator{r: rand.New(rand.NewPCG(a, b))}
		g.routeMap("SUB")
		g.routeMap("T")
		e := Compile(g.router())
		rts := g.routes()
		rt := rts[int(route)%len(rts)]
		rt.Peer = addr("127.0.0.2")
		before := fmt.Sprintf("%+v %+v", rt, *rt.Attributes)
		x, y := e.Chain(chain("T", "SUB"), rt, network.Reject), e.Chain(chain("T", "SUB"), rt, network.Reject)
		if !reflect.DeepEqual(x, y) {
			t.Errorf("%+v, then %+v", x, y)
		}
		if after := fmt.Sprintf("%+v %+v", rt, *rt.Attributes); after != before {
			t.Errorf("the input was %s and is %s", before, after)
		}
		if _, z := e.Explain(chain("T", "SUB"), rt, network.Reject); !reflect.DeepEqual(x, z) {
			t.Errorf("evaluated %+v, explained %+v", x, z)
		}
	})
}

func BenchmarkChain(b *testing.B) {
	r := router(routeMap("IN", entry(10, deny, when(network.MatchPrefix{Set: "EXCEPT"})), entry(20, when(network.MatchASPath{Set: "NOT2"})),
		entry(30, when(network.MatchCommunity{Set: "EITHER"}), set(network.SetLocalPref{Value: 200})), entry(40)))
	e := Compile(r)
	rt := Route{Prefix: pfx("192.0.2.0/24"), Attributes: &network.PathAttributes{ASPath: path("65001 65002 65003"), Communities: comms("65000:2")}}
	c := chain("IN")
	b.ReportAllocs()
	for b.Loop() {
		if e.Chain(c, rt, network.Reject).Disposition != network.Accept {
			b.Fatal("not accepted")
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	g := &generator{r: rand.New(rand.NewPCG(9, 9))}
	g.routeMap("A")
	g.routeMap("B")
	g.routeMap("C")
	e := Compile(g.router())
	for b.Loop() {
		Compare(&Side{Evaluator: e, Chain: chain("A", "B")}, &Side{Evaluator: e, Chain: chain("A", "C")}, Options{})
	}
}

func policyNamed(r *network.Router, name string) *network.Policy {
	i := slices.IndexFunc(r.Policies, func(p *network.Policy) bool { return p.Name == name })
	return r.Policies[i]
}
