package simulate

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

func TestSecondArmIsRefused(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	refused(t, arm(w, a, "c2", newC, oldC), device.RefusedArmed, "c1 is applied here")
	if err := arm(w, a, "c1", oldC, newC); err != nil { // the same message again
		t.Errorf("a repeated arm is refused: %v", err)
	}
	refused(t, arm(w, a, "c1", oldC, oldC), device.RefusedArmed, "c1 is applied here") // the same id, another candidate
	refused(t, confirm(w, a, "c2"), device.RefusedUnknown, "no change c2 is armed here")
	if err := confirm(w, a, "c1"); err != nil {
		t.Fatal(err)
	}
	if err := confirm(w, a, "c1"); err != nil {
		t.Errorf("a repeated confirm is refused: %v", err)
	}
	mustRun(t, w, r, newC, device.Confirmed)
	refused(t, arm(w, a, "c1", newC, oldC), device.RefusedEnded, "c1 has ended here already")
	_, err := a.Revert(ctx, "c1", "")
	refused(t, err, device.RefusedPhase, "was confirmed")
}

func TestOrdersThatAreRefused(t *testing.T) {
	w, r, a := begin(t)
	send := func(o device.Order) error { _, err := a.Arm(ctx, o); return err }
	good := device.Order{Change: "c1", Base: oldC, Candidate: newC, Window: time.Minute}
	for _, c := range []struct {
		name string
		edit func(*device.Order)
		code device.RefusalCode
		text string
	}{
		{"no id", func(o *device.Order) { o.Change = "" }, device.RefusedInvalid, "no id"},
		{"long id", func(o *device.Order) { o.Change = strings.Repeat("x", 129) }, device.RefusedInvalid, "129 bytes"},
		{"no window", func(o *device.Order) { o.Window = 0 }, device.RefusedInvalid, "want 1s to 24h"},
		{"endless window", func(o *device.Order) { o.Window = 48 * time.Hour }, device.RefusedInvalid, "want 1s to 24h"},
		{"no base", func(o *device.Order) { o.Base = device.Configuration{} }, device.RefusedInvalid, "the base has no files"},
		{"no candidate", func(o *device.Order) { o.Candidate = device.Configuration{} }, device.RefusedInvalid, "the candidate has no files"},
		{"drift", func(o *device.Order) { o.Base = newC }, device.RefusedDrift, "route 198.51.100.0/24 is missing"},
		{"candidate", func(o *device.Order) { o.Candidate = Configuration("x: refused\n") }, device.RefusedCandidate, "unknown command"},
		{"folder", func(o *device.Order) { o.Candidate.Files = []device.File{{Name: "../frr.conf"}} }, device.RefusedInvalid, "without a folder"},
		{"twice", func(o *device.Order) { o.Candidate.Files = []device.File{{Name: "a"}, {Name: "a"}} }, device.RefusedInvalid, "two files a"},
		{"empty guard", func(o *device.Order) { o.Guards = []device.Guard{{For: 1}} }, device.RefusedInvalid, "neither a neighbor nor a prefix"},
		{"guard's prefix", func(o *device.Order) { o.Guards = []device.Guard{{Prefixes: []string{"dns"}}} }, device.RefusedInvalid, "want CIDR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good
			c.edit(&o)
			refused(t, send(o), c.code, c.text)
		})
	}
	refused(t, apply(w, a, "c1"), device.RefusedUnknown, "no change c1 is armed here")
	if err := send(good); err != nil { // what was refused left nothing behind
		t.Fatal(err)
	}
	refused(t, confirm(w, a, "c1"), device.RefusedPhase, "armed and not applied")
	w.Sleep(2 * time.Minute)
	mustRun(t, w, r, oldC, device.Reverted)
}

func TestGuards(t *testing.T) {
	guard := device.Guard{Neighbors: []string{"a"}, Prefixes: []string{"10.0.0.0/8"}, For: 5 * time.Second}
	for _, lost := range []string{"a", "10.0.0.0/8"} {
		t.Run(lost, func(t *testing.T) {
			w, r, a := begin(t)
			applied(t, w, r, a, "c1", guard)
			r.Lose(lost, true)
			w.Sleep(3 * time.Second)
			r.Lose(lost, false) // comes back in time
			w.Sleep(3 * time.Second)
			r.Lose(lost, true)
			w.Sleep(4 * time.Second)
			if !r.Runs(newC) {
				t.Fatal("reverted before it was gone for 5s at a time")
			}
			w.Sleep(4 * time.Second)
			st := mustRun(t, w, r, oldC, device.Reverted)
			if !strings.Contains(st.Detail, lost+" was gone for ") {
				t.Errorf("detail is %q", st.Detail)
			}
		})
	}
	t.Run("the candidate takes it away", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1", device.Guard{Neighbors: []string{"b"}, For: 2 * time.Second})
		w.Sleep(6 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
	})
	t.Run("what comes only with the candidate is not missed before", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1", device.Guard{Neighbors: []string{"c", "nobody"}, For: 0})
		w.Sleep(30 * time.Second)
		if err := confirm(w, a, "c1"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, w, r, newC, device.Confirmed)
	})
	t.Run("the daemon does not answer", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1", guard)
		r.daemon.up = false
		w.Sleep(8 * time.Second)
		if st, _ := a.Status(ctx); st.Phase != device.Stuck || !strings.Contains(st.Detail, "the daemon does not answer") {
			t.Errorf("status is %+v", st)
		}
		r.daemon.start()
		w.Sleep(11 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
	})
}

func TestFullDisk(t *testing.T) {
	t.Run("refuses arming", func(t *testing.T) {
		w, r, a := begin(t)
		r.disk.full = true
		refused(t, arm(w, a, "c1", oldC, newC), device.RefusedStorage, "no space left")
		r.disk.full = false
		mustRun(t, w, r, oldC, device.NoOutcome)
		applied(t, w, r, a, "c1")
	})
	t.Run("does not refuse the way back", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		r.disk.full = true
		w.Sleep(62 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
	})
	t.Run("holds up what the daemon starts with, not the confirmation", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		r.disk.full = true
		st, err := a.Confirm(ctx, "c1")
		if err != nil || st.Phase != device.Confirming || !strings.Contains(st.Detail, "could not be written") {
			t.Fatalf("answer is %+v, %v", st, err)
		}
		r.Crash(Reboot) // the daemon starts with the old one, and the confirmation stands
		w.Sleep(time.Minute)
		if !r.Runs(newC) {
			t.Errorf("it runs %q", r.Running())
		}
		r.disk.full = false
		w.Sleep(15 * time.Second)
		mustRun(t, w, r, newC, device.Confirmed)
	})
}

// A state that is torn or damaged never loses the old configuration.
func TestDamagedState(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage []string
	}{
		{"one copy of the record", []string{"switch-0"}},
		{"the other copy", []string{"switch-1"}},
		{"both copies", []string{"switch-"}},
		{"every stored configuration", []string{"configuration-"}},
		{"one copy and the marker", []string{"switch-1", "armed"}},
		{"both copies and every stored configuration", []string{"switch-", "configuration-"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, r, a := begin(t)
			applied(t, w, r, a, "c1")
			for _, d := range c.damage {
				if r.Damage(d) == 0 {
					t.Fatalf("there is no %s", d)
				}
			}
			r.Crash(KillAgent)
			w.Sleep(30 * time.Second)
			mustRun(t, w, r, oldC, device.Reverted)
		})
	}
	t.Run("both copies, nothing armed", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		if err := confirm(w, a, "c1"); err != nil {
			t.Fatal(err)
		}
		r.Damage("switch-")
		r.Crash(KillAgent)
		w.Sleep(30 * time.Second)
		if !r.Runs(newC) {
			t.Errorf("it runs %q", r.Running())
		}
		stored, err := a.Stored(ctx)
		if err != nil || len(stored) < 2 {
			t.Errorf("stored are %v, %v", stored, err)
		}
		if _, err := a.Restore(ctx, oldC.Hash(), "still there"); err != nil {
			t.Error(err)
		}
		mustRun(t, w, r, oldC, device.Restored)
	})
}

func TestRestore(t *testing.T) {
	t.Run("while armed", func(t *testing.T) {
		w, r, a := begin(t)
		if err := arm(w, a, "c1", oldC, newC); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Restore(ctx, oldC.Hash(), "outage"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, w, r, oldC, device.Restored)
		refused(t, apply(w, a, "c1"), device.RefusedPhase, "c1 has ended here as restored")
	})
	t.Run("ends an applied change", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		if _, err := a.Restore(ctx, oldC.Hash(), "outage"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, w, r, oldC, device.Restored)
		refused(t, confirm(w, a, "c1"), device.RefusedPhase, "c1 has ended here as restored")
	})
	t.Run("only what the router has had", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		_, err := a.Restore(ctx, newC.Hash(), "") // stored, and never confirmed
		refused(t, err, device.RefusedUnknown, "has not had a configuration")
		_, err = a.Restore(ctx, Configuration("x\n").Hash(), "")
		refused(t, err, device.RefusedUnknown, "has not had a configuration")
		if err := confirm(w, a, "c1"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, w, r, newC, device.Confirmed)
	})
	t.Run("does not hang on a switch that is stuck", func(t *testing.T) {
		w, r, a := begin(t)
		if err := arm(w, a, "c0", oldC, newC); err != nil {
			t.Fatal(err)
		}
		if err := apply(w, a, "c0"); err != nil {
			t.Fatal(err)
		}
		if err := confirm(w, a, "c0"); err != nil {
			t.Fatal(err)
		}
		third := Configuration("as 64500\nthird\n")
		if err := arm(w, a, "c1", newC, third); err != nil {
			t.Fatal(err)
		}
		if err := apply(w, a, "c1"); err != nil {
			t.Fatal(err)
		}
		r.daemon.deaf = true
		w.Sleep(2 * time.Minute)
		r.daemon.deaf = false
		if _, err := a.Restore(ctx, oldC.Hash(), "the one before"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, w, r, oldC, device.Restored)
	})
}

func TestKeepsTheLast(t *testing.T) {
	w, r, a := begin(t)
	running := oldC
	for i := range 14 {
		next := Configuration(fmt.Sprintf("as 64500\nnumber %d\n", i))
		id := fmt.Sprintf("c%d", i)
		if err := arm(w, a, id, running, next); err != nil {
			t.Fatal(err)
		}
		if err := apply(w, a, id); err != nil {
			t.Fatal(err)
		}
		if err := confirm(w, a, id); err != nil {
			t.Fatal(err)
		}
		running = next
	}
	stored, err := a.Stored(ctx)
	if err != nil {
		t.Fatal(err)
	}
	confirmed := map[device.Hash]string{}
	for _, s := range stored {
		confirmed[s.Hash] = s.Change
	}
	for i := range 14 {
		h := Configuration(fmt.Sprintf("as 64500\nnumber %d\n", i)).Hash()
		want := ""
		if i >= 4 { // ten are kept
			want = fmt.Sprintf("c%d", i)
		}
		if confirmed[h] != want {
			t.Errorf("number %d was brought by %q, want %q", i, confirmed[h], want)
		}
	}
	files := 0
	for name := range r.disk.names {
		if strings.HasPrefix(name, "configuration-") {
			files++
		}
	}
	if files > len(stored)+3 {
		t.Errorf("%d files for %d configurations: what nobody needs stays on the disk", files, len(stored))
	}
	if _, err := a.Restore(ctx, Configuration("as 64500\nnumber 5\n").Hash(), ""); err != nil {
		t.Fatal(err)
	}
	mustRun(t, w, r, Configuration("as 64500\nnumber 5\n"), device.Restored)
}

// TestStop: an agent that is asked to stop takes back what is unconfirmed, for nobody would.
func TestStop(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.within(func() {
		if err := r.agent.Leave(ctx); err != nil {
			t.Error(err)
		}
	})
	st := mustRun(t, w, r, oldC, device.Reverted)
	if !strings.Contains(st.Detail, "the agent is being stopped") {
		t.Errorf("detail is %q", st.Detail)
	}
}

// TestDiskFailsThenCrash: from one step on every write and sync fails and leaves open what it did; at a later step
// something dies. What was said to have been reverted never comes back.
func TestDiskFailsThenCrash(t *testing.T) {
	n, _ := play(stories[0], -1, KillAgent, nil)
	every := 97
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		every = 1
	}
	runs := 0
	for at := 1; at <= n; at++ {
		for later := at + 1; later <= n+220; later += 1 + (at+later)%every {
			for _, kind := range []Kind{KillAgent, Reboot} {
				runs++
				w := New(uint64(at*1000+later), Faults{})
				r := w.Router("r1", oldC)
				r.crash = func(point int, _ string) (Kind, bool) {
					if point == at {
						r.disk.broken = true
					}
					return kind, point == later
				}
				stories[0].tell(w, r, r.Client())
				w.Sleep(3 * time.Minute)
				r.Crash(kind) // also after all is said
				w.Quiet()
				w.Sleep(10 * time.Minute)
				if wrong := append(w.Broken(), r.Verdict()...); len(wrong) > 0 {
					t.Fatalf("disk fails from step %d, %v at step %d of %d:\n%s", at, kind, later, n, strings.Join(wrong, "\n"))
				}
			}
		}
	}
	t.Logf("%d pairs", runs)
}
