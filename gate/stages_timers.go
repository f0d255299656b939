package gate

import (
	"slices"
	"time"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// StageTimer is a timer that can hold back what the change does: a bake that ends before it has seen nothing.
type StageTimer struct {
	Name string
	For  time.Duration
	// First: it runs before the others can begin.
	First   bool
	Routers []string // where it is the slowest
}

// defaultHold is the hold time of a neighbor that says none: bgpd's and, for a silent loss, the longest of the three daemons'.
const defaultHold = 180

// Timers are the daemons' timers that the change can wake, the slowest of each kind.
func (s *Stages) Timers() []StageTimer {
	kinds := []*StageTimer{
		{Name: "policy delay (bgp route-map delay-timer)", First: true},
		{Name: "conditional advertisement"},
		{Name: "advertisement interval"},
		{Name: "hold time (the change touches what sessions run over)"},
	}
	slowest := func(kind int, seconds uint32, router string) {
		t := kinds[kind]
		switch d := time.Duration(seconds) * time.Second; {
		case d == 0 || d < t.For:
		case d == t.For:
			if !slices.Contains(t.Routers, router) {
				t.Routers = append(t.Routers, router)
			}
		default:
			t.For, t.Routers = d, []string{router}
		}
	}
	changed := map[string]bool{}
	carries := map[string]bool{} // what sessions run over changes
	for _, c := range s.changes().Changes {
		if c.Effect == diff.NoEffect {
			continue
		}
		changed[c.Router] = true
		switch c.Object {
		case diff.ObjectInterface, diff.ObjectVRF, diff.ObjectStatic, diff.ObjectOSPF:
			carries[c.Router] = true
		}
	}
	for _, snap := range []*network.Network{s.before.Network, s.after.Network} {
		for _, r := range snap.Routers {
			if changed[r.Name] {
				slowest(0, r.PolicyDelay, r.Name)
			}
			for _, v := range r.VRFs {
				if v.BGP != nil {
					bgpTimers(v.BGP, slowest, r.Name, changed[r.Name], carries[r.Name])
				}
			}
		}
	}
	var out []StageTimer
	for _, t := range kinds {
		if t.For > 0 {
			slices.Sort(t.Routers)
			out = append(out, *t)
		}
	}
	return out
}

// bgpTimers are the timers of one BGP instance.
func bgpTimers(b *network.BGP, slowest func(kind int, seconds uint32, router string), router string, changed, carries bool) {
	for _, n := range b.Neighbors {
		for _, f := range n.Families {
			if f.Conditional != nil {
				// Whose condition the change can reach is not asked: any router's may follow from any route.
				slowest(1, b.ConditionTimer, router)
			}
		}
		if changed && n.AdvertisementInterval > 0 {
			slowest(2, uint32(n.AdvertisementInterval), router)
		}
		if carries {
			hold := n.Hold
			if hold == 0 {
				hold = defaultHold
			}
			slowest(3, hold, router)
		}
	}
}
