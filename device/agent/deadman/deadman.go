// Package deadman is the dead man's switch of one router as a pure state machine: events go in, actions come out. It has
// no clock and does no input or output: whoever drives it performs the actions, one at a time, and hands back how each
// ended. So it can be stopped between any two steps, which is what its proof does (device/agent/simulate).
//
// The rule that everything here serves: the daemon is touched only after the disk says to what it must return, and only
// a confirmation that is on the disk ends that duty. Whoever finds anything else on the disk goes back.
package deadman

import (
	"time"

	"github.com/routegate/routegate/device"
)

// Instant is one look at the machine's clocks. The zero value is a clock that could not be read.
type Instant struct {
	Boot  string        `json:"boot"`  // the boot's id: monotonic time means nothing across boots
	Since time.Duration `json:"since"` // since boot, monotonic, sleep included
	Wall  time.Time     `json:"wall"`  // for people only: nothing is decided by it
}

// Readable reports whether the clock could be read.
func (i Instant) Readable() bool { return i.Boot != "" }

// Record is what the switch must not forget. It is on disk before the action that it announces.
type Record struct {
	Phase          device.Phase   `json:"phase"` // never Stuck or Applied: those are Reverting and Applying to who starts anew
	Change         string         `json:"change,omitempty"`
	Expected       device.Hash    `json:"expected,omitempty"` // the order's base, as its author wrote it
	Base           device.Hash    `json:"base,omitempty"`     // what ran, as the daemon wrote it: the way back leads there
	Candidate      device.Hash    `json:"candidate,omitempty"`
	CandidateFiles []string       `json:"candidateFiles,omitempty"`
	Armed          Instant        `json:"armed"`
	Window         time.Duration  `json:"window,omitempty"`
	Target         device.Hash    `json:"target,omitempty"`  // of the way back: the base, or a stored configuration
	Ends           device.Outcome `json:"ends,omitempty"`    // how the way back will have ended
	Persist        bool           `json:"persist,omitempty"` // the daemon must start with the target, too
	Confirmed      device.Hash    `json:"confirmed,omitempty"`
	Outcome        device.Outcome `json:"outcome,omitempty"`
	Detail         string         `json:"detail,omitempty"`
	Ended          []string       `json:"ended,omitempty"`   // the ids of the last changes that ended, the newest last
	History        []Entry        `json:"history,omitempty"` // the configurations that the router has had, the newest last
}

// Entry is one configuration that the router has had.
type Entry struct {
	Hash      device.Hash `json:"hash"`
	Change    string      `json:"change"`
	At        time.Time   `json:"at"`
	Files     []string    `json:"files"`
	Confirmed bool        `json:"confirmed"` // else it ran when a change was armed
}

// Needs are the configurations that must stay in the store.
func (r *Record) Needs() []device.Hash {
	out := []device.Hash{r.Base, r.Candidate, r.Target, r.Confirmed}
	for _, e := range r.History {
		out = append(out, e.Hash)
	}
	return out
}

// Limits of one switch. The zero value of a field is its default.
type Limits struct {
	Keep          int           // configurations of each kind that are kept: 10, at most 100
	Poll          time.Duration // between two looks at the daemon while a change is armed: 1 s
	LongestWindow time.Duration // the longest window: 24 h
}

// Longest values that a record takes: it must fit its slot on the disk.
const (
	LongestID     = 128
	longestDetail = 1000
	endedKept     = 32
	// LongestPause is the longest time between two attempts on the way back.
	LongestPause = 10 * time.Second
)

// Event is what happens to the switch: a request, the passing of time, or how an action ended.
type Event interface{ event() }

type (
	// Start is the first event: what the disk holds. Recovered says that the record was lost and this one made from the
	// marker of an armed change.
	Start struct {
		Record    Record
		Recovered bool
		Now       Instant
	}
	// Arm asks to arm a change. Files are the names of the candidate's and the base's files, for the history.
	Arm struct {
		Change              string
		Base, Candidate     device.Hash
		BaseFiles, NewFiles []string
		Window              time.Duration
		Guards              []device.Guard
		Now                 Instant
	}
	Apply struct {
		Change string
		Now    Instant
	}
	Confirm struct {
		Change string
		Now    Instant
	}
	// Revert asks to go back; Stopping says that the agent is being stopped, whatever is armed.
	Revert struct {
		Change, Reason string
		Stopping       bool
		Now            Instant
	}
	// Restore asks for a stored configuration; Stored says that the store has it whole.
	Restore struct {
		Hash   device.Hash
		Reason string
		Stored bool
		Now    Instant
	}
	Tick struct{ Now Instant }

	// Outcome is how the last action ended. Which fields mean something hangs on the action.
	Outcome struct {
		Err         error
		Left        []device.Difference // of Compare
		Hash        device.Hash         // of ReadRunning
		Files       []string            // of ReadRunning
		Incarnation string              // of ReadIncarnation
		Seen        device.Observation  // of Observe
		Now         Instant             // after it
	}
)

func (Start) event()   {}
func (Arm) event()     {}
func (Apply) event()   {}
func (Confirm) event() {}
func (Revert) event()  {}
func (Restore) event() {}
func (Tick) event()    {}
func (Outcome) event() {}

// Action is what the switch wants done; nil is nothing, and the switch at rest.
type Action interface{ action() }

type (
	ReadRunning     struct{}                      // Driver.Running, kept in memory by its hash
	ReadIncarnation struct{}                      // Driver.Incarnation
	Observe         struct{}                      // Driver.Observe
	Compare         struct{ With device.Hash }    // Driver.Differences
	Check           struct{ Hash device.Hash }    // Driver.Check
	Load            struct{ To device.Hash }      // Driver.Apply
	Persist         struct{ Hash device.Hash }    // Driver.Persist
	Keep            struct{ Record Record }       // put the record's configurations and a marker of the armed change on disk
	Save            struct{ Record Record }       // put the record on disk; an error leaves it unknown whether it is there
	Release         struct{ Needs []device.Hash } // take the marker away, and the configurations that nobody needs
)

func (ReadRunning) action()     {}
func (ReadIncarnation) action() {}
func (Observe) action()         {}
func (Compare) action()         {}
func (Check) action()           {}
func (Load) action()            {}
func (Persist) action()         {}
func (Keep) action()            {}
func (Save) action()            {}
func (Release) action()         {}
