package canary

import (
	"time"

	"github.com/routegate/routegate/device"
)

// Event is something that happened: all that a Machine knows comes in by it, the time too. Exactly one of the pointers is
// set.
type Event struct {
	At time.Time `json:"at"`

	Start    *Plan     `json:"start,omitempty"`
	Tick     *Tick     `json:"tick,omitempty"`
	Takeover *Takeover `json:"takeover,omitempty"` // another controller goes on
	Command  *Command  `json:"command,omitempty"`
	Verified *Verified `json:"verified,omitempty"`
	Checked  *Checked  `json:"checked,omitempty"`
	Baseline *Baseline `json:"baseline,omitempty"`
	Answer   *Answer   `json:"answer,omitempty"`
	Look     *Look     `json:"look,omitempty"`
}

// Tick is time that passes.
type Tick struct{}

// Takeover is a controller that goes on with a rollout that another one left.
type Takeover struct {
	By string `json:"by"`
}

// Command is what a person asks for.
type Command struct {
	Do     Verb   `json:"do"`
	By     string `json:"by"`               // the account's name
	Role   string `json:"role,omitempty"`   // approve
	Reason string `json:"reason,omitempty"` // pause, abort
	// Binding is what the person saw: an approval of anything else is void.
	Binding string `json:"binding,omitempty"`
}

// Verb is a command's word.
type Verb string

const (
	Approve Verb = "approve"
	Pause   Verb = "pause"
	Resume  Verb = "resume"
	Abort   Verb = "abort"
	// Rescue ends the rollout where it stands: somebody brings routers back by another way. The switches end what is not confirmed.
	Rescue Verb = "rescue"
)

// Verified is what the judged change is now: its binding is the plan's, or the verdict and the approvals are void.
type Verified struct {
	Binding string `json:"binding"`
	Error   string `json:"error,omitempty"` // why it cannot be told
}

// Checked is a router's pre-flight.
type Checked struct {
	Router string `json:"router"`
	// Problem is one sentence; "" where the router is ready.
	Problem string `json:"problem,omitempty"`
	// Unreachable: the agent gave no answer.
	Unreachable bool `json:"unreachable,omitempty"`
	// Copy names what runs, as the daemon writes it, among the journal's objects: the copy that a rescue needs most.
	Copy string `json:"copy,omitempty"`
	// Drift is what runs and is not the verdict's before.
	Drift []device.Difference `json:"drift,omitempty"`
}

// Baseline is what the routers of a wave and those beside them decided right before it.
type Baseline struct {
	Wave int `json:"wave"`
	// Object names the observations among the journal's objects.
	Object string `json:"object,omitempty"`
	// Missing are routers that could not be observed, with the reason.
	Missing []string `json:"missing,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// Answer is how a call to an agent went.
type Answer struct {
	Router string `json:"router"`
	Call   Call   `json:"call"`
	// Change is what the call named.
	Change string        `json:"change,omitempty"`
	Status device.Status `json:"status"`
	// Error is one sentence; "" where the call did what it says. Status counts all the same where the error is a failure.
	Error string `json:"error,omitempty"`
	// Refused is the agent's word for its no.
	Refused device.RefusalCode `json:"refused,omitempty"`
	// Unreachable: no answer came, and what was asked may have been done.
	Unreachable bool `json:"unreachable,omitempty"`
	// Failed: the agent began and did not end well.
	Failed bool `json:"failed,omitempty"`
}

// Look is one look of a signal.
type Look struct {
	Wave    int     `json:"wave"`
	Attempt int     `json:"attempt"`
	Signal  string  `json:"signal"`
	Outcome Outcome `json:"outcome"`
	// Seen are the measurements that made the outcome: the worst ones first, a few.
	Seen []Measurement `json:"seen,omitempty"`
}
