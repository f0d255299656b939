package policies

// RPKISource is the file of validated ROA payloads (VRPs) that routegate.yaml names on the proposed side.
type RPKISource struct {
	File      string  `json:"file"`      // the file inside the snapshot; "" where none is named
	Generated string  `json:"generated"` // when the relying party wrote it, RFC 3339
	AgeHours  float64 `json:"age_hours"` // from then to the check
	VRPs      int     `json:"vrps"`      // how many it holds
}

// RPKIFacts is route origin validation (RFC 6811) of one side, by the VRPs of the proposed side: the world's ROAs are no part
// of the change.
type RPKIFacts struct {
	Originated []ValidatedFacts `json:"originated"` // what our routers originate and send outside, by prefix
	Accepted   []InvalidFacts   `json:"accepted"`   // invalid routes that import policies accept from outside, by session
}

// VRPFacts is one validated ROA payload.
type VRPFacts struct {
	Prefix    string `json:"prefix"`     // the prefix
	MaxLength int    `json:"max_length"` // the longest more specific that it authorizes
	AS        uint32 `json:"as"`         // who may originate it; 0: nobody
	Anchor    string `json:"anchor"`     // the trust anchor; "" where not stated
	Span      Span   `json:"span"`       // where it stands in the file
}

// ValidatedFacts is a prefix that our routers originate, validated as neighbors outside receive it (RFC 8893).
type ValidatedFacts struct {
	Prefix    string     `json:"prefix"`    // the prefix
	Origin    uint32     `json:"origin"`    // the origin AS as sent; 0 where the AS path ends in an AS_SET
	State     string     `json:"state"`     // valid, invalid or not-found
	Reason    string     `json:"reason"`    // of invalid: origin (no VRP has the AS), or length (one has it, for shorter prefixes)
	Routers   []string   `json:"routers"`   // routers that send it, sorted
	Neighbors []string   `json:"neighbors"` // neighbors outside that receive it: "provider AS64600 (10.0.0.1)", sorted, at most ten
	VRPs      []VRPFacts `json:"vrps"`      // that cover it, the longest first; at most ten
	Span      Span       `json:"span"`      // the statement that originates it
}

// InvalidFacts are the invalid routes that one session brings in.
type InvalidFacts struct {
	Router     string   `json:"router"`      // our router
	Neighbor   string   `json:"neighbor"`    // the neighbor's key
	NeighborAS uint32   `json:"neighbor_as"` // the neighbor's AS
	Relation   string   `json:"relation"`    // provider, peer, customer, "" unknown
	Count      int      `json:"count"`       // prefixes
	Prefixes   []string `json:"prefixes"`    // examples, at most five, sorted
	Origins    []uint32 `json:"origins"`     // who originates the examples, in their order; 0 where the AS path ends in an AS_SET
	Example    string   `json:"example"`     // the first, with the VRP that it breaks, in words
	Span       Span     `json:"span"`        // what lets it in: the import policy, else the neighbor
}

// RevalidatedEffect is a prefix that our routers originate on the proposed side, and that the proposed VRPs make invalid
// where those before did not.
type RevalidatedEffect struct {
	Prefix    string     `json:"prefix"`    // the prefix
	Origin    uint32     `json:"origin"`    // the origin AS as sent
	Before    string     `json:"before"`    // by the VRPs before: valid or not-found
	Reason    string     `json:"reason"`    // origin or length, as in ValidatedFacts
	Routers   []string   `json:"routers"`   // routers that send it
	Neighbors []string   `json:"neighbors"` // neighbors outside that receive it
	VRPs      []VRPFacts `json:"vrps"`      // that cover it now
	Span      Span       `json:"span"`      // the statement that originates it
}
