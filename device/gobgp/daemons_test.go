package gobgp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/gobgp"
	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// edge is the router under test. Its neighbors call it.
const edge = `[global.config]
as = 65000
router-id = "10.255.0.1"
[global.apply-policy.config]
import-policy-list = ["IN"]
default-import-policy = "accept-route"
export-policy-list = ["OUT"]
default-export-policy = "reject-route"

[[peer-groups]]
[peer-groups.config]
peer-group-name = "PEERS"
[peer-groups.timers.config]
connect-retry = 1
hold-time = 30
[peer-groups.transport.config]
passive-mode = true
[[peer-groups.afi-safis]]
[peer-groups.afi-safis.config]
afi-safi-name = "ipv4-unicast"

[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.2"
peer-as = 65001
peer-group = "PEERS"
[neighbors.timers.config]
connect-retry = 1

[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.6"
peer-as = 65002
peer-group = "PEERS"
[neighbors.timers.config]
connect-retry = 1

[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.10"
peer-as = 65003
[neighbors.timers.config]
connect-retry = 1
[neighbors.transport.config]
passive-mode = true

[[defined-sets.prefix-sets]]
prefix-set-name = "ONE"
[[defined-sets.prefix-sets.prefix-list]]
ip-prefix = "10.1.0.0/16"
masklength-range = "16..24"

[[defined-sets.neighbor-sets]]
neighbor-set-name = "TO2"
neighbor-info-list = ["192.0.2.6"]

[[policy-definitions]]
name = "IN"
[[policy-definitions.statements]]
name = "in-10"
[policy-definitions.statements.conditions.match-prefix-set]
prefix-set = "ONE"
[policy-definitions.statements.actions]
route-disposition = "accept-route"
[policy-definitions.statements.actions.bgp-actions]
set-local-pref = 200

[[policy-definitions]]
name = "OUT"
[[policy-definitions.statements]]
name = "out-10"
[policy-definitions.statements.conditions.match-prefix-set]
prefix-set = "ONE"
[policy-definitions.statements.actions]
route-disposition = "accept-route"
`

func network() map[string]string {
	peer := func(as int, address, remote, prefix string) string {
		return fmt.Sprintf(`interface u
 ip address %s/30
ip route %s.0.0/16 blackhole
ip route %s.5.0/25 blackhole
router bgp %d
 no bgp ebgp-requires-policy
 bgp router-id %s
 neighbor %s remote-as 65000
 address-family ipv4 unicast
  network %s.0.0/16
  network %s.5.0/25
`, address, prefix, prefix, as, address, remote, prefix, prefix)
	}
	return map[string]string{
		"devices/edge/gobgpd.toml": edge,
		"devices/p1/frr.conf":      peer(65001, "192.0.2.2", "192.0.2.1", "10.1"),
		"devices/p2/frr.conf":      peer(65002, "192.0.2.6", "192.0.2.5", "10.2"),
		"devices/p3/frr.conf":      peer(65003, "192.0.2.10", "192.0.2.9", "10.3"),
		"routegate.yaml": `devices:
  edge:
    interfaces:
      p1: [192.0.2.1/30]
      p2: [192.0.2.5/30]
      p3: [192.0.2.9/30]
`}
}

type router struct {
	*labtest.Network
	*gobgp.Driver
	folder string
}

func up(t testing.TB) *router {
	t.Helper()
	labtest.Require(t)
	n := labtest.Up(t, network())
	r := &router{Network: n, folder: n.Folder(t, "edge")}
	r.Driver = gobgp.New(gobgp.Options{Router: "edge", Address: "unix://" + r.folder + "/api.sock", ConfigFile: r.folder + "/gobgpd.toml"})
	r.established(t)
	return r
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
		for _, n := range []string{"192.0.2.2", "192.0.2.6", "192.0.2.10"} {
			if !slices.ContainsFunc(o.Sessions, func(s device.Session) bool { return s.Neighbor == n && s.Established }) {
				return fmt.Sprintf("%s is not established: %v", n, o.Sessions)
			}
		}
		return ""
	})
}

// peers are the neighbors' names by what edge calls them.
var peers = map[string]string{"192.0.2.2": "p1", "192.0.2.6": "p2", "192.0.2.10": "p3"}

// lost counts, at each neighbor's own bgpd, how often its session was lost.
func (r *router) lost(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, p := range peers {
		out, err := r.Lab.Exec(within(t, 20*time.Second), p, "", "vtysh", "-c", "show bgp neighbors json")
		if err != nil {
			t.Fatal(err)
		}
		_, count, ok := strings.Cut(out, `"connectionsDropped":`)
		if !ok {
			t.Fatal(out)
		}
		all[p], _, _ = strings.Cut(count, ",")
	}
	return all
}

// has reports whether a neighbor has the route, by its own table, which is the only one that is true.
func (r *router) has(t testing.TB, peer, prefix string) bool {
	t.Helper()
	out, err := r.Lab.Exec(within(t, 20*time.Second), peer, "", "vtysh", "-c", "show bgp ipv4 unicast json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(out, `"`+prefix+`"`)
}

func conf(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "gobgpd.toml", Data: []byte(text)}}}
}

func edited(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q does not stand in\n%s", pairs[i], text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func (r *router) same(t testing.TB, want device.Configuration) {
	t.Helper()
	if left, err := r.Differences(within(t, 20*time.Second), want); err != nil || len(left) > 0 {
		t.Fatalf("what runs is not what was wanted: %v %v", left, err)
	}
}

const (
	second = "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"192.0.2.6\"\npeer-as = 65002\npeer-group = \"PEERS\"\n[neighbors.timers.config]\nconnect-retry = 1\n"
	fourth = "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"192.0.2.66\"\npeer-as = 65004\n[neighbors.ebgp-multihop.config]\nenabled = true\nmultihop-ttl = 5\n"
	out10  = "name = \"out-10\"\n[policy-definitions.statements.conditions.match-prefix-set]\nprefix-set = \"ONE\"\n"
)

// change is one of a configuration; changes are those that are tried.
type change struct {
	name  string
	edit  []string
	about []string // neighbors whose sessions the change may reset
	needs bool     // BGP itself cannot do without: the neighbor goes, or what the OPEN says changes
	// has and lacks are routes at p2 and p3, "p2 10.1.0.0/16", while the change stands.
	has, lacks []string
}

var changes = []change{
	{name: "nothing", has: []string{"p2 10.1.0.0/16", "p3 10.1.0.0/16"}, lacks: []string{"p2 10.1.5.0/25"}},
	{name: "a prefix set widened", edit: []string{"16..24", "16..28"}, has: []string{"p2 10.1.0.0/16", "p2 10.1.5.0/25", "p3 10.1.5.0/25"}, about: []string{"p2", "p3"}},
	{name: "an action", edit: []string{"set-local-pref = 200", "set-local-pref = 300"}, has: []string{"p2 10.1.0.0/16"}},
	{name: "an export policy that refuses one neighbor", edit: []string{out10, "name = \"out-5\"\n[policy-definitions.statements.conditions.match-neighbor-set]\nneighbor-set = \"TO2\"\n[policy-definitions.statements.actions]\nroute-disposition = \"reject-route\"\n[[policy-definitions.statements]]\n" + out10},
		has: []string{"p3 10.1.0.0/16"}, lacks: []string{"p2 10.1.0.0/16"}, about: []string{"p2"}},
	{name: "a MED sent", edit: []string{out10 + "[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"\n", out10 + "[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"\n[policy-definitions.statements.actions.bgp-actions]\nset-med = \"50\"\n"}, has: []string{"p2 10.1.0.0/16"}},
	{name: "a community sent", edit: []string{out10 + "[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"\n", out10 + "[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"\n[policy-definitions.statements.actions.bgp-actions.set-community]\noptions = \"add\"\n[policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]\ncommunities-list = [\"65000:9\"]\n"}, has: []string{"p2 10.1.0.0/16"}},
	{name: "an import policy that matches AS paths", edit: []string{"[[defined-sets.neighbor-sets]]", "[[defined-sets.bgp-defined-sets.as-path-sets]]\nas-path-set-name = \"FROM1\"\nas-path-list = [\"^65001\"]\n\n[[defined-sets.neighbor-sets]]",
		"name = \"in-10\"\n", "name = \"in-10\"\n[policy-definitions.statements.conditions.bgp-conditions.match-as-path-set]\nas-path-set = \"FROM1\"\n"}, has: []string{"p2 10.1.0.0/16"}},
	{name: "a prefix set more", edit: []string{"[[defined-sets.neighbor-sets]]", "[[defined-sets.prefix-sets]]\nprefix-set-name = \"SPARE\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"10.9.0.0/16\"\nmasklength-range = \"16..24\"\n\n[[defined-sets.neighbor-sets]]"}},
	{name: "another policy in its place", edit: []string{"[\"IN\"]", "[\"NEW\"]", "name = \"IN\"", "name = \"NEW\"", "set-local-pref = 200", "set-local-pref = 250"}, has: []string{"p2 10.1.0.0/16"}},
	{name: "a default policy", edit: []string{"default-import-policy = \"accept-route\"", "default-import-policy = \"reject-route\""}, has: []string{"p2 10.1.0.0/16"}},
	{name: "a neighbor added", edit: []string{second, second + "\n" + fourth}},
	{name: "a neighbor removed", needs: true, edit: []string{second, ""}, about: []string{"p2"}},
	{name: "a neighbor removed, and its group changed", needs: true, edit: []string{second, "", "hold-time = 30", "hold-time = 60"}, about: []string{"p2"}},
	{name: "a neighbor's AS", needs: true, edit: []string{"peer-as = 65003", "peer-as = 65009"}, about: []string{"p3"}},
	{name: "timers of a group", edit: []string{"hold-time = 30", "hold-time = 60"}},
	{name: "a description", edit: []string{"peer-as = 65003", "peer-as = 65003\ndescription = \"three\""}, about: []string{"p3"}},
	{name: "multihop, which UpdatePeer passes over", edit: []string{"[neighbors.transport.config]\npassive-mode = true\n", "[neighbors.transport.config]\npassive-mode = true\n[neighbors.ebgp-multihop.config]\nenabled = true\nmultihop-ttl = 3\n"}, about: []string{"p3"}},
	{name: "two neighbors, which a reload would not do", edit: []string{"peer-as = 65002", "peer-as = 65002\ndescription = \"two\"", "peer-as = 65003", "peer-as = 65003\ndescription = \"three\""}, about: []string{"p2", "p3"}},
	{name: "a group added and joined", edit: []string{"[[peer-groups]]", "[[peer-groups]]\n[peer-groups.config]\npeer-group-name = \"OTHER\"\n[peer-groups.transport.config]\npassive-mode = true\n\n[[peer-groups]]", "peer-as = 65003", "peer-as = 65003\npeer-group = \"OTHER\""}, about: []string{"p3"}},
}

// TestChanges applies every change and takes it back; no session is lost but those that the change is about, and the neighbors have
// the routes that the policies let out.
func TestChanges(t *testing.T) {
	t.Parallel()
	r := up(t)
	if c, err := r.Running(within(t, 20*time.Second)); err != nil || string(c.Files[0].Data) != edge {
		t.Fatalf("%v", err)
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			candidate := conf(edited(t, edge, c.edit...))
			before := r.lost(t)
			for _, to := range []device.Configuration{candidate, conf(edge)} {
				if err := r.Check(within(t, time.Minute), to); err != nil {
					t.Fatal(err)
				}
				if err := r.Apply(within(t, time.Minute), to); err != nil {
					t.Fatal(err)
				}
				r.same(t, to)
				if string(to.Files[0].Data) == edge && len(c.edit) > 0 {
					if left, err := r.Differences(within(t, time.Minute), candidate); err != nil || len(left) == 0 {
						t.Errorf("the base is taken for the candidate: %v", err)
					}
					break
				}
				labtest.Eventually(t, func() string {
					for want, list := range map[bool][]string{true: c.has, false: c.lacks} {
						for _, x := range list {
							peer, prefix, _ := strings.Cut(x, " ")
							if r.has(t, peer, prefix) != want {
								return fmt.Sprintf("%s: want %v", x, want)
							}
						}
					}
					return ""
				})
			}
			r.established(t)
			for n, now := range r.lost(t) {
				if now != before[n] && !slices.Contains(c.about, n) {
					t.Errorf("%s lost its session: %s times, before %s", n, now, before[n])
				}
			}
		})
	}
}

// BenchmarkResets applies each change and takes it back, and counts by the daemons' own counters, gobgpd's and the neighbors', the sessions that
// were lost: in changes that need no reset, and in those for which BGP needs none and gobgpd does.
func BenchmarkResets(b *testing.B) {
	r := up(b)
	count := func() (n int) {
		o, err := r.Observe(within(b, 20*time.Second))
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range o.Sessions {
			n += s.Resets
		}
		for _, text := range r.lost(b) {
			lost, err := strconv.Atoi(strings.TrimSpace(text))
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
			for _, to := range []string{edited(b, edge, c.edit...), edge} {
				if err := r.Apply(within(b, time.Minute), conf(to)); err != nil {
					b.Fatalf("%s: %v", c.name, err)
				}
				applied++
				time.Sleep(2 * time.Second) // what is lost late belongs to this change
			}
			r.established(b)
			n := count() - before
			if n > 0 {
				b.Logf("%s: %d", c.name, n)
			}
			if len(c.about) > 0 {
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

// TestRefused: what gobgpd would not run, or its API cannot change, is refused before anything is touched.
func TestRefused(t *testing.T) {
	t.Parallel()
	r := up(t)
	before, err := r.Incarnation(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, words string
		edit        []string
	}{
		{"the global AS", "started anew", []string{"as = 65000", "as = 65100"}},
		{"the router id", "started anew", []string{"10.255.0.1", "10.255.0.9"}},
		{"a key that gobgpd does not know", "gobgpd.toml:3", []string{"router-id", "router_idd"}},
		{"a policy that does not exist", "", []string{"[\"OUT\"]", "[\"OUTER\"]"}},
		{"a set that does not exist", "", []string{"prefix-set = \"ONE\"", "prefix-set = \"NONE\""}},
		{"a peer group that does not exist", "", []string{"peer-group = \"PEERS\"", "peer-group = \"NOBODY\""}},
		{"BMP", "bmp-servers", []string{"[[peer-groups]]", "[[bmp-servers]]\n[bmp-servers.config]\naddress = \"127.0.0.1\"\nport = 11019\n\n[[peer-groups]]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			candidate := conf(edited(t, edge, c.edit...))
			err := r.Check(within(t, time.Minute), candidate)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("want an error that says %q, got %v", c.words, err)
			}
			t.Log(err)
			if err := r.Apply(within(t, time.Minute), candidate); err == nil || !strings.Contains(err.Error(), "nothing was touched") {
				t.Errorf("applied: %v", err)
			}
		})
	}
	if after, err := r.Incarnation(within(t, 20*time.Second)); err != nil || after != before {
		t.Errorf("was %s, is %s, %v", before, after, err)
	}
}

// TestPersisted: what is set over the API stands in no file until it is persisted.
func TestPersisted(t *testing.T) {
	t.Parallel()
	r := up(t)
	candidate := conf(edited(t, edge, "set-local-pref = 200", "set-local-pref = 300"))
	if err := r.Apply(within(t, time.Minute), candidate); err != nil {
		t.Fatal(err)
	}
	if disk, err := os.ReadFile(r.folder + "/gobgpd.toml"); err != nil || string(disk) != edge {
		t.Errorf("the file was touched: %v", err)
	}
	if err := r.Persist(within(t, time.Minute), candidate); err != nil {
		t.Fatal(err)
	}
	if disk, err := os.ReadFile(r.folder + "/gobgpd.toml"); err != nil || string(disk) != string(candidate.Files[0].Data) {
		t.Errorf("the file was not written: %v", err)
	}
}

// TestDies: gobgpd hangs, and dies.
func TestDies(t *testing.T) {
	t.Parallel()
	r := up(t)
	candidate := conf(edited(t, edge, "set-local-pref = 200", "set-local-pref = 300"))
	out, err := r.Lab.Exec(within(t, 20*time.Second), "edge", "", "sh", "-c", "ss -xlp | grep "+r.folder+"/api.sock")
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, text, ok := strings.Cut(out, "pid="); !ok {
		t.Fatal(out)
	} else if _, err := fmt.Sscanf(text, "%d", &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(within(t, 2*time.Second), candidate); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the deadline, got %v", err)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.same(t, conf(edge))
	for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
		stopped := make(chan error, 1)
		started := make(chan bool)
		go func() {
			close(started)
			stopped <- r.Apply(within(t, 3*time.Second), candidate)
		}()
		<-started
		time.Sleep(50 * time.Millisecond) // wherever it is then
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
		err := <-stopped
		t.Logf("%v on the way: %v", s, err)
		var x *device.StateError
		if err != nil && (!errors.As(err, &x) || !x.Unreachable) && !strings.Contains(err.Error(), "nothing was touched") {
			t.Errorf("the error does not say what is known: %v", err)
		}
		if s == syscall.SIGKILL {
			break
		}
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if err := r.Apply(within(t, time.Minute), conf(edge)); err != nil {
			t.Fatal(err)
		}
		r.same(t, conf(edge))
	}
	if _, err := r.Running(within(t, 5*time.Second)); err == nil {
		t.Error("nobody is read")
	}
}
