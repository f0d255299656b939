package faults

import (
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
)

// score is what ended how.
type score struct {
	mu   sync.Mutex
	rows map[[3]string]*row // fault, daemon, step
}

type row struct {
	runs, old, new, missed, broken int
	over                           time.Duration
}

func (s *score) add(k, daemon, step string, o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[[3]string{k, daemon, step}]
	if r == nil {
		r = &row{}
		s.rows[[3]string{k, daemon, step}] = r
	}
	r.runs++
	r.over = max(r.over, o.over)
	switch {
	case len(o.broken) > 0:
		r.broken++
	case o.missed:
		r.missed++
	case o.runs == "old":
		r.old++
	default:
		r.new++
	}
}

// write prints the counts.
func (s *score) write(f *os.File) {
	w := tabwriter.NewWriter(f, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tdaemon\tstep\truns\told\tnew\tnot tried\tbroken\tafter its deadline")
	keys := slices.SortedFunc(maps.Keys(s.rows), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		r := s.rows[k]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%v\n", strings.Join(k[:], "\t"), r.runs, r.old, r.new, r.missed, r.broken, r.over.Round(100*time.Millisecond))
	}
	w.Flush()
}

// TestFaults kills and cuts each part at each step of a rollout. Without ROUTEGATE_SOAK a few of all that are tried, over each daemon.
// ROUTEGATE_FAULT_ROUNDS: how often (1); from the second on the fault comes up to a second after its line.
func TestFaults(t *testing.T) {
	labtest.Require(t)
	if why := lab.ImpairMissing(); why != "" && os.Getenv("ROUTEGATE_SOAK") == "1" {
		t.Fatal(why)
	}
	s := &score{rows: map[[3]string]*row{}}
	t.Run("over", func(t *testing.T) {
		for _, router := range daemons {
			t.Run(router, func(t *testing.T) {
				t.Parallel()
				l := newLane(t, router)
				for c := range cases(router) {
					l.t = t
					o := l.run(c.step, c.kind, c.delay)
					s.add(c.kind.name, router, c.step.name, o)
					t.Logf("%s: %s at %s: %s, rollout %s, %v after its deadline", router, c.kind.name, c.step.name, o.runs, o.result, o.over)
					if o.missed {
						// On a machine with much other work a rollout can be over before; where few are tried, each counts.
						why := t.Logf
						if os.Getenv("ROUTEGATE_SOAK") != "1" {
							why = t.Errorf
						}
						why("%s: %s at %s: the rollout ended before the step came\n%s", router, c.kind.name, c.step.name, l.said.String())
					}
					if len(o.broken) > 0 {
						t.Errorf("%s: %s at %s (after %v): %s\n%s\nits agent:\n%s", router, c.kind.name, c.step.name, c.delay, strings.Join(o.broken, "; "), l.said.String(), l.m.AgentLog(router))
					}
				}
			})
		}
	})
	if to := os.Getenv("ROUTEGATE_FAULT_SCORE"); to != "" {
		f, err := os.Create(to)
		must(t, err)
		s.write(f)
		must(t, f.Close())
	} else if testing.Verbose() {
		s.write(os.Stdout)
	}
}

type faultCase struct {
	step  step
	kind  kind
	delay time.Duration
}

// few are those that every run of the tests tries.
var few = map[string][2]string{"frr": {"agent killed", "apply"}, "gobgp": {"daemon killed", "confirm"}, "bird": {"controller killed, left", "look"}}

func cases(router string) func(func(faultCase) bool) {
	return func(yield func(faultCase) bool) {
		soak := os.Getenv("ROUTEGATE_SOAK") == "1"
		rounds, _ := strconv.Atoi(os.Getenv("ROUTEGATE_FAULT_ROUNDS"))
		only := os.Getenv("ROUTEGATE_FAULT") // "fault/step", or a part of it; several with | between
		for round := range max(rounds, 1) {
			for _, k := range kinds {
				for _, s := range steps {
					if !slices.ContainsFunc(strings.Split(only, "|"), func(x string) bool { return strings.Contains(k.name+"/"+s.name, x) }) {
						continue
					}
					if want := few[router]; !soak && only == "" && (k.name != want[0] || s.name != want[1]) {
						continue
					}
					if !yield(faultCase{s, k, spread(round, router, k.name, s.name)}) {
						return
					}
				}
			}
		}
	}
}

// spread is how long after its line a fault comes: at once in the first round, and the same time in each run.
func spread(round int, of ...string) time.Duration {
	if round == 0 {
		return 0
	}
	h := fnv.New64a()
	fmt.Fprint(h, round, of)
	return time.Duration(h.Sum64()%1000) * time.Millisecond
}
