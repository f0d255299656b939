package pack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue/pack"
	"github.com/routegate/routegate/rescue/rescuetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// alone is a plan without a snapshot.
func alone(string) (*pack.Stated, error) { return nil, nil }

// world is an authority and an agent for each router, over mutual TLS on loopback.
type world struct {
	dir    string
	plan   *pack.Plan
	agents map[string]*rescuetest.Agent
}

func newWorld(t *testing.T, collect agent.Role, routers ...string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), agents: map[string]*rescuetest.Agent{}}
	a := rescuetest.NewAuthority(t, filepath.Join(w.dir, "ca"))
	plan := "network: test\ncredential: {ca: ca/ca.pem, certificate: ca/rescue.pem, key: ca/rescue.key}\ncollect: {certificate: ca/" + string(collect) + ".pem, key: ca/" + string(collect) + ".key}\nrouters:\n"
	for _, r := range routers {
		l, at := rescuetest.Listen(t)
		w.agents[r] = a.Agent(t, r, rescuetest.NewDaemon(runs(r)), l)
		plan += "  " + r + ": {driver: frr, agent: '" + at.String() + "'}\n"
	}
	must(t, os.WriteFile(filepath.Join(w.dir, "rescue.yaml"), []byte(plan), 0o600))
	var err error
	w.plan, err = pack.ReadPlan(filepath.Join(w.dir, "rescue.yaml"), alone)
	must(t, err)
	return w
}

// runs is what a router has from the beginning.
func runs(router string) device.Configuration {
	return rescuetest.Text("hostname " + router + "\n")
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
		want := runs(r.Name)
		if len(r.History) != 1 || r.History[0].Hash != want.Hash() || b.Configurations[want.Hash()].Hash() != want.Hash() || len(again.Routers[i].History) != 1 {
			t.Errorf("%s: %+v, then %+v", r.Name, r.History, again.Routers[i].History)
		}
		if n := w.agents[r.Name].Daemon.Touched(); n > 0 {
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
	w.agents["edge2"].Stop()
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
