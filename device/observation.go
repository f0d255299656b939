package device

import (
	"net/netip"
	"time"
)

// Observation is what a router's daemon has decided, by its own tables, at one moment. The gate's prediction has the same
// form, so that the two can be compared. What a daemon does not tell is nil, which is not the same as empty.
type Observation struct {
	Router   string
	At       time.Time // by the observer's clock; zero in a prediction
	Sessions []Session
	// Routes are the best BGP routes by prefix.
	Routes []Route
	// Advertised is the Adj-RIB-Out by neighbor, as the daemon says; it can be wrong (GoBGP shows a withdrawal that it
	// did not send), so that the neighbor's Received outweighs it.
	Advertised []Exchange
	// Received is what each neighbor has sent that is valid here.
	Received []Exchange
}

// Session is one BGP session of the router.
type Session struct {
	VRF         string // "" is the default routing instance
	Neighbor    string // the address, or the interface of an unnumbered session
	Remote      string // the router at the other end where known (predictions know it)
	Established bool
	State       string        // the daemon's word
	Up          time.Duration // since when; zero where not established or not known
	Resets      int           // how often it was established and lost, as far as the daemon counts
}

// Route is the best path to one prefix.
type Route struct {
	VRF      string
	Prefix   netip.Prefix
	NextHops []string // sorted: addresses, interfaces or "drop"
	ASPath   string   // as routers print it, "" for the router's own
	Own      bool     // originated here
}

// Exchange is the prefixes that went over one session in one direction, sorted.
type Exchange struct {
	VRF      string
	Neighbor string
	Prefixes []netip.Prefix
}
