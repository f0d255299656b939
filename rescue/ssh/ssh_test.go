package ssh_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/lab/labtest/sshtest"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/ssh"
	"github.com/routegate/routegate/rescue/stdio"
)

// TestMain is also the command that sshd starts on the router.
func TestMain(m *testing.M) {
	if dir := os.Getenv("ROUTEGATE_TEST_ROUTER"); dir != "" {
		o := stdio.Options{Router: "edge1", Program: "test", Beat: 100 * time.Millisecond}
		if err := stdio.Process(context.Background(), &fake{dir}, o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fake is a router in a folder: what it runs is a file, and a restore takes as long as the file "hold" is there.
type fake struct{ dir string }

func (f *fake) Status(context.Context) (device.Status, error) {
	text, err := os.ReadFile(filepath.Join(f.dir, "running"))
	return device.Status{Router: "edge1", Phase: device.Idle, Confirmed: device.Hash(text)}, err
}

func (f *fake) Stored(context.Context) ([]device.Stored, error) {
	return []device.Stored{{Hash: "sha256:old", Change: "c-1"}}, nil
}

func (f *fake) Lease(_ context.Context, holder string, term time.Duration) (rescue.Lease, error) {
	return rescue.Lease{Holder: holder, Left: term}, nil
}

func (f *fake) Release(context.Context, string) error { return nil }

func (f *fake) RestoreFor(ctx context.Context, to device.Hash, _, _ string) (device.Status, error) {
	if to != "sha256:old" {
		return device.Status{}, &device.Refusal{Code: device.RefusedUnknown, Detail: "no such configuration"}
	}
	if err := os.WriteFile(filepath.Join(f.dir, "begun"), nil, 0o600); err != nil {
		return device.Status{}, err
	}
	for {
		if _, err := os.Stat(filepath.Join(f.dir, "hold")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "running"), []byte(to), 0o600); err != nil {
		return device.Status{}, err
	}
	return f.Status(ctx)
}

func (f *fake) Close() error { return nil }

// network is a router with its server, and the credential of a bundle.
type network struct {
	dir        string
	credential sshtest.Key
	hostKey    sshtest.Key
	router     *sshtest.Server
	force      string // what authorized_keys forces
}

func at(text string) netip.AddrPort { return netip.MustParseAddrPort(text + ":0") }

// forced is how the manual has it: one command, and nothing else.
func (n *network) forced() []string { return []string{"restrict", `command="` + n.force + `"`} }

func newNetwork(t *testing.T) *network {
	t.Helper()
	sshtest.Require(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	n := &network{dir: t.TempDir(), credential: sshtest.NewKey(t), hostKey: sshtest.NewKey(t)}
	n.write(t, "running", "sha256:new")
	n.force = "ROUTEGATE_TEST_ROUTER=" + n.dir + " exec " + exe
	n.router = sshtest.Start(t, sshtest.Options{Address: at("127.7.0.1"), HostKey: n.hostKey, Authorized: []string{sshtest.Allow(n.credential, n.forced()...)}})
	return n
}

func (n *network) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (n *network) bundled() bundle.Router {
	return bundle.Router{Name: "edge1", SSH: bundle.SSH{Address: n.router.Address, User: "root", HostKeys: []string{n.hostKey.Public}}}
}

// way is one of the ways with the network's credential.
func (n *network) way(t *testing.T, name string) rescue.Way {
	t.Helper()
	ways, err := ssh.Ways(bundle.Credential{SSHKey: n.credential.Private}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ways {
		if w.Name() == name {
			return w
		}
	}
	t.Fatalf("no way %q", name)
	return nil
}

// restores goes in, and returns the router.
func (n *network) restores(t *testing.T, way string, r bundle.Router) {
	t.Helper()
	w := n.way(t, way)
	if !w.Offered(r) {
		t.Fatalf("%s is not offered", way)
	}
	x, err := w.Reach(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if all, err := x.Stored(t.Context()); err != nil || len(all) != 1 || all[0].Hash != "sha256:old" {
		t.Errorf("stored %+v, %v", all, err)
	}
	if l, err := x.Lease(t.Context(), "eve@laptop", time.Minute); err != nil || l.Holder != "eve@laptop" || l.Left != time.Minute {
		t.Errorf("lease %+v, %v", l, err)
	}
	var refusal *device.Refusal
	if _, err := x.RestoreFor(t.Context(), "sha256:other", "eve@laptop", ""); !errors.As(err, &refusal) || refusal.Code != device.RefusedUnknown {
		t.Errorf("another configuration: %v", err)
	}
	if st, err := x.RestoreFor(t.Context(), "sha256:old", "eve@laptop", "it is dark"); err != nil || st.Confirmed != "sha256:old" {
		t.Errorf("restore %+v, %v", st, err)
	}
	if err := x.Release(t.Context(), "eve@laptop"); err != nil {
		t.Error(err)
	}
}

// noResolver fails a test in which a name is looked up.
func noResolver(t *testing.T) {
	t.Helper()
	old := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("a name was looked up")
		return nil, errors.New("no resolver")
	}}
	t.Cleanup(func() { net.DefaultResolver = old })
}

func TestRouter(t *testing.T) {
	noResolver(t)
	n := newNetwork(t)
	n.restores(t, ssh.RouterName, n.bundled())
}

// jumpHost leads to the router and to nothing else.
func (n *network) jumpHost(t *testing.T, key sshtest.Key, options ...string) bundle.Router {
	t.Helper()
	s := sshtest.Start(t, sshtest.Options{Address: at("127.7.0.2"), HostKey: key, Authorized: []string{sshtest.Allow(n.credential, options...)}})
	r := n.bundled()
	r.Console = bundle.SSH{Address: s.Address, User: "root", HostKeys: []string{key.Public}, Onward: r.SSH.Address}
	r.SSH.Address = netip.AddrPort{}
	return r
}

func (n *network) permitted(to netip.AddrPort) []string {
	return []string{"restrict", "port-forwarding", fmt.Sprintf(`permitopen="%s"`, to), `permitlisten="127.0.0.1:1"`, `command="/usr/sbin/nologin"`}
}

func TestJumpHost(t *testing.T) {
	noResolver(t)
	n := newNetwork(t)
	n.restores(t, ssh.JumpName, n.jumpHost(t, sshtest.NewKey(t), n.permitted(n.router.Address)...))
}

// TestConsole: the command is typed at a shell that echoes, has a prompt, and has something half-typed on its line.
func TestConsole(t *testing.T) {
	n := newNetwork(t)
	key := sshtest.NewKey(t)
	s := sshtest.Start(t, sshtest.Options{Address: at("127.7.0.3"), HostKey: key, Authorized: []string{sshtest.Allow(n.credential, "restrict", "pty")}})
	r := bundle.Router{Name: "edge1", Command: n.force[:strings.Index(n.force, "exec ")] + strings.TrimPrefix(n.force[strings.Index(n.force, "exec "):], "exec ")}
	r.Console = bundle.SSH{Address: s.Address, User: "root", HostKeys: []string{key.Public},
		Console: "echo 'console of edge1, escape is ^]'; PS1='edge1:\\w# ' exec bash --norc -i"}
	n.restores(t, ssh.ConsoleName, r)

	r.Console.Console = "printf 'Debian GNU/Linux 12 edge1 ttyS0\\n\\nedge1 login: '; cat"
	if _, err := n.way(t, ssh.ConsoleName).Reach(t.Context(), r); err == nil || !strings.Contains(err.Error(), "asks for a login") {
		t.Errorf("at a login: %v", err)
	}
}

// TestWhatIsWrong: each thing that can be in the way is named in one line.
func TestWhatIsWrong(t *testing.T) {
	n := newNetwork(t)
	stranger, jumpKey := sshtest.NewKey(t), sshtest.NewKey(t)
	bare := sshtest.Start(t, sshtest.Options{Address: at("127.7.0.4"), HostKey: n.hostKey, Authorized: []string{sshtest.Allow(n.credential, "restrict")}})
	deny := n.jumpHost(t, jumpKey, "restrict")
	elsewhere := n.jumpHost(t, jumpKey, n.permitted(netip.MustParseAddrPort("127.7.0.9:22"))...)
	deadEnd := n.jumpHost(t, jumpKey, "restrict,port-forwarding")
	deadEnd.Console.Onward = netip.MustParseAddrPort("127.7.0.9:9")
	behind := n.jumpHost(t, jumpKey, n.permitted(n.router.Address)...)
	behind.SSH.HostKeys = []string{stranger.Public}
	silent, err := net.Listen("tcp", "127.7.0.5:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	with := func(change func(*bundle.Router)) bundle.Router {
		r := n.bundled()
		change(&r)
		return r
	}
	for _, c := range []struct {
		name, way string
		router    bundle.Router
		key       sshtest.Key
		want      string
	}{
		{"nobody listens", ssh.RouterName, with(func(r *bundle.Router) { r.SSH.Address = netip.MustParseAddrPort("127.7.0.9:9") }), n.credential, "no SSH server listens there"},
		{"another host", ssh.RouterName, with(func(r *bundle.Router) { r.SSH.HostKeys = []string{stranger.Public} }), n.credential, "shows the host key SHA256:"},
		{"another kind of key", ssh.RouterName, with(func(r *bundle.Router) { r.SSH.HostKeys = []string{otherKind(t)} }), n.credential, "has no host key of the kind"},
		{"no key at all", ssh.RouterName, with(func(r *bundle.Router) { r.SSH.HostKeys = nil }), n.credential, "has no host key"},
		{"another credential", ssh.RouterName, n.bundled(), stranger, "refuses the credential"},
		{"no routegate", ssh.RouterName, with(func(r *bundle.Router) {
			r.SSH.Address, r.Command = bare.Address, "routegate-is-not-here rollback"
		}), n.credential, "exit code 127"},
		{"another command", ssh.RouterName, with(func(r *bundle.Router) { r.SSH.Address, r.Command = bare.Address, "echo hello; exit 3" }), n.credential, `exit code 3; it said "hello"`},
		{"another router", ssh.RouterName, with(func(r *bundle.Router) { r.Name = "edge2" }), n.credential, `calls itself "edge1", wanted is "edge2"`},
		{"the jump host forwards nothing", ssh.JumpName, deny, n.credential, "refuses to lead on"},
		{"the jump host leads elsewhere", ssh.JumpName, elsewhere, n.credential, "refuses to lead on"},
		{"nobody behind the jump host", ssh.JumpName, deadEnd, n.credential, "gets no answer from 127.7.0.9:9"},
		{"another router behind the jump host", ssh.JumpName, behind, n.credential, "the router at " + n.router.Address.String() + " shows the host key"},
		{"the jump host refuses", ssh.JumpName, behind, stranger, "the jump host at " + behind.Console.Address.String() + " refuses the credential"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := *n
			x.credential = c.key
			_, err := x.way(t, c.way).Reach(t.Context(), c.router)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
	t.Run("who is silent is not waited for", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		r := with(func(r *bundle.Router) { r.SSH.Address = netip.MustParseAddrPort(silent.Addr().String()) })
		if _, err := n.way(t, ssh.RouterName).Reach(ctx, r); err == nil {
			t.Error("it was reached")
		}
	})
}

// otherKind is a host key of a kind that the test's servers do not have.
func otherKind(t *testing.T) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := gossh.NewPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(gossh.MarshalAuthorizedKey(public))
}

// cut is a wire that can be cut.
type cut struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func wire(t *testing.T, to netip.AddrPort) *cut {
	t.Helper()
	l, err := net.Listen("tcp", "127.7.0.6:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cut{Listener: l}
	t.Cleanup(func() { l.Close(); c.cut() })
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", to.String())
			if err != nil {
				a.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, a, b)
			c.mu.Unlock()
			go func() { _, _ = io.Copy(a, b); a.Close() }()
			go func() { _, _ = io.Copy(b, a); b.Close() }()
		}
	}()
	return c
}

func (c *cut) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.conns {
		x.Close()
	}
	c.conns = nil
}

// TestConnectionDies in the middle of a restore: the router ends it, and who calls again on the same way hears so.
func TestConnectionDies(t *testing.T) {
	n := newNetwork(t)
	w := wire(t, n.router.Address)
	r := n.bundled()
	r.SSH.Address = netip.MustParseAddrPort(w.Addr().String())
	x, err := n.way(t, ssh.RouterName).Reach(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	n.write(t, "hold", "")
	go func() {
		for t.Context().Err() == nil {
			if _, err := os.Stat(filepath.Join(n.dir, "begun")); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		w.cut()
	}()
	if _, err := x.RestoreFor(t.Context(), "sha256:old", "eve", ""); !errors.Is(err, device.ErrUnreachable) {
		t.Fatalf("the connection died: %v", err)
	}
	if st, err := x.Status(t.Context()); err != nil || st.Confirmed != "sha256:new" {
		t.Fatalf("called again: %+v, %v", st, err)
	}
	if err := os.Remove(filepath.Join(n.dir, "hold")); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		st, err := x.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st.Confirmed == "sha256:old" {
			break
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal("the restore that was begun was not ended")
		}
	}
	n.router.Stop()
	w.cut()
	if _, err := x.Status(t.Context()); !errors.Is(err, device.ErrUnreachable) {
		t.Errorf("the server is gone: %v", err)
	}
}
