package rollout

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

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
		made, err := watch(t.Context(), &again)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, s := range append(canary.Predicted(10), made.signals...) {
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
		if len(again.Signals) != len(names) || len(made.signals) != 3 {
			t.Errorf("%d signals are made, the plan asks for %d", len(names), len(again.Signals))
		}
		made.stop()
	}
	set.Signals = append(set.Signals, network.RolloutSignal{Name: "moods"})
	if _, err := set.signals(); err == nil {
		t.Error("a signal that nobody knows is taken")
	}
}

// TestBlindRolloutIsRefused: a rollout that looks at withdrawals does not begin before each router that changes has a BMP session.
func TestBlindRolloutIsRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := watches{BMP: netip.MustParseAddrPort(l.Addr().String())}
	l.Close()
	p := &canary.Plan{Routers: []canary.Router{{Station: canary.Station{Name: "a", Address: "127.0.0.1:1"}}, {Station: canary.Station{Name: "b", Address: "127.0.0.2:1"}}}}
	if p.Watches, err = json.Marshal(w); err != nil {
		t.Fatal(err)
	}
	made, err := watch(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer made.stop()
	call := func(from string) {
		c, err := (&net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from + ":0"))}).Dial("tcp", w.BMP.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
	call("127.0.0.1")
	var said []string
	told := func(n canary.Note) { said = append(said, n.Text) }
	var refused *RefusedError
	if err := made.ready(t.Context(), p, 4*time.Second, told); !errors.As(err, &refused) || !strings.Contains(err.Error(), "from b:") {
		t.Errorf("with b blind: %v", err)
	}
	if len(said) != 1 || !strings.HasSuffix(said[0], "from b") {
		t.Errorf("who waits is told %q", said)
	}
	call("127.0.0.2")
	if err := made.ready(t.Context(), p, 10*time.Second, told); err != nil {
		t.Errorf("with both there: %v", err)
	}
}
