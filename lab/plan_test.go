package lab_test

import (
	"strings"
	"testing"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/network"
)

// TestNoVRFOfBIRD: a lab refuses a VRF of BIRD before it boots anything, and says where it stands.
func TestNoVRFOfBIRD(t *testing.T) {
	red := &network.VRF{Name: "red", Span: network.At("devices/r1/bird.conf", 9)}
	n := &network.Network{Routers: []*network.Router{{Name: "r1", Dialect: "bird", VRFs: []*network.VRF{{}, red}}}}
	_, err := lab.MakePlan(n)
	if err == nil || !strings.HasPrefix(err.Error(), "devices/r1/bird.conf:9: r1: VRF red of bird cannot be booted") {
		t.Errorf("got %v", err)
	}
}
