package signals

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/lab/labtest"
)

// stage is a network with a router whose rollouts are led.
type stage struct {
	*labtest.Managed
	driver device.Driver
	old    device.Configuration
	count  int
}

// router is the one that changes.
const router = "frr"

func up(t testing.TB, files map[string]string) *stage {
	t.Helper()
	labtest.Require(t)
	s := &stage{Managed: labtest.UpManaged(t, files)}
	s.driver = s.Driver(t, router)
	s.old = device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(frr)}}}
	return s
}

// led is a rollout that has ended.
type led struct {
	code     int
	said     string
	document canary.Document
	events   []canary.Recorded
}

// lead begins a rollout as the program does, and leads it to its end.
func (s *stage) lead(t testing.TB, from, to string) (l led) {
	t.Helper()
	s.count++
	dir := filepath.Join(s.Dir, fmt.Sprintf("journal-%d", s.count))
	run := func(args ...string) (stdout []byte, all string, code int) {
		cmd, err := s.Routegate(args...)
		must(t, err)
		cmd.Env = append(cmd.Env, "ROUTEGATE_JOURNAL="+dir)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run()
		return out.Bytes(), errs.String() + out.String(), cmd.ProcessState.ExitCode()
	}
	_, l.said, l.code = run("rollout", "start", "--before", from, "--after", to)
	status, _, _ := run("rollout", "status", "-o", "json")
	if err := json.Unmarshal(status, &l.document); err != nil {
		t.Fatalf("the rollout was not begun: %v\n%s", err, l.said)
	}
	lines, err := journal.Read(dir)
	must(t, err)
	for _, line := range lines {
		var r canary.Recorded
		if line.Kind == canary.KindEvent && json.Unmarshal(line.Data, &r) == nil {
			l.events = append(l.events, r)
		}
	}
	return l
}

// returned wants that the rollout went back at its canary because of a signal, and that all is as it was; says is a part of the
// reason.
func (s *stage) returned(t testing.TB, l led, signal, says string) {
	t.Helper()
	if l.code != 1 || canary.Result(l.document.Result) != canary.Returned || !strings.Contains(l.document.Reason, signal+" failed") || !strings.Contains(l.document.Reason, says) {
		t.Errorf("the rollout ended with %d, %s: %s\nwant it returned because %s failed, with %q\n%s\nthe agent:\n%s",
			l.code, l.document.Result, l.document.Reason, signal, says, l.said, s.AgentLog(router))
	}
	s.runsOld(t)
}

// runsOld asks the daemon itself.
func (s *stage) runsOld(t testing.TB) {
	t.Helper()
	left, err := s.driver.Differences(within(t, time.Minute), s.old)
	if err != nil || len(left) > 0 {
		t.Errorf("%s does not run the old configuration: %v, %v", router, left, err)
	}
	if st, err := s.Status(router); err != nil || st.Phase != device.Idle {
		t.Errorf("its agent is %s: %s, %v", st.Phase, st.Detail, err)
	}
}

// filter has core refuse what is tagged, by lines that somebody typed there and that no snapshot has.
func (s *stage) filter(t testing.TB) {
	t.Helper()
	command := []string{"vtysh"}
	for _, line := range []string{"configure terminal", "bgp community-list standard HAND permit 65010:666", "route-map HAND deny 5", "match community HAND", "exit",
		"route-map HAND permit 10", "exit", "bgp route-map delay-timer 1", "router bgp 65010", "address-family ipv4 unicast"} {
		command = append(command, "-c", line)
	}
	for _, n := range []string{"192.0.2.2", "192.0.2.6"} {
		command = append(command, "-c", "neighbor "+n+" route-map HAND in")
	}
	if out, err := s.Lab.Exec(within(t, 20*time.Second), "core", "", command...); err != nil || strings.Contains(out, "%") {
		t.Fatalf("%v: %s", err, out)
	}
	s.settle(t)
}

// settle waits until core has the service and nothing moves.
func (s *stage) settle(t testing.TB) {
	t.Helper()
	must(t, s.Lab.Settle(within(t, time.Minute), 2*time.Second, time.Minute))
	if !s.coreHas(t) {
		t.Fatal("core has no route to the service")
	}
}

func (s *stage) coreHas(t testing.TB) bool {
	t.Helper()
	o, err := s.Driver(t, "core").Observe(within(t, 20*time.Second))
	must(t, err)
	return slices.ContainsFunc(o.Routes, func(r device.Route) bool { return r.Prefix.String() == service })
}

// kernel is when core's kernel lost its route to the service, and when it had one again.
type kernel struct {
	mu          sync.Mutex
	lost, found []time.Time
}

// watch follows core's routes from now on, as the kernel tells them, until the test ends.
func (s *stage) watch(t testing.TB) *kernel {
	t.Helper()
	cmd, err := s.Lab.Command("core", "ip", "monitor", "route")
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	k := &kernel{}
	go func() {
		for in := bufio.NewScanner(out); in.Scan(); {
			now := time.Now()
			if !strings.Contains(in.Text(), service) {
				continue
			}
			k.mu.Lock()
			if strings.HasPrefix(in.Text(), "Deleted ") {
				k.lost = append(k.lost, now)
			} else {
				k.found = append(k.found, now)
			}
			k.mu.Unlock()
		}
	}()
	return k
}

// await waits until core has lost the service and has it again.
func (k *kernel) await(t testing.TB, begin time.Time) (lost, found time.Time) {
	t.Helper()
	labtest.Eventually(t, func() string {
		if lost, found = k.since(begin); lost.IsZero() || found.IsZero() {
			return fmt.Sprintf("core lost the service at %v, and had it again at %v", lost, found)
		}
		return ""
	})
	return lost, found
}

// since are the first times after a moment; zero where there was none.
func (k *kernel) since(begin time.Time) (lost, found time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := func(all []time.Time, after time.Time) time.Time {
		if i := slices.IndexFunc(all, after.Before); i >= 0 {
			return all[i]
		}
		return time.Time{}
	}
	lost = first(k.lost, begin)
	return lost, first(k.found, lost)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
