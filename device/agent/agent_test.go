package agent_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/store"
)

func config(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "model.conf", Data: []byte(text)}}}
}

var oldC, newC = config("old\n"), config("new\n")

// daemon is a driver in memory. A call named in hold lasts until its context ends, or for ever where deaf.
type daemon struct {
	mu      sync.Mutex
	running device.Configuration
	startup device.Configuration
	hold    string
	deaf    bool
	held    chan struct{} // receives when a call is held
	calls   int           // under way
}

var _ device.Driver = (*daemon)(nil)

func newDaemon() *daemon {
	return &daemon{running: oldC, startup: oldC, held: make(chan struct{}, 100)}
}

func (d *daemon) call(ctx context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls++; d.calls > 1 {
		panic("two calls at a time")
	}
	defer func() { d.calls-- }()
	if d.hold != name {
		return ctx.Err()
	}
	deaf := d.deaf
	d.mu.Unlock()
	defer d.mu.Lock()
	d.held <- struct{}{}
	if deaf {
		select {}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (d *daemon) set(hold string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold = hold
}

func (d *daemon) runs() device.Configuration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

func (d *daemon) Running(ctx context.Context) (device.Configuration, error) {
	return d.running, d.call(ctx, "running")
}
func (d *daemon) Check(ctx context.Context, _ device.Configuration) error {
	return d.call(ctx, "check")
}

func (d *daemon) Apply(ctx context.Context, to device.Configuration) error {
	name := "apply"
	if to.Hash() == oldC.Hash() {
		name = "apply old"
	}
	if err := d.call(ctx, name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = to
	return nil
}

func (d *daemon) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	if err := d.call(ctx, "differences"); err != nil {
		return nil, err
	}
	if r := d.runs(); r.Hash() != want.Hash() {
		return []device.Difference{{Path: "text", Want: string(want.Files[0].Data), Running: string(r.Files[0].Data)}}, nil
	}
	return nil, nil
}

func (d *daemon) Persist(ctx context.Context, c device.Configuration) error {
	d.startup = c
	return d.call(ctx, "persist")
}
func (d *daemon) Incarnation(ctx context.Context) (string, error) {
	return "1", d.call(ctx, "incarnation")
}

var seen = device.Observation{
	At:       time.Date(2021, 10, 4, 15, 40, 0, 0, time.UTC),
	Sessions: []device.Session{{VRF: "red", Neighbor: "192.0.2.1", Remote: "edge1", Established: true, State: "Established", Up: time.Minute, Resets: 2}},
	Routes:   []device.Route{{Prefix: netip.MustParsePrefix("203.0.113.0/24"), NextHops: []string{"192.0.2.1"}, ASPath: "64500 64501", Own: true}},
	Received: []device.Exchange{}, // told, and empty; Advertised is not told
}

func (d *daemon) Observe(ctx context.Context) (device.Observation, error) {
	return seen, d.call(ctx, "observe")
}

// guarded is an agent on this machine's clock and disk.
func guarded(t *testing.T, d device.Driver, dir string) *agent.Agent {
	t.Helper()
	f, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	a, err := agent.New(t.Context(), agent.Options{Router: "r1", Driver: d, Disk: f, Clock: agent.MachineClock{}, Version: "test", Longest: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func order(change string, window time.Duration) device.Order {
	return device.Order{Change: change, Base: oldC, Candidate: newC, Window: window}
}

// eventually waits for what must come, on a machine that may be slow.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

func start(t *testing.T, a *agent.Agent) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// TestReadDoesNotHoldUp: "a lock held by another session blocked the revert". A read that hangs is cut short when the
// time is up.
func TestReadDoesNotHoldUp(t *testing.T) {
	d := newDaemon()
	a := guarded(t, d, t.TempDir())
	start(t, a)
	if _, err := a.Arm(t.Context(), order("c1", 3*time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	d.set("observe")
	read := make(chan error, 1)
	go func() {
		_, err := a.Observe(t.Context())
		read <- err
	}()
	<-d.held
	eventually(t, "the old configuration is back", func() bool { return d.runs().Hash() == oldC.Hash() })
	var refusal *device.Refusal
	if err := <-read; !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "more urgent") {
		t.Errorf("the read ended with %v", err)
	}
}

// TestRescueCutsAnApplyShort: a rescue, and a revert, do not wait for an apply that hangs; Status answers meanwhile.
func TestRescueCutsAnApplyShort(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(a *agent.Agent) (device.Status, error)
		want device.Outcome
	}{
		{"restore", func(a *agent.Agent) (device.Status, error) { return a.Restore(t.Context(), oldC.Hash(), "") }, device.Restored},
		{"revert", func(a *agent.Agent) (device.Status, error) { return a.Revert(t.Context(), "c1", "") }, device.Reverted},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon()
			a := guarded(t, d, t.TempDir())
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
			if st, err := a.Status(t.Context()); err != nil || st.Phase != device.Applying {
				t.Errorf("status is %+v, %v", st, err)
			}
			st, err := c.call(a)
			if err != nil || st.Phase != device.Idle || st.Outcome != c.want {
				t.Errorf("answer is %+v, %v", st, err)
			}
			var failure *device.Failure
			if err := <-applied; !errors.As(err, &failure) {
				t.Errorf("the apply ended with %v", err)
			}
		})
	}
}

// TestHangUp: a caller that goes away in the middle of an apply stops nothing half-way.
func TestHangUp(t *testing.T) {
	d := newDaemon()
	a := guarded(t, d, t.TempDir())
	if _, err := a.Arm(t.Context(), order("c1", time.Hour)); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Apply(gone, "c1"); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	st, _ := a.Status(t.Context())
	if st.Phase != device.Armed && st.Phase != device.Applied {
		t.Errorf("status is %+v", st)
	}
}

// TestDriverThatDoesNotReturn is given up, and told, so that the process can start anew.
func TestDriverThatDoesNotReturn(t *testing.T) {
	d := newDaemon()
	d.deaf = true
	b := agent.Bounded(d, 50*time.Millisecond)
	d.set("check")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Check(ctx, newC); err == nil || !strings.Contains(err.Error(), "did not return") {
		t.Errorf("check: %v", err)
	}
	<-b.Lost()
	if _, err := b.Incarnation(t.Context()); err == nil {
		t.Error("another call was made beside the one that hangs")
	}
}

// TestRestart on the machine's own disk and clock: unconfirmed, so the agent that starts anew goes back before anything.
func TestRestart(t *testing.T) {
	d := newDaemon()
	dir := t.TempDir()
	f, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.New(t.Context(), agent.Options{Router: "r1", Driver: d, Disk: f, Clock: agent.MachineClock{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Arm(t.Context(), order("c1", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	b := guarded(t, d, dir)
	if d.runs().Hash() != oldC.Hash() {
		t.Errorf("it runs %q", d.runs())
	}
	start(t, b)
	eventually(t, "it was read once more", func() bool {
		st, _ := b.Status(t.Context())
		return st.Phase == device.Idle && st.Outcome == device.Reverted
	})
}

// served is an agent behind TLS on a loopback address, with an authority of its own.
func served(t *testing.T, d device.Driver) (address, ca string, a *agent.Agent) {
	t.Helper()
	dir := t.TempDir()
	if err := certs.Init(dir, "test"); err != nil {
		t.Fatal(err)
	}
	own, err := certs.IssueAgent(dir, "r1", []netip.Addr{netip.MustParseAddr("127.0.0.1")}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id, err := agent.ReadIdentity(filepath.Join(dir, certs.CAFile), own.Certificate, own.Key)
	if err != nil {
		t.Fatal(err)
	}
	a = guarded(t, d, t.TempDir())
	s, err := agent.NewServer(a, &id)
	if err != nil {
		t.Fatal(err)
	}
	l, err := agent.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), dir, a
}

func caller(t *testing.T, address, ca string, role agent.Role) device.Agent {
	t.Helper()
	c, err := certs.IssueRole(ca, role, string(role)+"-"+strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id, err := agent.ReadIdentity(filepath.Join(ca, certs.CAFile), c.Certificate, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.Dial(t.Context(), agent.Target{Router: "r1", Address: address, Identity: id})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// TestRoles: each call by each role. What a role may not is refused, and touches nothing.
func TestRoles(t *testing.T) {
	d := newDaemon()
	address, ca, _ := served(t, d)
	may := map[agent.Role][]string{
		agent.Observer:   {"Status", "Stored", "Running", "Differences", "Observe"},
		agent.Controller: {"Status", "Stored", "Running", "Differences", "Observe", "Arm", "Apply", "Confirm", "Revert"},
		agent.Rescue:     {"Status", "Stored", "Restore"},
	}
	for _, role := range agent.Roles {
		a := caller(t, address, ca, role)
		ctx := t.Context()
		calls := map[string]func() error{
			"Status":      func() error { _, err := a.Status(ctx); return err },
			"Stored":      func() error { _, err := a.Stored(ctx); return err },
			"Running":     func() error { _, err := a.Running(ctx); return err },
			"Differences": func() error { _, err := a.Differences(ctx, oldC); return err },
			"Observe":     func() error { _, err := a.Observe(ctx); return err },
			"Arm":         func() error { _, err := a.Arm(ctx, device.Order{}); return err },
			"Apply":       func() error { _, err := a.Apply(ctx, "none"); return err },
			"Confirm":     func() error { _, err := a.Confirm(ctx, "none"); return err },
			"Revert":      func() error { _, err := a.Revert(ctx, "none", ""); return err },
			"Restore":     func() error { _, err := a.Restore(ctx, "sha256:none", ""); return err },
		}
		for name, call := range calls {
			err := call()
			var refusal *device.Refusal
			forbidden := errors.As(err, &refusal) && refusal.Code == device.RefusedRole
			if forbidden == slices.Contains(may[role], name) {
				t.Errorf("%s calls %s: %v", role, name, err)
			}
			if errors.Is(err, device.ErrUnreachable) {
				t.Errorf("%s calls %s: %v", role, name, err)
			}
		}
	}
}

// TestOverTheWire: a change from arming to a rescue, as its controller and its rescue see it.
func TestOverTheWire(t *testing.T) {
	d := newDaemon()
	address, ca, local := served(t, d)
	c, rescue := caller(t, address, ca, agent.Controller), caller(t, address, ca, agent.Rescue)
	ctx := t.Context()

	o := order("c1", time.Minute)
	o.Guards = []device.Guard{{Neighbors: []string{"192.0.2.1"}, Prefixes: []string{"203.0.113.0/24"}, For: time.Second}}
	st, err := c.Arm(ctx, o)
	if err != nil || st.Phase != device.Armed || st.Router != "r1" || st.Candidate != newC.Hash() || st.Remaining <= 0 || st.BootID == "" {
		t.Fatalf("arm: %+v, %v", st, err)
	}
	if st, err = c.Apply(ctx, "c1"); err != nil || st.Phase != device.Applied {
		t.Fatalf("apply: %+v, %v", st, err)
	}
	left, err := c.Differences(ctx, oldC)
	if err != nil || len(left) != 1 || left[0] != (device.Difference{Path: "text", Want: "old\n", Running: "new\n"}) {
		t.Errorf("differences: %v, %v", left, err)
	}
	run, err := c.Running(ctx)
	if err != nil || run.Hash() != newC.Hash() {
		t.Errorf("running: %v, %v", run, err)
	}
	got, err := c.Observe(ctx)
	want := seen
	want.Router = "r1"
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("observe: %+v, %v\nwant %+v", got, err, want)
	}
	if st, err = c.Confirm(ctx, "c1"); err != nil || st.Outcome != device.Confirmed || st.Confirmed != newC.Hash() {
		t.Fatalf("confirm: %+v, %v", st, err)
	}
	stored, err := rescue.Stored(ctx)
	mine, lerr := local.Stored(ctx)
	if err != nil || lerr != nil || !reflect.DeepEqual(stored, mine) || len(stored) != 2 {
		t.Errorf("stored: %v, %v; here %v", stored, err, mine)
	}
	if st, err = rescue.Restore(ctx, oldC.Hash(), "drill"); err != nil || st.Outcome != device.Restored || d.runs().Hash() != oldC.Hash() {
		t.Errorf("restore: %+v, %v", st, err)
	}

	d.set("apply") // an apply that does not end before the deadline fails, and says where it stands
	if _, err = c.Arm(ctx, order("c2", 2*time.Second)); err != nil {
		t.Fatal(err)
	}
	var failure *device.Failure
	if _, err = c.Apply(ctx, "c2"); !errors.As(err, &failure) || failure.Status.Outcome != device.Reverted || failure.Status.Change != "c2" {
		t.Errorf("apply: %v", err)
	}
}

// TestStrangers: who has no certificate of the authority, the wrong kind of one, or reaches another router.
func TestStrangers(t *testing.T) {
	d := newDaemon()
	address, ca, _ := served(t, d)
	other := t.TempDir()
	if err := certs.Init(other, "another authority"); err != nil {
		t.Fatal(err)
	}
	pem := func(dir string, i certs.Issued, err error) agent.Identity {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		id, err := agent.ReadIdentity(filepath.Join(dir, certs.CAFile), i.Certificate, i.Key)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	good, err := certs.IssueRole(ca, agent.Controller, "good", time.Hour)
	right := pem(ca, good, err)
	foreign, err := certs.IssueRole(other, agent.Controller, "foreign", time.Hour)
	stranger := pem(other, foreign, err)
	mixed := stranger
	mixed.CA = right.CA // he trusts the agent; the agent does not trust him
	a2, err := certs.IssueAgent(ca, "r2", []netip.Addr{netip.MustParseAddr("127.0.0.1")}, time.Hour)
	router := pem(ca, a2, err)
	for _, c := range []struct {
		name   string
		target agent.Target
	}{
		{"another authority", agent.Target{Address: address, Identity: stranger}},
		{"a certificate of another authority", agent.Target{Address: address, Identity: mixed}},
		{"an agent's certificate", agent.Target{Address: address, Identity: router}},
		{"another router", agent.Target{Router: "r2", Address: address, Identity: right}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := agent.Dial(t.Context(), c.target)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if _, err := a.Status(t.Context()); !errors.Is(err, device.ErrUnreachable) {
				t.Errorf("status: %v", err)
			}
		})
	}
	for _, bad := range []string{"localhost:7443", "router.example.net:7443", "127.0.0.1", ":7443", "unix:"} {
		if _, err := agent.Dial(t.Context(), agent.Target{Address: bad, Identity: right}); err == nil {
			t.Errorf("%q is taken for a literal address", bad)
		}
	}
}
