package frr_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/frr"
	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// edge is the router under test, among two outside neighbors, one inside and one with which it speaks OSPF too.
const edge = `frr defaults traditional
hostname edge
interface lo
 ip address 10.255.0.1/32
 ip ospf area 0
interface p1
 ip address 192.0.2.1/30
interface p2
 ip address 192.0.2.5/30
interface core
 ip address 10.0.0.1/30
 ip ospf area 0
 ip ospf cost 10
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 4
ip route 203.0.113.0/24 blackhole
ip route 198.51.100.0/24 blackhole
router ospf
 ospf router-id 10.255.0.1
router bgp 65000
 bgp router-id 10.255.0.1
 neighbor 192.0.2.2 remote-as 65001
 neighbor 192.0.2.6 remote-as 65002
 neighbor INSIDE peer-group
 neighbor INSIDE remote-as 65000
 neighbor INSIDE update-source lo
 neighbor 10.255.0.2 peer-group INSIDE
 address-family ipv4 unicast
  network 203.0.113.0/24
  neighbor 192.0.2.2 prefix-list P1 in
  neighbor 192.0.2.2 route-map P1-IN in
  neighbor 192.0.2.2 route-map OUT out
  neighbor 192.0.2.6 route-map P2-IN in
  neighbor 192.0.2.6 route-map OUT out
  neighbor INSIDE next-hop-self
ip prefix-list OURS seq 5 permit 203.0.113.0/24
ip prefix-list P1 seq 5 permit 10.1.0.0/16 le 24
ip prefix-list SPARE seq 5 permit 10.9.0.0/16
bgp as-path access-list FROM2 seq 5 permit ^65002_
bgp community-list standard TAGGED seq 5 permit 65002:1
route-map P1-IN permit 10
 set local-preference 200
route-map P2-IN permit 10
 match as-path FROM2
 set community 65000:2 additive
route-map OUT permit 10
 match ip address prefix-list OURS
`

func network() map[string]string {
	peer := func(as int, address, remote, prefix string) string {
		return fmt.Sprintf(`frr defaults traditional
interface u
 ip address %s/30
ip route %s.0.0/16 blackhole
ip route %s.5.0/24 blackhole
router bgp %d
 no bgp ebgp-requires-policy
 bgp router-id %s
 neighbor %s remote-as 65000
 address-family ipv4 unicast
  network %s.0.0/16
  network %s.5.0/24
`, address, prefix, prefix, as, address, remote, prefix, prefix)
	}
	return map[string]string{
		"devices/edge/frr.conf": edge,
		"devices/p1/frr.conf":   peer(65001, "192.0.2.2", "192.0.2.1", "10.1"),
		"devices/p2/frr.conf":   peer(65002, "192.0.2.6", "192.0.2.5", "10.2"),
		"devices/core/frr.conf": `frr defaults traditional
interface lo
 ip address 10.255.0.2/32
 ip ospf area 0
interface e
 ip address 10.0.0.2/30
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 4
router ospf
 ospf router-id 10.255.0.2
router bgp 65000
 bgp router-id 10.255.0.2
 neighbor 10.255.0.1 remote-as 65000
 neighbor 10.255.0.1 update-source lo
`}
}

// router is the edge with its driver.
type router struct {
	*labtest.Network
	*frr.Driver
	folder string
}

func up(t testing.TB) *router {
	t.Helper()
	labtest.Require(t)
	n := labtest.Up(t, network())
	r := &router{Network: n, folder: n.Folder(t, "edge")}
	r.Driver = frr.New(frr.Options{Router: "edge", VtySocket: r.folder, ConfigFile: r.folder + "/frr.conf"})
	r.established(t, "192.0.2.2", "192.0.2.6", "10.255.0.2")
	return r
}

func within(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func (r *router) established(t testing.TB, neighbors ...string) {
	t.Helper()
	labtest.Eventually(t, func() string {
		o, err := r.Observe(within(t, 20*time.Second))
		if err != nil {
			return err.Error()
		}
		for _, n := range neighbors {
			if !slices.ContainsFunc(o.Sessions, func(s device.Session) bool { return s.Neighbor == n && s.Established }) {
				return fmt.Sprintf("%s is not established: %v", n, o.Sessions)
			}
		}
		return ""
	})
}

// runs reads the running configuration as text.
func (r *router) runs(t testing.TB) string {
	t.Helper()
	c, err := r.Running(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return string(c.Files[0].Data)
}

func conf(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(text)}}}
}

// resets counts for each session how often it was lost.
func (r *router) resets(t testing.TB) map[string]int {
	t.Helper()
	o, err := r.Observe(within(t, 20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]int{}
	for _, s := range o.Sessions {
		m[s.Neighbor] = s.Resets
	}
	return m
}

// edited is the text with replacements made, each of which has to be found.
func edited(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q does not stand in\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// change is one of a configuration; changes are those that are tried.
type change struct {
	name  string
	edit  []string
	drop  string   // of lines that hold it
	about []string // sessions that the change may reset
	needs bool     // BGP itself cannot do without: the neighbor goes, or what the OPEN says changes
}

var changes = []change{
	{name: "nothing", edit: nil},
	{name: "a network statement", edit: []string{"  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  network 198.51.100.0/24\n"}},
	{name: "a prefix list widened", edit: []string{"P1 seq 5 permit 10.1.0.0/16 le 24", "P1 seq 5 permit 10.1.0.0/16 le 28"}},
	{name: "a policy edited", edit: []string{"local-preference 200", "local-preference 300"}},
	{name: "a policy with an entry more", edit: []string{"route-map OUT permit 10\n", "route-map OUT deny 5\n match ip address prefix-list SPARE\nexit\n!\nroute-map OUT permit 10\n"}},
	{name: "an AS path list edited in use", edit: []string{"FROM2 seq 5 permit ^65002_", "FROM2 seq 5 deny _64999_\nbgp as-path access-list FROM2 seq 10 permit ^65002_"}},
	{name: "a new policy attached", edit: []string{"neighbor 192.0.2.2 route-map P1-IN in", "neighbor 192.0.2.2 route-map NEW in", "route-map OUT permit 10\n", "route-map NEW permit 10\n set local-preference 150\nexit\n!\nroute-map OUT permit 10\n"}},
	{name: "a filter detached", edit: []string{"  neighbor 192.0.2.2 prefix-list P1 in\n", ""}},
	{name: "a policy no longer used and removed", edit: []string{"  neighbor 192.0.2.2 route-map P1-IN in\n", "  neighbor 192.0.2.2 route-map P2-IN in\n", "route-map P1-IN permit 10\n set local-preference 200\nexit\n", ""}},
	{name: "a static route", edit: []string{"ip route 203.0.113.0/24 blackhole", "ip route 203.0.113.0/24 blackhole\nip route 192.168.0.0/24 192.0.2.2"}},
	{name: "an OSPF cost", edit: []string{"ip ospf cost 10", "ip ospf cost 20"}},
	{name: "a neighbor added", edit: []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbor 192.0.2.6 remote-as 65002\n neighbor 192.0.2.99 remote-as 65009\n", "  neighbor 192.0.2.6 route-map OUT out\n", "  neighbor 192.0.2.6 route-map OUT out\n  neighbor 192.0.2.99 route-map OUT out\n"}},
	{name: "a neighbor removed", needs: true, about: []string{"192.0.2.6"}, drop: "neighbor 192.0.2.6 "},
	{name: "a neighbor's AS", needs: true, about: []string{"192.0.2.6"}, edit: []string{"192.0.2.6 remote-as 65002", "192.0.2.6 remote-as 65003"}},
	{name: "a neighbor leaves its group", about: []string{"10.255.0.2"}, edit: []string{" neighbor 10.255.0.2 peer-group INSIDE\n", " neighbor 10.255.0.2 remote-as 65000\n neighbor 10.255.0.2 update-source lo\n"}},
	{name: "a description", edit: []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbor 192.0.2.6 remote-as 65002\n neighbor 192.0.2.6 description peer two\n"}},
	{name: "IPv6 as well", needs: true, about: []string{"192.0.2.6"}, edit: []string{" exit-address-family\n", " exit-address-family\n !\n address-family ipv6 unicast\n  neighbor 192.0.2.6 activate\n  neighbor 192.0.2.6 route-map OUT out\n exit-address-family\n"}},
	{name: "the router's own AS", needs: true, about: []string{"192.0.2.2", "192.0.2.6", "10.255.0.2"}, edit: []string{"router bgp 65000", "router bgp 65100"}},
	{name: "an aggregate", edit: []string{"  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  aggregate-address 203.0.112.0/20\n"}},
	{name: "a weight", edit: []string{"  neighbor 192.0.2.6 route-map OUT out\n", "  neighbor 192.0.2.6 route-map OUT out\n  neighbor 192.0.2.6 weight 10\n"}},
	{name: "a maximum of prefixes", edit: []string{"  neighbor 192.0.2.6 route-map OUT out\n", "  neighbor 192.0.2.6 route-map OUT out\n  neighbor 192.0.2.6 maximum-prefix 1000\n"}},
	{name: "a default route to one neighbor", edit: []string{"  neighbor 192.0.2.6 route-map OUT out\n", "  neighbor 192.0.2.6 route-map OUT out\n  neighbor 192.0.2.6 default-originate\n"}},
	{name: "timers of a neighbor", edit: []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbor 192.0.2.6 remote-as 65002\n neighbor 192.0.2.6 timers 10 30\n"}},
	{name: "an advertisement interval", edit: []string{" neighbor 192.0.2.6 remote-as 65002\n", " neighbor 192.0.2.6 remote-as 65002\n neighbor 192.0.2.6 advertisement-interval 3\n"}},
	{name: "fewer ways", edit: []string{"  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  maximum-paths 2\n"}},
	{name: "a community, set and sent", edit: []string{" set community 65000:2 additive", " set community 65000:2 65000:3 additive", "route-map OUT permit 10\n", "route-map OUT permit 10\n set community 65000:9\n"}},
	{name: "a policy that matches communities", edit: []string{" match as-path FROM2\n", " match community TAGGED\n"}},
	{name: "much at once", edit: []string{"P1 seq 5 permit 10.1.0.0/16 le 24", "P1 seq 5 permit 10.1.0.0/16 le 28\nip prefix-list P1 seq 10 permit 10.7.0.0/16", "local-preference 200", "local-preference 300\n set metric 5",
		"FROM2 seq 5 permit ^65002_", "FROM2 seq 5 permit ^65002_\nbgp as-path access-list FROM2 seq 10 permit ^65003_", "  network 203.0.113.0/24\n", "  network 198.51.100.0/24\n  network 203.0.113.0/24 route-map P1-IN\n"}},
}

// TestChanges applies every change to the running router and takes it back: each time what runs is what was wanted, and no
// session is lost but those that the change is about.
func TestChanges(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			candidate := without(edited(t, base, c.edit...), c.drop)
			before := r.resets(t)
			for _, to := range []string{candidate, base} {
				start := time.Now()
				if err := r.Check(within(t, time.Minute), conf(to)); err != nil {
					t.Fatal(err)
				}
				checked := time.Since(start)
				if err := r.Apply(within(t, time.Minute), conf(to)); err != nil {
					t.Fatal(err)
				}
				t.Logf("checked in %s, applied in %s", checked.Round(time.Millisecond), (time.Since(start) - checked).Round(time.Millisecond))
				left, err := r.Differences(within(t, time.Minute), conf(to))
				if err != nil || len(left) > 0 {
					t.Fatalf("after applying: %v %v", left, err)
				}
			}
			for n, was := range r.resets(t) {
				if now, known := before[n]; known && was != now && !slices.Contains(c.about, n) {
					t.Errorf("the session with %s was lost: %d times, before %d", n, was, now)
				}
			}
			r.established(t, "192.0.2.2", "192.0.2.6", "10.255.0.2")
		})
	}
}

// BenchmarkResets applies each change and takes it back, and counts by the daemons' own counters, at both ends, the sessions that were lost: in changes
// that need no reset, and in those for which BGP needs none and bgpd does.
func BenchmarkResets(b *testing.B) {
	r := up(b)
	base := r.runs(b)
	count := func() (n int) {
		for _, lost := range r.resets(b) {
			n += lost
		}
		for _, p := range []string{"p1", "p2", "core"} {
			folder := r.Folder(b, p)
			o, err := frr.New(frr.Options{Router: p, VtySocket: folder, ConfigFile: folder + "/frr.conf"}).Observe(within(b, 20*time.Second))
			if err != nil {
				b.Fatal(err)
			}
			for _, s := range o.Sessions {
				n += s.Resets
			}
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
			for _, to := range []string{without(edited(b, base, c.edit...), c.drop), base} {
				if err := r.Apply(within(b, time.Minute), conf(to)); err != nil {
					b.Fatalf("%s: %v", c.name, err)
				}
				applied++
			}
			r.established(b, "192.0.2.2", "192.0.2.6", "10.255.0.2")
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

// without drops the lines that hold the words; "" drops none.
func without(text, words string) string {
	if words == "" {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, words) {
			b.WriteString(line)
		}
	}
	return b.String()
}
