package rollout

import (
	"encoding/json"
	"net"
	"net/netip"
	"testing"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/network"
)

// TestWatchesOutliveTheirController: what routegate.yaml asks to look at is in the plan, and whoever takes the rollout over
// makes the same signals of it. Nothing stays open.
func TestWatchesOutliveTheirController(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddrPort(l.Addr().String())
	l.Close()
	limit := 4.0
	set := settings{RolloutSettings: gate.RolloutSettings{
		Probes:     []network.RolloutProbe{{Name: "dns", Kind: "dns", Address: netip.MustParseAddr("192.0.2.53"), Query: "www.example.org", LossPercent: 25}},
		Prometheus: network.RolloutPrometheus{URL: "http://192.0.2.9:9090", Queries: []network.RolloutQuery{{Name: "peers", PromQL: "up", Above: &limit}}},
		BMP:        network.RolloutBMP{Listen: address, Withdrawn: 3},
		Signals:    []network.RolloutSignal{{Name: signalProbes, FailureLimit: new(int)}},
	}}
	p := &canary.Plan{Protected: []string{"192.0.2.0/24"}}
	if p.Watches, err = json.Marshal(set.watches()); err != nil {
		t.Fatal(err)
	}
	if p.Signals, err = set.signals(); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again canary.Plan
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time, the first has let go of its address
		made, stop, err := watch(t.Context(), &again)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, s := range append(canary.Predicted(10), made...) {
			names[s.Name()] = true
		}
		for _, s := range again.Signals {
			if !names[s.Name] {
				t.Errorf("the plan asks for the signal %s, which nobody makes", s.Name)
			}
			if s.Name == signalProbes && s.FailureLimit != 0 {
				t.Errorf("probes: %+v", s)
			}
		}
		if len(again.Signals) != len(names) || len(made) != 3 {
			t.Errorf("%d signals are made, the plan asks for %d", len(names), len(again.Signals))
		}
		stop()
	}
	set.Signals = append(set.Signals, network.RolloutSignal{Name: "moods"})
	if _, err := set.signals(); err == nil {
		t.Error("a signal that nobody knows is taken")
	}
}
