package frr_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device/frr"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/lab/random"
)

// TestRandomPairs leads one set of daemons through configurations that nobody chose: of random networks, each router's, then the same
// with lines left out, numbers changed and lines of another router put in, and back. Each time what runs must be what was
// wanted. A candidate that FRR refuses is passed over: that it is refused before anything is touched is looked at.
func TestRandomPairs(t *testing.T) {
	t.Parallel()
	labtest.Require(t)
	n := labtest.Up(t, map[string]string{"devices/edge/frr.conf": "router bgp 65000\n bgp router-id 10.0.0.1\nrouter ospf\n ospf router-id 10.0.0.1\n"})
	folder := n.Folder(t, "edge")
	d := frr.New(frr.Options{Router: "edge", VtySocket: folder, ConfigFile: folder + "/frr.conf"})
	seeds := uint64(2)
	if os.Getenv("ROUTEGATE_SOAK") == "1" {
		seeds = 40
	}
	applied, refused := 0, 0
	lead := func(what string, to string) {
		t.Helper()
		err := d.Apply(within(t, time.Minute), conf(to))
		switch {
		case err == nil:
			applied++
		case strings.HasPrefix(err.Error(), "nothing was touched:"):
			refused++
			t.Logf("%s: %v", what, err)
			return
		default:
			t.Fatalf("%s: %v", what, err)
		}
		if left, err := d.Differences(within(t, time.Minute), conf(to)); err != nil || len(left) > 0 {
			t.Fatalf("%s: %v %v", what, left, err)
		}
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		rng := rand.New(rand.NewPCG(seed, 7))
		whole := random.Make(seed, random.Options{})
		parts := whole.Parts()
		names := configurations(whole)
		base := names[rng.IntN(len(names))]
		text := func(s *random.Snapshot, name string) string { return string(s.Files()[name]) }
		lead(fmt.Sprintf("seed %d, %s", seed, base), text(whole, base))
		for range 4 {
			var gone []string
			for range 1 + rng.IntN(6) {
				gone = append(gone, parts[rng.IntN(len(parts))])
			}
			if edited := text(whole.Without(gone...), base); edited != "" {
				lead(fmt.Sprintf("seed %d, %s without %q", seed, base, gone), edited)
				lead(fmt.Sprintf("seed %d, %s with %q again", seed, base, gone), text(whole, base))
			}
		}
		other := names[rng.IntN(len(names))]
		lead(fmt.Sprintf("seed %d, %s instead of %s", seed, other, base), text(whole, other))
	}
	t.Logf("%d configurations applied and read back, %d refused", applied, refused)
	if refused > applied/10 {
		t.Errorf("%d of %d configurations were refused", refused, refused+applied)
	}
}

// configurations are the names of the routers' files that FRR reads, sorted.
func configurations(s *random.Snapshot) (names []string) {
	for name := range s.Files() {
		if strings.HasSuffix(name, "/frr.conf") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
