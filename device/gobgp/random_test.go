package gobgp_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/gobgp"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/lab/random"
)

// TestRandomPairs leads a gobgpd through configurations that nobody chose: a router's of a random network, with parts left out and put in
// again. Each time what runs must be what was wanted. What the API cannot change is refused before anything is touched.
func TestRandomPairs(t *testing.T) {
	t.Parallel()
	labtest.Require(t)
	last := uint64(12)
	if os.Getenv("ROUTEGATE_SOAK") == "1" {
		last = 150
	}
	applied, refused := 0, 0
	for seed := uint64(random.Wider + 1); seed <= random.Wider+last; seed++ {
		rng := rand.New(rand.NewPCG(seed, 7))
		whole := random.Make(seed, random.Options{})
		names := configurations(whole)
		if len(names) == 0 {
			continue
		}
		name := names[rng.IntN(len(names))]
		base := string(whole.Files()[name])
		t.Run(fmt.Sprintf("seed %d %s", seed, name), func(t *testing.T) {
			n := labtest.Up(t, map[string]string{"devices/edge/" + path.Base(name): base})
			folder := n.Folder(t, "edge")
			d := gobgp.New(gobgp.Options{Router: "edge", Address: "unix://" + folder + "/api.sock", ConfigFile: folder + "/" + path.Base(name)})
			lead := func(what, text string) {
				t.Helper()
				to := device.Configuration{Files: []device.File{{Name: path.Base(name), Data: []byte(text)}}}
				err := d.Apply(within(t, time.Minute), to)
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
				if left, err := d.Differences(within(t, time.Minute), to); err != nil || len(left) > 0 {
					t.Fatalf("%s: %v %v", what, left, err)
				}
			}
			lead("as it is", base)
			parts := whole.Parts()
			for range 6 {
				var gone []string
				for range 1 + rng.IntN(6) {
					gone = append(gone, parts[rng.IntN(len(parts))])
				}
				if edited := string(whole.Without(gone...).Files()[name]); edited != "" {
					lead(fmt.Sprintf("without %q", gone), edited)
					lead(fmt.Sprintf("with %q again", gone), base)
				}
			}
		})
	}
	t.Logf("%d configurations applied and read back, %d refused", applied, refused)
	if applied == 0 || refused > applied/5 {
		t.Errorf("%d of %d configurations were refused", refused, refused+applied)
	}
}

// configurations are the names of the routers' files that gobgpd reads, sorted.
func configurations(s *random.Snapshot) (names []string) {
	for name := range s.Files() {
		if strings.HasPrefix(path.Base(name), "gobgpd.") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
