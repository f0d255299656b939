package gobgp

import (
	"strings"
	"sync"

	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
)

// inheriting guards the map in which GoBGP remembers which keys a neighbor sets itself: a
// package variable of theirs, keyed by the neighbor's address alone.
var inheriting sync.Mutex

// effective gives a neighbor what it inherits from its peer group and GoBGP's defaults. It takes
// gobgpd's two passes: on reading the file, and again when the server gets the neighbor over its
// API, where a peer group has lost some of its settings (NewPeerGroupFromConfigStruct), so that they
// are taken back. plain are the neighbor's own keys; unnumbered neighbors are looked up under an
// empty address there, so that a peer group overrides all that they say.
func effective(n *oc.Neighbor, pg *oc.PeerGroup, g *oc.Global, plain map[string]any) error {
	inheriting.Lock()
	defer inheriting.Unlock()
	face, addr := n.Config.NeighborInterface, n.Config.NeighborAddress
	if pg != nil && addr != "" {
		oc.RegisterConfiguredFields(addr, plain)
	}
	for _, group := range []*oc.PeerGroup{pg, lossy(pg)} {
		if group != nil {
			if err := oc.OverwriteNeighborConfigWithPeerGroup(n, group); err != nil {
				return err
			}
		}
		if face != "" && len(n.AfiSafis) == 0 {
			n.AfiSafis = []oc.AfiSafi{family(oc.AFI_SAFI_TYPE_IPV4_UNICAST), family(oc.AFI_SAFI_TYPE_IPV6_UNICAST)}
			for i := range n.AfiSafis {
				n.AfiSafis[i].AddPaths.Config = n.AddPaths.Config
			}
		}
		// GoBGP would now ask this machine for link-local addresses on the interface.
		n.State.NeighborAddress = ""
		if face != "" {
			n.Config.NeighborInterface, n.Config.NeighborAddress = "", "fe80::1"
		} else if a, zone, ok := strings.Cut(addr, "%"); ok && zone != "" {
			n.Config.NeighborAddress = a
		}
		n.State.LocalAs = 0
		err := oc.SetDefaultNeighborConfigValues(n, nil, g)
		n.Config.NeighborInterface, n.Config.NeighborAddress = face, addr
		if err != nil {
			return err
		}
	}
	return nil
}

func family(name oc.AfiSafiType) oc.AfiSafi {
	return oc.AfiSafi{Config: oc.AfiSafiConfig{AfiSafiName: name, Enabled: true}, State: oc.AfiSafiState{AfiSafiName: name, Family: bgp.AddressFamilyValueMap[string(name)]}}
}

// lossy is what is left of a peer group once it has gone through the API.
func lossy(pg *oc.PeerGroup) *oc.PeerGroup {
	if pg == nil {
		return nil
	}
	l := *pg
	l.AsPathOptions = oc.AsPathOptions{}
	l.Config.RemovePrivateAs = ""
	l.Config.SendCommunity = ""
	l.AddPaths = oc.AddPaths{}
	l.AfiSafis = append([]oc.AfiSafi(nil), pg.AfiSafis...)
	for i := range l.AfiSafis {
		l.AfiSafis[i].AddPaths.Config = pg.AddPaths.Config
	}
	t := pg.Transport.Config
	l.Transport.Config = oc.TransportConfig{LocalAddress: t.LocalAddress, PassiveMode: t.PassiveMode, RemotePort: t.RemotePort, TcpMss: t.TcpMss}
	return &l
}
