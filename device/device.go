// Package device is a router as a rollout and a rescue see it: a daemon that runs one configuration, can be given
// another, can be returned to the one before, and shows what it decided.
//
// It holds what both sides of the management network agree on: configurations and their hashes, what an agent can be
// asked, and what is observed. Who speaks to a daemon is in device/frr, device/gobgp and device/bird; who guards it is
// in device/agent. A controller knows this package and nothing below it.
package device

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// File is one file of a router's configuration: its name within devices/<router>, without a folder, and its bytes.
type File struct {
	Name string
	Data []byte
}

// Configuration is everything that one router's daemon reads: one file, or several where a dialect splits them. The
// zero value is no configuration. It is a value: nobody changes the bytes of one that was handed over.
type Configuration struct {
	Files []File
}

// Sorted returns the configuration with its files in the order of their names.
func (c Configuration) Sorted() Configuration {
	files := slices.Clone(c.Files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return Configuration{Files: files}
}

// Hash names a configuration by its content: "sha256:" and 64 hexadecimal digits. The zero value names none.
type Hash string

// Hash is of the names and the bytes of all files, whatever their order. Two configurations that mean the same and are
// written differently have different hashes: whether a router runs a configuration is a question for its driver.
func (c Configuration) Hash() Hash {
	h := sha256.New()
	for _, f := range c.Sorted().Files {
		for _, part := range [][]byte{[]byte(f.Name), f.Data} {
			var size [8]byte
			binary.BigEndian.PutUint64(size[:], uint64(len(part)))
			h.Write(size[:])
			h.Write(part)
		}
	}
	return Hash("sha256:" + hex.EncodeToString(h.Sum(nil)))
}

// Short is enough of the hash for a person to tell two apart.
func (h Hash) Short() string {
	s := strings.TrimPrefix(string(h), "sha256:")
	return s[:min(len(s), 12)]
}

// Difference is one thing in which what a router runs is not what was wanted, found through the dialect's model and
// never by comparing text.
type Difference struct {
	Path    string // of the model, e.g. "bgp neighbor 10.0.0.1 export policy"
	Want    string // "" where it should not be there
	Running string // "" where it is missing
}

func (d Difference) String() string {
	switch {
	case d.Want == "":
		return fmt.Sprintf("%s: runs %s, which is not wanted", d.Path, d.Running)
	case d.Running == "":
		return fmt.Sprintf("%s: %s is missing", d.Path, d.Want)
	}
	return fmt.Sprintf("%s: runs %s, wanted is %s", d.Path, d.Running, d.Want)
}

// Driver speaks to the daemon of one router on its own machine. Its calls are made one at a time. Each ends with the
// context, and says then what is known of the state that it leaves.
type Driver interface {
	// Running reads the configuration that the daemon runs, as the daemon writes it or as it was last given; reading
	// touches nothing.
	Running(ctx context.Context) (Configuration, error)
	// Check asks whether the daemon would take the candidate, and touches nothing. Nil does not mean that Apply will
	// succeed: daemons refuse some things only when they are done.
	Check(ctx context.Context, candidate Configuration) error
	// Apply makes the daemon run the configuration: sessions that the difference does not concern stay up. It does not
	// touch what the daemon reads when it starts. An error means that the daemon may run something between the two; it is
	// a *StateError where more is known. To return, Apply the configuration from before.
	Apply(ctx context.Context, to Configuration) error
	// Differences compares what runs with what is wanted, through the dialect's model; none means that the daemon runs it.
	Differences(ctx context.Context, want Configuration) ([]Difference, error)
	// Persist makes the configuration the one that the daemon reads when it starts, atomically and with fsync.
	Persist(ctx context.Context, c Configuration) error
	// Incarnation changes when the daemon starts anew or when somebody else configures it, as far as the daemon tells:
	// what stood between two equal answers was not disturbed.
	Incarnation(ctx context.Context) (string, error)
	// Observe reads what the daemon decided.
	Observe(ctx context.Context) (Observation, error)
}

// StateError is an Apply that did not end well, with what is known of what the daemon runs now.
type StateError struct {
	Err         error        // what went wrong first
	Unreachable bool         // the daemon does not answer: nothing is known
	Left        []Difference // between what was to run and what runs
}

func (e *StateError) Error() string {
	switch {
	case e.Unreachable:
		return fmt.Sprintf("%v; the daemon does not answer, so what it runs is not known", e.Err)
	case len(e.Left) == 0:
		return fmt.Sprintf("%v; what runs is what was wanted all the same", e.Err)
	case len(e.Left) == 1:
		return fmt.Sprintf("%v; %s", e.Err, e.Left[0])
	}
	return fmt.Sprintf("%v; %s, and %d more differences", e.Err, e.Left[0], len(e.Left)-1)
}

func (e *StateError) Unwrap() error { return e.Err }

// Agent is what a controller asks of the agent beside a router's daemon, over the management network. Calls can be
// repeated: an agent that has done what is asked says so and does nothing. Errors are a *Refusal where the agent
// answered and touched nothing, a *Failure where it began and did not end well, and are ErrUnreachable where no answer
// came: what was asked may have been done then, and Status says whether it was.
type Agent interface {
	Status(ctx context.Context) (Status, error)
	Running(ctx context.Context) (Configuration, error)
	// Differences compares what runs with what is wanted, by the dialect's model.
	Differences(ctx context.Context, want Configuration) ([]Difference, error)
	Observe(ctx context.Context) (Observation, error)
	// Arm stores the candidate, what runs and the deadline on the device's disk. The daemon is not touched.
	Arm(ctx context.Context, order Order) (Status, error)
	// Apply gives the daemon the armed candidate and reads it back. Where it does not run afterwards the error is a
	// *Failure, and the agent has gone back or is on its way.
	Apply(ctx context.Context, change string) (Status, error)
	// Confirm ends the switch: the candidate stays, is what the daemon starts with, and joins the stored configurations.
	Confirm(ctx context.Context, change string) (Status, error)
	// Revert returns to what ran before and verifies it.
	Revert(ctx context.Context, change, reason string) (Status, error)
	// Stored lists the configurations that the router has had and can return to, the newest first.
	Stored(ctx context.Context) ([]Stored, error)
	// Restore returns to a stored configuration, which the daemon then also starts with: all that a rescue credential
	// may change. It ends an armed change.
	Restore(ctx context.Context, to Hash, reason string) (Status, error)
	Close() error
}

// Rescuer is all that a rescue asks of a router. Errors are those of Agent.
type Rescuer interface {
	Status(ctx context.Context) (Status, error)
	// Stored lists what the router can return to, the newest first.
	Stored(ctx context.Context) ([]Stored, error)
	// Lease takes the router for the holder, or prolongs what the holder has; where another has it, the lease is theirs and the
	// error a *Refusal. A lease ends by itself: a dead laptop locks nobody out. While it lasts the agent arms, applies and confirms nothing, and restores for the holder alone. An
	// empty holder only asks whose it is. Term is 1 s to 1 h.
	Lease(ctx context.Context, holder string, term time.Duration) (Lease, error)
	// Release gives back the holder's lease; one that is not the holder's is left.
	Release(ctx context.Context, holder string) error
	// RestoreFor is Agent.Restore by the holder of a lease, or by somebody where nobody has one.
	RestoreFor(ctx context.Context, to Hash, holder, reason string) (Status, error)
	Close() error
}

// Lease says who is bringing a router back. The zero value is nobody's.
type Lease struct {
	Holder string        // who and from where, as a person reads it; at most 200 bytes
	Since  time.Time     // by the router's wall clock, which may be wrong: for people
	Left   time.Duration // by the router's monotonic clock; 0: free
}

// Archive gives the bytes of the configurations that Agent.Stored lists.
type Archive interface {
	Recall(ctx context.Context, h Hash) (Configuration, error)
}

// Order is what an agent is armed with.
type Order struct {
	Change    string        // the change's id: confirm and revert name it. At most 128 bytes; an id that has ended is not taken again
	Base      Configuration // what must run now, by the model; the agent refuses where it does not
	Candidate Configuration
	Window    time.Duration // from arming to the deadline
	Guards    []Guard       // what makes the agent revert by itself before the deadline
}

// Guard is lost when any of its neighbors is not established or any of its prefixes has no best route, for longer
// than For.
type Guard struct {
	Neighbors []string // as the daemon names them
	Prefixes  []string // in CIDR notation
	For       time.Duration
}

// Phase is where the switch stands.
type Phase string

const (
	Idle     Phase = "idle"     // nothing is armed
	Armed    Phase = "armed"    // all is on disk and the daemon was not touched
	Applying Phase = "applying" // the daemon is being given the candidate
	Applied  Phase = "applied"  // the candidate runs, read back and verified, and is not confirmed
	// Confirming: the confirmation is on disk and stands; what the daemon starts with is not yet written.
	Confirming Phase = "confirming"
	Reverting  Phase = "reverting" // on the way back
	Stuck      Phase = "stuck"     // the way back failed: Detail says what is where; the agent goes on trying
)

// Status is an agent's word about its router.
type Status struct {
	Router    string
	Phase     Phase
	Change    string        // the armed change, or the last one
	Remaining time.Duration // to the deadline, by the agent's own monotonic clock; only while a change is armed
	Base      Hash          // what the switch returns to, while armed
	Candidate Hash          // what is armed
	Confirmed Hash          // the configuration confirmed last
	Outcome   Outcome       // of the last change that ended
	Detail    string        // one sentence for a person
	Agent     string        // the agent's version
	BootID    string        // of the machine
}

// Outcome is how a change ended on a router.
type Outcome string

const (
	NoOutcome Outcome = ""
	Confirmed Outcome = "confirmed"
	Reverted  Outcome = "reverted"
	Restored  Outcome = "restored" // to a stored configuration, by a rescue
)

// RunsAlready stands in the Detail of a restore that found the configuration running and left the daemon alone.
const RunsAlready = "it ran already, and was not touched"

// Stored is a configuration that the router has had.
type Stored struct {
	Hash   Hash
	Change string    // the change that brought it
	At     time.Time // by the router's wall clock
	Files  []string  // names
}

// Refusal is an agent's no: it answered, and nothing was touched. Code is one of the declared words.
type Refusal struct {
	Code   RefusalCode
	Detail string // one line for a person, with the values seen
}

// RefusalCode says why an agent refuses.
type RefusalCode string

const (
	RefusedRole      RefusalCode = "role"      // the certificate's role may not do this
	RefusedArmed     RefusalCode = "armed"     // another change is armed
	RefusedDrift     RefusalCode = "drift"     // what runs is not the order's base
	RefusedCandidate RefusalCode = "candidate" // the daemon would not take it
	RefusedUnknown   RefusalCode = "unknown"   // no such change or stored configuration
	RefusedPhase     RefusalCode = "phase"     // not at this point, e.g. confirm before apply
	RefusedStorage   RefusalCode = "storage"   // the disk did not take it
	RefusedInvalid   RefusalCode = "invalid"   // the order makes no sense
	RefusedEnded     RefusalCode = "ended"     // the change has ended here already: a new try is a new id
	RefusedDaemon    RefusalCode = "daemon"    // the daemon does not answer
	RefusedLease     RefusalCode = "lease"     // somebody is bringing the router back
)

func (r *Refusal) Error() string { return r.Detail }

// Failure is what an agent began and could not end as asked. Status is where it stands since: a candidate that did not
// run is reverted, or the agent is stuck on the way back and goes on trying.
type Failure struct {
	Status Status
	Detail string // one line for a person, with the values seen
}

func (f *Failure) Error() string { return f.Detail }

// ErrUnreachable is wrapped where an agent gave no answer: whether it did what was asked is not known.
var ErrUnreachable = errors.New("the agent does not answer")
