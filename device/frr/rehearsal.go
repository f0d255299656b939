package frr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/compare"
	"github.com/routegate/routegate/device/process"
)

// rehearsal is what was found out without the router's own daemons.
type rehearsal struct {
	running, candidate string // the texts that it is about
	canonical          string // the candidate as FRR writes it
	steps              []step
}

// errNoStage is wrapped where daemons for a rehearsal cannot be started here.
var errNoStage = errors.New("a rehearsal is not possible")

// maxPasses bounds how often what a removal took with it is put back.
const maxPasses = 5

// rehearse finds the steps that lead from what runs to the candidate and tries them on daemons of its own. The error says why
// FRR would not run the candidate; it wraps errNoStage where nothing could be tried.
func (d *Driver) rehearse(ctx context.Context, names []string, running string, candidate device.Configuration) (*rehearsal, error) {
	want := text(candidate)
	if r := d.rehearsed; r != nil && r.running == running && r.candidate == want {
		return r, nil
	}
	canonical, err := d.canonical(ctx, names, candidate)
	if err != nil {
		return nil, err
	}
	s, err := d.open(ctx, names)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, err := s.load(ctx, running); err != nil {
		return nil, err
	}
	drop := silent(want)
	goal := parse(canonical).without(drop)
	r := &rehearsal{running: running, candidate: want, canonical: canonical}
	before := map[string]int{} // removals that came to nothing
	for range maxPasses {
		now, err := s.running(ctx)
		if err != nil {
			return nil, err
		}
		from := parse(now).without(drop)
		if r.steps == nil {
			if real := parse(running).without(drop); !from.equal(real) {
				return nil, fmt.Errorf("%w: daemons of their own that are given what runs end with something else: %s", errNoStage, describe(difference(real, from)))
			}
		}
		if from.equal(goal) {
			d.rehearsed = r
			return r, nil
		}
		for _, st := range steps(from, goal, before) {
			refused, err := s.load(ctx, st.text)
			if err != nil {
				return nil, err
			}
			st.refused = refused
			r.steps = append(r.steps, st)
		}
		for _, o := range difference(from, goal) {
			if o.remove {
				before[o.key()]++
			}
		}
	}
	now, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	if left := difference(parse(now).without(drop), goal); len(left) > 0 {
		return nil, fmt.Errorf("FRR does not get from what runs to the candidate without a restart: in a rehearsal there was left: %s", describe(left))
	}
	d.rehearsed = r
	return r, nil
}

// canonical is the candidate as FRR itself writes it, after every line was taken and means what the dialect reads in it.
func (d *Driver) canonical(ctx context.Context, names []string, candidate device.Configuration) (string, error) {
	want := text(candidate)
	if c, ok := d.written[want]; ok {
		return c, nil
	}
	s, err := d.open(ctx, names)
	if err != nil {
		return "", err
	}
	defer s.close()
	refused, err := s.load(ctx, want)
	if err != nil {
		return "", err
	}
	if len(refused) > 0 {
		return "", refusedError(candidate, refused)
	}
	canonical, err := s.running(ctx)
	if err != nil {
		return "", err
	}
	drop := silent(want)
	meant, err := d.read("candidate", strip(want, drop))
	if err != nil {
		return "", err
	}
	meant.Files = nil // lines outside of the model are FRR's to write
	got, err := d.read("rehearsal", strip(canonical, drop))
	if err != nil {
		return "", err
	}
	got.Files = nil
	if left := compare.Routers(meant, got); len(left) > 0 {
		return "", fmt.Errorf("FRR takes every line of the candidate and runs something else: %s%s", left[0], andMore(len(left)-1))
	}
	if len(d.written) > 8 {
		clear(d.written)
	}
	d.written[want] = canonical
	return canonical, nil
}

// refusedError names the first refused line by its file.
func refusedError(c device.Configuration, refused []refusal) error {
	r := refused[0]
	line := r.Line
	for _, f := range c.Sorted().Files {
		if !strings.HasSuffix(f.Name, ".conf") {
			continue
		}
		kept, number := 0, 0
		for l := range strings.Lines(string(f.Data)) {
			number++
			if strings.TrimSpace(l) != "end" {
				kept++
			}
			if kept == line && line > 0 {
				return fmt.Errorf("%s:%d: FRR refuses %q: %s%s", f.Name, number, strings.TrimSpace(l), r.Text, andMore(len(refused)-1))
			}
		}
		line -= kept + 1
	}
	return fmt.Errorf("FRR refuses the candidate: %s%s", r.Text, andMore(len(refused)-1))
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

func describe(ops []operation) string {
	o := ops[0]
	sign := "+ "
	if o.remove {
		sign = "- "
	}
	return sign + strings.Join(append(o.path[:len(o.path):len(o.path)], o.text), " / ") + andMore(len(ops)-1)
}

// strip drops lines of the top level from a text.
func strip(text string, drop func(string) bool) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !drop(strings.TrimRight(line, "\r\n")) {
			b.WriteString(line)
		} else {
			b.WriteString("!\n") // lines keep their numbers
		}
	}
	return b.String()
}

// stage is a set of FRR daemons in a network and a process namespace of their own: they see no link, call nobody, and are
// cleared away by the kernel with their first process, which ends with the pipe that this process holds.
type stage struct {
	vty
	cmd   *exec.Cmd
	hold  io.Closer
	limit time.Duration
}

// script starts each argument as a daemon and waits for the end of its input.
const script = `for d in "$@"; do n=${d%% *}; "$D"/$d --vty_socket "$S" -z "$S/zserv.api" -f /dev/null -i "$S/$n.pid" -P 0 --log "file:$S/$n.log" & done; read x`

// open starts a stage with the same daemons as the router's.
func (d *Driver) open(ctx context.Context, names []string) (_ *stage, err error) {
	dir, err := os.MkdirTemp("", "routegate-frr-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStage, err)
	}
	s := &stage{vty: vty{d.o.Vtysh, dir, ""}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if u, err := user.Lookup("frr"); err == nil {
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoStage, err)
		}
	}
	args := []string{"-c", script, "sh"}
	for _, n := range names {
		args = append(args, strings.Join(append([]string{n}, modules(ctx, d.o.sockets(), n)...), " "))
	}
	s.cmd = exec.Command("/bin/sh", args...)
	s.cmd.Env = append(os.Environ(), "D="+d.o.DaemonDir, "S="+dir)
	s.cmd.SysProcAttr = apart()
	hold, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStage, err)
	}
	s.hold = hold
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: daemons of their own in a network namespace: %w", errNoStage, err)
	}
	deadline := time.Now().Add(15 * time.Second)
	for _, name := range names {
		for {
			if _, err := daemons(ctx, dir); err == nil {
				if _, err := os.Stat(filepath.Join(dir, name+".vty")); err == nil {
					break
				}
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if time.Now().After(deadline) {
				log, _ := os.ReadFile(filepath.Join(dir, name+".log"))
				return nil, fmt.Errorf("%w: %s did not start within 15 s: %s", errNoStage, name, last(string(log)))
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return s, nil
}

func (s *stage) close() {
	if s.hold != nil {
		s.hold.Close()
	}
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	_ = os.RemoveAll(s.folder)
}

// modules are the -M options that a daemon was started with: bgpd takes BMP's commands only with its module.
func modules(ctx context.Context, folder, name string) (args []string) {
	pid, _, err := process.Listener(ctx, filepath.Join(folder, name+".vty"))
	if err != nil {
		return nil
	}
	words := process.Arguments(pid)
	for i, w := range words {
		if (w == "-M" || w == "--module") && i+1 < len(words) && !strings.ContainsAny(words[i+1], " \t") {
			args = append(args, "-M", words[i+1])
		}
	}
	return args
}
