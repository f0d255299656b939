package routing

import (
	"context"
	"iter"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// state is the representation behind a Result. (Seam: written by the routing author.)
type state struct{}

func solve(ctx context.Context, n *network.Network, o Options) (*Result, error) { panic("seam") }

func (s *state) entries(router, vrf string, f network.Family) iter.Seq[*bgp.Entry] { panic("seam") }
func (s *state) entry(router, vrf string, p netip.Prefix) *bgp.Entry               { panic("seam") }
func (s *state) advertised(router, vrf, neighbor string, f network.Family) iter.Seq[bgp.Advertised] {
	panic("seam")
}
func (s *state) routes(router, vrf string, f network.Family) iter.Seq[rib.Route] { panic("seam") }
func (s *state) route(router, vrf string, p netip.Prefix) (rib.Route, bool)      { panic("seam") }
func (s *state) lookup(router, vrf string, a netip.Addr) (rib.Route, bool)       { panic("seam") }
func (s *state) trace(from string, to netip.Addr, max int) []Trace               { panic("seam") }
func (s *state) session(router, vrf, neighbor string) *bgp.Session               { panic("seam") }
