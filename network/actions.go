package network

import "net/netip"

// Action changes a route. The concrete types below are all there are.
type Action interface {
	action()
	// Where is the line that says it.
	Where() Span
}

// Arithmetic is how a number is set.
type Arithmetic uint8

const (
	Assign Arithmetic = iota
	Add
	Subtract // not below 0
)

// EditMode is how a list-valued attribute is changed.
type EditMode uint8

const (
	Replace EditMode = iota
	AddTo
	RemoveFrom
)

func (m EditMode) String() string { return [...]string{"replace", "add", "remove"}[m] }

// The actions.
type (
	SetLocalPref struct {
		Pos
		Op    Arithmetic
		Value uint32
	}
	SetMED struct {
		Pos
		Op    Arithmetic
		Value uint32
		IGP   bool // the metric to the next hop (FRR `set metric igp`)
		// KeepOutOfRange: a sum outside of 32 bits leaves the MED as it is (GoBGP) instead of being clamped (FRR).
		KeepOutOfRange bool
	}
	SetWeight struct {
		Pos
		Value uint32
	}
	SetTag struct {
		Pos
		Value uint32
	}
	SetOrigin struct {
		Pos
		Value Origin
	}
	SetDistance struct {
		Pos
		Value uint8
	}
	// SetMetricType is the OSPF external metric type, 1 or 2.
	SetMetricType struct {
		Pos
		Type int
	}
	SetNextHop struct {
		Pos
		Kind    NextHopKind
		Address netip.Addr // for NextHopAddress
	}
	// PrependASPath puts AS numbers in front: AS, or the leftmost AS (LastAS) Repeat times.
	PrependASPath struct {
		Pos
		AS     []uint32
		LastAS bool
		Repeat int // of each of AS (one by default) or of the last AS
		// ConfedGoes: AS in front of a sequence of members of a confederation takes the place of all members in the path,
		// and such a path has no last AS (FRR).
		ConfedGoes bool
	}
	// ExcludeASPath removes AS numbers.
	ExcludeASPath struct {
		Pos
		AS  []uint32
		All bool
		Set string // AS path set whose matches are removed; "" otherwise
	}
	// ReplaceASPath puts the router's own (or With) for each of AS, or for every AS when Any.
	ReplaceASPath struct {
		Pos
		AS   []uint32
		Any  bool
		With uint32 // 0: the local AS
	}
	// SetCommunity edits standard communities by value, or removes those a set matches.
	SetCommunity struct {
		Pos
		Mode     EditMode
		Values   []Community // Replace with none: `set community none`
		Set      string      // community set whose matches are removed; "" otherwise
		Patterns []string    // RemoveFrom: expressions over one community (GoBGP); translated to RE2
	}
	SetLargeCommunity struct {
		Pos
		Mode     EditMode
		Values   []LargeCommunity
		Set      string
		Patterns []string
	}
	SetExtCommunity struct {
		Pos
		Mode     EditMode
		Values   []ExtCommunity
		Set      string
		Patterns []string
		// LeavesEmpty: where none is left, or was there, the attribute goes out without any (GoBGP v3).
		LeavesEmpty bool
	}
	SetAtomicAggregate struct{ Pos }
	SetAggregator      struct {
		Pos
		Value Aggregator
	}
	SetOriginatorID struct {
		Pos
		Value netip.Addr
	}
	// SetUnmodelled is an action that is not simulated.
	SetUnmodelled struct {
		Pos
		Text string
	}
)

// NextHopKind is what the next hop becomes.
type NextHopKind uint8

const (
	NextHopAddress NextHopKind = iota
	NextHopPeer                // the neighbor's address (on export: our own)
	NextHopSelf                // our own
	NextHopUnchanged
	NextHopPreferGlobal // IPv6: the global address over the link-local one
	NextHopNeighbor     // the neighbor's address, on export too (GoBGP)
)

func (SetLocalPref) action()       {}
func (SetMED) action()             {}
func (SetWeight) action()          {}
func (SetTag) action()             {}
func (SetOrigin) action()          {}
func (SetDistance) action()        {}
func (SetMetricType) action()      {}
func (SetNextHop) action()         {}
func (PrependASPath) action()      {}
func (ExcludeASPath) action()      {}
func (ReplaceASPath) action()      {}
func (SetCommunity) action()       {}
func (SetLargeCommunity) action()  {}
func (SetExtCommunity) action()    {}
func (SetAtomicAggregate) action() {}
func (SetAggregator) action()      {}
func (SetOriginatorID) action()    {}
func (SetUnmodelled) action()      {}
