package canary

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The built-in signals: what the simulation said, held against the daemons' own tables.
const (
	SignalProtected     = "protected"
	SignalSessions      = "sessions"
	SignalRoutes        = "routes"
	SignalAnnouncements = "announcements"
)

// Predicted are the signals that compare what is seen with the prediction. lossPercent is how much of what only the
// daemons know, the routes of the outside that nobody wrote down, may be gone.
func Predicted(lossPercent int) []Signal {
	return []Signal{
		protectedSignal{},
		predicted{SignalSessions, []section{sessions}, lossPercent},
		predicted{SignalRoutes, []section{routes}, lossPercent},
		predicted{SignalAnnouncements, []section{advertised, received}, lossPercent},
	}
}

// predicted compares sections of the routers of the wave and of those beside them.
type predicted struct {
	name        string
	sections    []section
	lossPercent int
}

func (p predicted) Name() string { return p.name }

func (p predicted) Measure(ctx context.Context, w Watch) []Measurement {
	var out []Measurement
	for _, router := range w.Routers {
		out = append(out, p.at(ctx, w, router, p.sections))
	}
	for _, router := range w.Neighbors {
		sections := p.sections
		if p.name == SignalAnnouncements {
			// Of a neighbor only what it receives: a daemon's own word on what it sends can be wrong.
			sections = []section{received}
		}
		out = append(out, p.at(ctx, w, router, sections))
	}
	return out
}

func (p predicted) at(ctx context.Context, w Watch, router string, all []section) Measurement {
	baseline, told := w.Baseline[router]
	before, known := w.Before[router]
	after, knownAfter := w.After[router]
	switch {
	case !told:
		return Measurement{router, NoData, "it was not observed before the wave"}
	case !known || !knownAfter:
		return Measurement{router, NoData, "the simulation says nothing of it"}
	}
	now, err := w.Observe(ctx, router)
	if err != nil {
		return Measurement{router, NoData, err.Error()}
	}
	checked, told, pending := 0, false, 0
	settling := time.Now().Before(w.Settled)
	var wrong []string
	for _, s := range all {
		c := compare(baseline, before, after, now, s)
		if !c.told {
			continue
		}
		told = true
		checked += c.checked
		for _, x := range c.surprises {
			if settling && x.predicted {
				pending++ // the timers that hold it back may still run
				continue
			}
			wrong = append(wrong, lead[s]+x.String())
		}
		if c.lost*100 > c.strangers*p.lossPercent {
			wrong = append(wrong, fmt.Sprintf("%s%d of %d that nobody wrote down are gone (limit %d %%)", lead[s], c.lost, c.strangers, p.lossPercent))
		}
	}
	switch {
	case !told:
		return Measurement{router, NoData, "the daemon does not tell"}
	case len(wrong) > 0:
		const shown = 3
		more := ""
		if n := len(wrong) - shown; n > 0 {
			wrong, more = wrong[:shown], fmt.Sprintf("; and %d more", n)
		}
		return Measurement{router, Fail, strings.Join(wrong, "; ") + more}
	}
	if pending > 0 {
		return Measurement{router, Pass, fmt.Sprintf("%d as predicted, %d still to come", checked-pending, pending)}
	}
	return Measurement{router, Pass, fmt.Sprintf("%d as predicted", checked)}
}

// lead stand before what is not as it should be.
var lead = [...]string{sessions: "session ", routes: "", advertised: "advertised ", received: "received "}

// protectedSignal looks for the protected prefixes alone, so that it can look often: a router that had a best route to
// one, and is to keep it, has it.
type protectedSignal struct{}

func (protectedSignal) Name() string { return SignalProtected }

func (protectedSignal) Measure(ctx context.Context, w Watch) []Measurement {
	var out []Measurement
	for _, router := range slices.Concat(w.Routers, w.Neighbors) {
		baseline, told := w.Baseline[router]
		after, known := w.After[router]
		if !told || !known {
			out = append(out, Measurement{router, NoData, "it was not observed before the wave, or the simulation says nothing of it"})
			continue
		}
		var want, lost []string
		for _, p := range w.Protected {
			if hasRoute(baseline, p) && hasRoute(after, p) {
				want = append(want, p)
			}
		}
		now, err := w.Observe(ctx, router)
		switch {
		case err != nil:
			out = append(out, Measurement{router, NoData, err.Error()})
			continue
		case now.Routes == nil:
			out = append(out, Measurement{router, NoData, "the daemon does not tell its routes"})
			continue
		}
		for _, p := range want {
			if !hasRoute(now, p) {
				lost = append(lost, p)
			}
		}
		if len(lost) > 0 {
			out = append(out, Measurement{router, Fail, "no route to " + strings.Join(lost, ", ")})
		} else {
			out = append(out, Measurement{router, Pass, fmt.Sprintf("%d of %d protected prefixes there", len(want), len(want))})
		}
	}
	return out
}
