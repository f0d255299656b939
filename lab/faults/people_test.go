package faults

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// person is somebody who has typed a command that goes on.
type person struct {
	t     testing.TB
	cmd   *exec.Cmd
	mu    sync.Mutex
	said  bytes.Buffer
	ended chan struct{}
	began time.Time
}

// types starts the program where the operator is, for an account of this name.
func (g *gone) types(name string, args ...string) *person {
	g.t.Helper()
	cmd, err := g.Routegate(args...)
	must(g.t, err)
	p := &person{t: g.t, cmd: cmd, ended: make(chan struct{}), began: time.Now()}
	cmd.Dir, cmd.Env = g.Dir, g.env("USER="+name, "SUDO_USER=")
	cmd.Stdout, cmd.Stderr = p, p
	must(g.t, cmd.Start())
	go func() { _ = cmd.Wait(); close(p.ended) }()
	g.t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.ended })
	return p
}

func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

func (p *person) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// sees waits until the program has said one of the texts.
func (p *person) sees(texts ...string) {
	p.t.Helper()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(2 * time.Millisecond) {
		said := p.text()
		for _, x := range texts {
			if strings.Contains(said, x) {
				return
			}
		}
		select {
		case <-p.ended:
			start = start.Add(-time.Minute) // what came last is looked at once more
		default:
		}
	}
	p.t.Fatalf("%q says none of %q:\n%s", p.cmd.Args, texts, p.text())
}

// ends waits for the end, and returns what was said.
func (p *person) ends(want int) string {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		p.t.Fatalf("%q does not end:\n%s", p.cmd.Args, p.text())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != want {
		p.t.Errorf("%q ended with %d, want %d", p.cmd.Args, code, want)
	}
	p.t.Logf("%.1f s: %s\n%s", time.Since(p.began).Seconds(), strings.Join(p.cmd.Args[1:], " "), p.text())
	return p.text()
}
