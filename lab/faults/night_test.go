package faults

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/lab/labtest/sshtest"
)

// TestRescueAtNight: what can be in the way besides, one after the other in one network: only a jump host or a console server leads to routers whose
// agents are dead; two people come at once, and while a daemon stands still; a router dies half-way through its return; its disk is full; a rollout is under way.
func TestRescueAtNight(t *testing.T) {
	labtest.Require(t)
	t.Parallel()
	g := newGone(t, false)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	for _, c := range []struct {
		name string
		do   func(*gone, context.Context)
	}{
		{"two people", (*gone).twoPeople},
		{"a daemon stands still", (*gone).standsStill},
		{"a router dies, agent", func(g *gone, ctx context.Context) { g.dies(ctx, true) }},
		{"a full disk, agent", (*gone).fullDisk},
		{"a rollout is under way", (*gone).underWay},
		{"behind a jump host and a console server", (*gone).behind}, // kills the agents
		{"a router dies, ssh", func(g *gone, ctx context.Context) { long(g.t); g.dies(ctx, false) }},
		{"a full disk, ssh", func(g *gone, ctx context.Context) { long(g.t); g.fullDisk(ctx) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := *g // its servers outlive it
			part.t = t
			c.do(&part, ctx)
		})
	}
}

// behind is the rescue from a laptop that reaches a host in the management network and nothing beyond it.
func (g *gone) behind(ctx context.Context) {
	enter, err := g.Lab.Laptop(ctx, netip.MustParsePrefix("10.98.0.2/30"), netip.MustParsePrefix("10.98.0.1/30"))
	must(g.t, err)
	station, err := g.Lab.Command("", "true")
	must(g.t, err)
	in := station.Args[:len(station.Args)-1]
	for _, r := range g.routers {
		must(g.t, g.KillAgent(r))
	}

	jump := sshtest.NewKey(g.t)
	options := []string{"restrict", "port-forwarding", `permitlisten="127.0.0.1:1"`, `command="/usr/sbin/nologin"`}
	for _, r := range g.routers {
		options = append(options, fmt.Sprintf(`permitopen="%s"`, g.at(r, 22)))
	}
	sshtest.Start(g.t, sshtest.Options{Address: netip.MustParseAddrPort("10.98.0.1:22"), HostKey: jump, Enter: in, Authorized: []string{sshtest.Allow(g.key, options...)}})
	console := sshtest.NewKey(g.t)
	sshtest.Start(g.t, sshtest.Options{Address: netip.MustParseAddrPort("10.98.0.1:2222"), HostKey: console, Enter: in,
		Authorized: []string{sshtest.Allow(g.key, "restrict", "pty", fmt.Sprintf("command=%q", g.consoles()))}})
	g.bundled("jump.bundle", func(r string) string {
		return fmt.Sprintf(", console: {address: '10.98.0.1:22', user: root, host-keys: ['%s'], onward: '%s'}", jump.Public, g.at(r, 22))
	})
	g.bundled("console.bundle", func(r string) string {
		return fmt.Sprintf(", command: '%s', console: {address: '10.98.0.1:2222', user: root, host-keys: ['%s'], console: '%s'}", g.local(r), console.Public, r)
	})

	for _, x := range []struct{ bundle, way string }{{"jump.bundle", "ssh through the jump host"}, {"console.bundle", "ssh through the console server"}} {
		g.ruin(ctx)
		out := g.run(0, exec.CommandContext(ctx, enter[0], append(enter[1:], labtest.Program(g.t), "rollback", "--all", "--passphrase-file", "passphrase", "--bundle", x.bundle)...))
		if n := len(regexp.MustCompile(`(?m)^\S+ +BACK +[\d.]+ s +`+x.way+`$`).FindAllString(out, -1)); n != len(g.routers) {
			g.t.Errorf("%d routers came back by %s:\n%s", n, x.way, out)
		}
		g.back(ctx, g.routers...)
	}
}

// bundled is the bundle there is, with other ways: what it holds of routers whose agents are dead stays.
func (g *gone) bundled(name string, more func(router string) string) {
	g.t.Helper()
	text, err := os.ReadFile(filepath.Join(g.Dir, "rescue.bundle"))
	must(g.t, err)
	g.write(name, string(text))
	g.plan("observer", more)
	g.do(1, "rescue", "pack", "--plan", "rescue.yaml", "--signer", "rescue.key", "--passphrase-file", "passphrase", "--bundle", name)
}

// consoles are the routers' serial lines, with root logged in at each, and the command of a console server that opens one: a line has one screen and one keyboard,
// and goes on when nobody looks.
func (g *gone) consoles() (opens string) {
	dir := g.t.TempDir()
	for _, r := range g.routers {
		line := filepath.Join(dir, r)
		must(g.t, exec.Command("mkfifo", line+".keys", line+".screen").Run())
		cmd, err := g.Lab.Command(r, "sh", "-c", fmt.Sprintf(`PS1='%s:\w# ' exec script -qfc 'exec bash --noprofile --norc -i' /dev/null <>%s.keys >%s.screen 1<>%s.screen`, r, line, line, line))
		must(g.t, err)
		must(g.t, cmd.Start())
		g.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	}
	opens = filepath.Join(dir, "console")
	must(g.t, os.WriteFile(opens, []byte("#!/bin/sh\nstty raw -echo\ncat "+dir+"/$SSH_ORIGINAL_COMMAND.screen &\nexec cat >"+dir+"/$SSH_ORIGINAL_COMMAND.keys\n"), 0o700))
	return opens
}

// twoPeople type the same at once, from one account's folders; the first one's laptop sleeps while a router is theirs.
func (g *gone) twoPeople(ctx context.Context) {
	g.ruin(ctx)
	command := []string{"rollback", "--all", "--passphrase-file", "passphrase"}
	first := g.types("anna", command...)
	first.sees("frr            returning")
	must(g.t, first.cmd.Process.Signal(syscall.SIGSTOP))
	second := g.types("bert", command...)
	out := second.ends(1)
	must(g.t, first.cmd.Process.Signal(syscall.SIGCONT))
	if !regexp.MustCompile(`(?m)^frr +HELD`).MatchString(out) || !regexp.MustCompile(`anna at \S+, rescue \S+ is bringing it back since \d\d:\d\d:\d\d UTC`).MatchString(strings.Join(strings.Fields(out), " ")) {
		g.t.Errorf("the second is not told who has frr, and since when:\n%s", out)
	}
	first.ends(0)
	g.back(ctx, g.routers...)
}

// standsStill has a daemon not move while its router returns: the second person is told at once who has it, and the first one's command goes on with it.
func (g *gone) standsStill(ctx context.Context) {
	g.ruin(ctx)
	must(g.t, g.StallDaemon("frr", true))
	g.whole.Cleanup(func() { _ = g.StallDaemon("frr", false) })
	first := g.types("anna", "rollback", "--all", "--passphrase-file", "passphrase")
	first.sees("frr            returning")
	begun := time.Now()
	out := g.types("bert", "rollback", "--device", "frr", "--passphrase-file", "passphrase").ends(1)
	if !regexp.MustCompile(`(?m)^frr +HELD`).MatchString(out) || !strings.Contains(strings.Join(strings.Fields(out), " "), "anna at ") {
		g.t.Errorf("the second is not told who has frr:\n%s", out)
	}
	g.t.Logf("the second was told after %v", time.Since(begun))
	must(g.t, g.StallDaemon("frr", false))
	first.ends(0)
	g.back(ctx, g.routers...)
}

// dies has a router lose its power while it returns, a tenth of a second after that began; the same command finishes once it is up, by its agent or, without one,
// by SSH.
func (g *gone) dies(ctx context.Context, agents bool) {
	g.ruin(ctx)
	p := g.types("anna", "rollback", "--all", "--passphrase-file", "passphrase", "--reach", "3s")
	p.sees("frr            returning")
	time.Sleep(100 * time.Millisecond)
	g.sshds["frr"].Stop()
	must(g.t, g.PowerOff(ctx, "frr"))
	out := p.ends(1)
	if !strings.Contains(out, "the way broke while it was returning, and it may be back") || !regexp.MustCompile(`(?m)^frr +NOT REACHED`).MatchString(out) {
		g.t.Errorf("of frr, which died:\n%s", out)
	}
	g.back(ctx, "core", "gobgp", "bird")
	must(g.t, g.StartDaemons(ctx, "frr"))
	if agents {
		must(g.t, g.StartAgent("frr"))
		awaitAgent(g.t, g.Managed, "frr")
	}
	g.sshd("frr")
	if out := g.do(0, "rollback", "--all", "--passphrase-file", "passphrase", "--reach", "3s"); !strings.Contains(out, "ALL BACK") {
		g.t.Errorf("the same command:\n%s", out)
	}
	g.back(ctx, g.routers...)
}

// fullDisk has the agent's folder and what the daemon starts with on a disk that is full: a router is not called back that would start with something else, and the
// same command finishes once there is room.
func (g *gone) fullDisk(ctx context.Context) {
	const router = "gobgp" // whose daemon need not see that disk
	disk := g.smallDisk(router)
	g.ruin(ctx)
	filler := fill(g.t, disk)
	out := g.do(1, "rollback", "--all", "--passphrase-file", "passphrase", "--patience", "5s")
	if !regexp.MustCompile(`(?m)^gobgp +NOT BACK`).MatchString(out) || !strings.Contains(strings.Join(strings.Fields(out), " "), "what the daemon starts with could not be written") || !strings.Contains(strings.Join(strings.Fields(out), " "), "no space left on device") {
		g.t.Errorf("of the router whose disk is full:\n%s", out)
	}
	g.back(ctx, "core", "frr", "bird")
	must(g.t, os.Remove(filler))
	g.rollback(0)
	g.back(ctx, g.routers...)
	if text, err := os.ReadFile(filepath.Join(disk, "gobgpd.toml")); err != nil || !strings.Contains(string(text), "203.0.113.0/24") {
		g.t.Errorf("it starts with: %v\n%s", err, text)
	}
}

// smallDisk moves an agent's folder and its daemon's file to a disk of their own, once.
func (g *gone) smallDisk(router string) string {
	g.t.Helper()
	dir := filepath.Join(g.Dir, "agents", router)
	disk := filepath.Join(dir, "disk")
	if _, err := os.Stat(disk); err == nil {
		return disk
	}
	must(g.t, g.KillAgent(router))
	must(g.t, os.Mkdir(disk, 0o755))
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk).CombinedOutput(); err != nil {
		g.t.Fatalf("%v: %s", err, out)
	}
	g.whole.Cleanup(func() { _ = exec.Command("umount", "--lazy", disk).Run() })
	name := g.good[router].Files[0].Name
	old := filepath.Join(g.Folder(g.t, router), name)
	if out, err := exec.Command("cp", "-a", filepath.Join(dir, "state"), old, disk).CombinedOutput(); err != nil {
		g.t.Fatalf("%v: %s", err, out)
	}
	settings := filepath.Join(dir, "agent.yaml")
	text, err := os.ReadFile(settings)
	must(g.t, err)
	text = []byte(strings.NewReplacer(filepath.Join(dir, "state"), filepath.Join(disk, "state"), old, filepath.Join(disk, name)).Replace(string(text)))
	must(g.t, os.WriteFile(settings, text, 0o600))
	must(g.t, g.StartAgent(router))
	awaitAgent(g.t, g.Managed, router)
	g.sshds[router].Stop() // who was started before does not see the disk
	g.sshd(router)
	return disk
}

// fill leaves no byte on a disk.
func fill(t testing.TB, disk string) (filler string) {
	t.Helper()
	filler = filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	must(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 512))
	}
	return filler
}

// underWay has a rollout watch its first routers when the rescue begins: its controller lets go before any router is touched.
func (g *gone) underWay(ctx context.Context) {
	files := patient()
	files["routegate.yaml"] = strings.Replace(files["routegate.yaml"], "bake: 1s", "bake: 40s", 1)
	for _, r := range g.routers {
		must(g.t, g.Lab.CutInBand(ctx, r, false))
		if r != "core" {
			awaitSession(g.t, g.Driver(g.t, r))
		}
	}
	g.Write(g.t, "before-night", files)
	g.Write(g.t, "after-night", edited(g.t, files, daemons...))
	controller := g.types("carl", "rollout", "start", "--before", "before-night", "--after", "after-night")
	watched := ""
	for journal := newTail(filepath.Join(g.Dir, "journal")); watched == ""; time.Sleep(glance) {
		for _, r := range journal.next() {
			for _, x := range daemons {
				if asks(canary.DoLook, false)(r, x) {
					watched = x
				}
			}
		}
		if ctx.Err() != nil {
			g.t.Fatalf("the rollout watches nobody:\n%s", controller.text())
		}
	}
	out := g.types("anna", "rollback", "--all", "--passphrase-file", "passphrase").ends(0)
	if !strings.Contains(out, "its controller was told, and has let go") || !regexp.MustCompile(`(?m)^\w+ +BACK`).MatchString(out) {
		g.t.Errorf("with a rollout under way:\n%s", out)
	}
	controller.ends(1)
	g.back(ctx, g.routers...)
	if out := g.do(0, "rollout", "status", "-o", "json"); !strings.Contains(out, `"result": "rescued"`) {
		g.t.Errorf("the rollout says:\n%s", out)
	}
}
