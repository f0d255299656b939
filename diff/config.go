package diff

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// ConfigDiff is the difference of two configurations. Equal networks give an empty
// one. Every list is sorted; a ConfigDiff is read-only once made.
type ConfigDiff struct {
	RoutersAdded, RoutersRemoved []string // names, sorted
	RoutersChanged               []string // on both sides, with at least one change or ledger change
	// Changes, by router (those of the environment, whose Router is "", first), then in the
	// order of the model: interfaces, VRFs with their protocols, policies, sets. A router that is added
	// or removed is one change.
	Changes []Change
	// Spaces compare the meaning of every policy chain and filter that a neighbor, a
	// redistribution or a network statement uses and whose definition changed anywhere, where a
	// difference was found or could not be excluded (SpaceChange.Equal, not Complete). Also every
	// prefix list that accepts other prefixes, and changed policies that nothing uses. Sorted by
	// router and path.
	Spaces []SpaceChange
	// Ledger are the lines outside of the model that the change adds, removes or alters.
	Ledger []LedgerChange
	// NotModelled counts the lines outside of the model that stand unchanged, by router; sorted.
	NotModelled []LedgerCount
}

// Empty reports whether nothing changes at all. Counts of unchanged lines are no change.
func (d *ConfigDiff) Empty() bool {
	return len(d.RoutersAdded) == 0 && len(d.RoutersRemoved) == 0 && len(d.Changes) == 0 && len(d.Spaces) == 0 && len(d.Ledger) == 0
}

// Change is one typed change of configuration.
type Change struct {
	Router string // "" for routegate.yaml and links
	// Path names the place by typed steps: "bgp/neighbor 10.0.0.1/ipv4-unicast/import", "policy
	// TRANSIT-IN/entry 10/match", "prefix-set CUSTOMERS/entry 5", "interface eth0/address 10.0.0.1/30".
	// Objects of a VRF start with "vrf NAME/".
	Path   string
	Kind   ChangeKind
	Object Object
	Name   string // of the object: a neighbor's key, a policy's name
	// Before and After are the values, rendered short; "" where the object is not there or
	// has no short form. Secrets are "(secret)".
	Before, After string
	// BeforeSpan and AfterSpan are the lines, in the file of that side; zero where nothing says so.
	BeforeSpan, AfterSpan network.Span
	// Effect is NoEffect only where the change is proven to mean nothing for routing.
	Effect  Effect
	Summary string // one plain sentence, without the router's name
	// Members are the neighbors that inherit a changed peer group setting; sorted keys.
	Members []string
}

// Span is the position to point at: that of the after side where there is one.
func (c *Change) Span() (s network.Span, after bool) {
	if !c.AfterSpan.IsZero() && c.Kind != Removed {
		return c.AfterSpan, true
	}
	if !c.BeforeSpan.IsZero() {
		return c.BeforeSpan, false
	}
	return c.AfterSpan, true
}

// ChangeKind is what happened to an object.
type ChangeKind uint8

const (
	Added ChangeKind = iota
	Removed
	Modified
	Moved      // an entry of an ordered list stands elsewhere among the others
	Renumbered // same content and order, another number
	Renamed    // same content, another name, and everything that referred to it follows
)

func (k ChangeKind) String() string {
	return [...]string{"added", "removed", "modified", "moved", "renumbered", "renamed"}[k]
}

// Object is the kind of thing that changed.
type Object uint8

const (
	ObjectRouter Object = iota
	ObjectInterface
	ObjectVRF
	ObjectStatic
	ObjectBGP
	ObjectPeerGroup
	ObjectNeighbor
	ObjectNetwork        // a BGP network statement
	ObjectRedistribution // into BGP or OSPF
	ObjectAggregate
	ObjectOSPF
	ObjectPolicy
	ObjectStatement
	ObjectPrefixSet
	ObjectASPathSet
	ObjectCommunitySet
	ObjectNeighborSet
	ObjectLink
	ObjectEnvironment // routegate.yaml
)

func (o Object) String() string {
	return [...]string{"router", "interface", "vrf", "static-route", "bgp", "peer-group", "neighbor", "network",
		"redistribution", "aggregate", "ospf", "policy", "statement", "prefix-set", "as-path-set", "community-set",
		"neighbor-set", "link", "environment"}[o]
}

// Effect says whether a change can mean anything for routing.
type Effect uint8

const (
	MayMatter Effect = iota
	NoEffect         // proven: descriptions, renumberings, reorderings and renamings that mean the same
)

func (e Effect) String() string { return [...]string{"may matter", "no effect"}[e] }

// SpaceChange says how the set of routes that a policy or filter lets pass changes.
type SpaceChange struct {
	Router string
	// Path is the user of the policy ("bgp/neighbor 10.0.0.1/ipv4-unicast/import"), or the definition
	// itself ("prefix-set Y"; "policy X" where nobody uses it).
	Path     string
	Name     string   // the chain as written: "TRANSIT-IN", "A, B", "prefix-list X"
	Users    []string // all paths that use exactly the same chain in the same direction, Path included; sorted
	Grew     bool     // some route is accepted that was refused
	Shrank   bool     // some route is refused that was accepted
	Alters   bool     // some route that passes on both sides leaves with other attributes
	Complete bool     // proven over all routes (prefix lists); else checked on Probes representative ones
	Probes   int
	// The witnesses; nil where the flag is not set.
	GrewBy, ShrankBy, AltersBy *SpaceWitness
	Uncertain                  []string // clauses that are not simulated and were met; sorted
	// BeforeSpan and AfterSpan are the user's, or the definition's.
	BeforeSpan, AfterSpan network.Span
	Summary               string // one plain sentence
}

// Equal reports whether no difference was found.
func (s *SpaceChange) Equal() bool { return !s.Grew && !s.Shrank && !s.Alters }

// SpaceWitness is one route that is treated differently, with what decides on each side.
type SpaceWitness struct {
	Route         string // "203.0.113.0/24 with AS path 65001 and community 65000:100"
	Before, After string // what happens to it: "accepted by TRANSIT-IN 10, local preference 200", "refused by default"
	// BeforeSpan and AfterSpan are the lines that decide.
	BeforeSpan, AfterSpan network.Span
}

// LedgerChange is a line outside of the model that the change touches. An altered line
// is one that is removed and one that is added.
type LedgerChange struct {
	Router  string
	Kind    ChangeKind // Added or Removed
	Context string
	Text    string
	Reason  string
	Affects network.Affects
	Span    network.Span // in the file of its side
}

// LedgerCount is the number of lines outside of the model that stand on both sides.
type LedgerCount struct {
	Router  string
	Lines   int
	Affects []network.Affects // which kinds occur; sorted
}

// Configuration compares two networks as they are configured. Routers that both
// share (the same *network.Router, as config makes them for files of the same bytes)
// are not looked into. Files are not compared: a change that is no change of the
// model or of the ledger (comments, order of commands) does not appear.
func Configuration(before, after *network.Network) *ConfigDiff {
	c := &comparison{before: before, after: after, out: &ConfigDiff{}}
	c.environment()
	c.links()
	c.routers()
	c.finish()
	return c.out
}

// step joins typed path steps.
func step(parts ...string) string {
	var f []string
	for _, p := range parts {
		if p != "" {
			f = append(f, p)
		}
	}
	return strings.Join(f, "/")
}
