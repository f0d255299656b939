package canary

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
)

// watched is what the judge knows of one wave.
type watched struct {
	baseline   map[string]device.Observation
	prediction Prediction

	mu     sync.Mutex
	shared map[string]*shared
}

// shared is one reading of a router's tables, for all signals that look in the same moment.
type shared struct {
	began time.Time
	done  chan struct{}
	seen  device.Observation
	err   error
}

// fresh is how old a reading of the tables may be when another signal uses it.
const fresh = time.Second

// watch loads what is known of a wave, once for each baseline.
func (h *Hands) watch(wave int) (*watched, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	object := h.baselines[wave]
	if w := h.watches[object]; w != nil {
		return w, nil
	}
	w := &watched{shared: map[string]*shared{}}
	if err := h.read(object, &w.baseline); err != nil {
		return nil, fmt.Errorf("the state before the wave: %w", err)
	}
	if err := h.read(h.Plan.Waves[wave].Prediction, &w.prediction); err != nil {
		return nil, fmt.Errorf("the prediction: %w", err)
	}
	h.watches = map[string]*watched{object: w} // one wave is out at a time
	return w, nil
}

func (h *Hands) read(object string, to any) error {
	data, err := h.Store.Get(object)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// look measures a signal once.
func (h *Hands) look(ctx context.Context, a Action) *Look {
	out := &Look{Wave: a.Wave, Attempt: a.Attempt, Signal: a.Signal, Outcome: NoData}
	i := slices.IndexFunc(h.Signals, func(s Signal) bool { return s.Name() == a.Signal })
	if i < 0 {
		out.Seen = []Measurement{{Subject: a.Signal, Outcome: NoData, Value: "this controller has no such signal"}}
		return out
	}
	w, err := h.watch(a.Wave)
	if err != nil {
		out.Seen = []Measurement{{Subject: a.Signal, Outcome: NoData, Value: err.Error()}}
		return out
	}
	limit := observeTime
	for _, s := range h.Plan.Signals {
		if s.Name == a.Signal && s.Interval > limit {
			limit = s.Interval
		}
	}
	h.mu.Lock()
	since := h.since
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	seen := h.Signals[i].Measure(ctx, Watch{
		Rollout: h.Plan.ID, Routers: h.Plan.Waves[a.Wave].Routers, Neighbors: h.Plan.Beside(a.Wave), Since: since, Settled: since.Add(h.Plan.Bake.Least),
		Protected: h.Plan.Protected, Baseline: w.baseline, Before: w.prediction.Before, After: w.prediction.After,
		Observe: func(ctx context.Context, router string) (device.Observation, error) { return h.share(ctx, w, router) },
	})
	out.Outcome, out.Seen = judge(seen)
	return out
}

// seenLimit bounds the measurements of a look that are written down.
const seenLimit = 5

// judge makes one outcome of measurements, and keeps those that made it.
func judge(seen []Measurement) (Outcome, []Measurement) {
	rank := map[Outcome]int{Fail: 0, NoData: 1, Pass: 2}
	for i := range seen {
		if _, ok := rank[seen[i].Outcome]; !ok {
			seen[i].Outcome = NoData
		}
	}
	slices.SortStableFunc(seen, func(a, b Measurement) int { return rank[a.Outcome] - rank[b.Outcome] })
	if len(seen) == 0 {
		return NoData, []Measurement{{Subject: "all", Outcome: NoData, Value: "nothing was measured"}}
	}
	kept := seen[:min(len(seen), seenLimit)]
	return seen[0].Outcome, kept
}

// share reads a router's tables, or takes what another signal has just read.
func (h *Hands) share(ctx context.Context, w *watched, router string) (device.Observation, error) {
	w.mu.Lock()
	s := w.shared[router]
	if s == nil || time.Since(s.began) > fresh {
		s = &shared{began: time.Now(), done: make(chan struct{})}
		w.shared[router] = s
		go func() {
			s.seen, s.err = h.observe(context.WithoutCancel(ctx), router)
			close(s.done)
		}()
	}
	w.mu.Unlock()
	select {
	case <-s.done:
		return s.seen, s.err
	case <-ctx.Done():
		return device.Observation{}, ctx.Err()
	}
}
