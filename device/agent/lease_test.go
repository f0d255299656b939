package agent_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/deadman"
	"github.com/routegate/routegate/device/agent/store"
)

// hand is a clock that a test sets.
type hand struct {
	mu sync.Mutex
	at deadman.Instant
}

func (h *hand) Now() deadman.Instant {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) on(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at.Since += d
	h.at.Wall = h.at.Wall.Add(d)
}

func newHand() *hand {
	return &hand{at: deadman.Instant{Boot: "boot-1", Since: time.Hour, Wall: time.Date(2021, 10, 4, 16, 0, 0, 0, time.UTC)}}
}

// on is an agent on a folder and a clock; gone ends it without a word.
func on(t *testing.T, d device.Driver, dir string, c agent.Clock) (a *agent.Agent, gone func()) {
	t.Helper()
	f, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err = agent.New(t.Context(), agent.Options{Router: "r1", Driver: d, Disk: f, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	return a, func() { f.Close() }
}

func refusedBy(t *testing.T, err error, code device.RefusalCode, words ...string) {
	t.Helper()
	var r *device.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Fatalf("%v, want a refusal (%s)", err, code)
	}
	for _, w := range words {
		if !strings.Contains(r.Detail, w) {
			t.Errorf("%q does not say %q", r.Detail, w)
		}
	}
}

// TestLease: one person at a time; the second is told who and when, a controller too; it ends by itself.
func TestLease(t *testing.T) {
	d, clock := newDaemon(), newHand()
	a, gone := on(t, d, t.TempDir(), clock)
	defer gone()
	ctx := t.Context()
	if _, err := a.Arm(ctx, order("c1", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	if l, err := a.Lease(ctx, "", 0); err != nil || l != (device.Lease{}) {
		t.Errorf("before anybody asked: %+v, %v", l, err)
	}
	l, err := a.Lease(ctx, "alice at laptop", time.Minute)
	if err != nil || l.Left != time.Minute || l.Holder != "alice at laptop" {
		t.Fatalf("the lease is %+v, %v", l, err)
	}
	clock.on(20 * time.Second)
	other, err := a.Lease(ctx, "bob at console", time.Minute)
	refusedBy(t, err, device.RefusedLease, "alice at laptop", "16:00:00", "40s")
	if other.Holder != "alice at laptop" || other.Left != 40*time.Second {
		t.Errorf("the second is told %+v", other)
	}
	_, err = a.Confirm(ctx, "c1")
	refusedBy(t, err, device.RefusedLease, "alice")
	_, err = a.Arm(ctx, order("c2", time.Hour))
	refusedBy(t, err, device.RefusedLease, "alice")
	_, err = a.RestoreFor(ctx, oldC.Hash(), "bob at console", "")
	refusedBy(t, err, device.RefusedLease, "alice")
	if _, err := a.Restore(ctx, oldC.Hash(), ""); err == nil {
		t.Error("a restore without a name goes past the lease")
	}
	if d.runs().Hash() != newC.Hash() {
		t.Error("a refused call touched the daemon")
	}
	if l, err = a.Lease(ctx, "alice at laptop", time.Minute); err != nil || l.Left != time.Minute || l.Since.Second() != 0 {
		t.Errorf("prolonged it is %+v, %v", l, err)
	}
	if err := a.Release(ctx, "bob at console"); err != nil {
		t.Error(err)
	}
	if l, _ := a.Lease(ctx, "", 0); l.Holder != "alice at laptop" {
		t.Error("somebody else released the lease")
	}
	if st, err := a.RestoreFor(ctx, oldC.Hash(), "alice at laptop", "all is down"); err != nil || st.Outcome != device.Restored {
		t.Errorf("restore: %+v, %v", st, err)
	}
	clock.on(time.Minute)
	if _, err := a.Lease(ctx, "bob at console", time.Minute); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if err := a.Release(ctx, "bob at console"); err != nil {
		t.Error(err)
	}
	if _, err := a.Arm(ctx, order("c2", time.Hour)); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

// TestLeaseOutlivesTheAgent, and neither its machine nor its own end.
func TestLeaseOutlivesTheAgent(t *testing.T) {
	d, clock, dir := newDaemon(), newHand(), t.TempDir()
	a, gone := on(t, d, dir, clock)
	if _, err := a.Lease(t.Context(), "alice", time.Minute); err != nil {
		t.Fatal(err)
	}
	gone()
	clock.on(10 * time.Second)
	b, gone := on(t, d, dir, clock)
	_, err := b.Arm(t.Context(), order("c1", time.Hour))
	refusedBy(t, err, device.RefusedLease, "alice", "50s")
	gone()
	clock.mu.Lock()
	clock.at.Boot = "boot-2"
	clock.mu.Unlock()
	c, gone := on(t, d, dir, clock)
	defer gone()
	if _, err := c.Arm(t.Context(), order("c1", time.Hour)); err != nil {
		t.Errorf("after another boot: %v", err)
	}
}

// TestLeaseOverTheWire: the role rescue takes it and reads no configuration; an observer reads, and takes none.
func TestLeaseOverTheWire(t *testing.T) {
	address, ca, a := served(t, newDaemon())
	if _, err := a.Arm(t.Context(), order("c1", time.Hour)); err != nil {
		t.Fatal(err)
	}
	as := func(role agent.Role) agent.Target {
		own, err := certs.IssueRole(ca, role, "", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		id, err := agent.ReadIdentity(filepath.Join(ca, certs.CAFile), own.Certificate, own.Key)
		if err != nil {
			t.Fatal(err)
		}
		return agent.Target{Router: "r1", Address: address, Identity: id}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	rescue, err := agent.DialRescue(as(agent.Rescue))
	if err != nil {
		t.Fatal(err)
	}
	defer rescue.Close()
	if l, err := rescue.Lease(ctx, "alice", time.Minute); err != nil || l.Holder != "alice" {
		t.Fatalf("lease %+v, %v", l, err)
	}
	l, err := rescue.Lease(ctx, "bob", time.Minute)
	refusedBy(t, err, device.RefusedLease, "alice")
	if l.Holder != "alice" || l.Left <= 0 {
		t.Errorf("the second is told %+v", l)
	}
	_, err = rescue.RestoreFor(ctx, oldC.Hash(), "bob", "")
	refusedBy(t, err, device.RefusedLease, "alice")
	if st, err := rescue.RestoreFor(ctx, oldC.Hash(), "alice", ""); err != nil || st.Outcome != device.Restored {
		t.Errorf("restore %+v, %v", st, err)
	}
	if _, err := rescue.(device.Archive).Recall(ctx, oldC.Hash()); err == nil {
		t.Error("the rescue credential reads a configuration")
	}
	observer, err := agent.DialArchive(as(agent.Observer))
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	if c, err := observer.Recall(ctx, oldC.Hash()); err != nil || c.Hash() != oldC.Hash() {
		t.Errorf("recall %v, %v", c, err)
	}
	_, err = observer.Recall(ctx, config("never").Hash())
	refusedBy(t, err, device.RefusedUnknown, "has not had")
	if _, err := observer.(device.Rescuer).Lease(ctx, "eve", time.Minute); err == nil {
		t.Error("an observer takes a lease")
	}
}

// TestAnswersWhileTheDaemonHangs: in a return that the daemon does not let end, everybody is told at once where the router stands and who has it; a lease
// that nobody has is given.
func TestAnswersWhileTheDaemonHangs(t *testing.T) {
	d := newDaemon()
	life, over := context.WithCancel(t.Context())
	a := hanging(t, d, life)
	if _, err := a.Arm(t.Context(), order("c1", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Lease(t.Context(), "alice", time.Minute); err != nil {
		t.Fatal(err)
	}
	d.set("apply old")
	returned := make(chan error, 1)
	go func() {
		_, err := a.RestoreFor(t.Context(), oldC.Hash(), "alice", "")
		returned <- err
	}()
	<-d.held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a machine may be slow; what waits for the daemon waits for ever
	defer cancel()
	if st, err := a.Status(ctx); err != nil || st.Phase != device.Reverting {
		t.Errorf("status %+v, %v", st, err)
	}
	if all, err := a.Stored(ctx); err != nil || len(all) == 0 {
		t.Errorf("stored %v, %v", all, err)
	}
	if c, err := a.Recall(ctx, oldC.Hash()); err != nil || c.Hash() != oldC.Hash() {
		t.Errorf("recall %v, %v", c, err)
	}
	if l, err := a.Lease(ctx, "", 0); err != nil || l.Holder != "alice" {
		t.Errorf("whose it is: %+v, %v", l, err)
	}
	l, err := a.Lease(ctx, "bob", time.Minute)
	refusedBy(t, err, device.RefusedLease, "alice")
	if l.Holder != "alice" || l.Left <= 0 {
		t.Errorf("the second is told %+v", l)
	}
	_, err = a.RestoreFor(ctx, oldC.Hash(), "bob", "")
	refusedBy(t, err, device.RefusedLease, "alice")
	_, err = a.Arm(ctx, order("c2", time.Hour))
	refusedBy(t, err, device.RefusedLease, "alice")
	if l, err = a.Lease(ctx, "alice", 2*time.Minute); err != nil || l.Left <= time.Minute {
		t.Errorf("prolonged: %+v, %v", l, err)
	}
	if err := a.Release(ctx, "alice"); err != nil {
		t.Errorf("released: %v", err)
	}
	if l, err = a.Lease(ctx, "bob", time.Minute); err != nil || l.Holder != "bob" {
		t.Errorf("nobody has it any more: %+v, %v", l, err)
	}
	select {
	case err := <-returned:
		t.Errorf("the return ended while the daemon hung: %v", err)
	default:
	}
	d.set("")
	over() // the call is given up
	<-returned
	if st, err := a.RestoreFor(t.Context(), oldC.Hash(), "bob", ""); err != nil || st.Outcome != device.Restored || d.runs().Hash() != oldC.Hash() {
		t.Errorf("the daemon is back: %+v, %v", st, err)
	}
}

// TestLeaseCutsShort: what goes forward is over before a lease stands, but a return that it ends in, and that hangs, is not waited for. A question
// cuts nothing short.
func TestLeaseCutsShort(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		d := newDaemon()
		life, over := context.WithCancel(t.Context())
		a := hanging(t, d, life)
		if _, err := a.Arm(t.Context(), order("c1", time.Hour)); err != nil {
			t.Fatal(err)
		}
		d.set("apply")
		applied := make(chan error, 1)
		go func() {
			_, err := a.Apply(t.Context(), "c1")
			applied <- err
		}()
		<-d.held
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if l, err := a.Lease(ctx, "", 0); err != nil || l.Holder != "" {
			t.Errorf("whose it is: %+v, %v", l, err)
		}
		if st, err := a.Status(ctx); err != nil || st.Phase != device.Applying {
			t.Errorf("a question ended the apply: %+v, %v", st, err)
		}
		if d.set(""); hangs {
			d.set("apply old")
		}
		if l, err := a.Lease(ctx, "alice", time.Minute); err != nil || l.Holder != "alice" {
			t.Errorf("hangs %v: %+v, %v", hangs, l, err)
		}
		if st, err := a.Status(ctx); err != nil || st.Phase == device.Applying || hangs && st.Phase != device.Reverting {
			t.Errorf("hangs %v: with the lease it is %+v, %v", hangs, st, err)
		}
		d.set("")
		over()
		var failure *device.Failure
		if err := <-applied; !errors.As(err, &failure) {
			t.Errorf("hangs %v: the apply ended with %v", hangs, err)
		}
	}
}

// hanging is an agent that waits for its daemon for ever, until life ends: then the call under way is given up, and those that follow last a minute.
func hanging(t *testing.T, d device.Driver, life context.Context) *agent.Agent {
	t.Helper()
	f, err := store.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	a, err := agent.New(t.Context(), agent.Options{Router: "r1", Driver: d, Disk: f, Clock: agent.MachineClock{}, Within: func(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		if life.Err() == nil {
			stop := context.AfterFunc(life, cancel)
			return ctx, func() { stop(); cancel() }
		}
		return ctx, cancel
	}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
