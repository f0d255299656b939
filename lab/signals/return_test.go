package signals

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
)

// BenchmarkReturn is how long it takes from core's withdrawal of the protected prefix, as its kernel tells it, to the answer of the agent that
// the old configuration runs again, read back and compared; and to the prefix's return at core. Somebody has typed a filter at core, so that no
// simulation can know. The intervals and limits of the signals are those that hold where nothing is set. Each turn is one rollout by the program, with
// the agents' processes and mutual TLS between.
func BenchmarkReturn(b *testing.B) {
	for _, router := range []string{"frr", "gobgp", "bird"} {
		for _, way := range []struct{ name, look string }{
			{"bmp", "  bmp: {listen: \"10.99.0.1:11019\"}\n"},
			{"polling", ""},
		} {
			b.Run(router+"/"+way.name, func(b *testing.B) {
				s := up(b, router, way.look)
				s.filter(b)
				k := s.watch(b)
				s.Write(b, "tagged", edited(b, before(router, way.look), router, routers[router].old, routers[router].tagged))
				var verified, back []time.Duration
				for b.Loop() {
					began := time.Now()
					l := s.lead(b, "before", "tagged")
					lost, found := k.await(b, began)
					at, signal := l.reverted()
					want := map[string]string{"bmp": "withdrawals", "polling": "protected"}[way.name]
					if at.IsZero() || signal != want {
						b.Fatalf("reverted at %v because of %q, want %s\n%s", at, signal, want, l.said)
					}
					s.returned(b, l, signal, "core")
					verified, back = append(verified, at.Sub(lost)), append(back, found.Sub(lost))
					b.StopTimer()
					s.settle(b)
					b.StartTimer()
				}
				report(b, verified, "s-to-verified")
				report(b, back, "s-to-service")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// reverted is when the agent answered that it is back, and the signal that failed first.
func (l *led) reverted() (at time.Time, signal string) {
	for _, e := range l.events {
		if x := e.Event.Look; x != nil && x.Outcome == canary.Fail && signal == "" {
			signal = x.Signal
		}
		if a := e.Event.Answer; a != nil && a.Call == canary.DoRevert && a.Error == "" {
			at = e.Event.At
		}
	}
	return at, signal
}

// report gives the middle and the longest.
func report(b *testing.B, all []time.Duration, unit string) {
	b.Helper()
	slices.SortFunc(all, cmp.Compare)
	b.ReportMetric(all[len(all)/2].Seconds(), unit)
	b.ReportMetric(all[len(all)-1].Seconds(), "max-"+unit)
}
