package network

// Decision is a router's path selection (RFC 4271 §9.1.2): the steps in the
// order in which its daemon takes them, with the options that change them.
type Decision struct {
	Steps []Step

	AlwaysCompareMED  bool // also between different neighboring ASes
	DeterministicMED  bool // compare within each neighboring AS first
	MEDConfed         bool // compare among confederation paths
	MEDMissingAsWorst bool // a missing MED is the largest, not 0
	ASPathIgnore      bool
	ASPathConfed      bool // count confederation segments
	CompareRouterID   bool // eBGP paths too are decided by router id rather than by age
	MultipathRelax    bool // multipath needs equal AS path length, not equal paths
	MultipathPeerType bool // eBGP and iBGP may share a multipath set
	IgnoreIGPMetric   bool
	AdvertiseInactive bool // GoBGP advertise-inactive-routes
}

// Step is one comparison of the decision process.
type Step uint8

const (
	StepWeight            Step = iota // highest
	StepLocalPref                     // highest
	StepLocalOrigin                   // locally originated first
	StepAIGP                          // lowest accumulated IGP metric (RFC 7311)
	StepASPathLength                  // shortest
	StepOrigin                        // IGP, EGP, incomplete
	StepMED                           // lowest, under the rules above
	StepPeerType                      // eBGP before confederation and iBGP
	StepIGPMetric                     // lowest metric to the next hop
	StepOldest                        // the oldest eBGP path: the outcome depends on timing
	StepRouterID                      // lowest (originator id where present)
	StepClusterListLength             // shortest (RFC 4456)
	StepNeighborAddress               // lowest
	StepPathID                        // lowest add-path identifier
	StepReachable                     // those whose next hop resolves before those that are kept without (BIRD)
)

func (s Step) String() string {
	return [...]string{"weight", "local preference", "local origination", "AIGP", "AS path length", "origin", "MED",
		"eBGP over iBGP", "IGP metric to the next hop", "oldest path", "router id", "cluster list length",
		"neighbor address", "path id", "reachable next hop"}[s]
}
