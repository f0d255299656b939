package lab_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
)

// TestRangeStart gives a border router two ranges, in each of which it has announced a network of its own until then, as ospfd does where it
// has not read its ranges yet: that one is missing whose network begins with its address until something makes ospfd calculate again, a
// minute later (looked at with ROUTEGATE_SOAK=1), and nothing else is excused.
func TestRangeStart(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	ranges := []string{"area 1 range 10.10.0.0/16", "area 1 range 10.20.0.0/16"}
	before := load(t, ctx, bordering(t, nil))
	then := load(t, ctx, bordering(t, ranges))
	l, plan, want := established(t, ctx, before)
	if err := l.AwaitOSPF(ctx, want, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, line := range ranges {
		configure(t, ctx, l, "border", "router ospf", line)
	}
	want = foretold(t, ctx, then)
	settled := func() (missing int) {
		settle(t, ctx, l, plan, 30*time.Second)
		for _, d := range judged(t, ctx, l, plan, want) {
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

// bordering writes the snapshot of a border router with two networks of its own in one area and a neighbor in the other.
func bordering(t *testing.T, ranges []string) string {
	const fast = " ip ospf hello-interval 1\n ip ospf dead-interval 2\n ip ospf network point-to-point\n"
	text := "frr version 8.4.4\nhostname border\ninterface eth1\n ip address 10.0.12.1/24\n ip ospf area 0\n" + fast +
		"interface stub0\n ip address 10.10.0.1/24\n ip address 10.20.7.1/24\n ip ospf area 1\n" + fast + "router ospf\n"
	for _, line := range ranges {
		text += " " + line + "\n"
	}
	return labtest.Write(t, t.TempDir(), map[string]string{
		"devices/border/frr.conf": text,
		"devices/inside/frr.conf": "frr version 8.4.4\nhostname inside\ninterface eth1\n ip address 10.0.12.2/24\n ip ospf area 0\n" + fast + "router ospf\n",
	})
}

// flushed is when ospfd has let go of what it took back: it keeps it for a minute.
const flushed = 65 * time.Second

// again has ospfd calculate once more: a cost changes, and back.
func again(t *testing.T, ctx context.Context, l *lab.Lab, router string) {
	t.Helper()
	for _, cost := range []string{"ip ospf cost 11", "no ip ospf cost"} {
		configure(t, ctx, l, router, "interface stub0", cost)
		time.Sleep(time.Second)
	}
}
