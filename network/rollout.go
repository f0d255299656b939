package network

import (
	"net/netip"
	"time"
)

// Rollout is what routegate.yaml says of rollouts. Zero values are "not said": who runs the rollout has its defaults.
type Rollout struct {
	Present bool // the key was there

	Bake     time.Duration // how long a wave is watched; never shorter than the slowest timer that the change can wake
	Margin   time.Duration // before the deadline, in which nothing is confirmed any more
	Pace     time.Duration // between waves, and between steps on the way back
	HasPace  bool
	Patience time.Duration // how long an agent may not answer
	Guard    time.Duration // how long sessions may be gone before the agent goes back by itself
	HasGuard bool
	MaxWave  int // routers in a wave, after the canaries
	// LossPercent is how much of what no file says may be gone during a bake.
	LossPercent    int
	HasLossPercent bool
	VerdictAge     time.Duration // how old a verdict may be
	DrillAge       time.Duration // how old the last drill of the rescue may be; 0: none is required
	AcceptLoss     []string      // routers whose loss protected prefixes need not survive

	Approvals   []RolloutNeed
	Approvers   []RolloutApprover // sorted by Name
	OwnApproval bool
	Freezes     []RolloutFreeze
	Signals     []RolloutSignal // in file order
	Agents      RolloutAgents
	Pack        string         // the rescue's plan by which the bundle is made anew after a confirmed rollout; "": it is not
	Probes      []RolloutProbe // in file order
	Prometheus  RolloutPrometheus
	BMP         RolloutBMP
	Span        Span
}

// RolloutVantage is where probes leave from.
type RolloutVantage struct {
	Name      string
	Source    netip.Addr
	Interface string
}

// RolloutProbe is a service that is asked again and again while a wave bakes.
type RolloutProbe struct {
	Name, Kind  string // icmp, tcp, dns or http
	Address     netip.Addr
	Port        uint16
	Query, URL  string
	Status      int
	From        RolloutVantage
	Count       int     // a look; 0 is 1
	LossPercent float64 // of them that may fail
	Slow        time.Duration
	Timeout     time.Duration
}

// RolloutPrometheus is a server and what it is asked.
type RolloutPrometheus struct {
	URL     string
	Queries []RolloutQuery
}

// RolloutQuery is a query with its limits; nil is none.
type RolloutQuery struct {
	Name, PromQL string
	Below, Above *float64
	EmptyIsGood  bool
}

// RolloutBMP is where routers send BMP to. Zero: nowhere.
type RolloutBMP struct {
	Listen    netip.AddrPort
	Withdrawn int // prefixes that may be gone from a router
}

// RolloutNeed is how many people of a role must approve.
type RolloutNeed struct {
	Role  string
	Count int
}

// RolloutApprover is an account and the roles that it approves for.
type RolloutApprover struct {
	Name  string
	Roles []string
}

// RolloutFreeze is a time in which no wave begins: From to To, or every week on Days from Start to End of the day.
type RolloutFreeze struct {
	Name       string
	From, To   time.Time
	Days       []time.Weekday
	Start, End time.Duration
	Zone       string
}

// RolloutSignal says how a signal is looked at. A nil field is not said.
type RolloutSignal struct {
	Name                      string
	Interval, Delay           *time.Duration
	FailureLimit, NoDataLimit *int
	Span                      Span
}

// RolloutAgents say how agents are spoken to. The files are relative to the snapshot, or to where the command runs.
type RolloutAgents struct {
	Port                 int // 0: 7443
	CA, Certificate, Key string
}
