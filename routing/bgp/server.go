package bgp

import "github.com/routegate/routegate/network"

// served reports that the neighbor is a client of a route server that keeps a table of its own for
// them (RFC 7947; GoBGP): what clients send goes to clients only, each gets the best
// of the routes that are not its own and do not hold its AS.
func (p *peer) served(f network.Family) bool {
	return p.in.config.Habits.ServerTable && p.families[f].c.RouteServerClient
}

// serves reports that some neighbor is such a client.
func (in *instance) serves(f network.Family) bool {
	if !in.config.Habits.ServerTable {
		return false
	}
	for _, p := range in.peers {
		if p.families[f].up && p.served(f) {
			return true
		}
	}
	return false
}

// serverTable are the paths of all clients, in the order in which they are taken to have arrived.
func (w *worker) serverTable(in *instance, f network.Family) []path {
	var c []path
	for _, p := range in.arrival {
		if p.served(f) {
			c = append(c, w.in[p.id]...)
		}
	}
	return c
}

// forClient leaves of the server's table what one client may get.
func forClient(p *peer, table []path) []path {
	var c []path
	for i := range table {
		if x := &table[i]; int(x.from) != p.id && countOutside(x.attrs.ASPath, p.state.RemoteAS) == 0 {
			c = append(c, *x)
		}
	}
	return c
}
