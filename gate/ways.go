package gate

import (
	"net/netip"

	"github.com/routegate/routegate/routing"
)

// ways are the ways of packets to a prefix of ours on one side, from any router. Every equal way is followed, however many
// there are; a router is looked at once for all that come through it.
type ways struct {
	side        *side
	originators map[string]bool
	reach       []*routing.Reach // by probe
}

func (s *side) ways(prefix netip.Prefix, probes []netip.Addr, originators map[string]bool) *ways {
	w := &ways{side: s, originators: originators}
	good := s.toOurs(originators)
	for _, to := range probes {
		w.reach = append(w.reach, s.res.Reach(to, good))
	}
	return w
}

// arrive says whether packets from a router reach every probe.
func (w *ways) arrive(router string) bool {
	for _, r := range w.reach {
		if !r.From(router) {
			return false
		}
	}
	return true
}

// arrival is how packets from a router to the probes end: to the first that fails, else to the last.
func (w *ways) arrival(router string) arrival {
	var last arrival
	for _, r := range w.reach {
		t, ok := r.Way(router)
		if !ok {
			return arrival{outcome: routing.NoRoute.String(), at: router}
		}
		last = arrival{ok: r.From(router), outcome: t.Outcome.String(), at: t.At, path: traceWords(&t)}
		switch {
		case !last.ok:
			last.outcome = endWords(&t)
			return last
		case !t.Outcome.Good():
			last.outcome = "arrives at its origin"
		}
	}
	return last
}
