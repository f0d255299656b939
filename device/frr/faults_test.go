package frr_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

// TestRefused: what FRR would not run is refused by its line, and nothing is touched.
func TestRefused(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, words string
		edit        []string
	}{
		{"a word that FRR does not know", "neighbour", []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbour 192.0.2.6 remote-as 65002\n"}},
		{"a rejected line in the middle", "Specify remote-as", []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbor 192.0.2.6 remote-as 65002\n neighbor 192.0.2.77 timers 3 9\n"}},
		{"an undefined peer group", "peer-group", []string{" neighbor 10.255.0.2 peer-group INSIDE\n", " neighbor 10.255.0.2 peer-group OUTSIDE\n"}},
		{"a second AS", "65100", []string{"router ospf\n", "router bgp 65100\n neighbor 192.0.2.9 remote-as 65009\nexit\n!\nrouter ospf\n"}},
		{"a bad regular expression", "regexp", []string{"FROM2 seq 5 permit ^65002_", "FROM2 seq 5 permit ^65002_("}},
		{"ge above le", "ge", []string{"P1 seq 5 permit 10.1.0.0/16 le 24", "P1 seq 5 permit 10.1.0.0/16 ge 28 le 24"}},
		{"nothing at all", "is empty", []string{base, ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := r.Check(within(t, time.Minute), conf(edited(t, base, c.edit...)))
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("want an error that says %q, got %v", c.words, err)
			}
			t.Log(err)
			if err := r.Apply(within(t, time.Minute), conf(edited(t, base, c.edit...))); err == nil {
				t.Error("applied")
			}
		})
	}
	if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after != before {
		t.Errorf("was %s, is %s, %v", before, after, err)
	}
}

// slowly is a change that Apply takes more than five seconds for: it waits until bgpd has taken in a new route-map.
func slowly(t *testing.T, base string) string {
	return edited(t, base, "neighbor 192.0.2.2 route-map P1-IN in", "neighbor 192.0.2.2 route-map NEW in",
		"route-map OUT permit 10\n", "route-map NEW permit 10\n set local-preference 150\nexit\n!\nroute-map OUT permit 10\n", "ip ospf cost 10", "ip ospf cost 30")
}

// applying starts to apply and returns once the first step has been taken.
func (r *router) applying(t *testing.T, ctx context.Context, to string) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- r.Apply(ctx, conf(to)) }()
	labEventually(t, func() bool {
		out, err := r.Lab.Exec(ctx, "edge", "", "vtysh", "-c", "show running-config")
		return err == nil && strings.Contains(out, "route-map NEW permit 10")
	})
	return done
}

func labEventually(t *testing.T, ask func() bool) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		if ask() {
			return
		}
	}
	t.Fatal("waited for 30 s in vain")
}

// state is the error as a StateError.
func state(t *testing.T, err error) *device.StateError {
	t.Helper()
	var s *device.StateError
	if !errors.As(err, &s) {
		t.Fatalf("want a StateError, got %v", err)
	}
	t.Log(s)
	return s
}

// back applies the old configuration and looks whether it runs.
func (r *router) back(t *testing.T, base string) {
	t.Helper()
	if err := r.Apply(within(t, time.Minute), conf(base)); err != nil {
		t.Fatal(err)
	}
	if left, err := r.Differences(within(t, time.Minute), conf(base)); err != nil || len(left) > 0 {
		t.Fatalf("%v %v", left, err)
	}
}

// TestKilled: bgpd dies while it is configured. Nothing is called done, and once it runs again the old configuration comes back.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	done := r.applying(t, within(t, time.Minute), slowly(t, base))
	r.Signal(t, "edge", "bgpd", syscall.SIGKILL)
	if s := state(t, <-done); !s.Unreachable || !strings.Contains(s.Error(), "bgpd") {
		t.Errorf("the error does not say that bgpd is gone: %v", s)
	}
	if _, err := r.Running(within(t, 20*time.Second)); err == nil {
		t.Error("a running configuration without bgpd's part is taken for whole")
	}
	if _, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "/usr/lib/frr/bgpd", "-d", "--vty_socket", r.folder, "-z", r.folder+"/zserv.api",
		"-f", r.folder+"/empty.conf", "-i", r.folder+"/bgpd.pid", "-P", "0"); err != nil {
		t.Fatal(err)
	}
	defer r.Signal(t, "edge", "bgpd", syscall.SIGKILL)
	r.back(t, base)
	r.established(t, "192.0.2.2", "192.0.2.6", "10.255.0.2")
	if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after == before {
		t.Errorf("the restart does not show: %s, %v", after, err)
	}
}

// TestStopped: bgpd hangs while it is configured. Every call ends with its context, and once it runs on the old configuration comes back.
func TestStopped(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	done := r.applying(t, within(t, 20*time.Second), slowly(t, base))
	r.Signal(t, "edge", "bgpd", syscall.SIGSTOP)
	s := state(t, <-done)
	if !s.Unreachable || !errors.Is(s, context.DeadlineExceeded) {
		t.Errorf("the error does not say that nothing is known: %v", s)
	}
	if _, err := r.Differences(within(t, 2*time.Second), conf(base)); err == nil {
		t.Error("a daemon that hangs is read")
	}
	r.Signal(t, "edge", "bgpd", syscall.SIGCONT)
	r.back(t, base)
	r.established(t, "192.0.2.2", "192.0.2.6", "10.255.0.2")
}

// TestForeign: somebody else configures the router meanwhile, so that a line is refused that the rehearsal took. The error says
// what runs, and the old configuration comes back.
func TestForeign(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	done := r.applying(t, within(t, time.Minute), edited(t, slowly(t, base), "neighbor 192.0.2.6 route-map P2-IN in", "neighbor 192.0.2.6 route-map P1-IN in"))
	if _, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "vtysh", "-c", "configure terminal", "-c", "router bgp 65000", "-c", "no neighbor 192.0.2.6"); err != nil {
		t.Fatal(err)
	}
	if s := state(t, <-done); s.Unreachable || len(s.Left) == 0 || !strings.Contains(s.Error(), "192.0.2.6") {
		t.Errorf("the error does not say what runs: %v", s)
	}
	if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after == before {
		t.Errorf("the foreign change does not show: %s, %v", after, err)
	}
	r.back(t, base)
	r.established(t, "192.0.2.2", "192.0.2.6", "10.255.0.2")
}
