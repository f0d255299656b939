package faults

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/lab/labtest/sshtest"
)

// worse is a line of each router, and what a bad change makes of it: nobody has the service any more.
var worse = map[string][2]string{
	"frr":   {"permit 203.0.113.0/24", "deny 203.0.113.0/24"},
	"gobgp": {`ip-prefix = "203.0.113.0/24"`, `ip-prefix = "203.0.112.0/24"`},
	"bird":  {"203.0.113.0/24", "203.0.112.0/24"},
	"core":  {"  network 203.0.113.0/24\n", ""},
}

// gone is a network with a bundle packed in the operator's folder, of which every router is given a bad
// change at once and loses its in-band links.
type gone struct {
	*labtest.Managed
	t       testing.TB // of the part that runs
	whole   testing.TB
	routers []string
	good    map[string]device.Configuration
	key     sshtest.Key // the rescue's
	hosts   map[string]sshtest.Key
	sshds   map[string]*sshtest.Server
}

// patient is before, with a window that a machine with other work gets through as well.
func patient() map[string]string {
	files := before(daemons...)
	files["routegate.yaml"] = strings.Replace(files["routegate.yaml"], "margin: 6s", "margin: 40s", 1)
	return files
}

// newGone has a change go out before it packs, or packs what has run from the beginning.
func newGone(t testing.TB, changed bool) *gone {
	t.Helper()
	routers := append([]string{"core"}, daemons...)
	if !changed {
		return newGoneOf(t, patient(), routers)
	}
	g := upGone(t, patient(), routers)
	after := edited(t, patient(), routers...)
	g.Write(t, "after", after)
	g.do(0, "rollout", "start", "--before", "before", "--after", "after", "--accept-loss", "core")
	g.prepare(after, "observer")
	return g
}

// newGoneOf is a network of these files, whose agents are asked by pack to keep what runs.
func newGoneOf(t testing.TB, files map[string]string, routers []string) *gone {
	t.Helper()
	g := upGone(t, files, routers)
	g.prepare(files, "controller")
	return g
}

func upGone(t testing.TB, files map[string]string, routers []string) *gone {
	t.Helper()
	return &gone{Managed: labtest.UpManaged(t, files), t: t, whole: t, routers: routers, good: map[string]device.Configuration{},
		key: sshtest.NewKey(t), hosts: map[string]sshtest.Key{}, sshds: map[string]*sshtest.Server{}}
}

// prepare has an sshd in each router, and a bundle of what they run.
func (g *gone) prepare(runs map[string]string, collect string) {
	t := g.t
	t.Helper()
	g.write("ssh.key", string(g.key.Private))
	for _, r := range g.routers {
		g.good[r] = configuration(runs, r)
		g.hosts[r] = sshtest.NewKey(t)
		g.sshd(r)
	}
	g.write("passphrase", "correct horse battery staple\n")
	lines := strings.Split(strings.TrimSpace(g.do(0, "rescue", "keys", "rescue.key")), "\n")
	g.write("rescue.signers", lines[len(lines)-1]+"\n")
	g.plan(collect, func(string) string { return "" })
	g.do(0, "rescue", "pack", "--plan", "rescue.yaml", "--signer", "rescue.key", "--passphrase-file", "passphrase")
	if out := g.do(0, "rescue", "list", "--passphrase-file", "passphrase"); !strings.Contains(out, "core  stage 0") || strings.Contains(out, "PRIVATE") {
		t.Errorf("rescue list:\n%s", out)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// plan writes rescue.yaml; more is what it says besides of a router.
func (g *gone) plan(collect string, more func(router string) string) {
	g.t.Helper()
	plan := "network: faults\ncredential: {ca: ca/ca.pem, certificate: ca/rescue.pem, key: ca/rescue.key, ssh-key: ssh.key}\ncollect: {certificate: ca/" + collect + ".pem, key: ca/" + collect + ".key}\nrouters:\n"
	for i, r := range g.routers {
		plan += fmt.Sprintf("  %s: {driver: %s, stage: %d, agent: '%s', config: '%s', state: '%s', ssh: {address: '%s', user: root, host-keys: ['%s']}%s}\n",
			r, g.Plan.Net.Router(r).Dialect, min(i, 1), g.at(r, labtest.Port), filepath.Join(g.Folder(g.t, r), g.good[r].Files[0].Name), filepath.Join(g.Dir, "agents", r, "state"),
			g.at(r, 22), g.hosts[r].Public, more(r))
	}
	g.write("rescue.yaml", plan)
}

// at is a port of a router's management address.
func (g *gone) at(router string, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(g.Plan.Net.Env.Device(router).Mgmt, port)
}

// local is the rescue's command on a router.
func (g *gone) local(router string) string {
	return fmt.Sprintf("%s rollback --local --stdio --config %s", labtest.Program(g.t), filepath.Join(g.Dir, "agents", router, "agent.yaml"))
}

// sshd lets the rescue's key into a router, to run the one command.
func (g *gone) sshd(router string) {
	g.t.Helper()
	enter, err := g.Lab.Command(router, "true")
	must(g.t, err)
	g.sshds[router] = sshtest.Start(g.whole, sshtest.Options{Address: g.at(router, 22), HostKey: g.hosts[router],
		Enter: enter.Args[:len(enter.Args)-1], Authorized: []string{sshtest.Allow(g.key, "restrict", fmt.Sprintf("command=%q", g.local(router)))}})
}

func (g *gone) write(name, text string) {
	g.t.Helper()
	must(g.t, os.WriteFile(filepath.Join(g.Dir, name), []byte(text), 0o600))
}

// do runs the program where the operator is, and returns what it says.
func (g *gone) do(want int, args ...string) string {
	g.t.Helper()
	cmd, err := g.Routegate(args...)
	must(g.t, err)
	return g.run(want, cmd)
}

func (g *gone) run(want int, cmd *exec.Cmd) string {
	g.t.Helper()
	cmd.Dir, cmd.Env = g.Dir, g.env()
	var out, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &all
	began := time.Now()
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != want {
		g.t.Errorf("%q ended with %d, want %d\n%s%s", cmd.Args, code, want, all.String(), out.String())
	}
	if strings.Contains(all.String(), "hostLookupOrder") {
		g.t.Errorf("%q asked the resolver", cmd.Args)
	}
	g.t.Logf("%.1f s: %s\n%s%s", time.Since(began).Seconds(), strings.Join(cmd.Args[1:], " "), all.String(), out.String())
	return out.String()
}

// env is a process's, in which package net says when it looks a name up.
func (g *gone) env(more ...string) []string {
	return append(append(os.Environ(), "ROUTEGATE_JOURNAL="+filepath.Join(g.Dir, "journal"), "HOME="+g.Dir, "XDG_STATE_HOME="+filepath.Join(g.Dir, "own"), "GODEBUG=netdns=2"), more...)
}

func (g *gone) rollback(want int) string {
	g.t.Helper()
	return g.do(want, "rollback", "--all", "--passphrase-file", "passphrase")
}

// ruin forces the bad change on every router, past agents and controller, for good, and takes the carrier from all that is in-band.
func (g *gone) ruin(ctx context.Context) {
	g.t.Helper()
	for _, r := range g.routers {
		f := g.good[r].Files[0]
		edit := worse[g.Plan.Net.Router(r).Dialect]
		if r == "core" {
			edit = worse[r]
		}
		bad := bytes.ReplaceAll(f.Data, []byte(edit[0]), []byte(edit[1]))
		if bytes.Equal(bad, f.Data) {
			g.t.Fatalf("%s does not say %q", r, edit[0])
		}
		to := device.Configuration{Files: []device.File{{Name: f.Name, Data: bad}}}
		must(g.t, g.Driver(g.t, r).Apply(ctx, to))
		must(g.t, g.Driver(g.t, r).Persist(ctx, to))
		if len(g.differences(ctx, r)) == 0 {
			g.t.Fatalf("%s runs what it ran", r)
		}
		must(g.t, g.Lab.CutInBand(ctx, r, true))
	}
}

func (g *gone) differences(ctx context.Context, router string) []device.Difference {
	g.t.Helper()
	d, err := g.Driver(g.t, router).Differences(ctx, g.good[router])
	must(g.t, err)
	return d
}

// back looks at each daemon, not at what its agent says.
func (g *gone) back(ctx context.Context, routers ...string) {
	g.t.Helper()
	for _, r := range routers {
		if d := g.differences(ctx, r); len(d) > 0 {
			g.t.Errorf("%s is not back: %v", r, d)
		}
	}
}

// TestRescue: one command brings every router back by the agents over the management network, with the in-band network dead and no name
// server anywhere; it can be repeated; with a router out of reach it says so, and the same command finishes; with every agent
// dead it goes in by SSH, and the routers' own consoles do as well.
func TestRescue(t *testing.T) {
	labtest.Require(t)
	t.Parallel()
	g := newGone(t, true)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)

	if out := g.do(0, "rescue", "drill", "--passphrase-file", "passphrase", "--deny", "dns,inband", "--management-interface", "br0"); !strings.Contains(out, "frr") || !strings.Contains(out, "network namespace without interfaces") {
		t.Errorf("the drill:\n%s", out)
	}
	g.ruin(ctx)
	g.rollback(0)
	g.back(ctx, g.routers...)
	if out := g.rollback(0); !strings.Contains(out, "ran it already") {
		t.Errorf("the second time:\n%s", out)
	}

	g.write("wrong", "wrong\n")
	g.do(2, "rollback", "--all", "--passphrase-file", "wrong")
	whole, err := os.ReadFile(filepath.Join(g.Dir, "rescue.bundle"))
	must(t, err)
	g.write("cut.bundle", string(whole[:len(whole)-100]))
	g.do(2, "rollback", "--all", "--passphrase-file", "passphrase", "--bundle", "cut.bundle")

	g.ruin(ctx)
	must(t, g.Lab.CutManagement(ctx, "bird", true))
	if out := g.do(1, "rollback", "--all", "--passphrase-file", "passphrase", "--reach", "3s"); !strings.Contains(out, "bird") {
		t.Errorf("the router out of reach is not named:\n%s", out)
	}
	g.back(ctx, "core", "frr", "gobgp")
	must(t, g.Lab.CutManagement(ctx, "bird", false))
	g.do(0, "rollback", "--all", "--passphrase-file", "passphrase", "--reach", "3s")
	g.back(ctx, g.routers...)

	g.ruin(ctx)
	for _, r := range g.routers {
		must(t, g.KillAgent(r))
	}
	if out := g.rollback(0); strings.Count(out, " ssh") < len(g.routers) {
		t.Errorf("with every agent dead:\n%s", out)
	}
	g.back(ctx, g.routers...)

	g.ruin(ctx)
	for _, r := range g.routers {
		cmd, err := g.Lab.Command(r, labtest.Program(t), "rollback", "--local", "--config", filepath.Join(g.Dir, "agents", r, "agent.yaml"), "--bundle", "rescue.bundle", "--passphrase-file", "passphrase")
		must(t, err)
		g.run(0, cmd)
	}
	g.back(ctx, g.routers...)

	// The folders are lost as well: new machines, say. The bundle has what ran.
	g.ruin(ctx)
	for _, r := range g.routers {
		must(t, os.RemoveAll(filepath.Join(g.Dir, "agents", r, "state")))
		cmd, err := g.Lab.Command(r, labtest.Program(t), "rollback", "--local", "--config", filepath.Join(g.Dir, "agents", r, "agent.yaml"), "--bundle", "rescue.bundle", "--passphrase-file", "passphrase")
		must(t, err)
		if out := g.run(0, cmd); !strings.Contains(strings.Join(strings.Fields(out), " "), "from the bundle: the router does not have it") {
			t.Errorf("%s came back without its folder:\n%s", r, out)
		}
	}
	g.back(ctx, g.routers...)
}
