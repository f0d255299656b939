package policies

// FlowRuleFacts is one rule of flow specification (RFC 8955) that a router injects, and what of the network its packets belong to.
// Every router is taken to install it.
type FlowRuleFacts struct {
	Router      string `json:"router"`      // the router that injects it
	Family      string `json:"family"`      // ipv4-flowspec or ipv6-flowspec
	Rule        string `json:"rule"`        // match ... then ..., in the words of GoBGP's command line
	Match       string `json:"match"`       // what it matches; BGP knows the rule by this
	Takes       bool   `json:"takes"`       // packets that match do not all go on as they would: they are discarded, limited or redirected
	Discards    bool   `json:"discards"`    // no packet that matches gets through
	Destination string `json:"destination"` // the prefix that packets go to; "" where the rule names none
	Length      int    `json:"length"`      // of that prefix; 0 where the rule names none
	// Narrowed: something beside the destination decides which packets match, and not all packets fulfil it.
	Narrowed bool `json:"narrowed"`
	// Sessions are the BGP sessions of which some packet (TCP 179, either way) may match.
	Sessions       FlowHits `json:"sessions"`
	Infrastructure FlowHits `json:"infrastructure"` // routers' addresses and the subnets of links to which packets may match; what is protected is left out
	Management     FlowHits `json:"management"`     // management addresses and prefixes, stations and console servers to which packets may match
	Protected      FlowHits `json:"protected"`      // protected prefixes to which packets may match
	Span           Span     `json:"span"`           // the rule in routegate.yaml
}

// FlowHits is what of one kind a rule's packets belong to.
type FlowHits struct {
	Count    int      `json:"count"`    // how many
	Of       int      `json:"of"`       // of how many that there are
	Examples []string `json:"examples"` // in words: at most ten
	Routers  []string `json:"routers"`  // whose they are, sorted; at most ten
}
