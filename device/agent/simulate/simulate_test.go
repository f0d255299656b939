package simulate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

var (
	oldC = Configuration("as 64500\nsession a\nsession b\nroute 10.0.0.0/8\nroute 192.0.2.0/24\n")
	newC = Configuration("as 64500\nsession a\nsession c\nroute 10.0.0.0/8\nroute 198.51.100.0/24\n")
)

// insist sends a message until an answer comes, as a controller does; the last word is the agent's.
func insist(w *World, call func() (device.Status, error)) (device.Status, error) {
	for range 20 {
		st, err := call()
		if !errors.Is(err, device.ErrUnreachable) {
			return st, err
		}
		w.Sleep(2 * time.Second)
	}
	return device.Status{}, device.ErrUnreachable
}

// a story is what a controller or a rescue does to one router that runs oldC.
type story struct {
	name string
	tell func(w *World, r *Router, a device.Agent)
}

var ctx = context.Background()

func arm(w *World, a device.Agent, change string, base, candidate device.Configuration, guards ...device.Guard) error {
	_, err := insist(w, func() (device.Status, error) {
		return a.Arm(ctx, device.Order{Change: change, Base: base, Candidate: candidate, Window: time.Minute, Guards: guards})
	})
	return err
}

func apply(w *World, a device.Agent, change string) error {
	_, err := insist(w, func() (device.Status, error) { return a.Apply(ctx, change) })
	return err
}

func confirm(w *World, a device.Agent, change string) error {
	_, err := insist(w, func() (device.Status, error) { return a.Confirm(ctx, change) })
	return err
}

var stories = []story{
	{"confirmed", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) == nil && apply(w, a, "c1") == nil {
			w.Sleep(20 * time.Second)
			_ = confirm(w, a, "c1")
		}
	}},
	{"forgotten when armed", func(w *World, r *Router, a device.Agent) {
		_ = arm(w, a, "c1", oldC, newC)
		w.Sleep(2 * time.Minute)
	}},
	{"forgotten when applied", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) == nil {
			_ = apply(w, a, "c1")
		}
		w.Sleep(2 * time.Minute)
	}},
	{"reverted", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) == nil && apply(w, a, "c1") == nil {
			w.Sleep(5 * time.Second)
			_, _ = insist(w, func() (device.Status, error) { return a.Revert(ctx, "c1", "the judge says so") })
		}
	}},
	{"refused by the daemon when all but done", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, Configuration("as 64500\nsession z\nzz: late refused\n")) == nil {
			_ = apply(w, a, "c1")
		}
	}},
	{"guard", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC, device.Guard{Neighbors: []string{"a"}, For: 3 * time.Second}) == nil && apply(w, a, "c1") == nil {
			r.Lose("a", true)
			w.Sleep(20 * time.Second)
			r.Lose("a", false)
		}
	}},
	{"rescued when applied", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) != nil || apply(w, a, "c1") != nil {
			return
		}
		_, _ = insist(w, func() (device.Status, error) { return a.Restore(ctx, oldC.Hash(), "outage") })
	}},
	{"confirmed, and rescued back", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) != nil || apply(w, a, "c1") != nil || confirm(w, a, "c1") != nil {
			return
		}
		_, _ = insist(w, func() (device.Status, error) { return a.Restore(ctx, oldC.Hash(), "outage") })
	}},
	{"two changes", func(w *World, r *Router, a device.Agent) {
		if arm(w, a, "c1", oldC, newC) != nil || apply(w, a, "c1") != nil || confirm(w, a, "c1") != nil {
			return
		}
		if arm(w, a, "c2", newC, oldC) == nil && apply(w, a, "c2") == nil {
			_ = confirm(w, a, "c2")
		}
	}},
}

// play runs a story with at most one crash and returns how many steps it had, and what is wrong at its end.
func play(s story, crashAt int, kind Kind, log func(string, ...any)) (points int, wrong []string) {
	w := New(uint64(crashAt)*31+uint64(kind), Faults{})
	w.Log = log
	r := w.Router("r1", oldC)
	r.CrashAt(crashAt, kind)
	s.tell(w, r, r.Client())
	points = r.Points
	w.Quiet()
	w.Sleep(10 * time.Minute)
	return points, append(w.Broken(), r.Verdict()...)
}

// TestEveryStep crashes each part at each single step of each story: between any write, sync and call to the daemon.
func TestEveryStep(t *testing.T) {
	total := 0
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			n, wrong := play(s, -1, KillAgent, nil)
			if len(wrong) > 0 {
				t.Fatalf("without any crash:\n%s", strings.Join(wrong, "\n"))
			}
			for _, kind := range Kinds {
				for at := 1; at <= n; at++ {
					total++
					if _, wrong := play(s, at, kind, nil); len(wrong) > 0 {
						t.Errorf("%v at step %d of %d:\n%s", kind, at, n, strings.Join(wrong, "\n"))
						play(s, at, kind, t.Logf)
						return
					}
				}
			}
		})
	}
	t.Logf("%d single crashes", total)
}

// random is a world in which much goes wrong, and a controller that tries three changes.
func random(seed uint64, log func(string, ...any)) (*World, []string) {
	w := New(seed, Faults{})
	w.Log = log
	// Each world has a few kinds of faults, of different strength: all at once would leave nothing standing.
	strength := func(p float64) float64 {
		if w.Rand.IntN(3) > 0 {
			return 0
		}
		return p * w.Rand.Float64()
	}
	f := Faults{
		KillAgent: strength(0.02), Reboot: strength(0.01), KillDaemon: strength(0.02), ApplyFails: strength(0.2),
		Hang: strength(0.03), DiskFull: strength(0.01), DiskBroken: strength(0.01), ClockUnreadable: strength(0.005),
		ClockJump: strength(0.02), Foreign: strength(0.01), LoseRequest: strength(0.3), LoseReply: strength(0.3), Repeat: strength(0.5),
	}
	r := w.Router("r1", oldC)
	w.Faults = f
	a := r.Client()
	for i := range 3 {
		id := "c" + strconv.Itoa(i)
		base := r.daemon.given // drift would be refused
		candidate := Configuration(fmt.Sprintf("as 64500\nsession a\nchange %d\nroute 10.%d.0.0/16\n", i, w.Rand.IntN(3)))
		if w.Rand.IntN(8) == 0 {
			candidate = Configuration(string(candidate.Files[0].Data) + "zz: late refused\n")
		}
		var guards []device.Guard
		if w.Rand.IntN(3) == 0 {
			guards = append(guards, device.Guard{Neighbors: []string{"a"}, For: time.Duration(w.Rand.IntN(5)) * time.Second})
		}
		if w.Rand.IntN(5) == 0 {
			w.After(w.span(time.Minute), func() { r.Cut(true) })
			w.After(time.Minute+w.span(3*time.Minute), func() { r.Cut(false) })
		}
		if w.Rand.IntN(5) == 0 {
			w.After(w.span(time.Minute), func() { r.Lose("a", true) })
			w.After(time.Minute+w.span(time.Minute), func() { r.Lose("a", false) })
		}
		if arm(w, a, id, base, candidate, guards...) == nil && apply(w, a, id) == nil {
			w.Sleep(w.span(70 * time.Second))
			switch w.Rand.IntN(6) {
			case 0: // forgotten
			case 1:
				_, _ = insist(w, func() (device.Status, error) { return a.Revert(ctx, id, "") })
			case 2:
				stored, err := a.Stored(ctx)
				if err == nil && len(stored) > 0 {
					_, _ = insist(w, func() (device.Status, error) {
						return a.Restore(ctx, stored[w.Rand.IntN(len(stored))].Hash, "")
					})
				}
			default:
				_ = confirm(w, a, id)
			}
		}
		w.Sleep(w.span(3 * time.Minute))
	}
	w.Quiet()
	w.Sleep(15 * time.Minute)
	return w, append(w.Broken(), r.Verdict()...)
}

// TestSeeds: many faults at once. ROUTEGATE_SOAK=1 plays 10,000 and more; ROUTEGATE_SEED=N plays one and tells it.
func TestSeeds(t *testing.T) {
	if s := os.Getenv("ROUTEGATE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		_, wrong := random(seed, t.Logf)
		for _, x := range wrong {
			t.Error(x)
		}
		return
	}
	n := 300
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		n = 12000
	}
	steps, failed := 0, 0
	happened := map[string]int{}
	for seed := range n {
		w, wrong := random(uint64(seed), nil)
		steps += w.Steps
		for k, v := range w.Happened {
			happened[k] += v
		}
		if len(wrong) > 0 {
			t.Errorf("seed %d:\n%s", seed, strings.Join(wrong, "\n"))
			if failed++; failed == 3 {
				t.Fatal("and perhaps more: ROUTEGATE_SEED=N tells one")
			}
		}
	}
	t.Logf("%d seeds, %d steps, faults: %v", n, steps, happened)
}
