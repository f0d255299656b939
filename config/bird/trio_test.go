package bird_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// trio is a world of three BIRDs in a row: b1 and b2 on one wire, b2 and b3 on two.
const trio = `mount -t tmpfs tmpfs /run; mkdir -p /run/netns
for n in 1 2 3; do ip netns add n$n; ip -n n$n link set lo up; done
wire() {
	ip -n n$1 link add eth$3 type veth peer name eth$3 netns n$2
	for n in $1 $2; do ip -n n$n addr add 10.0.$3.$n/24 dev eth$3; ip -n n$n link set eth$3 up; done
}
wire 1 2 12; wire 2 3 23; wire 2 3 24
for n in 1 2 3; do ip netns exec n$n bird -c "$1/b$n/bird.conf" -s /run/b$n -P /run/p$n; done
for i in $(seq 100); do
	[ "$(for n in 1 2 3; do birdc -s /run/b$n show protocols; done | grep -c Established)" = 6 ] && break; sleep 0.1
done
sleep 1
for n in 1 2 3; do echo "router b$n"; birdc -s /run/b$n show route primary all; done
for n in 1 2 3; do birdc -s /run/b$n down >/dev/null; done
`

var (
	routeLine = regexp.MustCompile(`^(\S+/\d+)\s.*\[(\w+) .*\((\d+)\)`)
	attrLine  = regexp.MustCompile(`^\s+BGP\.(\w+): ?(.*)$`)
)

// The tables of three BIRDs are those that the simulator finds: session by session what is
// exported, received, preferred.
func TestTablesOfBIRD(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	if _, err := exec.LookPath("bird"); err != nil || os.Geteuid() != 0 {
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatal("requires daemon: bird and root")
		}
		t.Skip("requires daemon: bird and root")
	}
	dir, err := filepath.Abs("testdata/trio/devices")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("unshare", "-nmpf", "--kill-child", "--mount-proc", "bash", "-c", trio, "trio", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := tables(string(out))
	s, err := config.Load(context.Background(), "testdata/trio", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := routing.Solve(context.Background(), s.Network, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range s.Network.Routers {
		for prefix, have := range want[r.Name] {
			n++
			got := "nothing"
			if best, ok := res.Best(r.Name, "", prefix); ok {
				got = text(best.Attributes, best.Neighbor != "")
			}
			if got != have {
				t.Errorf("%s %s:\n BIRD %s\n ours %s", r.Name, prefix, have, got)
			}
		}
		if have, ours := len(want[r.Name]), res.Count(r.Name, "", network.IPv4Unicast); have != ours {
			t.Errorf("%s has %d routes, the simulator %d", r.Name, have, ours)
		}
	}
	if n < 15 {
		t.Errorf("only %d routes were compared:\n%s", n, out)
	}
}

func text(a *network.PathAttributes, learned bool) string {
	if !learned {
		return fmt.Sprintf("own, preference %d", a.Weight)
	}
	var c []string
	for _, x := range a.Communities {
		c = append(c, fmt.Sprintf("(%d,%d)", x>>16, x&0xFFFF))
	}
	slices.Sort(c)
	med := ""
	if a.HasMED {
		med = fmt.Sprint(a.MED)
	}
	return fmt.Sprintf("preference %d path [%s] %s next hop %s local preference %d MED %s communities %v", a.Weight, a.ASPath, a.Origin, a.NextHop, a.LocalPref, med, c)
}

// tables reads `show route primary all` of every router.
func tables(out string) map[string]map[netip.Prefix]string {
	all := map[string]map[netip.Prefix]string{}
	var router, preference string
	var prefix netip.Prefix
	at := map[string]string{}
	flush := func() {
		if !prefix.IsValid() {
			return
		}
		line := "own, preference " + preference
		if at["next_hop"] != "" {
			c := strings.Fields(at["community"])
			slices.Sort(c)
			line = fmt.Sprintf("preference %s path [%s] %s next hop %s local preference %s MED %s communities %v", preference, at["as_path"],
				strings.ToLower(at["origin"]), at["next_hop"], at["local_pref"], at["med"], c)
		}
		all[router][prefix] = line
		prefix = netip.Prefix{}
		clear(at)
	}
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutPrefix(line, "router "); ok {
			flush()
			router = name
			all[router] = map[netip.Prefix]string{}
		} else if m := routeLine.FindStringSubmatch(line); m != nil {
			flush()
			prefix, _ = netip.ParsePrefix(m[1])
			preference = m[3]
		} else if m := attrLine.FindStringSubmatch(line); m != nil {
			at[m[1]] = m[2]
		}
	}
	flush()
	return all
}
