package labtest

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/host"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/routing"
)

// Port is where agents listen on their management addresses.
const Port = 7443

// Managed is a lab with a management network beside the in-band one: an operator's namespace, and `routegate agent` as a process
// in the namespace of each router that routegate.yaml gives a management address. Parts of it can be killed, cut off and started again,
// from several goroutines at once.
type Managed struct {
	*Network
	// Dir is the operator's folder: the snapshot is before, the authority ca (with controller.pem, observer.pem and rescue.pem).
	Dir string

	program string
	mu      sync.Mutex
	agents  map[string]*guard
}

// guard is a router's agent and what must be known to start it.
type guard struct {
	dir     string
	process *exec.Cmd
	boots   int
}

// UpManaged boots a snapshot as it is written, with an agent beside each router that has a management address, and waits until
// all of them can be asked, the sessions that the simulation has up are up, and the tables stand still.
func UpManaged(t testing.TB, files map[string]string) *Managed {
	t.Helper()
	m := &Managed{Dir: t.TempDir(), program: Program(t), agents: map[string]*guard{}}
	m.Network = boot(t, Write(t, filepath.Join(m.Dir, "before"), files), func(p *lab.Plan) { p.AsWritten, p.BMP = true, true })
	ctx := m.within(t, 3*time.Minute)
	if err := m.Lab.Manage(ctx); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(m.Dir, "ca")
	if err := certs.Init(ca, "lab"); err != nil {
		t.Fatal(err)
	}
	for _, role := range []agent.Role{agent.Controller, agent.Observer, agent.Rescue} {
		if _, err := certs.IssueRole(ca, role, "", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for router := range m.agents {
			_ = m.KillAgent(router)
		}
	})
	for _, d := range m.Plan.Net.Env.Devices {
		if d.Mgmt.IsValid() {
			m.settle(t, d.Name, d.Mgmt)
			if err := m.StartAgent(d.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for router := range m.agents {
		Eventually(t, func() string {
			if _, err := m.Status(router); err != nil {
				return err.Error()
			}
			return ""
		})
	}
	want, err := routing.Solve(ctx, m.Plan.Net, routing.Options{Fresh: true})
	if err == nil {
		err = m.Lab.AwaitSessions(ctx, want, time.Minute)
	}
	if err == nil {
		err = m.Lab.Settle(ctx, time.Second, time.Minute)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Write puts another snapshot into the operator's folder, beside the one that was booted.
func (m *Managed) Write(t testing.TB, name string, files map[string]string) {
	t.Helper()
	Write(t, filepath.Join(m.Dir, name), files)
}

// settle writes agent.yaml and issues the agent's certificate.
func (m *Managed) settle(t testing.TB, router string, at netip.Addr) {
	t.Helper()
	dialect := m.Plan.Net.Router(router).Dialect
	g := &guard{dir: filepath.Join(m.Dir, "agents", router)}
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	id, err := certs.IssueAgent(filepath.Join(m.Dir, "ca"), router, []netip.Addr{at}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	folder := m.Folder(t, router)
	daemon := map[string]string{
		"frr":   fmt.Sprintf("frr: {vty-socket: %s, config: %s/frr.conf}", folder, folder),
		"gobgp": fmt.Sprintf("gobgp: {address: 'unix://%s/api.sock', config: %s/%s}", folder, folder, m.gobgpFile(router)),
		"bird":  fmt.Sprintf("bird: {socket: %s/bird.ctl, config: %s/bird.conf}", folder, folder),
	}[dialect]
	text := fmt.Sprintf("router: %s\ndriver: %s\nlisten: %s\nsocket: %s/agent.sock\nstate: %s/state\nca: %s\ncertificate: %s\nkey: %s\npoll: 500ms\n%s\n",
		router, dialect, netip.AddrPortFrom(at, Port), g.dir, g.dir, filepath.Join(m.Dir, "ca", "ca.pem"), id.Certificate, id.Key, daemon)
	if err := os.WriteFile(filepath.Join(g.dir, "agent.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.agents[router] = g
}

func (m *Managed) gobgpFile(router string) string {
	for _, f := range m.Plan.Net.Router(router).Files {
		if base := filepath.Base(f.Path); strings.HasPrefix(base, "gobgpd.") {
			return base
		}
	}
	return ""
}

// Driver is a driver of the router's daemon, for a look that does not take the agent's word.
func (m *Managed) Driver(t testing.TB, router string) device.Driver {
	t.Helper()
	s, err := host.Read(filepath.Join(m.agents[router].dir, "agent.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := host.NewDriver(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Status asks a router's agent over its socket.
func (m *Managed) Status(router string) (device.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	a, err := agent.Dial(ctx, agent.Target{Address: "unix:" + filepath.Join(m.agents[router].dir, "agent.sock")})
	if err != nil {
		return device.Status{}, err
	}
	defer a.Close()
	return a.Status(ctx)
}

// Routegate is the program in the operator's namespace and folder, with the journal in journal; the caller starts it.
func (m *Managed) Routegate(args ...string) (*exec.Cmd, error) {
	cmd, err := m.Lab.Command("", append([]string{m.program}, args...)...)
	if err != nil {
		return nil, err
	}
	cmd.Dir = m.Dir
	cmd.Env = append(os.Environ(), "ROUTEGATE_JOURNAL="+filepath.Join(m.Dir, "journal"))
	return cmd, nil
}

func (m *Managed) within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
