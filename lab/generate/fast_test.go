package generate_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// load writes a snapshot and reads it back.
func load(t *testing.T, s generate.Snapshot, base *config.Snapshot) *config.Snapshot {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "net")
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	out, err := config.Load(context.Background(), dir, config.Options{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func solve(t *testing.T, n *network.Network, o routing.Options) *routing.Result {
	t.Helper()
	r, err := routing.Solve(context.Background(), n, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFabricsAreSound: what is written is read whole, every session comes up, and every rack is reached from every leaf. Of
// GoBGP only the routes are asked for: no configuration says that hosts are anywhere.
func TestFabricsAreSound(t *testing.T) {
	size := generate.ClosSize{Pods: 3, Leaves: 3, Spines: 2, SuperSpines: 2}
	for name, make := range map[string]func() (generate.Snapshot, error){
		"fat-tree, FRR":   func() (generate.Snapshot, error) { return generate.FatTree(4, generate.FRR) },
		"fat-tree, GoBGP": func() (generate.Snapshot, error) { return generate.FatTree(4, generate.GoBGP) },
		"clos, FRR":       func() (generate.Snapshot, error) { return generate.Clos(size, generate.FRR) },
		"clos, GoBGP":     func() (generate.Snapshot, error) { return generate.Clos(size, generate.GoBGP) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := make()
			if err != nil {
				t.Fatal(err)
			}
			again, _ := make()
			if !reflect.DeepEqual(s, again) {
				t.Error("two snapshots of the same network differ")
			}
			snap := load(t, s, nil)
			readWhole(t, snap)
			res := solve(t, snap.Network, routing.Options{})
			sessionsUp(t, res)
			racks := 0
			for p := range res.Originations() {
				if p.Bits() != 24 {
					continue
				}
				racks++
				for _, r := range snap.Network.Routers {
					_, own := res.Best(r.Name, "", p)
					if _, ok := res.Lookup(r.Name, "", p.Addr().Next()); !ok && !own {
						t.Errorf("%s has no route to %s", r.Name, p)
					}
				}
				for _, f := range res.Outcomes(p) {
					if !strings.HasSuffix(name, "GoBGP") && (strings.HasPrefix(f.Router, "edge") || strings.HasPrefix(f.Router, "leaf")) && !f.Set.AllGood() {
						t.Errorf("%s does not reach %s: %s", f.Router, p, f.Set)
					}
				}
			}
			if racks == 0 {
				t.Error("nobody announces a rack")
			}
		})
	}
}

// TestWANIsSound: what is written is read whole, every session comes up, every feed is heard without what nobody may
// announce, and every router knows what every neighbor told.
func TestWANIsSound(t *testing.T) {
	size := generate.WANSize{Routers: 14, Feeds: 3, Prefixes: 400, Peers: 2, Customers: 3, Seed: 7}
	s, err := generate.WAN(size, generate.FRR)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := generate.WAN(size, generate.FRR); !reflect.DeepEqual(s, again) {
		t.Error("two snapshots of the same network differ")
	}
	snap := load(t, s, nil)
	readWhole(t, snap)
	res := solve(t, snap.Network, routing.Options{})
	sessionsUp(t, res)
	known, sets := map[netip.Prefix]bool{}, 0
	for _, a := range snap.Network.Env.Announcements {
		sets++
		for _, p := range a.Prefixes {
			known[p] = true
		}
	}
	if len(known) < size.Prefixes*9/10 || sets > 4*size.Prefixes/2 {
		t.Errorf("%d prefixes are announced in %d sets", len(known), sets)
	}
	for p := range known {
		bogon := p.Bits() > 24 || p.Addr().As4()[0] == 10
		for _, r := range snap.Network.Routers {
			if _, ok := res.Route(r.Name, "", p); ok == bogon {
				t.Errorf("%s: a route to %s: %t", r.Name, p, ok)
			}
		}
	}
}

// readWhole: every line is understood.
func readWhole(t *testing.T, snap *config.Snapshot) {
	t.Helper()
	for _, r := range snap.Network.Routers {
		for i := range r.Files {
			if _, _, n := r.Files[i].Count(); n > 0 {
				t.Errorf("%s: %d lines are not modelled: %v", r.Files[i].Path, n, r.Files[i].Notes)
			}
		}
	}
}

func sessionsUp(t *testing.T, res *routing.Result) {
	t.Helper()
	for i := range res.Sessions {
		if x := &res.Sessions[i]; x.State != bgp.Established {
			t.Errorf("%s: neighbor %s is down: %s", x.Router, x.Neighbor, x.Detail)
		}
	}
}

// edit changes one router as an operator would, at random; it says how.
func edit(r *rand.Rand, s generate.Snapshot) (generate.Snapshot, string) {
	out := slices.Clone(s)
	for {
		i := r.IntN(len(out))
		f := out[i]
		if !strings.HasSuffix(f.Path, "frr.conf") {
			continue
		}
		lines := strings.Split(string(f.Text), "\n")
		var at []int
		add := func(after int, text string) {
			lines = slices.Insert(lines, after+1, text)
		}
		find := func(prefix string) int {
			at = at[:0]
			for n, l := range lines {
				if strings.HasPrefix(strings.TrimSpace(l), prefix) {
					at = append(at, n)
				}
			}
			if len(at) == 0 {
				return -1
			}
			return at[r.IntN(len(at))]
		}
		what, n := "", -1
		switch r.IntN(8) {
		case 0:
			if n = find("route-map "); n >= 0 {
				what = "prepend"
				add(n, fmt.Sprintf(" set as-path prepend %d", 4200000000+r.IntN(30)))
			}
		case 1:
			if n = find("route-map "); n >= 0 {
				what = "deny"
				lines[n] = strings.Replace(lines[n], "permit", "deny", 1)
			}
		case 2:
			if n = find("bgp router-id"); n >= 0 {
				if m := find("neighbor 100."); m >= 0 {
					what = "shutdown"
					add(m, " neighbor "+strings.Fields(lines[m])[1]+" shutdown")
				}
			}
		case 3:
			if n = find("network 10."); n >= 0 {
				what = "no network"
				lines = slices.Delete(lines, n, n+1)
			}
		case 4:
			if n = find("maximum-paths 64"); n >= 0 {
				what = "maximum-paths 1"
				lines[n] = "  maximum-paths 1"
			}
		case 5:
			if n = find("maximum-paths 64"); n >= 0 {
				what = "another network"
				add(n, fmt.Sprintf("  network 10.0.%d.0/24", r.IntN(10)))
				add(n, "  redistribute connected")
			}
		case 6:
			if n = find("ip address 100."); n >= 0 {
				what = "interface shutdown"
				add(n, " shutdown")
			}
		case 7:
			if n = find("maximum-paths 64"); n >= 0 {
				if m := find("neighbor 100."); m >= 0 {
					what = "import policy"
					add(n, "  neighbor "+strings.Fields(lines[m])[1]+" route-map TAG in")
					lines = append(lines, "ip prefix-list SOME seq 5 permit 10.0.0.0/21 le 24", "route-map TAG permit 10", " match ip address prefix-list SOME", " set metric 5", "exit", "route-map TAG permit 20", "exit")
				}
			}
		}
		if what == "" {
			continue
		}
		out[i] = generate.File{Path: f.Path, Text: []byte(strings.Join(lines, "\n"))}
		return out, f.Path + ": " + what
	}
}

// TestFastWays holds the fast ways of solving against the slow one, over random changes of a fabric: the plain
// way, and the solution from the state before.
func TestFastWays(t *testing.T) {
	tree, err := generate.FatTree(4, generate.FRR)
	if err != nil {
		t.Fatal(err)
	}
	clos, err := generate.Clos(generate.ClosSize{Pods: 3, Leaves: 3, Spines: 2, SuperSpines: 2}, generate.FRR)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("fat-tree", func(t *testing.T) { fastWays(t, tree, 60) })
	t.Run("clos", func(t *testing.T) { fastWays(t, clos, 40) })
	t.Run("wan", func(t *testing.T) {
		wan, err := generate.WAN(generate.WANSize{Routers: 12, Feeds: 3, Prefixes: 120, Peers: 2, Customers: 3, Seed: 3}, generate.FRR)
		if err != nil {
			t.Fatal(err)
		}
		fastWays(t, wan, 16)
	})
}

func fastWays(t *testing.T, s generate.Snapshot, changes int) {
	before := load(t, s, nil)
	base := solve(t, before.Network, routing.Options{})
	alone := solve(t, before.Network, routing.Options{EveryPath: true, EveryPrefix: true})
	same(t, "the fabric", alone, base)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range changes {
		changed, what := edit(r, s)
		for range i % 3 {
			more := ""
			changed, more = edit(r, changed)
			what += ", " + more
		}
		after := load(t, changed, before)
		slow := solve(t, after.Network, routing.Options{EveryPath: true, EveryPrefix: true})
		same(t, what+" (alone)", slow, solve(t, after.Network, routing.Options{}))
		same(t, what+" (from the state before)", slow, solve(t, after.Network, routing.Options{Base: base}))
		counted(t, what, slow)
		if t.Failed() {
			return
		}
	}
	same(t, "the fabric, after others were solved from it", alone, base)
}

// sameTables reports the first difference of two results in the tables of one routing instance.
func sameTables(t *testing.T, what, router, vrf string, f network.Family, want, got *routing.Result) bool {
	t.Helper()
	a, b := slices.Collect(want.Routes(router, vrf, f)), slices.Collect(got.Routes(router, vrf, f))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s: %s %s: routes\n got %+v\nwant %+v", what, router, vrf, b, a)
		return false
	}
	x, y := entries(want, router, vrf, f), entries(got, router, vrf, f)
	if !reflect.DeepEqual(x, y) {
		t.Errorf("%s: %s %s: table\n got %+v\nwant %+v", what, router, vrf, y, x)
		return false
	}
	if want.Count(router, vrf, f) != len(a) || got.Count(router, vrf, f) != len(a) {
		t.Errorf("%s: %s %s: %d and %d routes are counted, want %d", what, router, vrf, want.Count(router, vrf, f), got.Count(router, vrf, f), len(a))
	}
	return true
}

// same reports every difference of two results that a reader could see.
func same(t *testing.T, what string, want, got *routing.Result) {
	t.Helper()
	if want.Converged != got.Converged || !reflect.DeepEqual(want.Uncertain, got.Uncertain) {
		t.Errorf("%s: converged %v, want %v; uncertain %v, want %v", what, got.Converged, want.Converged, got.Uncertain, want.Uncertain)
	}
	if !reflect.DeepEqual(want.Sessions, got.Sessions) {
		for i := range want.Sessions {
			if i < len(got.Sessions) && !reflect.DeepEqual(want.Sessions[i], got.Sessions[i]) {
				t.Errorf("%s: session\n got %+v\nwant %+v", what, got.Sessions[i], want.Sessions[i])
				return
			}
		}
	}
	for _, router := range want.Network.Routers {
		for _, v := range router.VRFs {
			for _, f := range network.Families {
				if !sameTables(t, what, router.Name, v.Name, f, want, got) {
					return
				}
			}
		}
	}
	for i := range want.Sessions {
		x := &want.Sessions[i]
		for _, f := range network.Families {
			a := slices.Collect(want.Advertised(x.Router, x.VRF, x.Neighbor, f))
			b := slices.Collect(got.Advertised(x.Router, x.VRF, x.Neighbor, f))
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %s to %s: advertised\n got %+v\nwant %+v", what, x.Router, x.Neighbor, b, a)
				return
			}
		}
	}
	together(t, what, want, got)
	if a, b := want.Classes(), got.Classes(); !slices.Equal(a, b) {
		t.Errorf("%s: classes %v, want %v", what, b, a)
	}
	for _, c := range want.Classes() {
		if a, b := want.Outcomes(c), got.Outcomes(c); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %s: outcomes\n got %+v\nwant %+v", what, c, b, a)
			return
		}
	}
}

// together: what is told of many prefixes at once is what is so for each of them.
func together(t *testing.T, what string, want, got *routing.Result) {
	t.Helper()
	for _, router := range want.Network.Routers {
		for _, f := range network.Families {
			if a, b := unresolved(want, router.Name, f), unresolved(got, router.Name, f); !maps.Equal(a, b) {
				t.Errorf("%s: %s: next hops out of reach\n got %v\nwant %v", what, router.Name, b, a)
			}
			lost := map[string]int{}
			for e := range want.Entries(router.Name, "", f) {
				for i := range e.Paths {
					if p := &e.Paths[i]; p.Source == bgp.FromNeighbor && !p.NextHopOK {
						lost[p.Neighbor]++
					}
				}
			}
			for neighbor, u := range unresolved(got, router.Name, f) {
				if lost[neighbor] != u.Prefixes {
					t.Errorf("%s: %s: %d next hops from %s are out of reach, want %d", what, router.Name, u.Prefixes, neighbor, lost[neighbor])
				}
				delete(lost, neighbor)
			}
			if len(lost) > 0 {
				t.Errorf("%s: %s: next hops out of reach are missing: %v", what, router.Name, lost)
			}
		}
	}
	for i := range want.Sessions {
		x := &want.Sessions[i]
		for _, f := range network.Families {
			sent := map[netip.Prefix]bool{}
			for a := range want.Advertised(x.Router, x.VRF, x.Neighbor, f) {
				sent[a.Prefix] = true
			}
			n := 0
			for set := range got.SentTogether(x.Router, x.VRF, x.Neighbor, f) {
				n += len(set)
				for _, p := range set {
					if !sent[p] {
						t.Errorf("%s: %s to %s: %s is not sent", what, x.Router, x.Neighbor, p)
					}
					for _, router := range want.Network.Routers {
						a, _ := want.Best(router.Name, "", set[0])
						if b, _ := want.Best(router.Name, "", p); a.Neighbor != b.Neighbor || a.Source != b.Source {
							t.Errorf("%s: %s: %s is learned from %q, %s from %q", what, router.Name, set[0], a.Neighbor, p, b.Neighbor)
						}
					}
				}
			}
			if n != len(sent) {
				t.Errorf("%s: %s to %s: %d prefixes are sent together, want %d", what, x.Router, x.Neighbor, n, len(sent))
			}
		}
	}
}

// unresolved are by neighbor the prefixes whose next hop is out of reach.
func unresolved(r *routing.Result, router string, f network.Family) map[string]bgp.Unresolved {
	out := map[string]bgp.Unresolved{}
	for x := range r.Unresolved(router, "", f) {
		n := x.Prefixes
		if u, ok := out[x.Neighbor]; ok {
			if n += u.Prefixes; u.Example.Compare(x.Example) < 0 {
				x = u
			}
		}
		x.Prefixes = n
		out[x.Neighbor] = x
	}
	return out
}

// counted: what is counted as sent is what is sent.
func counted(t *testing.T, what string, r *routing.Result) {
	t.Helper()
	for i := range r.Sessions {
		x := &r.Sessions[i]
		for _, f := range network.Families {
			sent := map[netip.Prefix]bool{} // several paths for one are counted once
			for a := range r.Advertised(x.Router, x.VRF, x.Neighbor, f) {
				sent[a.Prefix] = true
			}
			if n := len(sent); n != x.Sent[f] && x.Families[f] {
				t.Errorf("%s: %s to %s: %d routes are counted as sent, %d are", what, x.Router, x.Neighbor, x.Sent[f], n)
			}
		}
	}
}

func entries(r *routing.Result, router, vrf string, f network.Family) (out []bgp.Entry) {
	for e := range r.Entries(router, vrf, f) {
		out = append(out, *e)
		if best, ok := r.Best(router, vrf, e.Prefix); ok != (e.Best() != nil) || ok && !reflect.DeepEqual(*best.Attributes, *e.Best().Attributes) {
			out = append(out, bgp.Entry{Prefix: e.Prefix, Paths: []bgp.Path{best}})
		}
	}
	return out
}
