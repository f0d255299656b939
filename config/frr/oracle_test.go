package frr

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/network/dump"
)

// world runs daemons in a private namespace: its network, mounts and processes go when it ends.
const world = `set -e
mkdir -p /run/frr /etc/frr
mount -t tmpfs tmpfs /run/frr; chown frr:frr /run/frr
mount -t tmpfs tmpfs /etc/frr; touch /etc/frr/vtysh.conf /etc/frr/empty.conf; chown -R frr:frr /etc/frr
mount -t tmpfs tmpfs /var/tmp
ip link set lo up
for d in zebra staticd bgpd ospfd; do
	/usr/lib/frr/$d -d -f /etc/frr/empty.conf -i /run/frr/$d.pid --vty_socket /run/frr -P 0 -A 127.0.0.1 >/dev/null 2>&1
done
for i in 1 2 3 4 5 6 7 8 9 10; do vtysh -c 'show version' >/dev/null 2>&1 && break; sleep 0.2; done
vtysh -f "$1" >"$2/errors" 2>&1 || true
vtysh -c 'show running-config' >"$2/running" 2>/dev/null
`

// requireDaemons skips where FRR cannot be run, or fails where it must be.
func requireDaemons(t *testing.T) {
	t.Helper()
	missing := ""
	for _, f := range []string{"/usr/lib/frr/zebra", "/usr/lib/frr/bgpd", "/usr/lib/frr/staticd", "/usr/lib/frr/ospfd", "/usr/bin/vtysh", "/usr/bin/unshare"} {
		if _, err := os.Stat(f); err != nil {
			missing = f
		}
	}
	if os.Geteuid() != 0 {
		missing = "root"
	}
	if missing == "" {
		return
	}
	if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
		t.Fatalf("requires daemon: %s is missing", missing)
	}
	t.Skipf("requires daemon: %s is missing", missing)
}

// runFRR loads a configuration into the real daemons: what they hold then, and what they complained about.
func runFRR(t *testing.T, text string) (running, complaints string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "frr.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "-nmpf", "--kill-child", "--mount-proc", "sh", "-c", world, "sh", file, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the daemons did not start: %v\n%s", err, out)
	}
	a, err := os.ReadFile(filepath.Join(dir, "running"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "errors"))
	return string(a), string(b)
}

// comparable brings two readings of one configuration together: what a running configuration
// cannot or need not say is left out.
func comparable(t *testing.T, text string) string {
	t.Helper()
	r := parse(t, text)
	r.Hostname, r.Version = "", ""
	var kept []network.Interface
	for _, i := range r.Interfaces {
		if i.OSPF != nil || len(i.Addresses) > 0 || i.Shutdown || i.Bandwidth != 0 {
			i.Description = ""
			kept = append(kept, i)
		}
	}
	r.Interfaces = kept
	for _, s := range r.CommunitySets {
		for i := range s.Entries {
			s.Entries[i].Text = s.Entries[i].Pattern // FRR writes values in an order of its own
		}
	}
	r.VRFs = slices.DeleteFunc(r.VRFs, func(v *network.VRF) bool {
		return v.Name != "" && v.BGP == nil && len(v.Static) == 0 && len(v.OSPF) == 0
	})
	return dump.Text(r, false)
}

// The model of a configuration equals the model of what FRR makes of it.
func TestAgainstRunningConfiguration(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	files, err := filepath.Glob("testdata/*/frr.conf")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data")
	}
	more, _ := filepath.Glob("testdata/oracle/*.conf")
	for _, file := range append(files, more...) {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), "/frr.conf"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			running, complaints := runFRR(t, string(text))
			if d := refusals(t, string(text), complaints); d != "" {
				t.Errorf("refused lines: %s\nFRR said:\n%s", d, complaints)
			}
			if d := dump.Difference(comparable(t, running), comparable(t, string(text))); d != "" {
				t.Errorf("the model of the running configuration (want) and of the file (got) differ at %s\nFRR said:\n%s\nrunning:\n%s", d, complaints, running)
			}
		})
	}
}

// refusals compares the lines that vtysh names in its complaints with those that the ledger says FRR
// refuses or that no node knows. Whole transactions are refused without naming lines: their effect
// is seen in the model.
func refusals(t *testing.T, text, complaints string) string {
	t.Helper()
	said := map[int]bool{}
	for _, m := range regexp.MustCompile(`(?m)^line (\d+): `).FindAllStringSubmatch(complaints, -1) {
		n, _ := strconv.Atoi(m[1])
		said[n] = true
	}
	var b strings.Builder
	r := parse(t, text)
	for _, n := range r.Files[0].Notes {
		refused := strings.HasPrefix(n.Reason, rejects) || strings.HasPrefix(n.Reason, "unknown command")
		line := int(n.Span.First)
		if refused && !said[line] && !silent[strings.TrimSpace(n.Text)] && !strings.Contains(n.Reason, "committed together") && !strings.Contains(n.Reason, "block that it stands in") {
			fmt.Fprintf(&b, "line %d %q: taken by FRR, but the ledger says %q\n", line, n.Text, n.Reason)
		}
		if refused {
			delete(said, line)
		}
	}
	for n := range said {
		switch l := strings.TrimSpace(strings.Split(text, "\n")[n-1]); l {
		case "agentx": // zebra knows it only where it was started with its SNMP module
			continue
		case "exit-address-family", "exit-vrf": // of no block: the ledger says blank
			continue
		}
		fmt.Fprintf(&b, "line %d %q: refused by FRR only\n", n, strings.Split(text, "\n")[n-1])
	}
	return b.String()
}

// silent are lines that FRR leaves out without naming them: a transaction's, and those that
// a daemon warns about but does not count as failed.
var silent = map[string]bool{
	"on-match goto 4": true, "ip prefix-list BAD2 permit 10.0.0.0/8 le 7": true, "ip route 32.0.0.0/8 blackhole": true,
	"set metric +5": true, "no ip route 12.0.0.0/8 192.0.2.1": true,
}
