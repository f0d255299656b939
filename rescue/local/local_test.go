package local_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/local"
	"github.com/routegate/routegate/rescue/rescuetest"
)

var oldC, newC = rescuetest.Text("old\n"), rescuetest.Text("new\n")

// machine is a router: a daemon, a folder and a socket that outlive the agent.
type machine struct {
	daemon  *rescuetest.Daemon
	dir     string
	bundled bool
}

func newMachine(t *testing.T) *machine {
	dir, err := os.MkdirTemp("", "rg-") // short: a socket's path has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &machine{daemon: rescuetest.NewDaemon(oldC), dir: dir}
}

func (m *machine) socket() string { return filepath.Join(m.dir, "agent.sock") }

func (m *machine) way() *local.Way {
	return local.New(local.Options{Router: "r1", Socket: m.socket(), State: filepath.Join(m.dir, "state"), Who: "alice at the console", Version: "test",
		Make: m.bundled, Driver: func() (device.Driver, error) { return m.daemon, nil }})
}

// agent starts the agent as its process would; die ends it without a word.
func (m *machine) agent(t *testing.T) (a *agent.Agent, die func(), err error) {
	t.Helper()
	f, err := store.OpenFolder(filepath.Join(m.dir, "state"))
	if err != nil {
		return nil, nil, err
	}
	if a, err = agent.New(t.Context(), agent.Options{Router: "r1", Driver: m.daemon, Disk: f, Clock: agent.MachineClock{}}); err != nil {
		t.Fatal(err)
	}
	s, err := agent.NewServer(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(m.socket())
	l, err := net.Listen("unix", m.socket())
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as after a kill
	go s.Serve(l)
	var once sync.Once
	die = func() { once.Do(func() { s.Stop(); f.Close() }) }
	t.Cleanup(die)
	return a, die, nil
}

// changed runs the new configuration, confirmed.
func changed(t *testing.T, a *agent.Agent, confirm bool) {
	t.Helper()
	_, err := a.Arm(t.Context(), device.Order{Change: "c1", Base: oldC, Candidate: newC, Window: time.Hour})
	if err == nil {
		_, err = a.Apply(t.Context(), "c1")
	}
	if err == nil && confirm {
		_, err = a.Confirm(t.Context(), "c1")
	}
	if err != nil {
		t.Fatal(err)
	}
}

var router = bundle.Router{Name: "r1"}

// back waits for what a restore that must read twice has still to do.
func back(t *testing.T, r rescue.Reached) device.Status {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		st, err := r.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st.Phase == device.Idle || time.Now().After(end) {
			return st
		}
	}
}

// TestAlive: the agent does it.
func TestAlive(t *testing.T) {
	m := newMachine(t)
	a, _, err := m.agent(t)
	if err != nil {
		t.Fatal(err)
	}
	changed(t, a, true)
	r, err := m.way().Reach(t.Context(), router)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Lease(t.Context(), "alice", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Arm(t.Context(), device.Order{Change: "c2", Base: newC, Candidate: oldC, Window: time.Hour}); err == nil {
		t.Error("a controller arms while a rescue has the router")
	}
	if _, err := r.RestoreFor(t.Context(), oldC.Hash(), "alice", "all is down"); err != nil {
		t.Fatal(err)
	}
	m.daemon.Has(t, oldC)
	if _, err := m.way().Reach(t.Context(), bundle.Router{Name: "r2"}); err == nil || !strings.Contains(err.Error(), "this machine is r1") {
		t.Errorf("another router: %v", err)
	}
}

// TestDead: the agent's folder and a driver here. An agent that is started meanwhile is refused, and told who; after it, the
// agent finds everything ended, and the lease of the rescue as well.
func TestDead(t *testing.T) {
	for _, confirmed := range []bool{true, false} {
		m := newMachine(t)
		a, die, err := m.agent(t)
		if err != nil {
			t.Fatal(err)
		}
		changed(t, a, confirmed)
		die()
		r, err := m.way().Reach(t.Context(), router)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Lease(t.Context(), "alice", time.Minute); err != nil {
			t.Fatal(err)
		}
		_, _, err = m.agent(t)
		var used *store.InUseError
		if !errors.As(err, &used) || !strings.Contains(err.Error(), "alice at the console") {
			t.Errorf("an agent that is started meanwhile: %v", err)
		}
		if _, err := r.RestoreFor(t.Context(), oldC.Hash(), "alice", "all is down"); err != nil {
			var f *device.Failure
			if confirmed || !errors.As(err, &f) {
				t.Fatal(err)
			}
		}
		if st := back(t, r); st.Phase != device.Idle || st.Outcome != device.Restored {
			t.Errorf("the status is %+v", st)
		}
		m.daemon.Has(t, oldC)
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		b, _, err := m.agent(t)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := b.Lease(t.Context(), "", 0); err != nil || l.Holder != "alice" {
			t.Errorf("the agent knows of the lease %+v, %v", l, err)
		}
	}
}

// TestNobodyHere: where there never was an agent nothing is made, and the error says so.
func TestNobodyHere(t *testing.T) {
	m := newMachine(t)
	_, err := m.way().Reach(t.Context(), router)
	if err == nil || !strings.Contains(err.Error(), "its folder cannot be used") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(m.dir, "state")); err == nil {
		t.Error("a folder was made")
	}
}

// TestLost: a router whose folder is gone runs what the bundle has of it, with the agent dead or alive; once more it need not be touched.
func TestLost(t *testing.T) {
	packed := bundle.Router{Name: "r1", History: []bundle.Entry{{Hash: oldC.Hash(), Change: "c0", At: time.Now().Add(-time.Hour)}}}
	for _, alive := range []bool{true, false} {
		m := newMachine(t)
		m.daemon, m.bundled = rescuetest.NewDaemon(newC), true
		if alive {
			if _, _, err := m.agent(t); err != nil {
				t.Fatal(err)
			}
		}
		o := rescue.Options{Network: "n", Holder: "alice", Routers: []bundle.Router{packed}, Ways: []rescue.Way{m.way()},
			Configurations: map[device.Hash]device.Configuration{oldC.Hash(): oldC}}
		r := rescue.Run(t.Context(), o)
		if got := r.Routers[0]; got.Outcome != rescue.Back || !strings.Contains(got.What, "from the bundle") {
			t.Errorf("alive %v: %+v", alive, got)
		}
		m.daemon.Has(t, oldC)
		if got := rescue.Run(t.Context(), o).Routers[0]; got.Outcome != rescue.Ran {
			t.Errorf("alive %v, once more: %+v", alive, got)
		}
	}
}

// TestLostAndTaken: nobody's router is replaced under their hands, and nothing is where there is no bundle.
func TestLostAndTaken(t *testing.T) {
	packed := bundle.Router{Name: "r1", History: []bundle.Entry{{Hash: oldC.Hash(), Change: "c0", At: time.Now().Add(-time.Hour)}}}
	m := newMachine(t)
	m.daemon = rescuetest.NewDaemon(newC)
	a, _, err := m.agent(t)
	if err != nil {
		t.Fatal(err)
	}
	o := rescue.Options{Network: "n", Holder: "alice", Routers: []bundle.Router{packed}, Ways: []rescue.Way{m.way()}}
	if got := rescue.Run(t.Context(), o).Routers[0]; got.Outcome != rescue.Failed || !strings.Contains(got.Detail, "none of the bundle's 1 configurations") {
		t.Errorf("without the bundle's bytes: %+v", got)
	}
	if _, err := a.Lease(t.Context(), "bob", time.Minute); err != nil {
		t.Fatal(err)
	}
	o.Configurations = map[device.Hash]device.Configuration{oldC.Hash(): oldC}
	if got := rescue.Run(t.Context(), o).Routers[0]; got.Outcome != rescue.Held || !strings.Contains(got.Detail, "bob") {
		t.Errorf("bob has it: %+v", got)
	}
	m.daemon.Has(t, newC)
}
