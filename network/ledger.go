package network

// Support is the known state of one configuration line. Every line is in exactly one.
type Support uint8

const (
	// Blank lines, comments and block ends: nothing to understand.
	Blank Support = iota
	// Modelled lines are represented in the model and obeyed by routing.
	Modelled
	// Irrelevant lines cannot change a route (logging, banners, SNMP): a closed list.
	Irrelevant
	// NotModelled lines are known to matter and not simulated, or are not known at
	// all, or would be rejected by the daemon. The gate fails closed on their change.
	NotModelled
)

// String is the word used in reports: blank, modelled, irrelevant, not modelled.
func (s Support) String() string {
	return [...]string{"blank", "modelled", "irrelevant", "not modelled"}[s]
}

// File is one configuration file of a router, and its ledger: what is known
// about each of its lines.
type File struct {
	Path    string    // inside the snapshot: devices/leaf1/frr.conf
	SHA256  [32]byte  // of the bytes as read
	Support []Support // one a line, in order; line n is Support[n-1]
	Notes   []Note    // one for each NotModelled line, in order of line
	Text    []byte    // the bytes as read; used to quote lines in reports
}

// Note explains a NotModelled line.
type Note struct {
	Span    Span
	Context string // the enclosing block: "router bgp 65000 / address-family ipv4 unicast"; "" at top level
	Text    string // the line, white space trimmed
	Reason  string // "PIM is not simulated", "unknown command", "FRR rejects this: ..."
	// Affects says what the line could change, so that findings that it could
	// falsify can say so.
	Affects Affects
}

// Affects is what a line that is not modelled might change.
type Affects uint8

const (
	AffectsAnything   Affects = iota // not known at all
	AffectsSessions                  // whether or when sessions come up
	AffectsRoutes                    // which routes are chosen or announced
	AffectsForwarding                // where packets go beside the routing table (ACLs, PBR, MPLS)
	AffectsOther                     // another protocol or address family than those simulated
)

// String is one word for reports.
func (a Affects) String() string {
	return [...]string{"anything", "sessions", "routes", "forwarding", "other protocols"}[a]
}

// Count gives the number of lines in each state.
func (f *File) Count() (modelled, irrelevant, notModelled int) {
	for _, s := range f.Support {
		switch s {
		case Modelled:
			modelled++
		case Irrelevant:
			irrelevant++
		case NotModelled:
			notModelled++
		}
	}
	return
}
