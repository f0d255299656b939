package host_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/host"
	"github.com/routegate/routegate/lab/labtest"
)

// asAgent names the settings with which the test's binary is an agent of its own: a process that can be killed.
const asAgent = "ROUTEGATE_TEST_AGENT"

func TestMain(m *testing.M) {
	file := os.Getenv(asAgent)
	if file == "" {
		labtest.Main(m)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := host.Read(file, nil)
	if err == nil {
		err = host.Run(ctx, s, "test", slog.New(slog.NewTextHandler(os.Stderr, nil)), func() {})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

const edge = `frr defaults traditional
hostname edge
interface p
 ip address 192.0.2.1/30
ip route 203.0.113.0/24 blackhole
ip route 198.51.100.0/24 blackhole
router bgp 65000
 bgp router-id 10.255.0.1
 no bgp ebgp-requires-policy
 neighbor 192.0.2.2 remote-as 65001
 address-family ipv4 unicast
  network 203.0.113.0/24
  neighbor 192.0.2.2 route-map OUT out
ip prefix-list OURS seq 5 permit 203.0.113.0/24
route-map OUT permit 10
 match ip address prefix-list OURS
`

const outside = `frr defaults traditional
interface e
 ip address 192.0.2.2/30
router bgp 65001
 no bgp ebgp-requires-policy
 bgp router-id 192.0.2.2
 neighbor 192.0.2.1 remote-as 65000
`

func conf(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(text)}}}
}

// beside is one FRR router with an agent's process beside it.
type beside struct {
	t      *testing.T
	net    *labtest.Network
	driver device.Driver
	dir    string
	folder string
	agent  *exec.Cmd
	base   device.Configuration // what runs at first
	next   device.Configuration
}

func up(t *testing.T) *beside {
	t.Helper()
	labtest.Require(t)
	b := &beside{t: t, dir: t.TempDir()}
	b.net = labtest.Up(t, map[string]string{"devices/edge/frr.conf": edge, "devices/p/frr.conf": outside})
	b.folder = b.net.Folder(t, "edge")
	settings := fmt.Sprintf("router: edge\ndriver: frr\nsocket: %s/agent.sock\nstate: %s/state\nfrr: {vty-socket: %s, config: %s/frr.conf}\n", b.dir, b.dir, b.folder, b.folder)
	if err := os.WriteFile(filepath.Join(b.dir, "agent.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := host.Read(filepath.Join(b.dir, "agent.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.driver, err = host.NewDriver(s); err != nil {
		t.Fatal(err)
	}
	// The lab adds to what it boots (timers, its own host name), so the base is what runs.
	if b.base, err = b.driver.Running(b.within(time.Minute)); err != nil {
		t.Fatal(err)
	}
	text := string(b.base.Files[0].Data)
	for _, edit := range [][2]string{
		{"  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  network 198.51.100.0/24\n"},
		{"OURS seq 5 permit 203.0.113.0/24\n", "OURS seq 5 permit 203.0.113.0/24\nip prefix-list OURS seq 10 permit 198.51.100.0/24\n"},
	} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("%q does not run:\n%s", edit[0], text)
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	b.next = conf(text)
	t.Cleanup(func() { b.kill(syscall.SIGKILL) })
	b.start()
	return b
}

// start starts the agent's process and waits until it can be asked.
func (b *beside) start() {
	b.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asAgent+"="+filepath.Join(b.dir, "agent.yaml"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.agent = cmd
	labtest.Eventually(b.t, func() string {
		if _, err := b.status(); err != nil {
			return err.Error()
		}
		return ""
	})
}

// kill sends a signal to the agent and waits for its end.
func (b *beside) kill(s syscall.Signal) {
	if b.agent == nil {
		return
	}
	_ = b.agent.Process.Signal(s)
	_ = b.agent.Wait()
	b.agent = nil
}

func (b *beside) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *beside) dial() device.Agent {
	b.t.Helper()
	a, err := agent.Dial(b.within(time.Minute), agent.Target{Address: "unix:" + b.dir + "/agent.sock"})
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *beside) status() (device.Status, error) {
	a := b.dial()
	defer a.Close()
	return a.Status(b.within(10 * time.Second))
}

func (b *beside) armed(change string, window time.Duration) device.Agent {
	b.t.Helper()
	a := b.dial()
	b.t.Cleanup(func() { a.Close() })
	if _, err := a.Arm(b.within(2*time.Minute), device.Order{Change: change, Base: b.base, Candidate: b.next, Window: window}); err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *beside) applied(change string, window time.Duration) device.Agent {
	b.t.Helper()
	a := b.armed(change, window)
	if _, err := a.Apply(b.within(2*time.Minute), change); err != nil {
		b.t.Fatal(err)
	}
	if left := b.left(b.next); left != "" {
		b.t.Fatalf("after apply: %s", left)
	}
	return a
}

// left says in what the router differs, by the driver and not by the agent's word.
func (b *beside) left(from device.Configuration) string {
	all, err := b.driver.Differences(b.within(time.Minute), from)
	switch {
	case err != nil:
		return err.Error()
	case len(all) > 0:
		return fmt.Sprint(all)
	}
	return ""
}

// back waits until the agent says how the change ended, and looks whether it is so.
func (b *beside) back(outcome device.Outcome, runs device.Configuration) device.Status {
	b.t.Helper()
	var st device.Status
	labtest.Eventually(b.t, func() (why string) {
		var err error
		if st, err = b.status(); err != nil || st.Phase != device.Idle || st.Outcome != outcome {
			return fmt.Sprintf("%+v, %v", st, err)
		}
		return ""
	})
	if left := b.left(runs); left != "" {
		b.t.Errorf("the agent says %s, and: %s", outcome, left)
	}
	return st
}

// startsWith reads what the daemons would start with.
func (b *beside) startsWith() string {
	b.t.Helper()
	data, err := os.ReadFile(b.folder + "/frr.conf")
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

// TestKilledBetweenApplyAndConfirm: kill -9, start again, and the old configuration is back before anybody asks.
func TestKilledBetweenApplyAndConfirm(t *testing.T) {
	t.Parallel()
	b := up(t)
	before := b.startsWith()
	b.applied("c1", time.Hour)
	b.kill(syscall.SIGKILL)
	if left := b.left(b.next); left != "" {
		t.Fatalf("nobody is there to revert, and yet: %s", left)
	}
	began := time.Now()
	b.start()
	st := b.back(device.Reverted, b.base)
	t.Logf("the old configuration is back %v after the start: %s", time.Since(began).Round(time.Millisecond), st.Detail)
	if b.startsWith() != before {
		t.Error("what the daemons start with was touched")
	}
}

// TestKilledWhileApplying: at moments spread over an apply.
func TestKilledWhileApplying(t *testing.T) {
	t.Parallel()
	b := up(t)
	for i := range 6 {
		change := fmt.Sprintf("c%d", i)
		a := b.armed(change, time.Hour)
		answer := make(chan error, 1)
		go func() {
			_, err := a.Apply(b.within(2*time.Minute), change)
			answer <- err
		}()
		time.Sleep(time.Duration(i) * 100 * time.Millisecond)
		b.kill(syscall.SIGKILL)
		err := <-answer
		t.Logf("killed after %d ms: the controller heard %v", i*100, err)
		b.start()
		b.back(device.Reverted, b.base)
	}
}

// TestDeadline: nobody confirms, nobody is killed.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := up(t)
	b.applied("c1", 12*time.Second)
	st := b.back(device.Reverted, b.base)
	if !strings.Contains(st.Detail, "not confirmed within 12s") {
		t.Errorf("detail is %q", st.Detail)
	}
}

// TestConfirmedSurvives: what was confirmed stays over a kill, and is what the daemons start with.
func TestConfirmedSurvives(t *testing.T) {
	t.Parallel()
	b := up(t)
	a := b.applied("c1", time.Hour)
	if _, err := a.Confirm(b.within(2*time.Minute), "c1"); err != nil {
		t.Fatal(err)
	}
	b.kill(syscall.SIGKILL)
	b.start()
	b.back(device.Confirmed, b.next)
	if got := b.startsWith(); !strings.Contains(got, "  network 198.51.100.0/24\n") {
		t.Errorf("the daemons start with\n%s", got)
	}
	// And back by a rescue.
	c := b.dial()
	defer c.Close()
	if _, err := c.Restore(b.within(2*time.Minute), b.base.Hash(), "drill"); err != nil {
		t.Fatal(err)
	}
	b.back(device.Restored, b.base)
}

// TestStopped: systemctl stop with a change that waits for its confirmation.
func TestStopped(t *testing.T) {
	t.Parallel()
	b := up(t)
	b.applied("c1", time.Hour)
	b.kill(syscall.SIGTERM)
	if left := b.left(b.base); left != "" {
		t.Errorf("the agent stopped and left: %s", left)
	}
}

// TestSomebodyElseAtTheRouter: a line typed into vtysh inside the window.
func TestSomebodyElseAtTheRouter(t *testing.T) {
	t.Parallel()
	b := up(t)
	a := b.applied("c1", time.Hour)
	if out, err := exec.Command("vtysh", "--vty_socket", b.folder, "-c", "configure terminal", "-c", "ip route 192.168.0.0/24 blackhole").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	st := b.back(device.Reverted, b.base)
	if !strings.Contains(st.Detail, "somebody else configured the daemon") {
		t.Errorf("detail is %q", st.Detail)
	}
	var refusal *device.Refusal
	if _, err := a.Confirm(b.within(time.Minute), "c1"); !errors.As(err, &refusal) {
		t.Errorf("confirm: %v", err)
	}
}
