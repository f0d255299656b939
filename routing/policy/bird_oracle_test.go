package policy

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config/bird"
	"github.com/routegate/routegate/network"
)

// birdWorld runs BIRD in a private network and asks it for the tables.
const birdWorld = `ip link set lo up
bird -f -c "$1/bird.conf" -s "$1/ctl" -P "$1/pid" 2>"$1/log" &
for i in $(seq 50); do birdc -s "$1/ctl" show status >/dev/null 2>&1 && break; sleep 0.1; done
sleep 0.3
birdc -s "$1/ctl" show route all table all
kill %1
`

func requireBIRD(t *testing.T) {
	t.Helper()
	missing := ""
	for _, f := range []string{"bird", "birdc", "unshare"} {
		if _, err := exec.LookPath(f); err != nil {
			missing = f
		}
	}
	if os.Geteuid() != 0 {
		missing = "root"
	}
	switch {
	case testing.Short():
		t.Skip("runs a daemon")
	case missing != "" && os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1":
		t.Fatalf("requires daemon: %s is missing", missing)
	case missing != "":
		t.Skipf("requires daemon: %s is missing", missing)
	}
}

// TestAgainstBIRD lets the real BIRD and this package apply the same random filters to the same routes.
// Each filter stands on a pipe from the table of the routes to a table of its own.
func TestAgainstBIRD(t *testing.T) {
	requireBIRD(t)
	const filters = 220
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := &birdGenerator{r: rand.New(rand.NewPCG(seed, 29))}
			compareBIRD(t, g.config(filters), filters)
		})
	}
}

func compareBIRD(t *testing.T, conf string, filters int) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("bird", "-p", "-c", filepath.Join(dir, "bird.conf")).CombinedOutput(); err != nil {
		t.Fatalf("BIRD refuses the configuration: %s", out)
	}
	var errOut bytes.Buffer
	cmd := exec.Command("unshare", "-nmpf", "--kill-child", "--mount-proc", "bash", "-c", birdWorld, "world", dir)
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("%v: %s", err, &errOut)
	}
	tables := readTables(string(out))
	r, perr := bird.Parse("r1", []bird.Source{{Path: "bird.conf", Text: []byte(conf)}})
	if perr != nil {
		t.Fatalf("BIRD takes the configuration, we do not: %v", perr)
	}
	e := Compile(r)
	routes := birdRoutes(e, r)
	if len(routes) == 0 || len(tables["given"]) != len(routes) {
		t.Fatalf("BIRD has %d routes, the configuration %d:\n%s", len(tables["given"]), len(routes), out)
	}
	failures, passed := 0, 0
	for i := range filters {
		name := fmt.Sprintf("f%d", i)
		for _, rt := range routes {
			want := "refused"
			res := e.Chain(chain(name), rt, network.Reject)
			if res.Disposition == network.Accept {
				want = renderBIRD(res.Route.Attributes)
				passed++
			}
			if have := cmp.Or(tables["t"+name][rt.Prefix.String()], "refused"); have != want {
				if failures++; failures <= 4 {
					t.Errorf("%s of %s %s:\n BIRD %s\n ours %s (%s)\n%s", name, rt.Prefix, renderBIRD(rt.Attributes), have, want, res.What, filterText(conf, name))
				}
			}
		}
	}
	t.Logf("%d routes passed", passed)
	if failures > 0 {
		t.Errorf("%d differences in all", failures)
	}
	if passed < filters {
		t.Errorf("only %d routes pass any filter: the comparison says little", passed)
	}
}

func filterText(conf, name string) string {
	_, rest, _ := strings.Cut(conf, "\nfilter "+name+" ")
	text, _, _ := strings.Cut(rest, "\n}\n")
	return text
}

// birdRoutes are the static routes as they stand in the table, with what stands beside them applied.
func birdRoutes(e *Evaluator, r *network.Router) []Route {
	var out []Route
	for _, s := range r.VRF("given").Static {
		rt := Route{Prefix: s.Prefix, Direction: Redistribute, Protocol: network.Static, ProtocolName: "souk", Type: network.RouteLocal,
			Attributes: &network.PathAttributes{Weight: 200, Learned: network.Learned{Protocol: network.Static, Name: "souk"}}}
		if _, ok := e.policies["souk ipv4 attributes"]; ok {
			res, _ := e.Policy("souk ipv4 attributes", rt)
			rt.Attributes = res.Route.Attributes
		}
		rt.Direction = Export
		out = append(out, rt)
	}
	return out
}

// renderBIRD is what is compared: lists without their order, the origin left out, which a static route need not have.
func renderBIRD(a *network.PathAttributes) string {
	var c, l, x []string
	for _, v := range a.Communities {
		c = append(c, fmt.Sprintf("(%d,%d)", v>>16, v&0xFFFF))
	}
	for _, v := range a.Large {
		l = append(l, fmt.Sprintf("(%d,%d,%d)", v.Global, v.Data1, v.Data2))
	}
	for _, v := range a.Ext {
		x = append(x, fmt.Sprintf("(rt,%d,%d)", uint16(v>>32), uint32(v)))
	}
	slices.Sort(c)
	slices.Sort(l)
	slices.Sort(x)
	num := func(v uint32, ok bool) string {
		if !ok {
			return "-"
		}
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("pref %d path [%s] lp %s med %s comm %v large %v ext %v", a.Weight, a.ASPath, num(a.LocalPref, a.HasLocalPref), num(a.MED, a.HasMED), c, l, x)
}

var (
	tableLine  = regexp.MustCompile(`^Table (\w+):`)
	routeLine  = regexp.MustCompile(`^(\d\S*/\d+)\s.*\((\d+)\)$`)
	attrLine   = regexp.MustCompile(`^\s+(?:BGP\.)?(\w+): ?(.*)$`)
	parenSplit = regexp.MustCompile(`\([^)]*\)`)
)

// readTables reads `show route all`.
func readTables(out string) map[string]map[string]string {
	tables := map[string]map[string]string{}
	type read struct{ pref, path, lp, med, comm, large, ext string }
	var table, prefix string
	var cur read
	list := func(s string) []string {
		all := parenSplit.FindAllString(strings.ReplaceAll(s, " ", ""), -1)
		slices.Sort(all)
		return all
	}
	flush := func() {
		if prefix == "" {
			return
		}
		tables[table][prefix] = fmt.Sprintf("pref %s path [%s] lp %s med %s comm %v large %v ext %v", cur.pref, cur.path, cmp.Or(cur.lp, "-"), cmp.Or(cur.med, "-"),
			list(cur.comm), list(cur.large), list(cur.ext))
		prefix = ""
	}
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if m := tableLine.FindStringSubmatch(line); m != nil {
			flush()
			table = m[1]
			tables[table] = map[string]string{}
		} else if m := routeLine.FindStringSubmatch(line); m != nil {
			flush()
			p, err := netip.ParsePrefix(m[1])
			if err != nil {
				continue
			}
			prefix, cur = p.String(), read{pref: m[2]}
		} else if m := attrLine.FindStringSubmatch(line); m != nil {
			switch m[1] {
			case "as_path":
				cur.path = m[2]
			case "local_pref":
				cur.lp = m[2]
			case "med":
				cur.med = m[2]
			case "community":
				cur.comm = m[2]
			case "large_community":
				cur.large = m[2]
			case "ext_community":
				cur.ext = m[2]
			}
		}
	}
	flush()
	return tables
}
