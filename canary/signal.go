package canary

import (
	"context"
	"time"

	"github.com/routegate/routegate/device"
)

// Outcome is what one look said. The zero value is no outcome.
type Outcome string

const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// NoData is neither good nor bad, and never confirms: what was to be looked at could not be seen.
	NoData Outcome = "no data"
)

// Signal is one thing that the judge looks at again and again while a wave bakes. The driver calls it from one goroutine
// at a time, at the interval that the plan gives it.
type Signal interface {
	// Name is the word by which settings, the journal and reports call it, e.g. "sessions".
	Name() string
	// Measure looks once and returns by the context's end. It has no error: what cannot be seen is NoData, with the reason
	// as its value. What it returns for a wave is judged as one look: any Fail fails it, any NoData of the rest leaves it
	// without data; no measurement at all is NoData.
	Measure(ctx context.Context, w Watch) []Measurement
}

// Measurement is one value seen.
type Measurement struct {
	// Subject is what it was seen at or of: a router, a probe's target, a query.
	Subject string
	Outcome Outcome
	// Value is what was seen, for a person, with the limit where there is one: "0.31 (limit 0.05)".
	Value string
}

// Watch is the wave that a signal looks at. Read-only.
type Watch struct {
	Rollout string
	// Routers of the wave, and those beside them that have an agent: their neighbors.
	Routers, Neighbors []string
	// Since is when the last router of the wave ran the candidate.
	Since time.Time
	// Settled is from when on what the change brings must be there: the slowest timer that it can wake has run out. Before
	// that, what is still as it was is no failure.
	Settled time.Time
	// Baseline is what each router decided right before the wave; Before and After are the simulation's word for without
	// and with the wave. A router that is missing was not seen, or is not known.
	Baseline, Before, After map[string]device.Observation
	// Protected are the prefixes that must never be lost, in CIDR notation.
	Protected []string
	// Observe reads a router's tables now. Signals that look in the same moment share one answer.
	Observe func(ctx context.Context, router string) (device.Observation, error)
}

// SignalSetting says how often a signal is looked at and how much it may say, in the manner of an analysis of Argo
// Rollouts.
type SignalSetting struct {
	Name string `json:"name"`
	// Interval between two looks; Delay before the first one, from the wave's application.
	Interval time.Duration `json:"interval"`
	Delay    time.Duration `json:"delay"`
	// FailureLimit is how many looks of a wave may fail before the wave has failed: 0 is none. Whatever it is, a wave is
	// confirmed only where the last look passes.
	FailureLimit int `json:"failure_limit"`
	// NoDataLimit is how many looks in a row may see nothing before the wave has failed.
	NoDataLimit int `json:"no_data_limit"`
}
