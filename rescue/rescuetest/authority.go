package rescuetest

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/rescue/bundle"
)

// Authority is a folder with an authority, a certificate for each role (as rescue.pem and rescue.key), and what its agents have.
type Authority struct{ Dir string }

// NewAuthority makes one in a folder that must not exist.
func NewAuthority(t testing.TB, dir string) *Authority {
	t.Helper()
	must(t, certs.Init(dir, "test"))
	for _, role := range []agent.Role{agent.Rescue, agent.Observer, agent.Controller} {
		_, err := certs.IssueRole(dir, role, "", time.Hour)
		must(t, err)
	}
	return &Authority{dir}
}

// Credential is a bundle's, with the certificate of a role.
func (a *Authority) Credential(t testing.TB, role agent.Role) bundle.Credential {
	t.Helper()
	id := a.identity(t, filepath.Join(a.Dir, string(role)+".pem"), filepath.Join(a.Dir, string(role)+".key"))
	return bundle.Credential{CA: id.CA, Certificate: id.Certificate, Key: id.Key}
}

func (a *Authority) identity(t testing.TB, certificate, key string) agent.Identity {
	t.Helper()
	id, err := agent.ReadIdentity(filepath.Join(a.Dir, certs.CAFile), certificate, key)
	must(t, err)
	return id
}

// Agent is the agent of a router.
type Agent struct {
	*agent.Agent
	Daemon *Daemon
	Stop   func() // ends it; its folder and its daemon stay
}

// Listen is a free port on loopback.
func Listen(t testing.TB) (net.Listener, netip.AddrPort) {
	t.Helper()
	l, err := agent.Listen("127.0.0.1:0")
	must(t, err)
	return l, l.Addr().(*net.TCPAddr).AddrPort()
}

// Agent starts an agent of a router whose daemon is given. What it has had is in the authority's folder. It ends with the test.
func (a *Authority) Agent(t testing.TB, router string, d *Daemon, on ...net.Listener) *Agent {
	t.Helper()
	disk, err := store.OpenFolder(filepath.Join(a.Dir, "state-"+router))
	must(t, err)
	life, end := context.WithCancel(context.Background())
	g, err := agent.New(life, agent.Options{Router: router, Driver: d, Disk: disk, Clock: agent.MachineClock{}})
	must(t, err)
	var names []netip.Addr
	for _, l := range on {
		names = append(names, l.Addr().(*net.TCPAddr).AddrPort().Addr())
	}
	issued, err := certs.IssueAgent(a.Dir, router, names, time.Hour)
	must(t, err)
	id := a.identity(t, issued.Certificate, issued.Key)
	s, err := agent.NewServer(g, &id)
	must(t, err)
	out := &Agent{Agent: g, Daemon: d}
	var wait sync.WaitGroup
	for _, l := range on {
		wait.Go(func() { _ = s.Serve(l) })
	}
	wait.Go(func() { _ = g.Run(life) })
	out.Stop = sync.OnceFunc(func() { s.Stop(); end(); wait.Wait(); disk.Close() })
	t.Cleanup(out.Stop)
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
