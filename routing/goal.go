package routing

import "net/netip"

// Goal is something that packets must reach, whatever fails.
type Goal struct {
	Prefix netip.Prefix
	To     []netip.Addr // the addresses that stand for the prefix
	From   []string     // the routers (their default instances) from which all ways to all of To arrive now
	// Outside: neighbors outside have a route to the prefix, and packets arrive from every router that gave it to one.
	Outside bool
	// Origins are the routers of which one at least must work; empty: it does not matter which do.
	Origins []string
	// Good says of the end of a way whether the packet has arrived there. Safe for concurrent use.
	Good func(end *Trace) bool
}
