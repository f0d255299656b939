// Package demo tells the story of a rollout and of a rescue on a network that runs inside this process: real BGP sessions between GoBGP
// speakers on loopback addresses, a real agent beside each, the controller that routegate rollout is. It needs no root and no
// network, and every second that it prints was measured.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/rollout"
	"github.com/routegate/routegate/testdata/demo"
)

// Chapter is one part of the story. Text is paragraphs.
type Chapter struct {
	Title string
	Text  []string
}

// Teller shows the story. Its calls come one at a time.
type Teller struct {
	Chapter func(Chapter)
	// Verdict shows what the gate says of a change.
	Verdict func(*gate.Verdict)
	// Event is something that happened, so long after the chapter's beginning.
	Event func(after time.Duration, text string)
}

// Options say with what the story is told.
type Options struct {
	Teller Teller
	// Controller is the command line of this program that begins a rollout and leads it, to be killed: given the journal's
	// folder, the snapshots and the three files of the credential.
	Controller func(journal, before, after string, id canary.Identity) *exec.Cmd
	// Rescue is the command line of this program that brings all routers of a bundle back and writes its report as JSON.
	Rescue  func(journal string, f Sealed) *exec.Cmd
	Version string
}

// partner is the AS that does not send what routegate.yaml says that it does.
const partner = 64510

// Run tells the whole story. It leaves nothing behind, also when ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "rg-") // short: the paths of sockets have a limit
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(filepath.Join(dir, "net"), demo.Files); err != nil {
		return err
	}
	s := &story{Options: o, dir: dir}
	defer s.stop()
	for _, chapter := range []func(context.Context) error{s.network, s.denied, s.filtered, s.killed, s.completed, s.rescued} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

type story struct {
	Options
	dir   string
	live  *running
	began time.Time
}

func (s *story) stop() {
	if s.live != nil {
		s.live.stop()
	}
}

func (s *story) snapshot(name string) string { return filepath.Join(s.dir, "net", name) }
func (s *story) journal() string             { return filepath.Join(s.dir, "journal") }

func (s *story) chapter(title string, text ...string) {
	s.Teller.Chapter(Chapter{Title: title, Text: text})
	s.began = time.Now()
}

func (s *story) event(format string, args ...any) {
	s.Teller.Event(time.Since(s.began), fmt.Sprintf(format, args...))
}

// network starts everything and waits until it stands.
func (s *story) network(ctx context.Context) error {
	s.chapter("A network inside this process",
		"Two edges, two spines, two leaves, and three neighbors outside: GoBGP speakers with real sessions over loopback addresses. The leaves originate the DNS prefix 192.0.2.0/24. Beside each router runs an agent, the only one that touches it.")
	r, err := start(ctx, s.dir, s.snapshot("before"), s.snapshot("partner"))
	if err != nil && strings.Contains(err.Error(), syscall.EADDRINUSE.Error()) { // GoBGP gives the text alone
		return fmt.Errorf("%w (does another demonstration run?)", err)
	}
	if err != nil {
		return err
	}
	s.live = r
	s.event("%d sessions are up, and no table moves any more", r.sessions/2)
	return nil
}

// denied: a change that the gate refuses never reaches a router.
func (s *story) denied(ctx context.Context) error {
	s.chapter("A bad change", "Somebody tidies up the list of what the edges announce, and one entry too many goes: one line less on each edge.")
	v, err := gate.Check(ctx, gate.Options{Before: s.snapshot("before"), After: s.snapshot("bad"), Version: s.Version})
	if err != nil {
		return err
	}
	s.Teller.Verdict(v)
	if v.Verdict != gate.Deny {
		return fmt.Errorf("the bad change is judged %s, want deny: this is a defect of routegate", v.Verdict)
	}
	_, err = rollout.Begin(ctx, s.options("bad"))
	var refused *rollout.RefusedError
	if !errors.As(err, &refused) {
		return fmt.Errorf("a rollout of a denied change begins (%w): this is a defect of routegate", err)
	}
	s.event("rollout start: refused, no router was touched")
	return nil
}

func (s *story) options(after string) rollout.Options {
	return rollout.Options{Before: s.snapshot("before"), After: s.snapshot(after), Dir: s.journal(), Identity: s.live.controller, Version: s.Version}
}

// filtered: what no model can know is seen at the first canary.
func (s *story) filtered(ctx context.Context) error {
	s.chapter("A change that passes, and a fault that nobody could know",
		"A partner is connected to both edges, and is to send 198.51.100.0/24. The configurations are right, and the gate allows them. But the partner filters on its side: it sends nothing.")
	d, err := s.lead(ctx, "partner")
	if err != nil {
		return err
	}
	if d.ExitCode() == 0 {
		return errors.New("the rollout was completed although a prefix is missing: this is a defect of routegate")
	}
	if s.live.touched("edge2") {
		return errors.New("the second edge was touched: this is a defect of routegate")
	}
	s.event("edge2 was never touched")
	return nil
}

// lead begins a rollout here and leads it to its end.
func (s *story) lead(ctx context.Context, after string) (*canary.Document, error) {
	r, err := rollout.Begin(ctx, s.options(after))
	if err != nil {
		return nil, err
	}
	d, err := r.Run(ctx, func(n canary.Note) { s.event("%s", n.Text) })
	if err != nil {
		return nil, err
	}
	return d, nil
}

// killed: the controller dies, and the router goes back alone.
func (s *story) killed(ctx context.Context) error {
	s.chapter("The controller is killed",
		"A good change: each edge prefers its own transit. While the first edge is watched, the controller is killed with SIGKILL: it can tell nobody. The switch is on the device.")
	cmd := s.Controller(s.journal(), s.snapshot("before"), s.snapshot("good"), s.live.controller)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the controller: %w", err)
	}
	name, err := s.live.awaitApplied(ctx, "edge1", "edge2")
	if err != nil {
		return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	s.event("%s runs the change, unconfirmed; its switch ends in %s", name, s.live.remaining(name).Round(time.Second))
	if err := cmd.Process.Kill(); err != nil {
		return fmt.Errorf("the controller: %w", err)
	}
	cmd.Wait() // killed: its error says so
	s.event("the controller is dead")
	took, err := s.live.awaitBack(ctx, name)
	if err != nil {
		return err
	}
	s.event("%s is back by itself, read back and verified, %s after the kill", name, took.Round(100*time.Millisecond))
	s.event("a new controller reads the journal, to end the rollout (rollout abort):")
	_, err = rollout.Continue(ctx, rollout.Takeover{Dir: s.journal(), Do: canary.Abort, Reason: "the demonstration goes on"}, func(n canary.Note) { s.event("%s", n.Text) })
	return err
}

// completed: the same change goes through its waves.
func (s *story) completed(ctx context.Context) error {
	s.chapter("The same change, undisturbed", "One canary, then the other edge; each is watched, compared with what the simulation says, and confirmed.")
	d, err := s.lead(ctx, "good")
	if err != nil {
		return err
	}
	if d.ExitCode() != 0 {
		return fmt.Errorf("the good change was not completed (%s): this is a defect of routegate", d.Summary)
	}
	return nil
}

// agentPort is where routegate.yaml of the demonstration says that agents are.
const agentPort = 17443

// everywhere are the loopback addresses of agents: what a machine without IPv4 loopback lacks is said at once.
func everywhere(mgmt netip.Addr) error {
	if !mgmt.IsLoopback() {
		return fmt.Errorf("the demonstration's agents are on loopback addresses, not on %s", mgmt)
	}
	return nil
}
