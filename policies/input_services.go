package policies

// ServicesFacts are the services of routegate.yaml, as the lists in the routers' configurations render them. A service that only the
// other side names is judged by its lists, so that what stood in a list before it was named is not the change's doing.
type ServicesFacts struct {
	Lists    []ServiceListFacts    `json:"lists"`    // every list of every service
	Overlaps []ServiceOverlapFacts `json:"overlaps"` // prefixes of one service that another service has as well
	Outside  []ServicePrefixFacts  `json:"outside"`  // prefixes in a service's lists that are not among its own, where these are stated
}

// ServiceListFacts is one list of a service, over all routers.
type ServiceListFacts struct {
	Service      string              `json:"service"`       // the service
	Live         bool                `json:"live"`          // users depend on it
	Stated       bool                `json:"stated"`        // routegate.yaml of this side names the service; false: only the other side's does
	Name         string              `json:"name"`          // the list
	Count        int                 `json:"count"`         // routers that have it
	Routers      []string            `json:"routers"`       // which ones, sorted; at most ten
	Lacking      []string            `json:"lacking"`       // routers where the service is stated to be (at) and that do not have it, sorted; at most ten
	LackingCount int                 `json:"lacking_count"` // how many do not
	Differing    []ServiceDifference `json:"differing"`     // contents other than the one that most routers have
	Span         Span                `json:"span"`          // the service in routegate.yaml
}

// ServiceDifference is how the list at some routers accepts other prefixes than that of most.
type ServiceDifference struct {
	Count   int      `json:"count"`   // routers that have it so
	Of      int      `json:"of"`      // routers whose content is the most frequent
	Routers []string `json:"routers"` // which ones, sorted; at most ten
	Lacks   []string `json:"lacks"`   // entries that most have and these do not; at most ten
	Adds    []string `json:"adds"`    // entries that these have and most do not; at most ten
	Span    Span     `json:"span"`    // the list at one of them
}

// ServicePrefixFacts are prefixes that a service has: in a list, or as routegate.yaml states them.
type ServicePrefixFacts struct {
	Service string   `json:"service"` // the service; of what is protected, the name there
	Live    bool     `json:"live"`    // users depend on it
	Kind    string   `json:"kind"`    // list, stated (prefixes of the service in routegate.yaml), or protected
	List    string   `json:"list"`    // the list; "" where it is not of one
	Prefix  string   `json:"prefix"`  // the entry: 192.0.2.0/26, 192.0.2.0/24 le 26
	Count   int      `json:"count"`   // routers that have it in the list
	Routers []string `json:"routers"` // which ones, sorted; at most ten
	Span    Span     `json:"span"`    // the entry: at a router that the change alters, where there is one
}

// ServiceOverlapFacts are prefixes that two services have.
type ServiceOverlapFacts struct {
	Prefix string `json:"prefix"` // which prefixes, as an entry of a list
	// Inside: they are not the same routes; those of the second lie inside of those of the first and draw their traffic. Only told of a
	// second that is not live.
	Inside bool               `json:"inside"`
	First  ServicePrefixFacts `json:"first"`  // whose they are: the live or protected one, where one is
	Second ServicePrefixFacts `json:"second"` // who has them as well
}
