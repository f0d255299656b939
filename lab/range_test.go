package lab_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
)

// TestRangeStart boots a border router with two ranges, in each of which it has a network of its own: of the one that begins with the
// range's address the range is missing until something makes ospfd calculate again, a minute later (that with ROUTEGATE_SOAK=1), and nothing else is excused.
func TestRangeStart(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	const fast = " ip ospf hello-interval 1\n ip ospf dead-interval 2\n ip ospf network point-to-point\n"
	s, err := config.Load(ctx, labtest.Write(t, t.TempDir(), map[string]string{
		"devices/border/frr.conf": `frr version 8.4.4
hostname border
interface eth1
 ip address 10.0.12.1/24
 ip ospf area 0
` + fast + `interface stub0
 ip address 10.10.0.1/24
 ip address 10.20.7.1/24
 ip ospf area 1
` + fast + `router ospf
 area 1 range 10.10.0.0/16
 area 1 range 10.20.0.0/16
`,
		"devices/inside/frr.conf": "frr version 8.4.4\nhostname inside\ninterface eth1\n ip address 10.0.12.2/24\n ip ospf area 0\n" + fast + "router ospf\n",
	}), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, plan, want := established(t, ctx, s.Network)
	settled := func() (missing int) {
		if err := l.Settle(ctx, plan.Quiet(), 30*time.Second); err != nil {
			t.Fatal(err)
		}
		judged, _, err := judge(ctx, l, plan, want, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range judged {
			switch {
			case d.Known == "ospf-range-start" && d.Router == "inside" && d.Prefix.String() == "10.10.0.0/16":
				missing++
			case d.Known != "ospf-discard":
				t.Error(d)
			}
		}
		return missing
	}
	if settled() == 0 {
		t.Error("the range was announced at once")
	}
	if os.Getenv("ROUTEGATE_SOAK") != "1" {
		return
	}
	time.Sleep(flushed)
	again(t, ctx, l, "border")
	if settled() > 0 {
		t.Error("another calculation did not bring the range")
	}
}

// flushed is when ospfd has let go of what it took back: it keeps it for a minute.
const flushed = 65 * time.Second

// again has ospfd calculate once more: a cost changes, and back.
func again(t *testing.T, ctx context.Context, l *lab.Lab, router string) {
	t.Helper()
	for _, cost := range []string{"ip ospf cost 11", "no ip ospf cost"} {
		if _, err := l.Exec(ctx, router, "", "vtysh", "-c", "configure terminal", "-c", "interface stub0", "-c", cost); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}
