package pack_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/rescue/pack"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(s string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(s)}}}
}

// daemon runs what it is given, and counts who touches it.
type daemon struct {
	mu      sync.Mutex
	runs    device.Configuration
	touched int
}

func (d *daemon) Running(context.Context) (device.Configuration, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.runs, nil
}
func (d *daemon) Check(context.Context, device.Configuration) error { return nil }
func (d *daemon) Apply(_ context.Context, to device.Configuration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs, d.touched = to, d.touched+1
	return nil
}
func (d *daemon) Differences(_ context.Context, want device.Configuration) ([]device.Difference, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if want.Hash() != d.runs.Hash() {
		return []device.Difference{{Path: "text", Want: "other"}}, nil
	}
	return nil, nil
}
func (d *daemon) Persist(context.Context, device.Configuration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touched++
	return nil
}
func (d *daemon) Incarnation(context.Context) (string, error) { return "1", nil }
func (d *daemon) Observe(context.Context) (device.Observation, error) {
	return device.Observation{}, nil
}

// alone is a plan without a snapshot.
func alone(string) (*pack.Stated, error) { return nil, nil }

// world is an authority and an agent for each router, over mutual TLS on loopback.
type world struct {
	dir, ca string
	plan    *pack.Plan
	daemons map[string]*daemon
	stops   map[string]func()
}

func newWorld(t *testing.T, collect agent.Role, routers ...string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), daemons: map[string]*daemon{}, stops: map[string]func(){}}
	w.ca = filepath.Join(w.dir, "ca")
	must(t, certs.Init(w.ca, "test"))
	plan := "network: test\ncredential: {ca: ca/ca.pem, certificate: ca/rescue.pem, key: ca/rescue.key}\ncollect: {certificate: ca/" + string(collect) + ".pem, key: ca/" + string(collect) + ".key}\nrouters:\n"
	for _, role := range []agent.Role{agent.Rescue, agent.Observer, agent.Controller} {
		_, err := certs.IssueRole(w.ca, role, "", time.Hour)
		must(t, err)
	}
	for _, r := range routers {
		plan += "  " + r + ": {driver: frr, agent: '" + w.start(t, r) + "'}\n"
	}
	must(t, os.WriteFile(filepath.Join(w.dir, "rescue.yaml"), []byte(plan), 0o600))
	var err error
	w.plan, err = pack.ReadPlan(filepath.Join(w.dir, "rescue.yaml"), alone)
	must(t, err)
	return w
}

func (w *world) start(t *testing.T, router string) string {
	t.Helper()
	disk, err := store.OpenFolder(filepath.Join(w.dir, "state-"+router))
	must(t, err)
	d := &daemon{runs: text("hostname " + router + "\n")}
	a, err := agent.New(t.Context(), agent.Options{Router: router, Driver: d, Disk: disk, Clock: agent.MachineClock{}})
	must(t, err)
	issued, err := certs.IssueAgent(w.ca, router, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, time.Hour)
	must(t, err)
	id, err := agent.ReadIdentity(filepath.Join(w.ca, certs.CAFile), issued.Certificate, issued.Key)
	must(t, err)
	s, err := agent.NewServer(a, &id)
	must(t, err)
	l, err := agent.Listen("127.0.0.1:0")
	must(t, err)
	life, end := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = s.Serve(l) })
	wait.Go(func() { _ = a.Run(life) })
	w.daemons[router] = d
	w.stops[router] = sync.OnceFunc(func() { s.Stop(); end(); wait.Wait(); disk.Close() })
	t.Cleanup(w.stops[router])
	return l.Addr().String()
}

// TestFirst: routers that never had a change keep what runs, with a controller's certificate; nobody touches their daemons, and the next pack finds the
// same. With an observer's they are named, with what would help.
func TestFirst(t *testing.T) {
	w := newWorld(t, agent.Controller, "edge1", "edge2")
	b, missing, err := pack.Make(t.Context(), w.plan, nil, time.Now())
	must(t, err)
	again, stillMissing, err := pack.Make(t.Context(), w.plan, b, time.Now())
	must(t, err)
	if len(missing)+len(stillMissing) > 0 || again.Serial <= b.Serial {
		t.Errorf("missing %v, then %v; bundles %d and %d", missing, stillMissing, b.Serial, again.Serial)
	}
	for i, r := range b.Routers {
		want := text("hostname " + r.Name + "\n")
		if len(r.History) != 1 || r.History[0].Hash != want.Hash() || b.Configurations[want.Hash()].Hash() != want.Hash() || len(again.Routers[i].History) != 1 {
			t.Errorf("%s: %+v, then %+v", r.Name, r.History, again.Routers[i].History)
		}
		if n := w.daemons[r.Name].touched; n > 0 {
			t.Errorf("%s was touched %d times", r.Name, n)
		}
	}

	o := newWorld(t, agent.Observer, "edge1")
	_, missing, err = pack.Make(t.Context(), o.plan, nil, time.Now())
	must(t, err)
	if len(missing) != 1 || !strings.Contains(missing[0], "role controller under collect") {
		t.Errorf("%q", missing)
	}
}

// TestUnreachable: a router that does not answer keeps what the bundle from before has of it, and is named; without one it has nothing.
func TestUnreachable(t *testing.T) {
	w := newWorld(t, agent.Controller, "edge1", "edge2")
	before, _, err := pack.Make(t.Context(), w.plan, nil, time.Now())
	must(t, err)
	w.stops["edge2"]()
	b, missing, err := pack.Make(t.Context(), w.plan, before, time.Now())
	must(t, err)
	if len(missing) != 1 || !strings.HasPrefix(missing[0], "edge2: ") || len(b.Routers[1].History) != 1 || len(b.Configurations) != 2 {
		t.Errorf("missing %q, %+v, %d configurations", missing, b.Routers[1], len(b.Configurations))
	}
	if b, _, err = pack.Make(t.Context(), w.plan, nil, time.Now()); err != nil || len(b.Routers[1].History) != 0 || len(b.Configurations) != 1 {
		t.Errorf("%v: %+v", err, b)
	}
}

// TestPlan: what is no plan is refused with what was expected.
func TestPlan(t *testing.T) {
	for in, want := range map[string]string{
		"":           "want network: NAME",
		"network: n": "want routers: {NAME:",
		"network: n\nrouters:\n  e: {driver: ios, agent: '192.0.2.1:7443'}":            `:3: e: driver "ios" is none of`,
		"network: n\nrouters:\n  e: {driver: frr}":                                     ":3: e has no way in",
		"network: n\nrouters:\n  e:\n    driver: frr\n    ssh: {user: root}":           ":5: the ssh of e has no address (as in address:",
		"network: n\nrouters:\n  e: &e {driver: frr, console: {user: x}}\n  f: *e":     ":3: the console of e has no address",
		"network: n\nrooters: {}":                                                      ":2: there is no key rooters here",
		"network: n\nrouters: {e: {driver: frr, agent: 'edge1:7443'}}":                 ":2: agent: edge1:7443 is not an address with a port (as in",
		"network: n\nrouters:\n  e:\n    probes: ['192.0.2.1:53',\n      '192.0.2.1']": ":5: probes: 192.0.2.1 is not an address with a port",
		"network: [":                             ":1: did not find expected node content",
		"network: n\nrouters: {e: {stage: [1]}}": ":2: cannot unmarshal !!seq into int",
	} {
		name := filepath.Join(t.TempDir(), "rescue.yaml")
		must(t, os.WriteFile(name, []byte(in), 0o600))
		if _, err := pack.ReadPlan(name, alone); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}
