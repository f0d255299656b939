package frr

import (
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// peer is a neighbor or a peer group being made. What lines set is kept as settings,
// so that a member's own settings can be laid over its group's at the end, whatever
// order they were given in.
type peer struct {
	key       string
	isGroup   bool
	addr      netip.Addr
	iface     string // unnumbered, or the scope of a link-local address
	v6only    bool
	group     *peer
	remoteAS  network.RemoteAS
	asSpan    network.Span
	groupAS   bool // the AS was taken from the group
	memberAS  bool // see network.Neighbor
	active    [network.NumFamilies]bool
	activeAt  [network.NumFamilies]network.Span
	others    []string // other families that are activated: they count for the session
	own       []setting
	desc      string
	span      network.Span
	groupSpan network.Span
}

// instanceWide is the family of settings of the session.
const instanceWide network.Family = network.NumFamilies

// setting is one thing that a line says of a neighbor.
type setting struct {
	family network.Family // or instanceWide
	field  string         // of network.Neighbor or network.NeighborFamily
	key    string         // what replaces it: the field, where it is ""
	span   network.Span
	apply  func(*network.Neighbor, *network.NeighborFamily)
}

// put makes or replaces a setting.
func (x *peer) put(s setting) {
	if s.key == "" {
		s.key = s.field
	}
	x.drop(s.family, s.key)
	x.own = append(x.own, s)
}

// drop forgets a setting; a member then has what its group says.
func (x *peer) drop(family network.Family, key string) {
	for i := range x.own {
		if x.own[i].key == key && x.own[i].family == family {
			x.own = append(x.own[:i:i], x.own[i+1:]...)
			return
		}
	}
}

// has reports whether the peer or its group has the setting.
func (x *peer) has(family network.Family, key string) bool {
	for i := range x.own {
		if x.own[i].key == key && x.own[i].family == family {
			return true
		}
	}
	return x.group != nil && x.group.has(family, key)
}

// touch extends the peer's span by the current line where that continues it.
func (x *peer) touch(s network.Span) {
	if x.span.IsZero() || x.span.File == s.File && s.First <= x.span.Last+1 {
		x.span = x.span.Join(s)
	}
}

// find looks a neighbor or a group up by the word that lines name it with.
func (i *instance) find(word string) *peer {
	for _, x := range i.peers {
		if x.key == word {
			return x
		}
	}
	if a, ok := parseAddr(word); ok {
		for _, x := range i.peers {
			if x.addr == a {
				return x
			}
		}
	}
	return nil
}

// newPeer makes a neighbor with what the instance gives to new ones.
func (p *parser) newPeer(word string) *peer {
	x := &peer{key: word, active: p.bgp.activate, span: p.span()}
	if a, ok := parseAddr(word); ok {
		x.addr = a.Unmap()
	}
	if p.bgp.shutdown {
		x.put(setting{family: instanceWide, field: "Shutdown", span: p.span(), apply: func(n *network.Neighbor, _ *network.NeighborFamily) { n.Shutdown = true }})
	}
	p.bgp.peers = append(p.bgp.peers, x)
	return x
}

func (i *instance) remove(x *peer) {
	i.peers = slices.DeleteFunc(i.peers, func(y *peer) bool { return y == x })
	if x.isGroup {
		// The members go with their group.
		i.peers = slices.DeleteFunc(i.peers, func(y *peer) bool { return y.group == x })
		i.Listen = slices.DeleteFunc(i.Listen, func(l network.ListenRange) bool { return l.PeerGroup == x.key })
	}
}

// join makes x a member of g (FRR binds at once: families become the group's).
func (p *parser) join(x, g *peer) {
	x.group, x.groupSpan = g, p.span()
	x.active = g.active
	for f := range x.activeAt {
		x.activeAt[f] = g.activeAt[f]
	}
	if g.remoteAS.Kind != network.RemoteASMissing {
		x.remoteAS, x.asSpan, x.groupAS = g.remoteAS, g.asSpan, true
	}
}

var familyPath = [network.NumFamilies]string{"Families.IPv4Unicast.", "Families.IPv6Unicast."}

// resolve lays the group's settings, then the peer's own, over FRR's defaults.
func (i *instance) resolve(x *peer) network.Neighbor {
	n := network.Neighbor{
		Address: x.addr, Interface: x.iface, Description: x.desc, RemoteAS: x.remoteAS, AdvertisementInterval: -1,
		Hold: i.hold, Keepalive: i.keepalive, EnforceFirstAS: i.firstAS, Span: x.span,
		// bgpd announces the capability on interface peers by itself.
		ExtendedNextHop: !x.addr.IsValid() && x.iface != "", LinkLocalOnly: x.v6only, MemberAS: x.memberAS,
	}
	count := len(x.own) + 2
	if x.group != nil {
		n.PeerGroup = x.group.key
		count += len(x.group.own)
	}
	n.Marks = make(network.Marks, 0, count)
	if x.group != nil {
		n.Marks.Set("PeerGroup", x.groupSpan)
	}
	if x.remoteAS.Kind != network.RemoteASMissing {
		n.Marks.Set("RemoteAS", x.asSpan)
	}
	for f := range n.Families {
		n.Families[f] = network.NeighborFamily{
			Active: x.active[f], SendCommunity: true, SendExtCommunity: true, SendLargeCommunity: true, AddPathReceive: true,
		}
		if !x.activeAt[f].IsZero() {
			n.Marks.Set(familyPath[f]+"Active", x.activeAt[f])
			n.Families[f].Marks.Set("Active", x.activeAt[f])
		}
	}
	if x.group != nil {
		x.group.apply(&n)
		if n.Description == "" {
			n.Description = x.group.desc
		}
	}
	x.apply(&n)
	n.OtherFamilies = x.otherFamilies()
	n.TTL = ttl(i, &n)
	n.ResetKey = i.resetKey(x, &n)
	return n
}

// otherFamilies are those that are not simulated, by the names of `address-family`; the group's where the peer has none of its own.
func (x *peer) otherFamilies() []string {
	all := x.others
	if x.group != nil && len(all) == 0 {
		all = x.group.others
	}
	var out []string
	for _, f := range all {
		name := strings.TrimPrefix(f, "address-family ")
		switch name {
		case "evpn":
			name = "l2vpn evpn"
		case "vpnv4", "vpnv4 unicast":
			name = "ipv4 vpn"
		case "vpnv6", "vpnv6 unicast":
			name = "ipv6 vpn"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *peer) apply(n *network.Neighbor) {
	for _, s := range x.own {
		if s.family == instanceWide {
			s.apply(n, nil)
			n.Marks.Set(s.field, s.span)
			continue
		}
		f := &n.Families[s.family]
		s.apply(n, f)
		f.Marks.Set(s.field, s.span)
		n.Marks.Set(familyPath[s.family]+s.field, s.span)
	}
}

// ttl: 255 inside the AS, with GTSM and with `ebgp-multihop` alone; 1 otherwise.
func ttl(i *instance, n *network.Neighbor) uint8 {
	switch {
	case n.TTLSecurityHops > 0:
		return 255
	case n.RemoteAS.Kind == network.RemoteASInternal, n.RemoteAS.Kind == network.RemoteASNumber && n.RemoteAS.Number == i.AS:
		return 255
	case n.MultihopEnabled:
		return n.TTL
	}
	return 1
}

// finishBGP applies inheritance and sorts.
func (p *parser) finishBGP() {
	for _, i := range p.instances {
		i.Decision.Steps = steps(i.Decision.CompareRouterID)
		if id, ok := p.routerIDs[i.vrf]; ok && !i.RouterID.IsValid() {
			i.RouterID = id.addr
			i.Marks.Set("RouterID", id.span)
		}
		for _, x := range i.peers {
			n := i.resolve(x)
			if x.isGroup {
				n.Interface = ""
				n.MemberAS = i.Confederation.Identifier != 0 // of those that come into being by a listen range
				i.PeerGroups = append(i.PeerGroups, &network.PeerGroup{Name: x.key, Template: n, Span: x.span})
				continue
			}
			i.Neighbors = append(i.Neighbors, &n)
		}
		sort.Slice(i.Neighbors, func(a, b int) bool { return i.Neighbors[a].Key() < i.Neighbors[b].Key() })
		sort.Slice(i.PeerGroups, func(a, b int) bool { return i.PeerGroups[a].Name < i.PeerGroups[b].Name })
	}
}
