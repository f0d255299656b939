package policies

// IntentFacts is what the change declares of itself (change.yaml), held against what happens.
type IntentFacts struct {
	Declared     bool               `json:"declared"`     // whether it declares anything
	File         string             `json:"file"`         // where
	Summary      string             `json:"summary"`      // what it is for, in its own words
	Declarations []DeclarationFacts `json:"declarations"` // what is declared, in the order of the file
	Undeclared   []UndeclaredFacts  `json:"undeclared"`   // what happens and is not declared, by kind
}

// DeclarationFacts is one effect that the change is meant to have.
type DeclarationFacts struct {
	Name      string   `json:"name"`      // unique
	Effect    string   `json:"effect"`    // withdraw, announce, move, attributes, session-up, session-down, session-reset or configure
	Prefixes  []string `json:"prefixes"`  // sets of prefixes, as written: exact, with ge and le, or orlonger
	At        []string `json:"at"`        // routers, or role:, site:, group:; empty: anywhere
	Neighbors []string `json:"neighbors"` // of sessions, or those outside that see it
	Paths     []string `json:"paths"`     // of configuration
	Count     int      `json:"count"`     // how often it happens
	Examples  []string `json:"examples"`  // what happens of it
	Missing   []string `json:"missing"`   // what of it does not happen
	Span      Span     `json:"span"`      // its lines in change.yaml
}

// UndeclaredFacts is what happens of one kind without being declared.
type UndeclaredFacts struct {
	Effect    string   `json:"effect"`    // the effect that a declaration would have
	Outside   bool     `json:"outside"`   // neighbors outside see it
	Count     int      `json:"count"`     // how often it happens
	Routers   []string `json:"routers"`   // the routers
	Neighbors []string `json:"neighbors"` // of sessions, or outside
	Prefixes  []string `json:"prefixes"`  // examples, those that tell most first
	Paths     []string `json:"paths"`     // of configuration: examples
	Examples  []string `json:"examples"`  // what happens, and where
	Spans     []Span   `json:"spans"`     // lines of the sessions concerned: examples
}
