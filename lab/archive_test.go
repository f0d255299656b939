package lab_test

import (
	"cmp"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/network"
)

var updateArchives = flag.Bool("update-archives", false, "write the daemons' tables into the archives")

// archives are the kept cases of package bgp in which GoBGP or BIRD speaks, or that have VRFs, tables and sessions, those of families that are not simulated,
// and where link-local addresses decide.
var archives = []string{"../routing/bgp/testdata/bird-*.txtar", "../routing/bgp/testdata/gobgp-*.txtar", "../routing/bgp/testdata/vrf-*.txtar", "../routing/bgp/testdata/sessions/bird-*.txtar", "../routing/bgp/testdata/sessions/gobgp-*.txtar",
	"../routing/bgp/testdata/sessions/evpn.txtar", "../routing/bgp/testdata/sessions/port-*.txtar", "../routing/bgp/testdata/sessions/confederation-interface.txtar", "../routing/bgp/testdata/link-local-*.txtar", "../routing/bgp/testdata/shared-*.txtar"}

// TestArchives boots the kept cases and holds the prediction against the daemons. A soak boots all of them,
// ROUTEGATE_LAB_ARCHIVES those of all the archives of package bgp that its patterns name, divided by commas.
func TestArchives(t *testing.T) {
	requireDaemons(t)
	var files []string
	names := strings.FieldsFunc(os.Getenv("ROUTEGATE_LAB_ARCHIVES"), func(c rune) bool { return c == ',' })
	if len(names) > 0 {
		archives = []string{"../routing/bgp/testdata/*.txtar", "../routing/bgp/testdata/sessions/*.txtar"}
	}
	for _, pattern := range archives {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("no archives: %v", err)
		}
		files = append(files, more...)
	}
	if len(names) == 0 && os.Getenv("ROUTEGATE_SOAK") != "1" {
		names = []string{"bird-mixed", "bird-reflection", "bird-merge-paths", "vrf-leak", "vrf-leak-inside", "vrf-vpn", "vrf-vpn-bounds", "bird-pipes", "gobgp-unnumbered"}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if filepath.Base(filepath.Dir(file)) == "sessions" {
			name = "sessions/" + name
		}
		if len(names) > 0 && !slices.ContainsFunc(names, func(p string) bool { ok, _ := path.Match(p, name); return ok }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			net, seen := boot(t, unpack(t, string(text)))
			if head, _, ok := strings.Cut(string(text), "-- want --\n"); ok && *updateArchives {
				if err := os.WriteFile(file, []byte(head+"-- want --\n"+strings.Join(seenLines(net, seen), "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// unpack makes a snapshot of an archive: one section a router, in the dialect that it is in. A comment "#iface eth0
// 10.0.1.1/24" gives a router that says nothing of its interfaces one, "#link eth0 b:eth0" is a cable, "#frr ip route ..." a
// line of the frr.conf beside a GoBGP configuration.
func unpack(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	yaml, origins, cables := "devices:\n", "", ""
	for _, part := range strings.Split(text, "\n-- ")[1:] {
		name, body, _ := strings.Cut(part, " --\n")
		file := "frr.conf"
		switch {
		case name == "want", name == "sessions", name == "fresh":
			continue
		case strings.Contains(body, "[global.config]"):
			file = "gobgpd.toml"
		case strings.Contains(body, "protocol device"):
			file = "bird.conf"
		}
		folder := filepath.Join(dir, "devices", name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		beside := ""
		var order []string
		ifaces := map[string][]string{}
		for _, line := range strings.Split(body, "\n") {
			if w := strings.Fields(line); len(w) == 3 && w[0] == "#iface" {
				if ifaces[w[1]] == nil {
					order = append(order, w[1])
				}
				ifaces[w[1]] = append(ifaces[w[1]], fmt.Sprintf("%q", w[2]))
			} else if len(w) > 1 && w[0] == "#route" {
				origins += injected(name, w[1:])
			} else if l, ok := strings.CutPrefix(line, "#frr "); ok {
				beside += l + "\n"
			} else if len(w) == 3 && w[0] == "#link" {
				cables += fmt.Sprintf("    - endpoints: [%q, %q]\n", name+":"+w[1], w[2])
			}
		}
		if beside != "" {
			if err := os.WriteFile(filepath.Join(folder, "frr.conf"), []byte(beside), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for i, f := range order {
			order[i] = fmt.Sprintf("%s: [%s]", f, strings.Join(ifaces[f], ", "))
		}
		if len(order) > 0 {
			yaml += fmt.Sprintf("  %s: {interfaces: {%s}}\n", name, strings.Join(order, ", "))
		}
	}
	if cables != "" {
		if err := os.WriteFile(filepath.Join(dir, "topology.clab.yml"), []byte("topology:\n  links:\n"+cables), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if origins != "" {
		yaml += "originations:\n" + origins
	}
	if err := os.WriteFile(filepath.Join(dir, "routegate.yaml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// injected is a route that GoBGP gets over its API: "PREFIX [nexthop A] [med N] [community C]".
func injected(router string, w []string) string {
	text := fmt.Sprintf("  - {router: %s, prefixes: [%q], origin: incomplete", router, w[0])
	for i := 1; i+1 < len(w); i += 2 {
		switch w[i] {
		case "nexthop":
			text += fmt.Sprintf(", next-hop: %q", w[i+1])
		case "med":
			text += ", med: " + w[i+1]
		case "community":
			text += fmt.Sprintf(", communities: [%q]", w[i+1])
		}
	}
	return text + "}\n"
}

// seenLines writes tables as the archives have them.
func seenLines(n *network.Network, seen map[string]*lab.Tables) []string {
	var out []string
	for _, r := range n.Routers {
		if r.Default().BGP == nil && len(r.VRFs) == 1 {
			continue
		}
		for _, v := range r.VRFs {
			t := seen[lab.Key(r.Name, v.Name)]
			for p, paths := range t.BGP {
				for i := range paths {
					out = append(out, seenLine(r, v, p, &paths[i], t))
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(a, b) })
	return out
}

func seenLine(r *network.Router, v *network.VRF, p netip.Prefix, s *lab.SeenPath, t *lab.Tables) string {
	a := &s.Attributes
	mark := func(ok bool, s string) string {
		if ok {
			return s
		}
		return " "
	}
	from, nh := cmp.Or(s.Neighbor, "-"), a.NextHop.String()
	if !a.NextHop.IsValid() || a.NextHop.IsUnspecified() {
		nh = map[bool]string{true: "0.0.0.0", false: "::"}[p.Addr().Is4()]
	}
	multipath := s.Multipath
	if r.Dialect != "frr" { // the others tell in the kernel's table alone
		hops := t.Kernel[p]
		if r.Dialect == "bird" {
			hops = nil
			if t.Main[p].Protocol == "bgp" {
				hops = t.Main[p].NextHops
			}
		}
		multipath = len(hops) > 1 && slices.ContainsFunc(hops, func(h string) bool { via, _, _ := strings.Cut(h, " "); return via == nh })
	}
	name := r.Name
	if v.Name != "" {
		name += "@" + v.Name
	}
	b := fmt.Sprintf("%s %s %s%s%s from %s nh %s [%s] %s", name, p, mark(s.Valid, "*"), mark(s.Best, ">"), mark(multipath, "="), from, nh, a.ASPath,
		[...]string{"IGP", "EGP", "incomplete"}[a.Origin])
	if a.HasMED {
		b += fmt.Sprintf(" med %d", a.MED)
	}
	if a.HasLocalPref {
		b += fmt.Sprintf(" lp %d", a.LocalPref)
	}
	if a.Weight != 0 {
		b += fmt.Sprintf(" w %d", a.Weight)
	}
	for i, c := range a.Communities {
		b += [...]string{" comm ", " "}[min(i, 1)] + c.String()
	}
	for i, c := range a.Large {
		b += [...]string{" large ", " "}[min(i, 1)] + c.String()
	}
	if a.OriginatorID.IsValid() {
		b += " orig " + a.OriginatorID.String()
	}
	for i, c := range a.ClusterList {
		b += [...]string{" cl ", ","}[min(i, 1)] + c.String()
	}
	if a.Aggregator.AS != 0 {
		b += fmt.Sprintf(" agg %d/%s", a.Aggregator.AS, a.Aggregator.RouterID)
	}
	if a.AtomicAggregate {
		b += " atomic"
	}
	if s.VRF != "" {
		b += " vrf " + s.VRF
	}
	return b
}
