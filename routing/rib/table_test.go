package rib

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
)

// offer reads "PREFIX PROTOCOL DISTANCE/METRIC HOP, HOP ...": a hop is an address, an interface, both, or "drop".
func offer(t *testing.T, line string) Route {
	t.Helper()
	f := strings.Fields(line)
	r := Route{Prefix: netip.MustParsePrefix(f[0])}
	protocols := []network.Protocol{network.Connected, network.Static, network.OSPFv2, network.BGPProtocol}
	i := slices.IndexFunc(protocols, func(p network.Protocol) bool { return p.String() == f[1] })
	if i < 0 {
		t.Fatalf("cannot read %q", line)
	}
	r.Protocol = protocols[i]
	if _, err := fmt.Sscanf(f[2], "%d/%d", &r.Distance, &r.Metric); err != nil {
		t.Fatal(err)
	}
	for _, hop := range strings.Split(strings.Join(f[3:], " "), ", ") {
		var h NextHop
		for _, w := range strings.Fields(hop) {
			a, err := netip.ParseAddr(w)
			switch {
			case err == nil:
				h.Via = a
			case w == "drop":
				h.Drop = true
			case w == "onlink":
				h.OnLink = true
			case w == "single":
				r.SingleHop = true
			case strings.HasPrefix(w, "vrf:"):
				h.VRF = w[4:]
			default:
				h.Interface = w
			}
		}
		r.NextHops = append(r.NextHops, h)
	}
	return r
}

func show(r Route, ok bool) string {
	if !ok {
		return "none"
	}
	var hops []string
	for _, h := range r.NextHops {
		s := "drop"
		if !h.Drop {
			s = strings.TrimSpace(strings.TrimPrefix(h.Via.String(), "invalid IP") + " " + h.Interface)
		}
		if h.VRF != "" {
			s += " vrf:" + h.VRF
		}
		hops = append(hops, s)
	}
	return fmt.Sprintf("%s %d/%d %s", r.Protocol, r.Distance, r.Metric, strings.Join(hops, ", "))
}

func TestSelectionAndResolution(t *testing.T) {
	const wires = `
10.0.1.0/24 connected 0/0 eth1
10.0.2.0/24 connected 0/0 eth2
10.0.9.0/24 connected 0/0 down0
2001:db8:1::/64 connected 0/0 eth1
`
	for _, c := range []struct {
		name, offers string
		viaDefault   bool
		want         map[string]string
	}{
		{name: "the lowest distance wins", offers: `
50.0.0.0/8 static 5/0 10.0.1.2
50.0.0.0/8 ospf 110/20 10.0.2.2 eth2
50.0.0.0/8 bgp 20/0 10.0.1.3`,
			want: map[string]string{"50.0.0.0/8": "static 5/0 10.0.1.2 eth1"}},
		{name: "an unusable winner leaves the place to the next", offers: `
50.0.0.0/8 static 1/0 10.0.9.2
50.0.0.0/8 bgp 20/0 10.0.1.3`,
			want: map[string]string{"50.0.0.0/8": "bgp 20/0 10.0.1.3 eth1"}},
		{name: "distance 255 is never used", offers: "50.0.0.0/8 static 255/0 10.0.1.2",
			want: map[string]string{"50.0.0.0/8": "none"}},
		{name: "at equal distance the lower metric wins", offers: `
50.0.0.0/8 ospf 110/20 10.0.1.2 eth1
50.0.0.0/8 bgp 110/10 10.0.2.2`,
			want: map[string]string{"50.0.0.0/8": "bgp 110/10 10.0.2.2 eth2"}},
		{name: "connected beats a static route of distance 0", offers: "10.0.1.0/24 static 0/0 drop",
			want: map[string]string{"10.0.1.0/24": "connected 0/0 eth1"}},
		{name: "an interface that is down takes its routes with it", offers: "50.0.0.0/8 static 1/0 down0",
			want: map[string]string{"10.0.9.0/24": "none", "50.0.0.0/8": "none"}},
		{name: "next hops that fail leave the others", offers: "50.0.0.0/8 static 1/0 10.0.1.2, 10.0.9.2, 99.0.0.1",
			want: map[string]string{"50.0.0.0/8": "static 1/0 10.0.1.2 eth1"}},
		{name: "recursion takes over every next hop, once", offers: `
60.0.0.1/32 ospf 110/20 10.0.1.2 eth1, 10.0.2.2 eth2
50.0.0.0/8 bgp 200/0 60.0.0.1
51.0.0.0/8 static 1/0 50.0.0.1, 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "bgp 200/0 10.0.1.2 eth1, 10.0.2.2 eth2", "51.0.0.0/8": "static 1/0 10.0.1.2 eth1, 10.0.2.2 eth2"}},
		{name: "a single-hop route needs a connected next hop", offers: `
60.0.0.1/32 ospf 110/20 10.0.1.2 eth1
50.0.0.0/8 bgp 20/0 60.0.0.1 single
51.0.0.0/8 bgp 20/0 10.0.1.2 single`,
			want: map[string]string{"50.0.0.0/8": "none", "51.0.0.0/8": "bgp 20/0 10.0.1.2 eth1"}},
		{name: "no route resolves through itself", offers: `
60.0.0.0/8 static 1/0 10.0.1.2
60.0.0.0/24 bgp 200/0 60.0.0.1
61.0.0.1/32 static 1/0 61.0.0.1
61.0.0.0/8 static 1/0 10.0.1.2`,
			want: map[string]string{"60.0.0.0/24": "none", "61.0.0.1/32": "none", "61.0.0.0/8": "static 1/0 10.0.1.2 eth1"}},
		{name: "two routes that only lean on each other both fall", offers: `
64.0.0.0/8 static 1/0 65.0.0.1
65.0.0.0/8 static 1/0 64.0.0.1`,
			want: map[string]string{"64.0.0.0/8": "none", "65.0.0.0/8": "none"}},
		{name: "the default route does not resolve next hops", offers: `
0.0.0.0/0 static 1/0 10.0.1.2
50.0.0.0/8 bgp 200/0 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "none"}},
		{name: "unless the instance lets it", viaDefault: true, offers: `
0.0.0.0/0 static 1/0 10.0.1.2
50.0.0.0/8 bgp 200/0 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "bgp 200/0 10.0.1.2 eth1"}},
		{name: "a null route swallows what resolves through it", offers: `
60.0.0.0/8 static 1/0 drop
50.0.0.0/8 bgp 200/0 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "bgp 200/0 drop"}},
		{name: "a pinned interface must be the next hop's own", offers: `
50.0.0.0/8 static 1/0 10.0.1.2 eth2
51.0.0.0/8 static 1/0 10.0.1.2 eth1
52.0.0.0/8 static 1/0 7.7.7.7 eth2 onlink`,
			want: map[string]string{"50.0.0.0/8": "none", "51.0.0.0/8": "static 1/0 10.0.1.2 eth1", "52.0.0.0/8": "static 1/0 7.7.7.7 eth2"}},
		{name: "through an interface route the next hop is on that wire", offers: `
60.0.0.0/8 static 1/0 eth2
50.0.0.0/8 static 1/0 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "static 1/0 60.0.0.1 eth2"}},
		{name: "IPv4 over an IPv6 link-local next hop (RFC 8950)", offers: `
50.0.0.0/8 bgp 20/0 fe80::1 eth1
51.0.0.0/8 bgp 20/0 fe80::1 down0
52.0.0.0/8 bgp 200/0 2001:db8:1::9`,
			want: map[string]string{"50.0.0.0/8": "bgp 20/0 fe80::1 eth1", "51.0.0.0/8": "none", "52.0.0.0/8": "bgp 200/0 2001:db8:1::9 eth1"}},
		{name: "a more specific route moves what resolves through it", offers: `
60.0.0.0/8 static 1/0 10.0.1.2
60.0.0.1/32 static 1/0 10.0.2.2
50.0.0.0/8 bgp 200/0 60.0.0.1`,
			want: map[string]string{"50.0.0.0/8": "bgp 200/0 10.0.2.2 eth2"}},
		{name: "a host route through itself is refused, OSPF's too", offers: "10.0.1.2/32 ospf 110/10 10.0.1.2 eth1",
			want: map[string]string{"10.0.1.2/32": "none"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := New(func(i string) bool { return i != "down0" }, func(string) *Table { return nil }, [2]bool{c.viaDefault, c.viaDefault})
			fill(t, tab, strings.TrimSpace(wires)+"\n"+strings.TrimSpace(c.offers))
			tab.Settle()
			for p, want := range c.want {
				if got := show(tab.Get(netip.MustParsePrefix(p))); got != want {
					t.Errorf("%s is %s, want %s", p, got, want)
				}
			}
			if bad := tab.Unstable(); bad != nil {
				t.Errorf("does not come to rest: %v", bad)
			}
			if tab.Settle() {
				t.Error("settling twice changes something")
			}
		})
	}
}

// fill offers the routes of a text, by protocol.
func fill(t *testing.T, tab *Table, text string) {
	t.Helper()
	by := map[Source][]Route{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		r := offer(t, line)
		s := map[network.Protocol]Source{network.Connected: FromInterfaces, network.Static: FromStatic, network.OSPFv2: FromOSPF, network.BGPProtocol: FromBGP}[r.Protocol]
		by[s] = append(by[s], r)
	}
	for s := range numSources {
		tab.Offer(s, by[s])
	}
}

func TestOfferReplaces(t *testing.T) {
	tab := New(func(string) bool { return true }, func(string) *Table { return nil }, [2]bool{})
	fill(t, tab, "10.0.1.0/24 connected 0/0 eth1\n60.0.0.0/8 static 1/0 10.0.1.2\n50.0.0.0/8 bgp 200/0 60.0.0.1")
	if !tab.Settle() {
		t.Error("settling the first time changes nothing")
	}
	if tab.Offer(FromStatic, []Route{offer(t, "60.0.0.0/8 static 1/0 10.0.1.2")}) {
		t.Error("the same offer counts as another")
	}
	if !tab.Offer(FromStatic, nil) || !tab.Settle() {
		t.Error("taking an offer away changes nothing")
	}
	if _, ok := tab.Get(netip.MustParsePrefix("50.0.0.0/8")); ok {
		t.Error("the BGP route outlives the route to its next hop")
	}
	if _, ok := tab.Resolve(netip.MustParseAddr("60.0.0.1"), ""); ok {
		t.Error("a next hop resolves through nothing")
	}
	if n := tab.Len(); n != 2 {
		t.Errorf("%d prefixes, want 2", n)
	}
}

func TestOtherInstance(t *testing.T) {
	up := func(string) bool { return true }
	red := New(up, func(string) *Table { return nil }, [2]bool{})
	fill(t, red, "10.0.2.0/24 connected 0/0 eth2")
	red.Settle()
	tab := New(up, func(vrf string) *Table {
		if vrf == "red" {
			return red
		}
		return nil
	}, [2]bool{})
	fill(t, tab, "50.0.0.0/8 static 1/0 10.0.2.9 vrf:red\n51.0.0.0/8 static 1/0 10.0.2.9 vrf:blue")
	tab.Settle()
	if got := show(tab.Get(netip.MustParsePrefix("50.0.0.0/8"))); got != "static 1/0 10.0.2.9 eth2 vrf:red" {
		t.Error(got)
	}
	if got := show(tab.Get(netip.MustParsePrefix("51.0.0.0/8"))); got != "none" {
		t.Error(got)
	}
}

// slowLookup is the longest match by looking at everything.
func slowLookup(routes []Route, a netip.Addr) (best netip.Prefix) {
	for _, r := range routes {
		if r.Prefix.Contains(a) && (!best.IsValid() || r.Prefix.Bits() > best.Bits()) {
			best = r.Prefix
		}
	}
	return best
}

func TestLookupAgainstSlowModel(t *testing.T) {
	tab := New(func(string) bool { return true }, func(string) *Table { return nil }, [2]bool{})
	var list []Route
	seed := uint32(7)
	next := func() uint32 { seed = seed*1664525 + 1013904223; return seed >> 8 }
	for range 500 {
		a := netip.AddrFrom4([4]byte{10, byte(next() % 4), byte(next()), byte(next())})
		p := netip.PrefixFrom(a, 8+int(next()%25)).Masked()
		if !slices.ContainsFunc(list, func(r Route) bool { return r.Prefix == p }) {
			list = append(list, Route{Prefix: p, Protocol: network.Static, Distance: 1, NextHops: []NextHop{{Interface: "eth1"}}})
		}
	}
	tab.Offer(FromStatic, list)
	tab.Settle()
	for range 2000 {
		a := netip.AddrFrom4([4]byte{10, byte(next() % 4), byte(next()), byte(next())})
		r, _ := tab.Lookup(a)
		if want := slowLookup(list, a); r.Prefix != want {
			t.Fatalf("%s: %s, want %s", a, r.Prefix, want)
		}
	}
}
