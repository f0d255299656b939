// Package sshtest starts real OpenSSH servers for tests: each with its own host key, the keys that it lets in and what they
// may do, and a private /run, so that nothing stays behind.
package sshtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Key is a new key pair: the private half as OpenSSH writes it, the public as a line of authorized_keys.
type Key struct {
	Private []byte
	Public  string
}

// NewKey makes an Ed25519 key.
func NewKey(t testing.TB) Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return Key{pem.EncodeToMemory(block), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))}
}

// Options say what a server is like.
type Options struct {
	Address    netip.AddrPort // a zero port: a free one, of this process's network
	HostKey    Key
	Authorized []string // lines of authorized_keys
	Settings   []string // more lines of sshd_config
	Enter      []string // a command that starts another where the server is to run, e.g. in a network namespace
}

// Server is one that runs until its test ends.
type Server struct {
	Address netip.AddrPort
	Log     string // its log's file
	cmd     *exec.Cmd
}

// sshd is where Debian has it.
const sshd = "/usr/sbin/sshd"

// Require skips with a visible line where there is no server, and fails instead under ROUTEGATE_REQUIRE_DAEMONS=1.
func Require(t testing.TB) {
	t.Helper()
	why := ""
	if _, err := os.Stat(sshd); err != nil {
		why = "no " + sshd + " (Debian's openssh-server)"
	} else if os.Getuid() != 0 {
		why = "an sshd in namespaces of its own needs root"
	}
	switch {
	case why == "":
	case os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1":
		t.Fatal(why)
	default:
		t.Skip("requires daemons: " + why)
	}
}

// Start starts a server that lets root in with the keys that are authorized, and waits until it listens.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	Require(t)
	dir := t.TempDir()
	if o.Address.Port() == 0 {
		o.Address = netip.AddrPortFrom(o.Address.Addr(), free(t, o.Address.Addr()))
	}
	write := func(name string, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := append([]string{
		"ListenAddress " + o.Address.String(),
		"HostKey " + write("host_key", string(o.HostKey.Private)),
		"AuthorizedKeysFile " + write("authorized_keys", strings.Join(o.Authorized, "\n")+"\n"),
		"PidFile none", "StrictModes no", "UsePAM no", "UseDNS no", "PermitRootLogin yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"MaxStartups 200", "LogLevel VERBOSE",
	}, o.Settings...)
	config := write("sshd_config", strings.Join(settings, "\n")+"\n")
	s := &Server{Address: o.Address, Log: filepath.Join(dir, "log")}
	args := append(o.Enter, "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
		"sh", "-c", `mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$0" "$@"`, sshd, "-D", "-f", config, "-E", s.Log)
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(s.Log)
		if strings.Contains(string(text), "Server listening") {
			return s
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("sshd does not listen on %s: %s", o.Address, text)
		}
	}
}

// Stop kills the server and every session in it.
func (s *Server) Stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

func free(t testing.TB, at netip.Addr) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", netip.AddrPortFrom(at, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

// Allow is a line of authorized_keys: options, e.g. restrict, then the key.
func Allow(key Key, options ...string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", strings.Join(options, ","), key.Public))
}
