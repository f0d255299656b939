package routing_test

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routegate/routegate/config/frr"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/rib"
)

// build makes a network of "-- router --" sections of FRR text. Interfaces in one
// subnet are linked; a section "-- links --" adds cables, "r1:eth1 r2:eth1", for those without.
func build(t testing.TB, text string) *network.Network {
	t.Helper()
	n := &network.Network{}
	for i, part := range strings.Split("\n"+text, "\n-- ") {
		name, body, _ := strings.Cut(part, " --\n")
		switch {
		case i == 0:
		case name == "links":
			for _, line := range strings.Fields(strings.ReplaceAll(strings.TrimSpace(body), " ", "|")) {
				l := network.Link{Origin: network.LinkTopology}
				for _, e := range strings.Split(line, "|") {
					r, iface, _ := strings.Cut(e, ":")
					l.Ends = append(l.Ends, network.End{Router: r, Interface: iface})
				}
				n.Links = append(n.Links, l)
			}
		case name == "announce":
			for _, line := range strings.Split(strings.TrimSpace(body), "\n") {
				n.Env.Announcements = append(n.Env.Announcements, announcement(t, strings.Fields(line)))
			}
		default:
			n.Routers = append(n.Routers, parse(t, name, body))
		}
	}
	slices.SortFunc(n.Routers, func(a, b *network.Router) int { return cmp.Compare(a.Name, b.Name) })
	linkSubnets(n)
	return n
}

// announcement reads "AS ROUTER PREFIX PREFIX ...": what a neighbor outside sends.
func announcement(t testing.TB, f []string) network.Announcement {
	t.Helper()
	as, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	a := network.Announcement{From: uint32(as), To: f[1], Attributes: network.PathAttributes{ASPath: network.Sequence(uint32(as))}}
	for _, p := range f[2:] {
		a.Prefixes = append(a.Prefixes, netip.MustParsePrefix(p))
	}
	return a
}

// parse reads one router's FRR configuration; the tests use nothing that is not modelled.
func parse(t testing.TB, name, text string) *network.Router {
	t.Helper()
	r, err := frr.Parse(name, []frr.Source{{Path: name + "/frr.conf", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		for _, note := range f.Notes {
			t.Logf("%s: %s: %s", note.Span, note.Text, note.Reason)
		}
	}
	return r
}

func linkSubnets(n *network.Network) {
	bySubnet := map[string]*network.Link{}
	var order []string
	for _, r := range n.Routers {
		for _, i := range r.Interfaces {
			for _, a := range i.Addresses {
				if i.Loopback || a.Prefix.IsSingleIP() {
					continue
				}
				k := a.Prefix.Masked().String()
				if bySubnet[k] == nil {
					bySubnet[k] = &network.Link{Origin: network.LinkSubnet, Prefix: a.Prefix.Masked()}
					order = append(order, k)
				}
				bySubnet[k].Ends = append(bySubnet[k].Ends, network.End{Router: r.Name, Interface: i.Name})
			}
		}
	}
	for _, k := range order {
		if len(bySubnet[k].Ends) > 1 {
			n.Links = append(n.Links, *bySubnet[k])
		}
	}
}

// route prints a route as the tests write it: "ospf 110/20 via 10.0.0.1 eth1, via 10.0.1.1 eth2".
func route(r rib.Route) string {
	var hops []string
	for _, h := range r.NextHops {
		switch {
		case h.Drop:
			hops = append(hops, "drop")
		case h.Via.IsValid():
			hops = append(hops, fmt.Sprintf("via %s %s", h.Via, h.Interface))
		default:
			hops = append(hops, h.Interface)
		}
	}
	return fmt.Sprintf("%s %d/%d %s", r.Protocol, r.Distance, r.Metric, strings.Join(hops, ", "))
}

// table prints a router's main table, one route a line, without connected routes.
func table(res *routing.Result, router string) string {
	var b strings.Builder
	for r := range res.Routes(router, "", network.IPv4Unicast) {
		if r.Protocol != network.Connected {
			fmt.Fprintf(&b, "%s %s\n", r.Prefix, route(r))
		}
	}
	return b.String()
}

func solve(t testing.TB, n *network.Network, o routing.Options) *routing.Result {
	t.Helper()
	res, err := routing.Solve(context.Background(), n, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
