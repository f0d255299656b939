package gate

import "time"

// VerdictSchema names the version of the Verdict document.
const VerdictSchema = "routegate.verdict/v1"

// Decision is what the gate says of a change.
type Decision string

// The three verdicts. Only Allow is exit code 0.
const (
	Allow   Decision = "allow"
	Deny    Decision = "deny"
	Unknown Decision = "unknown"
)

// Verdict is the outcome of a check: what changes, what that does, which policies it
// breaks and whether it may go out. Lists are sorted and never null.
type Verdict struct {
	// The document's version: routegate.verdict/v1.
	Schema string `json:"schema"`
	// allow, deny or unknown. Unknown blocks as deny does.
	Verdict Decision `json:"verdict"`
	// One sentence that says why.
	Summary string `json:"summary"`
	// Why the gate could not judge: not empty exactly where the verdict is unknown, or
	// would be if it were not deny.
	Unknowns []Reason `json:"unknowns"`
	// What the change causes or makes worse, gravest first.
	Findings []Finding `json:"findings"`
	// What the base has as well: no reason to refuse this change, unless a setting says so.
	Standing []Finding `json:"standing"`
	// Policies that did not apply, and why.
	NotApplied []NotApplied `json:"not_applied"`
	// How many findings there are of each kind.
	Counts Counts `json:"counts"`
	// The policies that judged.
	Policies PolicySet `json:"policies"`
	// What was judged, by its hashes: a rollout and its approvals are bound to it.
	Binding Binding `json:"binding"`
	// What any single failure would lose, where failures were asked for.
	Failures Failures `json:"failures"`
	// The waivers of the proposed side, and what each lifts.
	Waivers []Waiver `json:"waivers"`
	// What the change declares of itself, and what came of it.
	Intent Intent `json:"intent"`
	// How links carry the traffic that is stated, where any is.
	Capacity Capacity `json:"capacity"`

	Comparison

	// How the run went: differs from run to run and is no part of the judgement.
	Run *Run `json:"run,omitempty"`
}

// Reason is one reason why the gate cannot judge.
type Reason struct {
	// not-modelled, does-not-converge, uncertain, policy, policy-error, timeout or internal-error.
	Kind string `json:"kind"`
	// The policy that says so; empty where the gate itself does.
	Policy string `json:"policy"`
	// One sentence.
	Message string `json:"message"`
	// The routers concerned.
	Routers []string `json:"routers"`
	// The lines that it is about.
	Sources []Source `json:"sources"`
	// What a person can do about it.
	Hint string `json:"hint"`
}

// Kinds of Reason.
const (
	ReasonNotModelled = "not-modelled"
	ReasonDiverges    = "does-not-converge"
	ReasonUncertain   = "uncertain"
	ReasonPolicy      = "policy" // a policy of level "unknown" has a finding
	ReasonPolicyError = "policy-error"
	ReasonTimeout     = "timeout"
	ReasonInternal    = "internal-error"
)

// Finding is one thing that a policy holds against the change.
type Finding struct {
	// The policy's id, group/name.
	Policy string `json:"policy"`
	// The policy's title.
	Title string `json:"title"`
	// hard and soft refuse the change; advisory and shadow do not.
	Level string `json:"level"`
	// new: the change causes it; worse: the change makes it worse; change: it is
	// about the change itself; standing: the base has it too.
	Status string `json:"status"`
	// Whether this finding refuses the change.
	Denies bool `json:"denies"`
	// The waiver that lifts it: it refuses nothing then; empty for none.
	Waived string `json:"waived"`
	// The declarations of the change's intent that are about its prefixes or neighbors at its routers. They excuse nothing.
	Declared []string `json:"declared"`
	// One sentence.
	Message string `json:"message"`
	// The routers concerned.
	Routers []string `json:"routers"`
	// The neighbors concerned.
	Neighbors []string `json:"neighbors"`
	// Prefixes concerned: examples, at most ten.
	Prefixes []string `json:"prefixes"`
	// How many prefixes or things it is about in all.
	Count int `json:"count"`
	// The lines of configuration that cause it.
	Sources []Source `json:"sources"`
	// What was seen on both sides.
	Values []Value `json:"values"`
	// The simulated path or table that proves it, line by line.
	Proof []string `json:"proof"`
	// What a person can do about it.
	Hint string `json:"hint"`
	// The policy's page, shown by `routegate policy show`.
	Page string `json:"page"`
	// Lines outside of the model, on the routers concerned, that could make the finding wrong.
	Doubts []string `json:"doubts"`
}

// Source is a range of lines of one configuration file, quoted: what the change alters of it,
// where it alters any of it. Secrets are masked.
type Source struct {
	// before or after: the snapshot that the lines stand in.
	Side string `json:"side"`
	// The file's path inside of the snapshot.
	File string `json:"file"`
	// The first line, from 1; 0 where the whole file is meant.
	First int `json:"first"`
	// The last line, inclusive.
	Last int `json:"last"`
	// The enclosing block of the first line, where it is indented below one.
	Context *Line `json:"context,omitempty"`
	// The lines: all of a short range, the first ones of a long range.
	Lines []Line `json:"lines"`
	// Lines that stood here before and that the change takes away, with their numbers there.
	Removed []Line `json:"removed"`
}

// Line is one line of configuration.
type Line struct {
	// Its number, from 1.
	Number int `json:"number"`
	// Its text without the line break; secrets are masked.
	Text string `json:"text"`
	// The other side does not have this line: the change adds, removes or alters it.
	Changed bool `json:"changed"`
}

// Value is one observed value on both sides.
type Value struct {
	// What was measured.
	Name string `json:"name"`
	// Its value before the change.
	Before string `json:"before"`
	// Its value after the change.
	After string `json:"after"`
}

// NotApplied is a policy that could not say anything about this network.
type NotApplied struct {
	// The policy's id.
	Policy string `json:"policy"`
	// Why, and what would make it apply.
	Why string `json:"why"`
}

// Counts are the numbers of findings.
type Counts struct {
	// Findings that refuse the change.
	Denying int `json:"denying"`
	// Findings by level, standing ones not counted.
	Hard     int `json:"hard"`
	Soft     int `json:"soft"`
	Advisory int `json:"advisory"`
	Shadow   int `json:"shadow"`
	// Findings that the base has too.
	Standing int `json:"standing"`
	// Findings, standing ones among them, that a waiver lifts.
	Waived int `json:"waived"`
}

// PolicySet says which policies judged.
type PolicySet struct {
	// How many policies were evaluated.
	Evaluated int `json:"evaluated"`
	// How many of them came from the snapshot's own policies folder.
	Own int `json:"own"`
	// SHA-256 over the policies, their levels and parameters.
	Digest string `json:"digest"`
}

// Run is about the run and not about the change.
type Run struct {
	// The version of routegate.
	Version string `json:"version"`
	// When the run started.
	Started time.Time `json:"started"`
	// How long it took, in milliseconds.
	Milliseconds float64 `json:"milliseconds"`
	// The stages in order, with the time of each.
	Stages []Stage `json:"stages"`
	// The stack of a crash, for its report.
	Crash string `json:"crash,omitempty"`
}

// Stage is the time that one stage took.
type Stage struct {
	// load, compare configurations, route, compare behaviours, draft, failures, independence, capacity, facts, judge.
	Name string `json:"name"`
	// In milliseconds.
	Milliseconds float64 `json:"milliseconds"`
}

// ExitCode is the process's exit code for the verdict: 0 allow, 1 deny, 2 unknown.
func (v *Verdict) ExitCode() int {
	switch v.Verdict {
	case Allow:
		return 0
	case Deny:
		return 1
	}
	return 2
}
