package config

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"github.com/routegate/routegate/network"
)

// dumpFile makes a table dump: peers in the ASes given, each with the same two routes and an IPv6 one.
func dumpFile(t *testing.T, ases ...uint32) []byte {
	t.Helper()
	var out bytes.Buffer
	put := func(sub mrt.MRTSubTypeTableDumpv2, body mrt.Body) {
		m, err := mrt.NewMRTMessage(0, mrt.TABLE_DUMPv2, sub, body)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Serialize()
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	var peers []*mrt.Peer
	for i, as := range ases {
		peers = append(peers, mrt.NewPeer("192.0.2.1", fmt.Sprintf("10.9.0.%d", i+1), as, true))
	}
	put(mrt.PEER_INDEX_TABLE, mrt.NewPeerIndexTable("192.0.2.9", "v", peers))
	entries := func(origin uint32, nh bgp.PathAttributeInterface) (out []*mrt.RibEntry) {
		for i, as := range ases {
			attrs := []bgp.PathAttributeInterface{bgp.NewPathAttributeOrigin(0),
				bgp.NewPathAttributeAsPath([]bgp.AsPathParamInterface{bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, []uint32{as, origin})}), nh,
				bgp.NewPathAttributeLocalPref(300), bgp.NewPathAttributeCommunities([]uint32{5, 4})}
			out = append(out, mrt.NewRibEntry(uint16(i), 0, 0, attrs, false))
		}
		return out
	}
	nh := bgp.NewPathAttributeNextHop("10.9.0.1")
	put(mrt.RIB_IPV4_UNICAST, mrt.NewRib(0, bgp.NewIPAddrPrefix(24, "203.0.113.0"), entries(65001, nh)))
	put(mrt.RIB_IPV4_UNICAST, mrt.NewRib(1, bgp.NewIPAddrPrefix(16, "198.18.0.0"), entries(65002, nh)))
	put(mrt.RIB_IPV4_UNICAST, mrt.NewRib(2, bgp.NewIPAddrPrefix(8, "11.0.0.0"), entries(65001, nh)))
	v6 := bgp.NewIPv6AddrPrefix(32, "2001:db8::")
	put(mrt.RIB_IPV6_UNICAST, mrt.NewRib(3, v6, entries(65001, bgp.NewPathAttributeMpReachNLRI("2001:db8::1", []bgp.AddrPrefixInterface{v6}))))
	return out.Bytes()
}

func feed(t *testing.T, dump []byte, as string) (*Snapshot, error) {
	t.Helper()
	dir := folder(t, small+"\n-- routegate.yaml --\nannouncements:\n  - {from: "+as+", to: r1, mrt: feeds/x.mrt, communities: [\"1:1\"]}\n")
	if err := os.MkdirAll(filepath.Join(dir, "feeds"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "feeds/x.mrt"), dump, 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(context.Background(), dir, Options{})
}

func render(all []network.Announcement) string {
	var b strings.Builder
	for _, a := range all {
		fmt.Fprintf(&b, "%d %v %s %v %v\n", a.From, a.Prefixes, a.Attributes.ASPath, a.Attributes.Communities, a.Attributes.HasLocalPref)
	}
	return b.String()
}

// A dump enters as what the neighbor sends: one announcement for each set of attributes.
func TestMRT(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(dumpFile(t, 64600, 64700))
	w.Close()
	s, err := feed(t, zipped.Bytes(), "64700")
	if err != nil {
		t.Fatal(err)
	}
	want := "64700 [11.0.0.0/8 203.0.113.0/24 2001:db8::/32] 64700 65001 [0:4 0:5 1:1] false\n" +
		"64700 [198.18.0.0/16] 64700 65002 [0:4 0:5 1:1] false\n"
	if got := render(s.Network.Env.Announcements); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// A dump of one peer stands for the neighbor, whatever its AS.
	s, err = feed(t, dumpFile(t, 64600), "64999")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Network.Env.Announcements[0].Attributes.ASPath.String(); got != "64999 64600 65001" {
		t.Error(got)
	}
	s, err = feed(t, dumpFile(t, 64600, 64600), "64600")
	if err != nil || len(s.Warnings) != 1 || s.Warnings[0] != "routegate.yaml:2: feeds/x.mrt: 2 peers in AS 64600: the routes of the first, 10.9.0.1, are taken" {
		t.Errorf("%v %v", err, s)
	}
}

func TestMRTErrors(t *testing.T) {
	dump := dumpFile(t, 64600, 64700)
	for _, c := range []struct {
		name string
		dump []byte
		as   string
		want string
	}{
		{"another AS", dump, "64999", "feeds/x.mrt: the dump has no peer in AS 64999 (it has AS 64600, AS 64700)"},
		{"cut short", dump[:len(dump)-5], "64700", "feeds/x.mrt: record 5 at byte "},
		{"empty", nil, "64700", "feeds/x.mrt: record 1 at byte 0: the file is empty"},
		{"text", []byte("not a dump, but long enough for a header"), "64700", "feeds/x.mrt: record 1 at byte 0: a length of "},
		{"broken zip", []byte{0x1f, 0x8b, 1}, "64700", "feeds/x.mrt: record 1 at byte 0: "},
		{"broken record", append(bytes.Clone(dump), dump[len(dump)-40:]...), "64700", "feeds/x.mrt: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := feed(t, c.dump, c.as)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// A record that GoBGP's decoder would read past the end of is an error, not a panic.
func FuzzMRT(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 13, 0, 1, 0, 0, 0, 8, 1, 2, 3, 4, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, dump []byte) {
		m := &mrtFeed{file: "x", like: network.Announcement{From: 1}, groups: map[string]*network.Announcement{}}
		if err := m.readAll(context.Background(), bytes.NewReader(dump)); err != nil && !strings.HasPrefix(err.Error(), "x: ") {
			t.Error(err)
		}
	})
}
