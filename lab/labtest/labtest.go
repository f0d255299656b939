// Package labtest boots a lab for a test: a snapshot written down as text, the daemons' own folders and sockets, and their
// processes by name, so that they can be killed and stopped.
package labtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
)

// Main is a TestMain: it runs the tests again in a private world of namespaces, which the kernel clears away.
func Main(m *testing.M) {
	if done, err := lab.Job(); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if lab.Missing() == "" && !lab.Inside() {
		code, err := lab.Enter()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(code)
	}
	code := m.Run()
	if built.folder != "" {
		os.RemoveAll(built.folder)
	}
	os.Exit(code)
}

// Require skips with a visible line where this machine has no daemons, and fails instead under ROUTEGATE_REQUIRE_DAEMONS=1.
func Require(t testing.TB) {
	t.Helper()
	switch why := lab.Missing(); {
	case why == "":
	case os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1":
		t.Fatal(why)
	default:
		t.Skip("requires daemons: " + why)
	}
}

// Network is a lab that is up until its test ends.
type Network struct {
	Lab  *lab.Lab
	Plan *lab.Plan
	dir  string
}

// Up writes a snapshot (files by their path in it) and boots it.
func Up(t testing.TB, files map[string]string) *Network {
	t.Helper()
	return boot(t, Write(t, t.TempDir(), files), func(*lab.Plan) {})
}

// Write writes a snapshot into a folder, which it returns: files by their path in it.
func Write(t testing.TB, folder string, files map[string]string) string {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// boot boots the snapshot in a folder; set may change the plan first.
func boot(t testing.TB, snapshot string, set func(*lab.Plan)) *Network {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := config.Load(ctx, snapshot, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := lab.MakePlan(s.Network)
	if err != nil {
		t.Fatal(err)
	}
	set(plan)
	run := RunDir(t)
	l, err := lab.Up(ctx, plan, filepath.Join(run, "l"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Down)
	for _, r := range l.Rejected {
		t.Errorf("rejected by the daemon: %s", r)
	}
	return &Network{Lab: l, Plan: plan, dir: filepath.Join(run, "l")}
}

// RunDir is a folder that is removed when the test is over. Not t.TempDir: daemons run as users of their own and must be able to enter it.
func RunDir(t testing.TB) string {
	t.Helper()
	run, err := MakeRunDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	return run
}

// MakeRunDir is RunDir where there is no test: the caller removes it.
func MakeRunDir() (string, error) {
	run, err := os.MkdirTemp("", "routegate-lab-")
	if err != nil {
		return "", err
	}
	return run, os.Chmod(run, 0o755)
}

// Folder is where a router's daemons have their sockets and files.
func (n *Network) Folder(t testing.TB, router string) string {
	t.Helper()
	for _, x := range n.Plan.Nodes {
		if x.Router.Name == router {
			return filepath.Join(n.dir, x.Name)
		}
	}
	t.Fatalf("there is no router %s", router)
	return ""
}

// Signal sends a signal to a daemon of the router that keeps a file with its process id.
func (n *Network) Signal(t testing.TB, router, daemon string, s syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.Folder(t, router), daemon+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// Eventually asks until there is nothing left to wait for (""), or a minute has passed.
func Eventually(t testing.TB, ask func() string) {
	t.Helper()
	var left string
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(200 * time.Millisecond) {
		if left = ask(); left == "" {
			return
		}
	}
	t.Fatal(left)
}
