package gobgp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// stated finds where an effective setting stands: with the neighbor itself, or with its peer group.
type stated struct{ own, group *node }

func (s stated) get(keys ...string) *node {
	if n := s.own.get(keys...); n != nil {
		return n
	}
	return s.group.get(keys...)
}

func (p *parser) neighbors() {
	list := p.root.get("neighbors")
	groups := p.root.get("peer-groups")
	for i := range p.conf.PeerGroups {
		pg := &p.conf.PeerGroups[i]
		n := oc.Neighbor{Config: oc.NeighborConfig{PeerGroup: pg.Config.PeerGroupName}}
		// A peer group becomes a neighbor only as a dynamic one, which waits to be called.
		at := stated{group: groups.item(i)}
		t := p.template(n, pg, at)
		if t == nil {
			return
		}
		t.Passive = true
		t.PeerGroup, t.Span = pg.Config.PeerGroupName, p.span(groups.item(i))
		p.bgp.PeerGroups = append(p.bgp.PeerGroups, &network.PeerGroup{Name: pg.Config.PeerGroupName, Template: *t, Span: t.Span})
	}
	seen := map[string]bool{}
	for i := range p.conf.Neighbors {
		if !p.neighbor(p.conf.Neighbors[i], list.item(i), groups, seen) {
			return
		}
	}
	slices.SortFunc(p.bgp.Neighbors, func(a, b *network.Neighbor) int { return cmp.Compare(a.Key(), b.Key()) })
	slices.SortFunc(p.bgp.PeerGroups, func(a, b *network.PeerGroup) int { return cmp.Compare(a.Name, b.Name) })
	p.clusterID()
}

// template is the neighbor that a peer group makes of a dynamic one.
func (p *parser) template(n oc.Neighbor, pg *oc.PeerGroup, at stated) *network.Neighbor {
	inheriting.Lock()
	defer inheriting.Unlock()
	// The defaults ask for an address; which does not matter but for its family.
	if err := oc.OverwriteNeighborConfigWithPeerGroup(&n, pg); err == nil && len(n.AfiSafis) == 0 {
		n.AfiSafis = []oc.AfiSafi{family(oc.AFI_SAFI_TYPE_IPV4_UNICAST)}
	}
	n.State.NeighborAddress = "192.0.2.1"
	n.State.LocalAs = 0
	if err := oc.SetDefaultNeighborConfigValues(&n, lossy(pg), &p.conf.Global); err != nil {
		p.fail(at.group, "", "peer group %s: %s", pg.Config.PeerGroupName, err)
		return nil
	}
	return p.convert(&n, at)
}

// neighbor reads one neighbor; false ends the reading.
func (p *parser) neighbor(n oc.Neighbor, at, groups *node, seen map[string]bool) bool {
	addrNode := at.get("config", "neighbor-address")
	face := n.Config.NeighborInterface
	if n.Config.NeighborAddress == "" && face == "" {
		p.fail(at, "neighbor-address or neighbor-interface under [neighbors.config]", "a neighbor without address and interface")
		return false
	}
	addr, ok := address(n.Config.NeighborAddress)
	if !ok && face == "" {
		p.fail(addrNode, "gobgpd would ask DNS for it at every start", "neighbor-address %s is not an IP address", n.Config.NeighborAddress)
		return false
	}
	if face != "" && n.Transport.Config.LocalAddress == "" && !p.groupHasLocal(n.Config.PeerGroup) {
		// It takes its own link-local address with the zone, which it cannot read again (handleFSMMessage).
		p.not(at.get("config", "neighbor-interface"), network.AffectsRoutes,
			"GoBGP v3.37 sends an unnumbered neighbor routes without a next hop, which nobody takes, unless transport.config.local-address says ::")
	}
	if face == "" && addr.String() != n.Config.NeighborAddress {
		// Its map of neighbors is by the text. v3.37.0 came up where it dialed itself, and never did as the passive end.
		p.not(addrNode, network.AffectsSessions, "gobgpd writes this address %s and does not know the neighbor by it: it refuses connections that come from there", addr)
	}
	key := n.Config.NeighborAddress
	if face != "" {
		key = face
		if n.RouteServer.Config.RouteServerClient {
			p.fail(at.get("route-server", "config"), "", "neighbor %s: an unnumbered neighbor cannot be a route server client", key)
			return false
		}
	}
	if seen[key] {
		p.fail(at, "gobgpd ends with \"can't overwrite the existing peer\"", "%s", duplicate("neighbor", key))
		return false
	}
	seen[key] = true
	where := stated{own: at}
	var pg *oc.PeerGroup
	if name := n.Config.PeerGroup; name != "" {
		i := p.group(name)
		if i < 0 {
			p.not(at, network.AffectsSessions, "there is no peer group %s%s: gobgpd runs on without the neighbor", name, inBrackets(nearest(name, p.groupNames())))
			return true
		}
		pg, where.group = &p.conf.PeerGroups[i], groups.item(i)
		// See lossy.
		for _, lost := range []*node{where.group.get("as-path-options"), where.group.get("config", "remove-private-as")} {
			p.not(lost, network.AffectsRoutes, "GoBGP v3.37 loses this setting of a peer group; it holds only with the neighbor itself")
		}
	}
	if err := effective(&n, pg, &p.conf.Global, plain(at)); err != nil {
		n := at
		for key, word := range map[string]string{"remove-private-as": "remove-private-as", "replace-peer-as": "replace-peer-as", "ttl-security": "mututally"} {
			if strings.Contains(err.Error(), word) {
				at.walk(func(k *node) {
					if k.key == key {
						n = k
					}
				})
			}
		}
		p.fail(n, "", "neighbor %s: %s", key, err)
		return false
	}
	if n.RouteServer.Config.RouteServerClient && n.RouteReflector.Config.RouteReflectorClient {
		p.fail(at, "", "neighbor %s cannot be a route server client and a route reflector client", key)
		return false
	}
	m := p.convert(&n, where)
	m.Address, m.Interface, m.PeerGroup, m.Span = addr, face, n.Config.PeerGroup, p.span(at)
	if face != "" {
		m.Address = addr.WithZone("")
		if n.Config.NeighborAddress == "" {
			m.Address = m.Address.Unmap()
		}
	} else if zone := addr.Zone(); zone != "" {
		m.Address, m.Interface = addr.WithZone(""), zone
	}
	if n.Config.Vrf != "" {
		return p.enslave(m, &n, where)
	}
	p.bgp.Neighbors = append(p.bgp.Neighbors, m)
	return true
}

// groupHasLocal reports whether a peer group states the local address.
func (p *parser) groupHasLocal(name string) bool {
	i := p.group(name)
	return name != "" && i >= 0 && p.conf.PeerGroups[i].Transport.Config.LocalAddress != ""
}

// plain gives a node as viper has it, for GoBGP's question whether a key is set.
func plain(n *node) map[string]any {
	out := map[string]any{}
	for _, k := range n.kids {
		if k.scalar || k.list {
			out[k.key] = true
			continue
		}
		out[k.key] = plain(k)
	}
	return out
}

// convert makes a neighbor of the effective settings.
func (p *parser) convert(n *oc.Neighbor, at stated) *network.Neighbor {
	c := &n.Config
	m := &network.Neighbor{Description: c.Description, Shutdown: c.AdminDown, Password: c.AuthPassword, AdvertisementInterval: -1, ExtendedNextHop: true}
	mark := func(field string, keys ...string) {
		if k := at.get(keys...); k != nil {
			m.Marks.Set(field, p.span(k))
		}
	}
	// GoBGP takes any AS where none is configured.
	m.RemoteAS = network.RemoteAS{Kind: network.RemoteASAuto}
	if c.PeerAs != 0 {
		m.RemoteAS = network.RemoteAS{Kind: network.RemoteASNumber, Number: c.PeerAs}
	}
	mark("RemoteAS", "config", "peer-as")
	g := &p.conf.Global
	usual := g.Config.As
	if g.Confederation.Config.Enabled && !n.IsConfederation(g) {
		usual = g.Confederation.Config.Identifier
	}
	if c.LocalAs != usual {
		// The session is in that AS alone: it stands in sent paths instead of ours and is not put into received ones.
		m.LocalAS = network.LocalAS{Number: c.LocalAs, NoPrepend: true, ReplaceAS: true}
	}
	mark("LocalAS", "config", "local-as")
	mark("Description", "config", "description")
	mark("Shutdown", "config", "admin-down")
	mark("Password", "config", "auth-password")
	p.transport(n, m, at, mark)
	m.Hold, m.Keepalive = uint32(n.Timers.Config.HoldTime), uint32(n.Timers.Config.KeepaliveInterval)
	mark("Hold", "timers", "config", "hold-time")
	mark("Keepalive", "timers", "config", "keepalive-interval")

	for i, a := range n.AfiSafis {
		list := at.own.get("afi-safis")
		if list == nil {
			list = at.group.get("afi-safis")
		}
		p.family(n, m, a, list.item(i), at)
	}
	m.ResetKey = resetKey(n)
	return m
}

// transport reads how the session is carried.
func (p *parser) transport(n *oc.Neighbor, m *network.Neighbor, at stated, mark func(string, ...string)) {
	t := n.Transport.Config
	if a, ok := address(t.LocalAddress); ok {
		if !a.IsUnspecified() {
			m.UpdateSource = a
		}
	} else {
		p.fail(at.get("transport", "config", "local-address"), "as in 192.0.2.1", "local-address %s is not an IP address", t.LocalAddress)
	}
	mark("UpdateSource", "transport", "config", "local-address")
	m.Passive, m.Port = t.PassiveMode, t.RemotePort
	mark("Passive", "transport", "config", "passive-mode")
	mark("Port", "transport", "config", "remote-port")
	// fsm.go, setPeerConnTTL: the system's 64 towards iBGP and unknown ASes, 1 towards eBGP.
	m.TTL = 64
	external := n.Config.PeerType == oc.PEER_TYPE_EXTERNAL
	switch {
	case n.TtlSecurity.Config.Enabled:
		m.TTL, m.TTLSecurityHops = 255, uint8(256-int(max(n.TtlSecurity.Config.TtlMin, 1)))
		mark("TTLSecurityHops", "ttl-security", "config")
	case external && n.Config.PeerAs != 0 && n.EbgpMultihop.Config.Enabled:
		m.TTL, m.MultihopEnabled = n.EbgpMultihop.Config.MultihopTtl, true
		mark("TTL", "ebgp-multihop", "config", "multihop-ttl")
		mark("MultihopEnabled", "ebgp-multihop", "config", "enabled")
	case external && n.Config.PeerAs != 0:
		m.TTL = 1
	default:
		m.MultihopEnabled = n.Config.PeerAs == 0
	}
}

// family reads what is set for one address family. Which are `enabled` GoBGP does not ask: what is listed is offered.
func (p *parser) family(n *oc.Neighbor, m *network.Neighbor, a oc.AfiSafi, at *node, where stated) {
	f, ok := familyOf(a.Config.AfiSafiName)
	if !ok {
		p.not(at.get("config", "afi-safi-name"), network.AffectsOther, "the address family %s is not simulated", a.Config.AfiSafiName)
		m.OtherFamilies = append(m.OtherFamilies, otherFamily(string(a.Config.AfiSafiName)))
		slices.Sort(m.OtherFamilies)
		return
	}
	if e := at.get("config", "enabled"); e != nil && e.text == "false" {
		p.not(e, network.AffectsSessions, "GoBGP v3.37 offers a family that is listed, enabled or not")
	}
	nf := &m.Families[f]
	nf.Active = true
	mark := func(field string, k *node) {
		if k != nil {
			nf.Marks.Set(field, p.span(k))
		}
	}
	mark("Active", at.get("config", "afi-safi-name"))
	nf.SendCommunity, nf.SendExtCommunity, nf.SendLargeCommunity, nf.SoftReconfiguration = true, true, true, true

	policy, apply := &p.conf.Global.ApplyPolicy.Config, p.root.get("global", "apply-policy", "config")
	dropped := network.Accept
	if n.RouteServer.Config.RouteServerClient {
		// Only route server clients have policies of their own (peer.go, TableID); all others share the global ones.
		policy, apply, dropped = &n.ApplyPolicy.Config, where.get("apply-policy", "config"), network.Reject
		nf.RouteServerClient, nf.NextHopUnchanged, nf.ASPathUnchanged, nf.MEDUnchanged = true, true, true, true
		mark("RouteServerClient", where.get("route-server", "config", "route-server-client"))
	} else {
		unused := where.get("apply-policy")
		p.not(unused, network.AffectsRoutes, "GoBGP applies a neighbor's own policies to route server clients only; for the others global.apply-policy holds")
	}
	nf.Import = p.chain(policy.ImportPolicyList, policy.DefaultImportPolicy, apply, "import", dropped)
	nf.Export = p.chain(policy.ExportPolicyList, policy.DefaultExportPolicy, apply, "export", dropped)

	if n.RouteReflector.Config.RouteReflectorClient && n.Config.PeerType == oc.PEER_TYPE_INTERNAL {
		nf.ReflectorClient = true
		mark("ReflectorClient", where.get("route-reflector", "config", "route-reflector-client"))
	}
	nf.AllowASIn = n.AsPathOptions.Config.AllowOwnAs
	mark("AllowASIn", where.own.get("as-path-options", "config", "allow-own-as"))
	nf.ASOverride = n.AsPathOptions.Config.ReplacePeerAs
	mark("ASOverride", where.own.get("as-path-options", "config", "replace-peer-as"))
	switch n.Config.RemovePrivateAs {
	case oc.REMOVE_PRIVATE_AS_OPTION_ALL:
		nf.RemovePrivateAS = network.RemoveAllPrivate
	case oc.REMOVE_PRIVATE_AS_OPTION_REPLACE:
		nf.RemovePrivateAS = network.ReplaceAllPrivate
	case "":
	default:
		p.not(where.get("config", "remove-private-as"), network.AffectsRoutes, "GoBGP does not know %s and removes nothing", n.Config.RemovePrivateAs)
	}
	mark("RemovePrivateAS", where.own.get("config", "remove-private-as"))
	if l := a.PrefixLimit.Config; l.MaxPrefixes > 0 {
		nf.MaximumPrefix = &network.MaximumPrefix{Limit: l.MaxPrefixes, Threshold: uint8(l.ShutdownThresholdPct), Span: p.span(at.get("prefix-limit", "config"))}
		mark("MaximumPrefix", at.get("prefix-limit", "config"))
	}
	nf.AddPathReceive, nf.AddPathSendMax = a.AddPaths.Config.Receive, a.AddPaths.Config.SendMax
	mark("AddPathReceive", cmp.Or(at.get("add-paths", "config", "receive"), where.get("add-paths", "config", "receive")))
	mark("AddPathSendMax", cmp.Or(at.get("add-paths", "config", "send-max"), where.get("add-paths", "config", "send-max")))
}

// clusterID is the cluster id of the clients: the model has one a router, GoBGP one a neighbor.
func (p *parser) clusterID() {
	for i, n := range p.conf.Neighbors {
		id := string(n.RouteReflector.Config.RouteReflectorClusterId)
		at := p.root.get("neighbors").item(i).get("route-reflector", "config", "route-reflector-cluster-id")
		if id == "" || at == nil {
			continue
		}
		a, ok := clusterAddress(id)
		switch {
		case !ok:
			p.fail(at, "an IPv4 address or a number", "route-reflector-cluster-id %s is neither", id)
		case !p.bgp.ClusterID.IsValid():
			p.bgp.ClusterID = a
			p.bgp.Marks.Set("ClusterID", p.span(at))
		case p.bgp.ClusterID != a:
			p.not(at, network.AffectsRoutes, "a second cluster id on one router is not simulated")
		}
	}
}

// otherFamily is the name that the model has for a family of which it holds nothing else.
func otherFamily(name string) string {
	if s, ok := map[string]string{"l2vpn-evpn": "l2vpn evpn", "l3vpn-ipv4-unicast": "ipv4 vpn", "l3vpn-ipv6-unicast": "ipv6 vpn",
		"ipv4-flowspec": "ipv4 flowspec", "ipv6-flowspec": "ipv6 flowspec"}[name]; ok {
		return s
	}
	return name
}
