package bird

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// addNeighbor makes the neighbor of a BGP protocol, or the range that it listens to.
func (p *parser) addNeighbor(b *network.BGP, o *protocol, known map[string]bool) {
	s := &o.bgp
	n := &network.Neighbor{Address: s.neighbor, Name: o.name, Description: s.description, RemoteAS: network.RemoteAS{Kind: s.remote, Number: s.remoteAS},
		UpdateSource: s.local, Shutdown: o.disabled, Passive: s.passive, Password: s.password, Port: s.port, EnforceFirstAS: s.enforceFirst, ClusterID: s.clusterID,
		Role: s.role, RoleStrict: s.requireRoles, DefaultMED: s.defaultMED, LocalPrefOutside: s.allowLocalPref, RejectASSets: s.refuseASSets, Hold: s.hold, Keepalive: s.keepalive, AdvertisementInterval: -1, BFD: s.bfd,
		Marks: o.marks, Span: o.span}
	if s.neighbor.IsLinkLocalUnicast() && s.neighbor.Is6() {
		n.Interface = s.iface
	}
	if s.defaultLocalPref != 0 {
		n.DefaultLocalPref = s.defaultLocalPref
	}
	if s.localAS != b.AS {
		// A protocol has one AS, which takes the place of ours altogether.
		n.LocalAS = network.LocalAS{Number: s.localAS, NoPrepend: true, ReplaceAS: true}
	}
	n.TTL = 1
	switch {
	case s.multihop:
		n.MultihopEnabled, n.TTL = true, uint8(s.hops)
	case !s.external() && !s.direct:
		n.TTL = 64
	}
	if s.ttlSecurity {
		n.TTLSecurityHops = 1
		if n.MultihopEnabled || !s.external() && !s.direct {
			n.TTLSecurityHops = n.TTL
		}
	}
	for _, c := range o.sortedChannels() {
		// Both families resolve alike: what the last channel says.
		n.GatewayDirect = s.direct || s.external() && !s.multihop
		if c.gatewayRecursive != nil {
			n.GatewayDirect = !*c.gatewayRecursive
		}
	}
	key := resetKey(o)
	for _, f := range network.Families {
		c := o.family(f)
		if c == nil {
			continue
		}
		n.Families[f] = neighborFamily(o, c)
		if c.extendedNextHop && f == network.IPv4Unicast {
			n.ExtendedNextHop = true
		}
	}
	for _, c := range o.sortedChannels() {
		if name, ok := otherFamilies[c.name]; ok {
			n.OtherFamilies = append(n.OtherFamilies, name)
		}
	}
	slices.Sort(n.OtherFamilies)
	n.ResetKey = key
	if s.listen.IsValid() {
		t := *n
		b.PeerGroups = append(b.PeerGroups, &network.PeerGroup{Name: o.name, Template: t, Span: o.span})
		b.Listen = append(b.Listen, network.ListenRange{Prefix: s.listen, PeerGroup: o.name, Span: o.span})
		return
	}
	if known[n.Key()] {
		p.sayAt(o.span, unsupported(sessions, "a second session with the same neighbor is not simulated"))
		return
	}
	known[n.Key()] = true
	b.Neighbors = append(b.Neighbors, n)
}

// otherFamilies are the channels of which nothing is simulated, by the names of the model.
var otherFamilies = map[string]string{"vpn4": "ipv4 vpn", "vpn4 mpls": "ipv4 vpn", "vpn6": "ipv6 vpn", "vpn6 mpls": "ipv6 vpn", "flow4": "ipv4 flowspec",
	"flow6": "ipv6 flowspec", "ipv4 multicast": "ipv4 multicast", "ipv6 multicast": "ipv6 multicast", "ipv4 mpls": "ipv4 labeled-unicast",
	"ipv6 mpls": "ipv6 labeled-unicast"}

func neighborFamily(o *protocol, c *channel) network.NeighborFamily {
	x := network.NeighborFamily{Active: true, Import: c.imports, Export: c.exports, ReflectorClient: o.bgp.rrClient, RouteServerClient: o.bgp.rsClient,
		MEDUnchanged: o.bgp.rsClient, SendCommunity: true, SendExtCommunity: true, SendLargeCommunity: true, SoftReconfiguration: c.importTable,
		AllowASIn: uint8(o.bgp.allowLocalAS), Weight: c.preferred(preferBGP), HasWeight: true,
		AddPathReceive: c.addPathRX, AddPathSendAll: c.addPathTX, Marks: c.marks}
	switch c.nextHopSelf {
	case nextHopAlways:
		x.NextHopSelf, x.NextHopSelfForce = true, true
	case nextHopEBGP:
		x.NextHopSelfOf = network.FromExternal
	case nextHopIBGP:
		x.NextHopSelfOf = network.FromInternal
	}
	switch c.nextHopKeep {
	case nextHopEBGP:
		x.NextHopKeepOf = network.FromExternal
	case nextHopIBGP:
		x.NextHopKeepOf = network.FromInternal
	}
	x.NextHopUnchanged = c.nextHopKeep == nextHopAlways && c.nextHopSelf != nextHopAlways
	l := c.limits[importLimit]
	if l == nil {
		l = c.limits[receiveLimit]
	}
	if l != nil && l.action != "block" {
		m := network.MaximumPrefix{Limit: l.count, Threshold: 100, WarningOnly: l.action == "warn", Span: l.span}
		if l.action == "restart" {
			m.Restart = 1 // after `error wait time`, which is a minute at first
		}
		x.MaximumPrefix = &m
	}
	if l := c.limits[exportLimit]; l != nil && l.action == "block" {
		x.MaximumPrefixOut = l.count
	}
	return x
}

// resetKey holds the settings for which `configure` restarts the protocol: all of BGP's own, and those of
// a channel that capabilities or tables depend on. Filters, limits and preferences only make it reload.
func resetKey(o *protocol) string {
	s := &o.bgp
	var parts []string
	add := func(name string, value any) {
		if t := fmt.Sprint(value); t != "" && t != "0" && t != "false" && t != "invalid IP" && t != "invalid Prefix" {
			parts = append(parts, name+"="+t)
		}
	}
	add("disabled", o.disabled)
	add("router-id", s.routerID)
	add("local-as", s.localAS)
	add("local", s.local)
	add("local-port", s.localPort)
	add("neighbor", s.neighbor)
	add("range", s.listen)
	add("remote-as", s.remoteAS)
	add("remote", s.remote)
	add("interface", s.iface)
	add("port", s.port)
	add("direct", s.direct)
	add("multihop", s.hops*uint32(asNumber(s.multihop)))
	add("ttl-security", s.ttlSecurity)
	if s.password != "" {
		sum := sha256.Sum256([]byte(s.password))
		add("password", fmt.Sprintf("%x", sum[:8]))
	}
	add("rr-client", s.rrClient)
	add("rs-client", s.rsClient)
	add("cluster-id", s.clusterID)
	add("allow-local-as", s.allowLocalAS)
	add("confederation", s.confederation)
	add("confederation-member", s.confederationMember)
	add("role", s.role)
	add("require-roles", s.requireRoles)
	add("passive", s.passive)
	add("enforce-first-as", s.enforceFirst)
	add("default-med", s.defaultMED)
	add("default-local-pref", s.defaultLocalPref)
	add("allow-local-pref", s.allowLocalPref)
	add("refuse-as-sets", s.refuseASSets)
	add("med-metric", s.medMetric)
	add("prefer-older", s.preferOld)
	add("deterministic-med", s.deterministicMED)
	add("no-path-metric", s.ignorePathLength)
	add("no-igp-metric", s.igpMetricOff)
	add("ignore-communities", s.ignoreCommunities)
	add("hold", s.hold)
	add("keepalive", s.keepalive)
	add("bfd", s.bfd)
	for _, name := range sortedKeys(o.channels) {
		c := o.channels[name]
		add(name, c.table)
		add(name+".add-paths-rx", c.addPathRX)
		add(name+".add-paths-tx", c.addPathTX)
		add(name+".extended-next-hop", c.extendedNextHop)
		add(name+".import-table", c.importTable)
	}
	return strings.Join(parts, ";")
}

func asNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}
