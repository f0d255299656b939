package policies

// WaiverFacts is one waiver of waivers.yaml. What it lifts is known to policies that need waivers: they are asked after all others.
type WaiverFacts struct {
	Name       string   `json:"name"`        // unique
	Policy     string   `json:"policy"`      // the id of the policy whose findings it lifts
	Routers    []string `json:"routers"`     // empty: any
	Neighbors  []string `json:"neighbors"`   // empty: any
	Prefixes   []string `json:"prefixes"`    // sets of prefixes; empty: any
	Reason     string   `json:"reason"`      // why
	Owner      string   `json:"owner"`       // who answers for it
	ApprovedBy string   `json:"approved_by"` // the second person; "" for none
	Expires    string   `json:"expires"`     // the last day on which it holds
	Expired    bool     `json:"expired"`     // that day is over
	New        bool     `json:"new"`         // the change brings it, or alters it
	Lifts      int      `json:"lifts"`       // how many findings it lifts
	Why        string   `json:"why"`         // why it lifts nothing; "" where it does
	Span       Span     `json:"span"`        // its lines
}
