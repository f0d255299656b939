package simulate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

// This file is how the dead man's switches of others have failed (netopeer2's and others' issue lists), each as a test.

// begin is a quiet world with one router.
func begin(t *testing.T) (*World, *Router, device.Agent) {
	t.Helper()
	w := New(1, Faults{})
	w.Log = t.Logf
	r := w.Router("r1", oldC)
	return w, r, r.Client()
}

// applied brings a change to where it waits for its confirmation, with a minute to go.
func applied(t *testing.T, w *World, r *Router, a device.Agent, change string, guards ...device.Guard) {
	t.Helper()
	if err := arm(w, a, change, oldC, newC, guards...); err != nil {
		t.Fatal(err)
	}
	if err := apply(w, a, change); err != nil {
		t.Fatal(err)
	}
	if !r.Runs(newC) {
		t.Fatalf("after apply it runs %q", r.Running())
	}
}

// mustRun ends a test: the router runs it, starts with it, and nothing is armed.
func mustRun(t *testing.T, w *World, r *Router, want device.Configuration, outcome device.Outcome) device.Status {
	t.Helper()
	for _, b := range append(w.Broken(), r.Verdict()...) {
		t.Error(b)
	}
	st, err := r.Client().Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Runs(want) || !r.StartsWith(want) {
		t.Errorf("runs %q, starts with %q, want %q", r.Running(), lines(r.daemon.startup), lines(want))
	}
	if st.Phase != device.Idle || st.Outcome != outcome {
		t.Errorf("status is %+v, want idle and %s", st, outcome)
	}
	return st
}

func refused(t *testing.T, err error, code device.RefusalCode, text string) {
	t.Helper()
	var r *device.Refusal
	if !errors.As(err, &r) || r.Code != code || !strings.Contains(r.Detail, text) {
		t.Errorf("answer is %v, want a refusal %s with %q", err, code, text)
	}
}

// "A deadline already past at start-up was armed as zero and never fired."
func TestDeadlinePastAtStart(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.Crash(KillAgent)
	r.agent, r.tick = nil, 0
	held := w.events // the agent does not come back before its deadline
	w.events = nil
	w.Sleep(10 * time.Minute)
	if !r.Runs(newC) {
		t.Fatal("nobody is there to revert, and yet it was reverted")
	}
	w.events = held
	w.Sleep(10 * time.Second)
	mustRun(t, w, r, oldC, device.Reverted)
}

// "A read in between spoilt the revert."
func TestReadsInBetween(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	for range 200 {
		if _, err := a.Running(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Differences(ctx, oldC); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Observe(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Status(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Stored(ctx); err != nil {
			t.Fatal(err)
		}
		w.Sleep(500 * time.Millisecond)
	}
	mustRun(t, w, r, oldC, device.Reverted)
}

// "A cancel from another session crashed it": another client may revert, and a revert of another change touches nothing.
func TestCancelFromAnotherSession(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	other := r.Client()
	_, err := other.Revert(ctx, "c2", "")
	refused(t, err, device.RefusedUnknown, "no change c2 is armed here; c1 is applied")
	if !r.Runs(newC) {
		t.Fatal("the revert of another change was obeyed")
	}
	if _, err := other.Revert(ctx, "c1", "another session"); err != nil {
		t.Fatal(err)
	}
	for range 3 { // and again, from both
		if _, err := a.Revert(ctx, "c1", ""); err != nil {
			t.Fatal(err)
		}
	}
	st := mustRun(t, w, r, oldC, device.Reverted)
	if !strings.Contains(st.Detail, "another session") {
		t.Errorf("detail is %q", st.Detail)
	}
}

// "A commit that failed left the timer armed": it is reverted at once, and the next change has its own whole window.
func TestFailedApplyLeavesNothingArmed(t *testing.T) {
	w, r, a := begin(t)
	late := Configuration("as 64500\nsession z\nzz: late refused\n")
	if err := arm(w, a, "c1", oldC, late); err != nil {
		t.Fatal(err)
	}
	var failure *device.Failure
	if err := apply(w, a, "c1"); !errors.As(err, &failure) || failure.Status.Outcome != device.Reverted || !strings.Contains(err.Error(), "refused when all is done") {
		t.Fatalf("answer is %v", err)
	}
	mustRun(t, w, r, oldC, device.Reverted)
	w.Sleep(30 * time.Second)
	applied(t, w, r, a, "c2")
	w.Sleep(45 * time.Second) // past the first one's deadline, not past the second's
	if !r.Runs(newC) {
		t.Fatal("the first change's timer ended the second change")
	}
	if err := confirm(w, a, "c2"); err != nil {
		t.Fatal(err)
	}
	w.Sleep(5 * time.Minute)
	mustRun(t, w, r, newC, device.Confirmed)
}

// "A plain commit inside the window confirmed by accident": somebody else's reload is no confirmation.
func TestForeignReloadIsNoConfirmation(t *testing.T) {
	for _, c := range []struct {
		name string
		give device.Configuration
	}{{"another line", Configuration("as 64500\nsession a\nforeign\n")}, {"the candidate again", newC}} {
		t.Run(c.name, func(t *testing.T) {
			w, r, a := begin(t)
			applied(t, w, r, a, "c1")
			w.Sleep(5 * time.Second)
			r.Configure(c.give)
			w.Sleep(5 * time.Second)
			st := mustRun(t, w, r, oldC, device.Reverted)
			if !strings.Contains(st.Detail, "somebody else configured the daemon") {
				t.Errorf("detail is %q", st.Detail)
			}
		})
	}
}

// A reload right before the confirmation, when nobody looked since.
func TestForeignReloadBeforeConfirm(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.Configure(newC)
	var failure *device.Failure
	if err := confirm(w, a, "c1"); !errors.As(err, &failure) {
		t.Fatalf("answer is %v, want a failure", err)
	}
	mustRun(t, w, r, oldC, device.Reverted)
}

// Somebody else's reload between arming and applying is not undone: of this change nothing was applied.
func TestForeignReloadWhileArmed(t *testing.T) {
	w, r, a := begin(t)
	if err := arm(w, a, "c1", oldC, newC); err != nil {
		t.Fatal(err)
	}
	mended := Configuration("as 64500\nsession a\nmended by hand\n")
	r.Configure(mended)
	var failure *device.Failure
	if err := apply(w, a, "c1"); !errors.As(err, &failure) || !strings.Contains(err.Error(), "was not applied") {
		t.Fatalf("answer is %v", err)
	}
	w.Sleep(5 * time.Minute)
	if !r.Runs(mended) {
		t.Errorf("it runs %q", r.Running())
	}
}

// "The timer lived in the controller": the management network is gone for good after the apply.
func TestControllerGone(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.Cut(true)
	w.Sleep(59 * time.Second)
	if !r.Runs(newC) {
		t.Fatal("reverted before the deadline")
	}
	w.Sleep(5 * time.Second)
	if !r.Runs(oldC) {
		t.Fatal("not reverted after the deadline")
	}
	r.Cut(false)
	mustRun(t, w, r, oldC, device.Reverted)
}

// "The revert was never verified": a daemon that says yes and does not do it leaves the switch stuck, with what is where,
// and is tried again until it does.
func TestRevertIsReadBack(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.daemon.deaf = true
	w.Sleep(2 * time.Minute)
	st, err := a.Status(ctx)
	if err != nil || st.Phase != device.Stuck || !strings.Contains(st.Detail, "the daemon took it, but read back: ") || !strings.Contains(st.Detail, "route 192.0.2.0/24 is missing") {
		t.Fatalf("status is %+v, %v", st, err)
	}
	refused(t, confirm(w, a, "c1"), device.RefusedPhase, "too late")
	refused(t, arm(w, a, "c2", oldC, newC), device.RefusedArmed, "c1 is stuck here")
	r.daemon.deaf = false
	w.Sleep(11 * time.Second)
	mustRun(t, w, r, oldC, device.Reverted)
}

// "The clock jumped": the wall clock decides nothing, and a clock that cannot be read reverts at once.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-20 * 365 * 24 * time.Hour, -time.Minute, time.Minute, 20 * 365 * 24 * time.Hour} {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		r.skew += jump
		w.Sleep(50 * time.Second)
		if !r.Runs(newC) {
			t.Errorf("a wall clock that jumped by %v reverted the change", jump)
		}
		w.Sleep(15 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
	}
	t.Run("unreadable", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		r.unreadable = true
		w.Sleep(3 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
		refused(t, arm(w, a, "c2", oldC, newC), device.RefusedInvalid, "clock or boot id cannot be read")
	})
	t.Run("backwards", func(t *testing.T) {
		w, r, a := begin(t)
		applied(t, w, r, a, "c1")
		r.booted += 2 * time.Hour // the monotonic clock of a broken machine
		w.Sleep(3 * time.Second)
		mustRun(t, w, r, oldC, device.Reverted)
	})
}

// "A lock held by another session blocked the revert" is in package agent, where calls overlap: TestReadDoesNotHoldUp.

// The daemon is down when the time is up, and for an hour after that.
func TestDaemonDownAtTheDeadline(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.daemon.startup = oldC
	r.daemon.up = false
	w.Sleep(time.Hour)
	st, err := a.Status(ctx)
	if err != nil || st.Phase != device.Stuck || !strings.Contains(st.Detail, "connection refused") {
		t.Fatalf("status is %+v, %v", st, err)
	}
	r.daemon.start()
	w.Sleep(11 * time.Second) // one pause
	mustRun(t, w, r, oldC, device.Reverted)
}

func TestReboot(t *testing.T) {
	w, r, a := begin(t)
	applied(t, w, r, a, "c1")
	r.Crash(Reboot)
	w.Sleep(2 * time.Minute)
	st := mustRun(t, w, r, oldC, device.Reverted)
	if !strings.Contains(st.Detail, "booted anew") {
		t.Errorf("detail is %q", st.Detail)
	}
}

// The agent is killed in the middle of an apply, and the program that it had started for it (vtysh) lives on: it gives the
// daemon the rest of the candidate when the agent that started anew has gone back already.
func TestOrphanEndsItsWork(t *testing.T) {
	late := 0
	for seed := range 200 {
		w := New(uint64(seed), Faults{})
		r := w.Router("r1", oldC)
		a := r.Client()
		if err := arm(w, a, "c1", oldC, newC); err != nil {
			t.Fatal(err)
		}
		steps := seed % 4
		r.crash = func(_ int, op string) (Kind, bool) {
			if strings.HasPrefix(op, "daemon apply ") {
				steps--
			}
			return KillAgent, steps < 0
		}
		_, _ = a.Apply(ctx, "c1")
		w.Sleep(time.Minute)
		late += w.Happened["orphan ends its work"]
		for _, b := range append(w.Broken(), r.Verdict()...) {
			t.Fatalf("seed %d: %s", seed, b)
		}
	}
	if late < 20 {
		t.Errorf("it happened %d times only: the test shows nothing", late)
	}
}
