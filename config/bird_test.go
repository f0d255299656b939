package config

import (
	"context"
	"testing"

	"github.com/routegate/routegate/network"
)

const birdPair = `
-- devices/b1/bird.conf --
router id 192.0.2.1;
include "peers/*.conf";
protocol device {}
protocol kernel { ipv4 { export all; }; }
protocol static own { ipv4; route 203.0.113.0/24 blackhole; }
protocol ospf v2 inner {
	ipv4 { export none; };
	area 0 { interface "eth*" { cost 7; }; };
}
-- devices/b1/peers/f1.conf --
protocol bgp f1 {
	local 10.0.0.1 as 65001;
	neighbor 10.0.0.2 as 65002;
	ipv4 { import all; export where source = RTS_STATIC; };
}
-- devices/b1/notes.txt --
nobody reads this
-- devices/f1/frr.conf --
interface eth0
 ip address 10.0.0.2/30
router bgp 65002
 no bgp ebgp-requires-policy
 neighbor 10.0.0.1 remote-as 65001
-- routegate.yaml --
devices:
  b1:
    interfaces: {eth0: [10.0.0.1/30], lo: [192.0.2.1/32]}
`

// A BIRD router is loaded with what it includes; its interfaces are those that the snapshot
// knows, and patterns put OSPF on them.
func TestBIRD(t *testing.T) {
	s, err := Load(context.Background(), folder(t, birdPair), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Network.Router("b1")
	if len(r.Files) != 3 || len(s.Unread) != 1 || s.Unread[0] != "devices/b1/notes.txt" {
		t.Errorf("%d files, unread %v; want bird.conf, peers/f1.conf and the notes, of which the notes are unread", len(r.Files), s.Unread)
	}
	b := r.Default().BGP
	if b == nil || len(b.Neighbors) != 1 || b.Neighbors[0].Span.String() != "devices/b1/peers/f1.conf:1-5" {
		t.Fatalf("BGP is %+v, want the one neighbor of the included file", b)
	}
	eth0, lo := r.Interface("eth0"), r.Interface("lo")
	if eth0 == nil || eth0.OSPF == nil || eth0.OSPF.Cost != 7 {
		t.Errorf("eth0 is %+v, want OSPF with cost 7", eth0)
	}
	if lo == nil || lo.OSPF != nil {
		t.Errorf("lo is %+v, want no OSPF: the pattern is eth*", lo)
	}
	if len(s.Network.Links) != 1 || s.Network.Links[0].Origin != network.LinkSubnet {
		t.Errorf("links %+v, want the one between b1 and f1", s.Network.Links)
	}
	again, err := Load(context.Background(), folder(t, birdPair), Options{Base: s})
	if err != nil {
		t.Fatal(err)
	}
	if again.Network.Router("b1") != r || len(again.Unread) != 1 {
		t.Error("the same files are not shared with the base")
	}
}
