package bird_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/bird"
	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// edge is the router under test, among two outside neighbors and one with which it speaks OSPF.
const edge = `router id 10.255.0.1;
protocol device {}
protocol direct { ipv4; interface "lo"; }
protocol kernel { ipv4 { export all; }; }
include "filters.conf";
protocol static OWN { ipv4; route 203.0.113.0/24 blackhole; }
protocol ospf v2 inside {
	ipv4 { import all; export none; };
	area 0 { interface "core" { cost 10; type ptp; hello 1; dead 4; }; interface "lo" { stub; }; };
}
protocol bgp up1 { local 192.0.2.1 as 65000; neighbor 192.0.2.2 as 65001; ipv4 { import filter FROM1; export filter OURS; }; }
protocol bgp up2 { local 192.0.2.5 as 65000; neighbor 192.0.2.6 as 65002; ipv4 { import filter FROM2; export filter OURS; }; }
`

const filters = `define P1 = [10.1.0.0/16{16,24}];
filter FROM1 { if net ~ P1 then { bgp_local_pref = 200; accept; } reject; }
filter FROM2 { if bgp_path ~ [= 65002 * =] then accept; reject; }
filter OURS { if net = 203.0.113.0/24 then accept; reject; }
`

func network() map[string]string {
	peer := func(as int, address, remote, prefix string) string {
		return fmt.Sprintf(`interface u
 ip address %s/30
ip route %s.0.0/16 blackhole
router bgp %d
 no bgp ebgp-requires-policy
 bgp router-id %s
 neighbor %s remote-as 65000
 address-family ipv4 unicast
  network %s.0.0/16
`, address, prefix, as, address, remote, prefix)
	}
	return map[string]string{
		"devices/edge/bird.conf":    edge,
		"devices/edge/filters.conf": filters,
		"devices/p1/frr.conf":       peer(65001, "192.0.2.2", "192.0.2.1", "10.1"),
		"devices/p2/frr.conf":       peer(65002, "192.0.2.6", "192.0.2.5", "10.2"),
		"devices/core/frr.conf": `interface e
 ip address 10.0.0.2/30
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 4
router ospf
 ospf router-id 10.255.0.2
`,
		"routegate.yaml": `devices:
  edge:
    interfaces:
      p1: [192.0.2.1/30]
      p2: [192.0.2.5/30]
      core: [10.0.0.1/30]
      lo: [10.255.0.1/32]
`}
}

type router struct {
	*labtest.Network
	*bird.Driver
	folder string
}

func up(t testing.TB) *router {
	t.Helper()
	labtest.Require(t)
	n := labtest.Up(t, network())
	r := &router{Network: n, folder: n.Folder(t, "edge")}
	r.Driver = r.driver()
	r.established(t)
	return r
}

// driver is a new one, as after a restart of the agent.
func (r *router) driver() *bird.Driver {
	return bird.New(bird.Options{Router: "edge", Socket: r.folder + "/bird.ctl", ConfigFile: r.folder + "/bird.conf"})
}

func within(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func (r *router) established(t testing.TB) {
	t.Helper()
	labtest.Eventually(t, func() string {
		o, err := r.Observe(within(t, 20*time.Second))
		if err != nil {
			return err.Error()
		}
		for _, n := range []string{"192.0.2.2", "192.0.2.6"} {
			if !slices.ContainsFunc(o.Sessions, func(s device.Session) bool { return s.Neighbor == n && s.Established }) {
				return fmt.Sprintf("%s is not established: %v", n, o.Sessions)
			}
		}
		return ""
	})
}

// lost counts, at the neighbor's own bgpd, how often its session was lost: BIRD does not.
func (r *router) lost(t testing.TB, neighbor string) string {
	t.Helper()
	out, err := r.Lab.Exec(within(t, 20*time.Second), neighbor, "", "vtysh", "-c", "show bgp neighbors json")
	if err != nil {
		t.Fatal(err)
	}
	_, count, ok := strings.Cut(out, `"connectionsDropped":`)
	if !ok {
		t.Fatal(out)
	}
	count, _, _ = strings.Cut(count, ",")
	return count
}

func conf(main, filters string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "bird.conf", Data: []byte(main)}, {Name: "filters.conf", Data: []byte(filters)}}}
}

func edited(t testing.TB, c device.Configuration, pairs ...string) device.Configuration {
	t.Helper()
	var files []device.File
	found := make([]bool, len(pairs))
	for _, f := range c.Sorted().Files {
		text := string(f.Data)
		for i := 0; i < len(pairs); i += 2 {
			found[i] = found[i] || strings.Contains(text, pairs[i])
			text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
		}
		files = append(files, device.File{Name: f.Name, Data: []byte(text)})
	}
	for i := 0; i < len(pairs); i += 2 {
		if !found[i] {
			t.Fatalf("%q does not stand there", pairs[i])
		}
	}
	return device.Configuration{Files: files}
}

func (r *router) runs(t testing.TB) device.Configuration {
	t.Helper()
	c, err := r.Running(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *router) same(t testing.TB, want device.Configuration) {
	t.Helper()
	if left, err := r.Differences(within(t, 20*time.Second), want); err != nil || len(left) > 0 {
		t.Fatalf("what runs is not what was wanted: %v %v", left, err)
	}
}

// change is one of a configuration; changes are those that are tried.
type change struct {
	name  string
	edit  []string
	about string // the neighbor whose session the change may reset
	needs bool   // BGP itself cannot do without: the neighbor goes, or what the OPEN says changes
}

var changes = []change{
	{name: "nothing"},
	{name: "a prefix set widened", edit: []string{"10.1.0.0/16{16,24}", "10.1.0.0/16{16,28}"}},
	{name: "a filter edited", edit: []string{"bgp_local_pref = 200", "bgp_local_pref = 300"}},
	{name: "an announcement", edit: []string{"route 203.0.113.0/24 blackhole;", "route 203.0.113.0/24 blackhole; route 198.51.100.0/24 blackhole;", "net = 203.0.113.0/24", "net ~ [203.0.113.0/24, 198.51.100.0/24]"}},
	{name: "a static route", edit: []string{"route 203.0.113.0/24 blackhole;", "route 203.0.113.0/24 blackhole; route 192.168.0.0/24 via 192.0.2.2;"}},
	{name: "an OSPF cost", edit: []string{"cost 10", "cost 20"}},
	{name: "a neighbor added", edit: []string{"protocol bgp up2", "protocol bgp up3 { local 192.0.2.5 as 65000; neighbor 192.0.2.66 as 65009; multihop; ipv4 { import none; export filter OURS; }; }\nprotocol bgp up2"}},
	{name: "a neighbor removed", needs: true, about: "p2", edit: []string{"protocol bgp up2", "#"}},
	{name: "a neighbor's AS", needs: true, about: "p2", edit: []string{"192.0.2.6 as 65002", "192.0.2.6 as 65003"}},
	{name: "a MED sent", edit: []string{"net = 203.0.113.0/24 then accept;", "net = 203.0.113.0/24 then { bgp_med = 50; accept; }"}},
	{name: "a community sent", edit: []string{"net = 203.0.113.0/24 then accept;", "net = 203.0.113.0/24 then { bgp_community.add((65000, 9)); accept; }"}},
	{name: "a filter that matches communities", edit: []string{"filter FROM2 { if", "filter FROM2 { if (65002, 1) ~ bgp_community then reject; if"}},
	{name: "a prefix set more", edit: []string{"define P1 =", "define SPARE = [10.9.0.0/16+];\ndefine P1 =", "filter FROM1 { if", "filter FROM1 { if net ~ SPARE then reject; if"}},
	{name: "a limit of routes", edit: []string{"import filter FROM2;", "import filter FROM2; import limit 1000 action block;"}},
	{name: "an announcement withdrawn", edit: []string{"filter OURS { if net = 203.0.113.0/24 then accept;", "filter OURS {"}},
	{name: "another export filter attached", edit: []string{"export filter OURS; }; }\nprotocol bgp up2", "export none; }; }\nprotocol bgp up2"}},
	{name: "another filter attached", edit: []string{"import filter FROM2", "import filter FROM1"}},
}

// TestChanges applies every change and takes it back; no session is lost but those that the change is about, and the file that
// BIRD starts with is as it was.
func TestChanges(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	if len(base.Files) != 2 {
		t.Fatalf("two files run, read were %d", len(base.Files))
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			candidate := edited(t, base, c.edit...)
			before := map[string]string{"p1": r.lost(t, "p1"), "p2": r.lost(t, "p2")}
			disk, err := os.ReadFile(r.folder + "/bird.conf")
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []device.Configuration{candidate, base} {
				if err := r.Check(within(t, time.Minute), to); err != nil {
					t.Fatal(err)
				}
				if err := r.Apply(within(t, time.Minute), to); err != nil {
					t.Fatal(err)
				}
				r.same(t, to)
				r.Driver = r.driver()
				r.same(t, to)
			}
			if len(c.edit) > 0 {
				if left, err := r.Differences(within(t, time.Minute), candidate); err != nil || len(left) == 0 {
					t.Errorf("the base is taken for the candidate: %v", err)
				}
			}
			if now, err := os.ReadFile(r.folder + "/bird.conf"); err != nil || string(now) != string(disk) {
				t.Errorf("the file that BIRD starts with was touched: %v", err)
			}
			for n, was := range before {
				if now := r.lost(t, n); now != was && n != c.about {
					t.Errorf("%s lost its session: %s times, before %s", n, now, was)
				}
			}
			r.established(t)
		})
	}
	if err := r.Persist(within(t, time.Minute), edited(t, base, "cost 10", "cost 30")); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(r.folder + "/bird.conf"); err != nil || !strings.Contains(string(now), "cost 30") {
		t.Errorf("the file that BIRD starts with was not written: %v", err)
	}
}

// BenchmarkResets applies each change and takes it back, and counts by the neighbors' own counters the sessions that were lost (BIRD 2.0.12 has
// no counter): in changes that need no reset, and in those for which BGP needs none and BIRD does.
func BenchmarkResets(b *testing.B) {
	r := up(b)
	base := r.runs(b)
	count := func() (n int) {
		for _, p := range []string{"p1", "p2"} {
			lost, err := strconv.Atoi(strings.TrimSpace(r.lost(b, p)))
			if err != nil {
				b.Fatal(err)
			}
			n += lost
		}
		return n
	}
	var applied, lost, daemon int
	for b.Loop() {
		for _, c := range changes {
			if c.needs {
				continue
			}
			before := count()
			for _, to := range []device.Configuration{edited(b, base, c.edit...), base} {
				if err := r.Apply(within(b, time.Minute), to); err != nil {
					b.Fatalf("%s: %v", c.name, err)
				}
				applied++
			}
			r.established(b)
			n := count() - before
			if n > 0 {
				b.Logf("%s: %d", c.name, n)
			}
			if c.about != "" {
				daemon += n
			} else {
				lost += n
			}
		}
	}
	b.ReportMetric(float64(applied), "applies")
	b.ReportMetric(float64(lost), "sessions-lost")
	b.ReportMetric(float64(daemon), "sessions-lost-by-the-daemon")
}

// TestRefused: what BIRD does not take is refused by its line, and nothing is touched.
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
		{"a word that BIRD does not know", "bird.conf:11", []string{"protocol bgp up1", "protocoll bgp up1"}},
		{"a filter that does not exist", "bird.conf:12", []string{"import filter FROM2", "import filter FROM9"}},
		{"a line of an included file", "filters.conf:3", []string{"65002 * =]", "65002 * =="}},
		{"a file that does not exist", "more.conf", []string{`include "filters.conf";`, "include \"filters.conf\";\ninclude \"more.conf\";"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			candidate := edited(t, base, c.edit...)
			err := r.Check(within(t, time.Minute), candidate)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("want an error that says %q, got %v", c.words, err)
			}
			t.Log(err)
			if err := r.Apply(within(t, time.Minute), candidate); err == nil {
				t.Error("applied")
			}
		})
	}
	if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after != before {
		t.Errorf("was %s, is %s, %v", before, after, err)
	}
	r.same(t, base)
}

// TestUndone: whoever has BIRD configure itself, and undo it, is noticed, and what runs is known again after the undo.
func TestUndone(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	candidate := edited(t, base, "cost 10", "cost 20")
	if err := r.Apply(within(t, time.Minute), candidate); err != nil {
		t.Fatal(err)
	}
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command string
		runs    device.Configuration
	}{{"configure", base}, {"configure undo", candidate}} {
		if _, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "birdc", c.command); err != nil {
			t.Fatal(err)
		}
		after, err := r.Incarnation(within(t, 20*time.Second))
		if err != nil || (after == before) != (c.command == "configure undo") {
			t.Errorf("%s: before %s, then %s, %v", c.command, before, after, err)
		}
		r.same(t, c.runs)
	}
	// A file that was changed and not read is not taken for what runs.
	if _, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "birdc", "configure"); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(filepath.Join(r.folder, "filters.conf"), later, later); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Running(within(t, 20*time.Second)); err == nil || !strings.Contains(err.Error(), "filters.conf was changed") {
		t.Errorf("a file that BIRD has not read is taken for what runs: %v", err)
	}
	if err := r.Apply(within(t, 20*time.Second), base); err != nil {
		t.Fatal(err)
	}
	r.same(t, base)
}

// TestDies: BIRD hangs, and then dies, while it is configured; each call ends with its context and says that nothing is known. BIRD started
// anew runs what stands on disk.
func TestDies(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	candidate := edited(t, base, "bgp_local_pref = 200", "bgp_local_pref = 300")
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	r.Signal(t, "edge", "bird", syscall.SIGSTOP)
	if _, err := r.Running(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a BIRD that hangs is read: %v", err)
	}
	if err := r.Apply(within(t, time.Second), candidate); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the deadline, got %v", err)
	}
	r.Signal(t, "edge", "bird", syscall.SIGCONT)
	r.same(t, base)
	// Stopped between the first question and the order to configure: Apply asks twice.
	stopped := make(chan error, 1)
	go func() { stopped <- r.Apply(within(t, 3*time.Second), candidate) }()
	labtest.Eventually(t, func() string {
		if c, _ := filepath.Glob(r.folder + "/routegate/c-*"); len(c) > 0 {
			return ""
		}
		return "no candidate was laid"
	})
	r.Signal(t, "edge", "bird", syscall.SIGSTOP)
	err = <-stopped
	t.Logf("stopped on the way: %v", err)
	r.Signal(t, "edge", "bird", syscall.SIGKILL)
	var s *device.StateError
	if err != nil && (!errors.As(err, &s) || !s.Unreachable) && !strings.Contains(err.Error(), "nothing was touched") {
		t.Errorf("the error does not say what is known: %v", err)
	}
	if err := r.Apply(within(t, 5*time.Second), base); err == nil {
		t.Error("applied to nobody")
	}
	if _, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "sh", "-c", "bird -c "+r.folder+"/bird.conf -s "+r.folder+"/bird.ctl -P "+r.folder+"/bird.pid >/dev/null 2>&1"); err != nil {
		t.Fatal(err)
	}
	defer r.Signal(t, "edge", "bird", syscall.SIGKILL)
	labtest.Eventually(t, func() string {
		if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after == before {
			return fmt.Sprintf("the restart does not show: %s, %v", after, err)
		}
		return ""
	})
	r.same(t, base)
	r.established(t)
	if err := r.Apply(within(t, time.Minute), candidate); err != nil {
		t.Fatal(err)
	}
	r.same(t, candidate)
}
