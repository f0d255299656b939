package canary

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
)

// Plan is all that a rollout is going to do, fixed before anything is touched. It holds no configuration: those are
// objects of the journal.
type Plan struct {
	// ID names the rollout, and what agents are armed with begins with it.
	ID string `json:"id"`
	// Network is the name in reports.
	Network string `json:"network"`
	// Before and After are the snapshots as the verdict names them.
	Before string `json:"before"`
	After  string `json:"after"`
	// Root is the folder that both are relative to.
	Root string `json:"root"`
	// Waivers are those without which the verdict would have been another one.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Rules are the user's policies, where they are none of the proposed snapshot.
	Rules Rules `json:"rules,omitzero"`
	// Identity are the files of the credential that agents are called with.
	Identity Identity `json:"identity"`
	// LossPercent is how much of what no file says may be gone during a bake.
	LossPercent int `json:"loss_percent"`
	// Binding is the hash over what was judged: both snapshots and the policies. Approvals are bound to it.
	Binding string    `json:"binding"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`

	Waves   []Wave   `json:"waves"`
	Routers []Router `json:"routers"` // that change, sorted by name
	// Watched are the routers beside them that have an agent and are looked at: neighbors of those that change.
	Watched []Station `json:"watched"`
	// Unwatched are neighbors without an agent: what they receive is not seen.
	Unwatched []string `json:"unwatched"`

	Bake Bake `json:"bake"`
	// Margin is how long before its deadline a router is reverted rather than confirmed.
	Margin time.Duration `json:"margin"`
	// Pace is the time between two waves, and between two steps on the way back.
	Pace time.Duration `json:"pace"`
	// Patience is how long an agent may be out of reach before the rollout gives up on an answer.
	Patience time.Duration `json:"patience"`
	// Guard is how long sessions and protected prefixes may be gone before the agent itself reverts; 0: no guard.
	Guard time.Duration `json:"guard"`

	// Protected are the prefixes that must never be lost, in CIDR notation.
	Protected []string `json:"protected"`

	Signals []SignalSetting `json:"signals"`
	// Watches are the settings of signals that this package does not have itself: who leads the rollout makes them of it.
	Watches   json.RawMessage `json:"watches,omitempty"`
	Approvals []Need          `json:"approvals"`
	Approvers []Approver      `json:"approvers"`
	// OwnApproval: who starts the rollout may approve it.
	OwnApproval bool     `json:"own_approval"`
	Freezes     []Freeze `json:"freezes"`
	// Pack is the plan (rescue.yaml, an absolute path) by which the rescue bundle is made anew once the rollout is confirmed; "": none is.
	Pack string `json:"pack,omitempty"`
	// PackSnapshot is where that plan takes addresses from, if it does not say so itself: what is rolled out, an absolute path or git:REF.
	PackSnapshot string `json:"pack_snapshot,omitempty"`
}

// Identity names the files of a credential: the authority that is trusted, the certificate and its key.
type Identity struct {
	CA          string `json:"ca"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// Station is a router and where its agent is.
type Station struct {
	Name    string `json:"name"`
	Address string `json:"address"` // a literal IP address and a port
}

// Router is a router that changes.
type Router struct {
	Station
	Role      string      `json:"role"`
	Site      string      `json:"site"`
	Group     string      `json:"group"`
	Base      device.Hash `json:"base"`
	Candidate device.Hash `json:"candidate"`
	// BaseObject and CandidateObject name the configurations among the journal's objects.
	BaseObject      string `json:"base_object"`
	CandidateObject string `json:"candidate_object"`
	// Neighbors are the routers at the other ends of its sessions.
	Neighbors []string `json:"neighbors"`
}

// Wave is the routers that are changed at once.
type Wave struct {
	Routers []string `json:"routers"`
	// Why these: "first canary of role edge", "role leaf".
	Why string `json:"why"`
	// Prediction names the simulation's word for this wave among the journal's objects.
	Prediction string `json:"prediction"`
}

// Bake is how long a wave is watched, and why not shorter.
type Bake struct {
	For time.Duration `json:"for"`
	// Least is the slowest timer that the change can wake: For is never shorter.
	Least  time.Duration `json:"least"`
	Timers []Timer       `json:"timers"`
}

// Timer is a timer of a daemon that can hold back what a change does.
type Timer struct {
	Name    string        `json:"name"` // "conditional advertisement"
	For     time.Duration `json:"for"`
	Routers []string      `json:"routers"`
}

// Need is how many people of a role must approve.
type Need struct {
	Role  string `json:"role"`
	Count int    `json:"count"`
}

// Approver is a person by the name of the account, with the roles to approve for.
type Approver struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Router finds a router that changes; nil where there is none of that name.
func (p *Plan) Router(name string) *Router {
	i := slices.IndexFunc(p.Routers, func(r Router) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Routers[i]
}

// Prediction is the simulation's word for a wave: what its routers and those beside them should decide without it and
// with it.
type Prediction struct {
	Before map[string]device.Observation `json:"before"`
	After  map[string]device.Observation `json:"after"`
}

// Waiver is a waiver that lifts findings of the change, as the verdict has it.
type Waiver struct {
	// Its name.
	Name string `json:"name"`
	// The policy whose findings it lifts.
	Policy string `json:"policy"`
	// Why.
	Reason string `json:"reason"`
	// Who answers for it.
	Owner string `json:"owner"`
	// The second person; empty for none.
	ApprovedBy string `json:"approved_by"`
	// The last day on which it holds, in UTC.
	Expires string `json:"expires"`
	// How many findings it lifts.
	Lifts int `json:"lifts"`
}

// Rules name the user's policies by absolute paths: a folder or a bundle, and the keys that it must be signed with.
type Rules struct {
	Policies string   `json:"policies,omitempty"`
	Keys     []string `json:"keys,omitempty"`
}

// Window is from arming to the deadline: the time to apply, the bake, and the margin.
func (p *Plan) Window() time.Duration { return p.Bake.For + 2*p.Margin }
