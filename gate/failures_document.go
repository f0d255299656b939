package gate

// Failures says what any single failure would lose of what is protected, before and after the change.
type Failures struct {
	// What was tried: links, routers; empty where nothing was asked for.
	Asked []string `json:"asked"`
	// False: nothing was asked for, or the run ended before it was found.
	Known bool `json:"known"`
	// How it went without the change.
	Before FailureCounts `json:"before"`
	// How it went with the change.
	After FailureCounts `json:"after"`
	// The failures that lose something, by status, then links before routers.
	Losses []FailureLoss `json:"losses"`
}

// FailureCounts are the numbers of failures of one side.
type FailureCounts struct {
	// How many links were failed, one at a time.
	Links int `json:"links"`
	// How many routers were failed, one at a time.
	Routers int `json:"routers"`
	// How many of both were proved harmless from the state before the failure.
	Proved int `json:"proved"`
	// How many of both the network was solved anew for.
	Anew int `json:"anew"`
	// How many of both lose something.
	Losing int `json:"losing"`
}

// FailureLoss is what one failure loses.
type FailureLoss struct {
	// What fails: link a eth0 – b eth0; port a eth0, of a shared segment or towards the outside; router a.
	Failure string `json:"failure"`
	// link or router.
	Kind string `json:"kind"`
	// The router that fails, or those at the link.
	Routers []string `json:"routers"`
	// new: nothing of it was lost without the change; worse: some of it was; standing: all of it was; mended: the
	// change loses nothing any more that was lost without it.
	Status string `json:"status"`
	// What is lost, by protected prefix and source.
	Lost []FailureLost `json:"lost"`
}

// FailureLost is one protected prefix that one source loses.
type FailureLost struct {
	// Its name in routegate.yaml.
	Name string `json:"name"`
	// The prefix.
	Prefix string `json:"prefix"`
	// The source of reachable-from; origin: nobody originates the prefix any more.
	Source string `json:"source"`
	// The routers of the source that lose it: examples, at most ten.
	Losing []string `json:"losing"`
	// How many lose it.
	Count int `json:"count"`
	// How many lost it in the same failure without the change.
	CountBefore int `json:"count_before"`
	// How the packet of the first of them ends.
	Outcome string `json:"outcome"`
	// The router where it ends.
	At string `json:"at"`
	// Its way without the failure, hop by hop.
	Path []string `json:"path"`
	// Its way with the failure.
	Drop []string `json:"drop"`
}
