package gate

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/lab/random"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/failures"
)

// losses tries all failures of a network and tells what each loses, in words.
func losses(t *testing.T, s *side, protect []network.Protected, whole bool) ([]string, FailureCounts) {
	t.Helper()
	v, err := s.surveyed(t.Context(), protect, failures.Kinds{Links: true, Routers: true}, whole, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for i := range v.list {
		for _, l := range v.lost[i] {
			g := &v.goals[l.goal]
			out = append(out, fmt.Sprintf("%s: %s %s from %s: %v %s at %s", &v.list[i], g.protected.Name, g.prefix, l.source, l.losing, l.outcome, l.at))
		}
	}
	return out, v.counts
}

// protectAll protects every prefix that some router originates, or that comes from outside, up to most of them.
func protectAll(s *side, most int) []network.Protected {
	found := map[netip.Prefix]bool{}
	for p := range s.originations() {
		found[p] = true
	}
	for i := range s.net.Env.Announcements {
		for _, p := range s.net.Env.Announcements[i].Prefixes {
			found[p.Masked()] = true
		}
	}
	var list []netip.Prefix
	for p := range found {
		list = append(list, p)
	}
	slices.SortFunc(list, netip.Prefix.Compare)
	var routers []string
	for _, r := range s.net.Routers {
		routers = append(routers, r.Name)
	}
	var out []network.Protected
	for i := 0; i < len(list); i += max(1, len(list)/most) {
		p := network.Protected{Name: fmt.Sprint("p", i), Prefixes: list[i : i+1], ReachableFrom: append([]string{"outside"}, routers[i%len(routers):min(i%len(routers)+2, len(routers))]...)}
		if i%3 == 2 {
			p.ReachableFrom = nil
		}
		out = append(out, p)
	}
	return out
}

// tame chooses features of a random network for a seed. Left out are those with which an AS path may grow for ever
// around a circle, as it would in the daemons.
func tame(seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 7))
	out := []string{}
	features := random.Features
	if seed%2 == 1 { // such as the trial understands
		features = []string{"multipath", "prefix-list", "as-path-list", "community-list", "set-community", "import-check", "unnumbered", "ipv6", "requires-policy", "filters"}
	}
	for _, f := range features {
		switch f {
		case "allowas-in", "as-override", "remove-private-as", "local-as", "attribute-unchanged", "set-path":
			continue
		}
		if r.IntN(100) < 30 {
			out = append(out, f)
		}
	}
	return out
}

// TestFailuresOfFabrics: in a fabric nearly everything is proved, and what is lost is the same.
func TestFailuresOfFabrics(t *testing.T) {
	for _, dialect := range []generate.Dialect{generate.FRR, generate.GoBGP} {
		files, err := generate.FatTree(4, dialect)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "net")
		if err := files.Write(dir); err != nil {
			t.Fatal(err)
		}
		s := sideOfFolder(t, dir)
		protect := protectAll(s, 8)
		want, _ := losses(t, s, protect, true)
		got, counts := losses(t, s, protect, false)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: lost\n%q\nsolved anew as a whole\n%q", dialect, got, want)
		}
		// Edge switches announce their own racks alone, so that an aggregation switch has no second way down.
		if counts.Anew != counts.Losing || counts.Proved == 0 {
			t.Errorf("%s: %+v: what loses nothing is proved", dialect, counts)
		}
		t.Logf("%s: %+v, %d losses", dialect, counts, len(want))
	}
}

// sideOfFolder solves a snapshot.
func sideOfFolder(t *testing.T, dir string) *side {
	t.Helper()
	snap, err := config.Load(t.Context(), dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := routing.Solve(t.Context(), snap.Network, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newSide("after", snap, res)
}

// TestFailuresOfRandomNetworks: what is proved from the state before a failure, and what is solved anew for the prefixes that
// matter alone, is what the whole network does when it is solved anew.
func TestFailuresOfRandomNetworks(t *testing.T) {
	proved, tried, lost, seeds := 0, 0, 0, uint64(16)
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		seeds = 300
	}
	for seed := range seeds {
		o := random.Options{MaxRouters: 6, Only: tame(seed)}
		dir := filepath.Join(t.TempDir(), "net")
		if err := random.Make(seed, o).Write(dir); err != nil {
			t.Fatal(err)
		}
		s := sideOfFolder(t, dir)
		if !s.res.Converged {
			continue
		}
		protect := protectAll(s, 8)
		all, _ := losses(t, s, protect, true)
		lost += len(all)
		if got, _ := losses(t, s, protect, false); !slices.Equal(got, all) {
			t.Errorf("seed %d: lost\n%q\nsolved anew as a whole\n%q", seed, got, all)
		}
		// Goal by goal: of many together nearly every failure loses one.
		for i := range protect {
			var want []string
			for _, l := range all {
				if strings.Contains(l, ": "+protect[i].Name+" ") {
					want = append(want, l)
				}
			}
			got, counts := losses(t, s, protect[i:i+1], false)
			if !slices.Equal(got, want) {
				t.Errorf("seed %d: lost\n%q\nsolved anew as a whole\n%q", seed, got, want)
			}
			proved, tried = proved+counts.Proved, tried+counts.Links+counts.Routers
		}
	}
	if uint64(tried) < 50*seeds || uint64(proved) < 3*seeds || uint64(lost) < 8*seeds {
		t.Errorf("%d failures tried, %d losses: too few to say anything", tried, lost)
	}
	t.Logf("%d failures, %d of them proved harmless, %d losses", tried, proved, lost)
}
