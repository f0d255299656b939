package gate

// Comparison is what a change is and does, without a judgement.
type Comparison struct {
	// The network's name, from routegate.yaml.
	Network string `json:"network"`
	// The snapshot that runs.
	Before Side `json:"before"`
	// The snapshot that is proposed.
	After Side `json:"after"`
	// The configuration changes, by router.
	Changes Changes `json:"changes"`
	// What the changes do to the network.
	Effects Effects `json:"effects"`
	// How much of the configuration the gate understands.
	Coverage Coverage `json:"coverage"`
	// Conclusions that stand in no file; what differs is marked with its side.
	Assumptions []string `json:"assumptions"`
	// Reasons to look twice.
	Warnings []string `json:"warnings"`
}

// DiffSchema names the version of the Difference document.
const DiffSchema = "routegate.diff/v1"

// Difference is a Comparison as a document of its own.
type Difference struct {
	// The document's version: routegate.diff/v1.
	Schema string `json:"schema"`

	Comparison
}

// Side is one snapshot.
type Side struct {
	// The folder or git revision.
	Where string `json:"where"`
	// SHA-256 over the routers' files: equal digests are equal configurations.
	Digest string `json:"digest"`
	// How many routers it has.
	Routers int `json:"routers"`
	// How many lines of configuration, blank ones not counted.
	Lines int `json:"lines"`
}

// Changes are the typed differences of the configurations.
type Changes struct {
	// False: the run ended before they were found.
	Known bool `json:"known"`
	// Routers whose configuration changes.
	RoutersChanged []string `json:"routers_changed"`
	// Routers that only the proposed side has.
	RoutersAdded []string `json:"routers_added"`
	// Routers that only the running side has.
	RoutersRemoved []string `json:"routers_removed"`
	// What changes, by router; the router is empty for routegate.yaml and links.
	Items []Change `json:"items"`
	// How the sets of routes that policies and filters let pass change.
	Spaces []Space `json:"spaces"`
	// Lines outside of the model that the change adds or removes.
	NotModelled []LedgerLine `json:"not_modelled"`
}

// Change is one typed change of configuration.
type Change struct {
	// The router.
	Router string `json:"router"`
	// Where in the configuration: bgp/neighbor 10.0.0.1/ipv4-unicast/import.
	Path string `json:"path"`
	// added, removed, modified, moved, renumbered or renamed.
	Kind string `json:"kind"`
	// What it is: neighbor, policy, statement, prefix-set, interface, ...
	Object string `json:"object"`
	// Its name.
	Name string `json:"name"`
	// The value before.
	Before string `json:"before"`
	// The value after.
	After string `json:"after"`
	// False: proven to mean the same.
	HasEffect bool `json:"has_effect"`
	// One line for people.
	Summary string `json:"summary"`
	// The neighbors that inherit a changed setting of a peer group.
	Members []string `json:"members"`
	// The lines.
	Sources []Source `json:"sources"`
	// The declarations of the change's intent that name its path.
	Declared []string `json:"declared"`
}

// Space says how the set of routes that a policy or filter lets pass changes.
type Space struct {
	// The router.
	Router string `json:"router"`
	// Where it is used: bgp/neighbor 10.0.0.1/ipv4-unicast/import; or the definition where nobody uses it.
	Path string `json:"path"`
	// Everywhere it is used alike.
	Users []string `json:"users"`
	// The policies or filters as written.
	Name string `json:"name"`
	// Some route is accepted that was refused.
	Grew bool `json:"grew"`
	// Some route is refused that was accepted.
	Shrank bool `json:"shrank"`
	// Some route that passes on both sides leaves with other attributes.
	Alters bool `json:"alters"`
	// Proven over all routes; else checked on representative ones.
	Complete bool `json:"complete"`
	// Routes that are treated differently, one for each of the above that holds.
	Witnesses []Witness `json:"witnesses"`
	// Clauses that are not simulated and that were met.
	Uncertain []string `json:"uncertain"`
	// One line for people.
	Summary string `json:"summary"`
}

// Witness is one route that a policy treats differently than before.
type Witness struct {
	// accepted, refused or altered: what is new.
	Now string `json:"now"`
	// The route.
	Route string `json:"route"`
	// What happens to it before, and what decides.
	Before string `json:"before"`
	// What happens to it after, and what decides.
	After string `json:"after"`
	// The lines that decide on both sides.
	Sources []Source `json:"sources"`
}

// LedgerLine is a line outside of the model that the change touches.
type LedgerLine struct {
	// The router.
	Router string `json:"router"`
	// added or removed.
	Kind string `json:"kind"`
	// Why it is not modelled.
	Reason string `json:"reason"`
	// What it might change: anything, sessions, routes, forwarding, other protocols.
	Affects string `json:"affects"`
	// The line.
	Source Source `json:"source"`
}

// Coverage counts lines by what the gate knows of them.
type Coverage struct {
	// Lines that the model represents and the simulation obeys, on the proposed side.
	Modelled int `json:"modelled"`
	// Lines that cannot change a route.
	Irrelevant int `json:"irrelevant"`
	// Lines that the gate does not understand.
	NotModelled int `json:"not_modelled"`
	// How many lines that are not modelled the change adds or removes.
	Touched int `json:"touched"`
	// Routers with lines that are not modelled.
	Routers []RouterCoverage `json:"routers"`
}

// RouterCoverage is the coverage of one router that has lines outside of the model.
type RouterCoverage struct {
	// The router.
	Router string `json:"router"`
	// Lines that are not modelled.
	NotModelled int `json:"not_modelled"`
	// The reasons with the number of lines of each, most frequent first; at most ten.
	Reasons []CountedReason `json:"reasons"`
}

// CountedReason is a reason with the number of lines that it concerns.
type CountedReason struct {
	// Why the lines are not modelled.
	Reason string `json:"reason"`
	// How many lines.
	Lines int `json:"lines"`
	// The first of them.
	Example Source `json:"example"`
}

// Differs reports whether anything changes, in the configuration or in what it does.
func (c *Comparison) Differs() bool {
	e := &c.Effects
	return !c.Changes.none() || len(e.Sessions)+len(e.Outside)+len(e.Routes)+len(e.Reachability)+len(e.Redundancy)+len(e.Origins) > 0
}
