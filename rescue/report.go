package rescue

import (
	"time"

	"github.com/routegate/routegate/device"
)

// Schema names the version of Report.
const Schema = "routegate.rescue/v1"

// Outcome is how a router fared.
type Outcome string

const (
	Waiting     Outcome = "waiting" // not begun, or interrupted before
	Back        Outcome = "back"    // returned, read back and verified
	Ran         Outcome = "ran"     // ran it already: read back, not touched
	Untouched   Outcome = "untouched"
	Unreachable Outcome = "unreachable" // by none of its ways
	Held        Outcome = "held"        // somebody else is bringing it back
	Failed      Outcome = "failed"      // reached, and not back: Detail says what is where
)

// Report is a rollback as people and programs see it. Times are UTC; lists are never null.
type Report struct {
	Schema  string         `json:"schema"`
	Network string         `json:"network"`
	ID      string         `json:"id"`
	By      string         `json:"by"`
	Began   time.Time      `json:"began"`
	Seconds float64        `json:"seconds"`
	Frozen  string         `json:"frozen"` // what became of a running rollout
	Routers []RouterReport `json:"routers"`
	Probes  []ProbeReport  `json:"probes"`
	// Interrupted: it ended before its time.
	Interrupted bool `json:"interrupted"`
	// Notes are what went wrong beside the routers: a record that could not be written.
	Notes []string `json:"notes"`
}

// RouterReport is one router's.
type RouterReport struct {
	Name    string      `json:"name"`
	Stage   int         `json:"stage"`
	Outcome Outcome     `json:"outcome"`
	Way     string      `json:"way"` // by which it was reached
	Seconds float64     `json:"seconds"`
	Target  device.Hash `json:"target"`
	What    string      `json:"what"` // the target, for people
	Detail  string      `json:"detail"`
	Tried   []Attempt   `json:"tried"`
}

// Attempt is one way that was tried.
type Attempt struct {
	Way     string  `json:"way"`
	Error   string  `json:"error"` // "": it led there
	Seconds float64 `json:"seconds"`
}

// ProbeReport says whether something answers again.
type ProbeReport struct {
	Router  string  `json:"router"`
	Address string  `json:"address"` // TCP
	Error   string  `json:"error"`   // "": it answers
	Seconds float64 `json:"seconds"`
}

// Good reports a router that is as it should be, by its own reading back.
func (r RouterReport) Good() bool {
	return r.Outcome == Back || r.Outcome == Ran || r.Outcome == Untouched
}

// Counts are the routers that are as they should be, those that are not, and the probes that do not answer.
func (r *Report) Counts() (good, bad, silent int) {
	for _, x := range r.Routers {
		if x.Good() {
			good++
		} else {
			bad++
		}
	}
	for _, p := range r.Probes {
		if p.Error != "" {
			silent++
		}
	}
	return good, bad, silent
}

// ExitCode is 0 where every router is back and verified, and 1 elsewhere.
func (r *Report) ExitCode() int {
	if _, bad, silent := r.Counts(); bad+silent > 0 {
		return 1
	}
	return 0
}
