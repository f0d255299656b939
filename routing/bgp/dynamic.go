package bgp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// addDynamic makes the passive ends that listen ranges accept (FRR `bgp listen range`,
// GoBGP dynamic-neighbors): of the other routers' neighbors, and of the
// neighbors that the environment lets announce something.
func (s *solver) addDynamic() {
	for _, p := range s.peers[:len(s.peers):len(s.peers)] {
		if p.far < 0 || !p.state.LocalAddr.IsValid() || p.dynamic {
			continue
		}
		for _, v := range s.net.Routers[p.far].VRFs {
			if in := s.byVRF[vrfKey{p.far, v.Name}]; in != nil && s.hasAddress(in, p.state.PeerAddr) {
				s.accept(in, p.state.LocalAddr, 0)
			}
		}
	}
	for _, a := range s.net.Env.Announcements {
		if r := s.routerIndex(a.To); r >= 0 && a.Neighbor.IsValid() && len(s.owners[a.Neighbor]) == 0 {
			for _, v := range s.net.Routers[r].VRFs {
				if in := s.byVRF[vrfKey{r, v.Name}]; in != nil {
					s.accept(in, a.Neighbor, a.From)
				}
			}
		}
	}
}

func (s *solver) hasAddress(in *instance, a netip.Addr) bool {
	for _, o := range s.owners[a] {
		if o.router == in.router && o.vrf == in.under {
			return true
		}
	}
	return false
}

func (s *solver) routerIndex(name string) int {
	i, ok := slices.BinarySearchFunc(s.net.Routers, name, func(r *network.Router, n string) int { return strings.Compare(r.Name, n) })
	if !ok {
		return -1
	}
	return i
}

// accept makes the dynamic neighbor for a source address, where the most specific listen
// range that holds it has a peer group and no neighbor stands for the address.
func (s *solver) accept(in *instance, from netip.Addr, as uint32) {
	for _, q := range in.peers {
		if q.state.PeerAddr == from {
			return
		}
	}
	var best *network.ListenRange
	for i := range in.config.Listen {
		l := &in.config.Listen[i]
		if l.Prefix.Contains(from) && (best == nil || l.Prefix.Bits() > best.Prefix.Bits()) {
			best = l
		}
	}
	if best == nil {
		return
	}
	for _, g := range in.config.PeerGroups {
		if g.Name == best.PeerGroup {
			c := g.Template
			c.Address, c.Interface, c.PeerGroup, c.Passive = from, "", g.Name, true
			if c.RemoteAS.Kind == network.RemoteASExternal && as != 0 {
				c.RemoteAS = network.RemoteAS{Kind: network.RemoteASNumber, Number: as}
			}
			p := s.addPeer(in, &c, true)
			s.locate(p)
			return
		}
	}
}
