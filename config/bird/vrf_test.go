package bird

import (
	"testing"

	"github.com/routegate/routegate/network"
)

// TestProtocolOfAVRF: nothing of a protocol in a VRF stands in the default instance, and no line of it counts as modelled.
func TestProtocolOfAVRF(t *testing.T) {
	const text = `router id 10.0.0.1;
protocol bgp inside {
  vrf default;
  local 10.0.1.1 as 65001;
  neighbor 10.0.1.2 as 65002;
  ipv4 { import all; export all; };
}
protocol bgp beside {
  vrf "red";
  local 10.0.2.1 as 65001;
  neighbor 10.0.2.2 as 65003;
  ipv4 { import all; export all; };
}
protocol static {
  vrf "red";
  ipv4;
  route 192.0.2.0/24 blackhole;
}
`
	r := parse(t, text)
	v := r.VRFs[0]
	if v.BGP == nil || len(v.BGP.Neighbors) != 1 || v.BGP.Neighbors[0].Name != "inside" || len(v.Static) != 0 {
		t.Errorf("the default instance has BGP %+v and static routes %v, want the neighbor inside alone", v.BGP, v.Static)
	}
	red := r.VRF("red")
	if len(r.VRFs) != 2 || red == nil || red.BGP != nil || red.Span != network.At("devices/r1/bird.conf", 9) {
		t.Errorf("VRFs %+v, want the default one and an empty red, named in line 9", r.VRFs)
	}
	for _, line := range []int{3, 4, 5, 6, 9, 10, 11, 12, 15, 16, 17} {
		got := r.Files[0].Support[line-1] == network.NotModelled
		if want := line > 8; got != want {
			t.Errorf("line %d: not modelled is %v, want %v", line, got, want)
		}
	}
}
