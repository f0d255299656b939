// Package failures tries every single failure of a network, a link or a router at a time, and says which of them could
// do harm: a solved network and its failures come in; out come, for each that may matter, the network as it settles
// without what failed.
package failures

import (
	"cmp"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// Kinds are what may fail.
type Kinds struct{ Links, Routers bool }

// Any reports whether anything is asked for.
func (k Kinds) Any() bool { return k.Links || k.Routers }

// Failure is one thing out of order.
type Failure struct {
	Router string        // the router that fails; "" where a link does
	Ends   []network.End // of a link: both ends of a cable, one port of a shared segment or towards a neighbor outside
	Take   routing.Failure
}

// Routers are those at the failure: that which fails, or those at the link's ends.
func (f *Failure) Routers() []string {
	if f.Router != "" {
		return []string{f.Router}
	}
	var out []string
	for _, e := range f.Ends {
		out = append(out, e.Router)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// String names the failure: "router core1", "link core1 eth0 – core2 eth1", "port core1 eth0".
func (f *Failure) String() string {
	if f.Router != "" {
		return "router " + f.Router
	}
	var ends []string
	for _, e := range f.Ends {
		ends = append(ends, e.Router+" "+e.Interface)
	}
	if len(ends) == 1 {
		return "port " + ends[0]
	}
	return "link " + strings.Join(ends, " – ")
}

// Of lists every single failure of a solved network: each cable, each port on a segment of three and more (the segment itself
// stays), each port without a known link over which a session to a neighbor outside is up, and each router. What
// is shut down already cannot fail. Links come first, by their ends; then routers, by name.
func Of(res *routing.Result, k Kinds) []Failure {
	var out []Failure
	if k.Links {
		out = links(res)
	}
	if k.Routers {
		for _, r := range res.Network.Routers {
			out = append(out, Failure{Router: r.Name, Take: routing.Failure{Routers: []string{r.Name}}})
		}
	}
	return out
}

func links(res *routing.Result) []Failure {
	var out []Failure
	n := res.Network
	known := map[network.End]bool{}
	works := func(e network.End) bool {
		r := n.Router(e.Router)
		if r == nil {
			return false
		}
		f := r.Interface(e.Interface)
		return f != nil && !f.Shutdown
	}
	port := func(e network.End) Failure {
		return Failure{Ends: []network.End{e}, Take: routing.Failure{Ports: []network.End{e}}}
	}
	for i := range n.Links {
		l := &n.Links[i]
		for _, e := range l.Ends {
			known[e] = true
		}
		switch {
		case len(l.Ends) > 2:
			for _, e := range l.Ends {
				if works(e) {
					out = append(out, port(e))
				}
			}
		case !slices.ContainsFunc(l.Ends, func(e network.End) bool { return !works(e) }):
			out = append(out, Failure{Ends: l.Ends, Take: routing.Failure{Links: []network.Link{*l}}})
		}
	}
	for i := range res.Sessions {
		s := &res.Sessions[i]
		e := network.End{Router: s.Router, Interface: s.Interface}
		if s.External() && s.State == bgp.Established && !known[e] && works(e) {
			known[e] = true
			out = append(out, port(e))
		}
	}
	slices.SortStableFunc(out, func(a, b Failure) int {
		return slices.CompareFunc(a.Ends, b.Ends, func(x, y network.End) int {
			return cmp.Or(cmp.Compare(x.Router, y.Router), cmp.Compare(x.Interface, y.Interface))
		})
	})
	return slices.CompactFunc(out, func(a, b Failure) bool { return slices.Equal(a.Ends, b.Ends) })
}
