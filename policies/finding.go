package policies

// Finding is one thing that a policy holds against a network or a change: an element of the set
// `findings` in the policy's package. The engine adds Policy, Level, Title and Page from the METADATA.
type Finding struct {
	Policy string `json:"policy"` // group/name
	Level  string `json:"level"`  // shadow, advisory, soft, hard; or unknown: the gate cannot know, and says so
	Title  string `json:"title"`
	Page   string `json:"page"` // the policy's page in the repository; "" for a user's own policy
	// Status says whose doing it is: new (only the after side has it), worse (its measure grew),
	// standing (the before side has it as well), or change (a policy about the change itself).
	Status  string   `json:"status"`
	Key     string   `json:"key"`               // the same finding on both sides has the same key; never shown
	Measure *float64 `json:"measure,omitempty"` // how bad, for comparing both sides; more is worse
	// MeasureBefore is the other side's measure of a finding that is worse.
	MeasureBefore *float64 `json:"measure_before,omitempty"`
	Message       string   `json:"message"` // one sentence
	Routers       []string `json:"routers"`
	Neighbors     []string `json:"neighbors"`
	Prefixes      []string `json:"prefixes"` // examples, at most 10
	Count         int      `json:"count"`    // how many prefixes or things in all
	Spans         []Span   `json:"spans"`    // the lines that cause it
	Values        []Value  `json:"values"`   // what was seen
	Proof         []string `json:"proof"`    // the simulated path, line by line
	Hint          string   `json:"hint"`
}

// Value is one observed value on both sides.
type Value struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}
