package bmp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
)

// Limits say how much may be gone from a router that had it before the wave and is expected to have it after.
type Limits struct {
	// Withdrawn is how many prefixes of a router may be gone; 0 is none.
	Withdrawn int
	// Never are the prefixes of which none may be gone, however many may otherwise: what is protected.
	Never []netip.Prefix
}

// Signal compares what routers had before the wave, and are predicted to keep, with what they say now. It may be used by
// one goroutine at a time.
type Signal struct {
	name      string
	collector *Collector
	limits    Limits
}

var _ canary.Signal = (*Signal)(nil)

// New makes a signal over a collector that is being served.
func New(name string, c *Collector, l Limits) (*Signal, error) {
	if l.Withdrawn < 0 {
		return nil, errors.New("bmp: the number of prefixes that may be gone is not negative")
	}
	return &Signal{name: name, collector: c, limits: l}, nil
}

// Name is the word by which settings call the signal.
func (s *Signal) Name() string { return s.name }

// Measure looks at the wave's routers and their neighbors, each that has told anything. A router of the wave that told
// nothing, and one whose session ended, is no data: a router that loses its BMP session may have lost more.
func (s *Signal) Measure(_ context.Context, w canary.Watch) []canary.Measurement {
	var out []canary.Measurement
	for _, name := range w.Routers {
		out = append(out, s.look(name, w))
	}
	for _, name := range w.Neighbors {
		if m := s.look(name, w); m.Outcome != canary.NoData || s.collector.knows(name) {
			out = append(out, m)
		}
	}
	return out
}

func (c *Collector) knows(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.routers[name] != nil
}

func (s *Signal) look(name string, w canary.Watch) canary.Measurement {
	m := canary.Measurement{Subject: name, Outcome: canary.NoData}
	baseline, ok := w.Baseline[name]
	if !ok {
		m.Value = "what it had before the wave was not seen"
		return m
	}
	s.collector.mu.Lock()
	defer s.collector.mu.Unlock()
	r := s.collector.routers[name]
	if r == nil {
		m.Value = "no BMP session"
		return m
	}
	var keeps map[netip.Prefix]bool
	if after, ok := w.After[name]; ok {
		keeps = map[netip.Prefix]bool{}
		for _, x := range after.Routes {
			keeps[x.Prefix] = true
		}
	}
	gone, had := r.gone(baseline.Routes, keeps)
	if bad := first(gone, s.limits.Never); bad.IsValid() {
		m.Outcome, m.Value = canary.Fail, fmt.Sprintf("%s is withdrawn", bad)
		return m
	}
	if len(gone) > s.limits.Withdrawn {
		m.Outcome, m.Value = canary.Fail, fmt.Sprintf("%d of %d prefixes withdrawn (limit %d), for example %s", len(gone), had, s.limits.Withdrawn, gone[0])
		return m
	}
	switch {
	case r.ended != "":
		m.Value = "BMP: " + r.ended
	case r.doubt != "":
		m.Value = "BMP: " + r.doubt
	case had == 0 && len(baseline.Routes) > 0:
		m.Value = "BMP has told none of its routes"
	default:
		m.Outcome, m.Value = canary.Pass, fmt.Sprintf("%d of %d prefixes withdrawn (limit %d)", len(gone), had, s.limits.Withdrawn)
	}
	return m
}

// gone are the prefixes, sorted, that the router had from a neighbor before the wave, that BMP has told of, that the prediction
// keeps, and that no neighbor has sent now. Without a prediction (nil) nothing may go.
func (r *router) gone(baseline []device.Route, keeps map[netip.Prefix]bool) (gone []netip.Prefix, had int) {
	for _, x := range baseline {
		if x.Own || x.VRF != "" || !r.seen[x.Prefix] {
			continue
		}
		had++
		if (keeps == nil || keeps[x.Prefix]) && !r.holds(x.Prefix) {
			gone = append(gone, x.Prefix)
		}
	}
	slices.SortFunc(gone, netip.Prefix.Compare)
	return slices.Compact(gone), had
}

// first is a prefix inside of one that must never go, or around one; the zero value where there is none. A default route
// is around everything, and counts only where it is named itself.
func first(gone, never []netip.Prefix) netip.Prefix {
	for _, p := range gone {
		if slices.ContainsFunc(never, func(q netip.Prefix) bool { return p == q || p.Bits() > 0 && p.Overlaps(q) }) {
			return p
		}
	}
	return netip.Prefix{}
}
