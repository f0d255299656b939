package routing_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestDaemons runs every topology through FRR's zebra, staticd and ospfd in network
// namespaces of their own and compares every main table with the simulated one.
func TestDaemons(t *testing.T) {
	if why := missingDaemons(); why != "" {
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	files, err := filepath.Glob("testdata/daemons/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no topologies: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n := build(t, string(text))
			want := simulated(n, solve(t, n, routing.Options{}))
			got, ok := observe(t, script(t, n, string(text)), want)
			if !ok {
				t.Errorf("tables differ (-daemons +simulated):\n%s", cmp.Diff(got, want))
			} else if *update {
				if err := os.WriteFile(strings.TrimSuffix(file, ".txt")+".golden", []byte(printed(got)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// update writes what the daemons' tables were into the golden files.
var update = flag.Bool("update", false, "record the daemons' tables (needs FRR)")

// TestRecordedTables holds the simulation against what TestDaemons recorded, where no daemons are.
func TestRecordedTables(t *testing.T) {
	files, err := filepath.Glob("testdata/daemons/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing recorded: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".golden"), func(t *testing.T) {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(strings.TrimSuffix(file, ".golden") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			n := build(t, string(text))
			if diff := cmp.Diff(string(golden), printed(simulated(n, solve(t, n, routing.Options{})))); diff != "" {
				t.Errorf("tables differ (-recorded +simulated):\n%s", diff)
			}
		})
	}
}

func printed(tables map[string][]string) string {
	var b strings.Builder
	for _, r := range slices.Sorted(maps.Keys(tables)) {
		fmt.Fprintf(&b, "%s\n", r)
		for _, line := range tables[r] {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

const daemons = "/usr/lib/frr"

func missingDaemons() string {
	for _, d := range []string{"zebra", "staticd", "ospfd"} {
		if _, err := os.Stat(filepath.Join(daemons, d)); err != nil {
			return "FRR is not installed: " + err.Error()
		}
	}
	if os.Geteuid() != 0 {
		return "network namespaces need root"
	}
	return ""
}

// simulated are all main tables, by router, one line a route.
func simulated(n *network.Network, res *routing.Result) map[string][]string {
	out := map[string][]string{}
	for _, r := range n.Routers {
		for x := range res.Routes(r.Name, "", network.IPv4Unicast) {
			out[r.Name] = append(out[r.Name], x.Prefix.String()+" "+route(x))
		}
		slices.Sort(out[r.Name])
	}
	return out
}

// script makes the namespaces, wires and daemons, and prints all tables twice a second.
func script(t *testing.T, n *network.Network, text string) string {
	dir := t.TempDir()
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("mkdir -p /run/netns /run/frr && mount -t tmpfs t /run/netns && mount -t tmpfs t /run/frr && mount -t tmpfs t /etc/frr && mount -t tmpfs t /var/tmp || exit 1")
	say("touch /etc/frr/vtysh.conf; ip link set lo up")
	for _, r := range n.Routers {
		say("ip netns add %s; ip -n %s link set lo up; ip netns exec %s sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0", r.Name, r.Name, r.Name)
	}
	linked := map[network.End]bool{}
	veth := 0
	attach := func(e network.End, bridge string) {
		say("ip link add v%d type veth peer name %s netns %s; ip link set v%d %s up; ip -n %s link set %s up", veth, e.Interface, e.Router, veth, bridge, e.Router, e.Interface)
		linked[e] = true
		veth++
	}
	for i, l := range n.Links {
		if len(l.Ends) == 2 {
			a, c := l.Ends[0], l.Ends[1]
			say("ip -n %s link add %s type veth peer name %s netns %s; ip -n %s link set %s up; ip -n %s link set %s up", a.Router, a.Interface, c.Interface, c.Router, a.Router, a.Interface, c.Router, c.Interface)
			linked[a], linked[c] = true, true
			continue
		}
		say("ip link add br%d type bridge; ip link set br%d up", i, i)
		for _, e := range l.Ends {
			attach(e, fmt.Sprintf("master br%d", i))
		}
	}
	for _, r := range n.Routers {
		for _, i := range r.Interfaces {
			if e := (network.End{Router: r.Name, Interface: i.Name}); !i.Loopback && !linked[e] {
				attach(e, "")
			}
		}
	}
	for _, part := range strings.Split("\n"+text, "\n-- ")[1:] {
		name, body, _ := strings.Cut(part, " --\n")
		if name == "links" {
			continue
		}
		// What only makes the daemons quick: no meaning is changed.
		body = strings.ReplaceAll(body, " ip ospf area ", " ip ospf retransmit-interval 1\n ip ospf area ")
		body = strings.ReplaceAll(body, "router ospf\n", "router ospf\n timers throttle spf 0 20 100\n timers throttle lsa all 0\n timers lsa min-arrival 0\n")
		conf := filepath.Join(dir, name, "frr.conf")
		if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(conf, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir, filepath.Dir(dir)} { // the daemons are another user
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	say("cd %s; for r in *; do chmod 777 $r", dir)
	say("for d in zebra staticd ospfd; do ip netns exec $r %s/$d -d -f /dev/null -i %s/$r/$d.pid --vty_socket %s/$r -z %s/$r/zserv.api -P 0 >/dev/null 2>&1 || echo \"cannot start $d\" >&2; done", daemons, dir, dir, dir)
	say("vtysh --vty_socket %s/$r -f %s/$r/frr.conf | grep -v '^\\[' ; done", dir, dir)
	say("while :; do for r in *; do echo \"@@ $r\"; vtysh --vty_socket %s/$r -c 'show ip route json'; done; echo @@; sleep 0.4; done", dir)
	return b.String()
}

// observe runs the script until all tables are as wanted, or for half a minute; it returns what it last saw.
func observe(t *testing.T, script string, want map[string][]string) (got map[string][]string, ok bool) {
	cmd := exec.Command("unshare", "-nmpf", "--kill-child", "--mount-proc", "bash", "-c", script)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer func() {
		deadline.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !ok && complaints.Len() > 0 {
			t.Log(complaints.String())
		}
	}()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<22)
	router, body := "", ""
	round := map[string][]string{}
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "@@") {
			body += line
			continue
		}
		if router != "" {
			round[router] = daemonTable(t, body)
		}
		if body = ""; line == "@@" {
			if got = round; cmp.Equal(got, want) {
				return got, true
			}
			round = map[string][]string{}
		}
		router = strings.TrimSpace(strings.TrimPrefix(line, "@@"))
	}
	return got, false
}

// daemonTable reads `show ip route json` into the lines of simulated.
func daemonTable(t *testing.T, text string) []string {
	var all map[string][]struct {
		Prefix           string
		Protocol         string
		Selected         bool
		Distance, Metric int
		Nexthops         []struct {
			Fib, Recursive, Duplicate, Unreachable bool
			IP, InterfaceName                      string
		}
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return []string{"cannot read: " + err.Error()}
	}
	var out []string
	for _, list := range all {
		for _, r := range list {
			if !r.Selected {
				continue
			}
			var hops []string
			for _, h := range r.Nexthops {
				switch {
				case h.Duplicate || !h.Fib:
				case h.Unreachable:
					hops = append(hops, "drop")
				case h.IP != "":
					hops = append(hops, "via "+h.IP+" "+h.InterfaceName)
				default:
					hops = append(hops, h.InterfaceName)
				}
			}
			slices.Sort(hops)
			out = append(out, fmt.Sprintf("%s %s %d/%d %s", r.Prefix, r.Protocol, r.Distance, r.Metric, strings.Join(slices.Compact(hops), ", ")))
		}
	}
	slices.Sort(out)
	return out
}
