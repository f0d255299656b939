package canary

import "time"

// Action is something to be done, once the event that asks for it is in the journal. Each ends in one event, which
// says how it went. Which fields count depends on Do.
type Action struct {
	Do      Call   `json:"do"`
	Router  string `json:"router,omitempty"`
	Wave    int    `json:"wave,omitempty"`
	Attempt int    `json:"attempt,omitempty"`
	Signal  string `json:"signal,omitempty"`
	// Change is the id that the agent is asked by; Back: the candidate is replaced by the base.
	Change string        `json:"change,omitempty"`
	Back   bool          `json:"back,omitempty"`
	Window time.Duration `json:"window,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Call is an action's word.
type Call string

const (
	DoVerify   Call = "verify"   // compute the change's binding anew: Verified
	DoCheck    Call = "check"    // a router's pre-flight: Checked
	DoBaseline Call = "baseline" // observe a wave's routers and those beside them: Baseline
	DoLook     Call = "look"     // measure a signal: Look
	DoAsk      Call = "ask"      // an agent's status: Answer; so are those below
	DoArm      Call = "arm"
	DoApply    Call = "apply"
	DoConfirm  Call = "confirm"
	DoRevert   Call = "revert"
)
