package bgp_test

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config/frr"
	"github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

var show = flag.Bool("show", false, "print the tables that come out")

// section is one file of an archive in the txtar format.
type section struct{ name, text string }

// readArchive splits "-- name --" archives; what stands before the first is a comment.
func readArchive(t *testing.T, file string) []section {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []section
	for _, l := range strings.SplitAfter(string(b), "\n") {
		s := strings.TrimSpace(l)
		if strings.HasPrefix(s, "-- ") && strings.HasSuffix(s, " --") {
			out = append(out, section{name: strings.TrimSpace(s[3 : len(s)-3])})
		} else if len(out) > 0 {
			out[len(out)-1].text += l
		}
	}
	return out
}

// build makes a network of FRR configurations: interfaces in one subnet are on one wire, and
// so are those that a comment "#link IFACE ROUTER:IFACE" names.
func build(t *testing.T, sections []section) *network.Network {
	t.Helper()
	n := &network.Network{Name: "test"}
	wires := map[netip.Prefix][]network.End{}
	for _, s := range sections {
		switch s.name {
		case "want", "sessions", "fresh":
			continue
		}
		var r *network.Router
		switch {
		case strings.Contains(s.text, "[global.config]"):
			r = buildGoBGP(t, s)
		case strings.Contains(s.text, "protocol device"):
			r = buildBIRD(t, s)
		default:
			var err error
			r, err = frr.Parse(s.name, []frr.Source{{Path: "devices/" + s.name + "/frr.conf", Text: []byte(s.text)}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, note := range r.Files[0].Notes {
			t.Logf("%s: %s: %s", note.Span, note.Text, note.Reason)
		}
		n.Routers = append(n.Routers, r)
		for i := range r.Interfaces {
			f := &r.Interfaces[i]
			for _, a := range f.Addresses {
				if p := a.Prefix.Masked(); !f.Loopback && f.Name != "lo" && p.Bits() < p.Addr().BitLen() && !p.Addr().IsLinkLocalUnicast() {
					wires[p] = append(wires[p], network.End{Router: r.Name, Interface: f.Name})
				}
			}
		}
		for _, l := range strings.Split(s.text, "\n") {
			if w := strings.Fields(l); len(w) == 3 && w[0] == "#link" {
				far, iface, _ := strings.Cut(w[2], ":")
				n.Links = append(n.Links, network.Link{Origin: network.LinkTopology, Ends: []network.End{{Router: s.name, Interface: w[1]}, {Router: far, Interface: iface}}})
			}
		}
	}
	slices.SortFunc(n.Routers, func(a, b *network.Router) int { return cmp.Compare(a.Name, b.Name) })
	for p, ends := range wires {
		if len(ends) > 1 {
			n.Links = append(n.Links, network.Link{Origin: network.LinkSubnet, Prefix: p, Ends: ends})
		}
	}
	for i := range n.Links {
		slices.SortFunc(n.Links[i].Ends, func(a, b network.End) int {
			return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Interface, b.Interface))
		})
	}
	slices.SortFunc(n.Links, func(a, b network.Link) int { return a.Prefix.Compare(b.Prefix) })
	return n
}

// buildGoBGP reads a gobgpd.toml whose comments say what the file cannot: "#iface eth0 10.0.1.1/24" for the
// host's addresses, "#route 10.7.0.0/24 [nexthop A] [med N] [community C]" for `gobgp global rib add`, "#frr ip
// route ..." for a line of the FRR beside it.
func buildGoBGP(t *testing.T, s section) *network.Router {
	t.Helper()
	r, err := gobgp.Parse(s.name, gobgp.Source{Path: "devices/" + s.name + "/gobgpd.toml", Text: []byte(s.text)})
	if err != nil {
		t.Fatal(err)
	}
	beside, err := frr.Parse(s.name, []frr.Source{{Path: "devices/" + s.name + "/frr.conf", Text: []byte(besideGoBGP(s.text))}})
	if err != nil {
		t.Fatal(err)
	}
	r.Interfaces, r.Default().Static = beside.Interfaces, beside.Default().Static
	for _, l := range strings.Split(s.text, "\n") {
		w := strings.Fields(l)
		switch {
		case len(w) == 3 && w[0] == "#iface":
			r.Interfaces = append(r.Interfaces, network.Interface{Name: w[1], Addresses: []network.Address{{Prefix: netip.MustParsePrefix(w[2])}}})
		case len(w) > 1 && w[0] == "#route":
			p := netip.MustParsePrefix(w[1])
			a := &network.PathAttributes{Origin: network.OriginIncomplete}
			for i := 2; i+1 < len(w); i += 2 {
				switch w[i] {
				case "nexthop":
					a.NextHop = netip.MustParseAddr(w[i+1])
				case "med":
					a.HasMED = true
					fmt.Sscan(w[i+1], &a.MED)
				case "community":
					c, err := network.ParseCommunity(w[i+1])
					if err != nil {
						t.Fatal(err)
					}
					a.Communities = append(a.Communities, c)
				}
			}
			f := &r.Default().BGP.Families[network.FamilyOf(p)]
			f.Networks = append(f.Networks, network.BGPNetwork{Prefix: p, Injected: true, Attributes: a})
		}
	}
	return r
}

// besideGoBGP are the lines of an frr.conf that the comments "#frr ..." hold.
func besideGoBGP(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if l, ok := strings.CutPrefix(line, "#frr "); ok {
			b.WriteString(l)
		}
	}
	return b.String()
}

// render writes tables as the lines that are also made of `show bgp ... json`.
func render(n *network.Network, res *routing.Result) []string {
	var out []string
	for _, r := range n.Routers {
		for _, v := range r.VRFs {
			for _, f := range network.Families {
				for e := range res.Entries(r.Name, v.Name, f) {
					for i := range e.Paths {
						out = append(out, renderPath(res, r.Name, v.Name, e, &e.Paths[i]))
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func renderPath(res *routing.Result, router, vrf string, e *bgp.Entry, p *bgp.Path) string {
	var b strings.Builder
	mark := func(ok bool, s string) string {
		if ok {
			return s
		}
		return " "
	}
	a := p.Attributes
	from, nh := "-", a.NextHop.String()
	neighbor, of := p.Neighbor, vrf
	piped := p.Source == bgp.FromVRF && res.Network.Router(router).Dialect == "bird" // which tells whose a route was first
	if piped {
		neighbor, of = p.VRFNeighbor, p.VRF
	}
	if neighbor != "" {
		from = neighbor
		if s := res.Session(router, of, neighbor); s != nil && s.PeerAddr.IsValid() && !s.PeerAddr.IsLinkLocalUnicast() {
			from = s.PeerAddr.String()
		}
	}
	if !a.NextHop.IsValid() {
		nh = "0.0.0.0"
		if e.Prefix.Addr().Is6() {
			nh = "::"
		}
	}
	if vrf != "" {
		router += "@" + vrf
	}
	fmt.Fprintf(&b, "%s %s %s%s%s from %s nh %s [%s] %s", router, e.Prefix, mark(p.NextHopOK, "*"), mark(p.Best, ">"), mark(p.Multipath, "="),
		from, nh, a.ASPath, [...]string{"IGP", "EGP", "incomplete"}[a.Origin])
	if a.HasMED {
		fmt.Fprintf(&b, " med %d", a.MED)
	}
	if a.HasLocalPref {
		fmt.Fprintf(&b, " lp %d", a.LocalPref)
	}
	if a.Weight != 0 {
		fmt.Fprintf(&b, " w %d", a.Weight)
	}
	if len(a.Communities) > 0 {
		b.WriteString(" comm")
		for _, c := range a.Communities {
			fmt.Fprintf(&b, " %s", c)
		}
	}
	if len(a.Large) > 0 {
		b.WriteString(" large")
		for _, c := range a.Large {
			fmt.Fprintf(&b, " %s", c)
		}
	}
	if a.OriginatorID.IsValid() {
		fmt.Fprintf(&b, " orig %s", a.OriginatorID)
	}
	for i, c := range a.ClusterList {
		b.WriteString([...]string{" cl ", ","}[min(i, 1)] + c.String())
	}
	if a.Aggregator.AS != 0 {
		fmt.Fprintf(&b, " agg %d/%s", a.Aggregator.AS, a.Aggregator.RouterID)
	}
	if a.AtomicAggregate {
		b.WriteString(" atomic")
	}
	if p.Source == bgp.FromVRF && !piped {
		b.WriteString(" vrf " + cmp.Or(p.VRF, "default"))
	}
	return b.String()
}

// TestTables solves every archive in testdata and compares the whole tables with those that FRR 8.4.4
// had for the same configurations. A line "#DIFFERS reason" in a want section stands
// for a difference that is meant.
func TestTables(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	if len(files) == 0 {
		t.Fatal("no archives in testdata")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			sections := readArchive(t, file)
			n := build(t, sections)
			res, err := routing.Solve(context.Background(), n, routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if *show {
				for _, s := range res.Sessions {
					t.Log(s.Router, s.Neighbor, s.State, s.Reason, s.Detail)
				}
			}
			var want []string
			for _, s := range sections {
				if s.name == "want" {
					for in := bufio.NewScanner(strings.NewReader(s.text)); in.Scan(); {
						if l, _, _ := strings.Cut(in.Text(), "  #"); strings.TrimSpace(l) != "" && !strings.HasPrefix(l, "#") {
							want = append(want, l)
						}
					}
				}
			}
			slices.Sort(want)
			got := render(n, res)
			if !res.Converged {
				t.Errorf("does not converge: %v", res.Oscillating)
			}
			for _, l := range got {
				if !slices.Contains(want, l) {
					t.Errorf("+ %s", l)
				}
			}
			for _, l := range want {
				if !slices.Contains(got, l) {
					t.Errorf("- %s", l)
				}
			}
		})
	}
}
