package gobgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// decisionSteps is the order of Destination.sort in GoBGP's internal/pkg/table. There is no step
// for the IGP metric, none for the cluster list, and no weight.
var decisionSteps = []network.Step{
	network.StepLocalPref, network.StepLocalOrigin, network.StepASPathLength, network.StepOrigin, network.StepMED,
	network.StepPeerType, network.StepOldest, network.StepRouterID, network.StepNeighborAddress,
}

func (p *parser) global() {
	g, n, b := &p.conf.Global, p.root.get("global"), p.bgp
	at := n
	if at == nil {
		at = p.root
	}
	config := n.get("config")
	b.Span = p.span(n)
	b.AS, b.RouterIDRule = g.Config.As, network.RouterIDRequired
	id, ok := address(g.Config.RouterId)
	switch {
	case g.Config.RouterId == "":
		p.fail(at, "as in router-id = \"192.0.2.1\" under [global.config]", "global.config.router-id is missing: gobgpd ends at once without one")
	case !ok || !id.Is4():
		p.fail(config.get("router-id"), "an IPv4 address", "router-id %s is not one", g.Config.RouterId)
	case g.Config.As == 0:
		p.fail(at, "as in as = 64512 under [global.config]", "global.config.as is missing")
	}
	b.RouterID = id
	for key, field := range map[string]string{"as": "AS", "router-id": "RouterID"} {
		if k := config.get(key); k != nil {
			b.Marks.Set(field, p.span(k))
		}
	}
	sortMarks(b.Marks)
	b.DefaultLocalPref, b.ClientToClient, b.SenderLoopCheck = 100, true, true
	// GoBGP dials with a TTL of one and looks at no subnet.
	b.SkipConnectedCheck = true
	// GoBGP hands its routes to zebra without a distance, and zebra's default for BGP is that
	// of eBGP: routes of iBGP too beat OSPF's (seen with FRR 8.4.4).
	b.Distance = network.BGPDistance{External: 20, Internal: 20, Local: 20}
	b.Habits = network.Habits{RewriteFirst: true, IgnoreWellKnown: true, NextHopUntracked: true, NoThirdPartyNextHop: true, NextHopForgotten: true, KeepLocalNextHop: true,
		ClientAttributesOnly: true, NotToSenderID: true, MultipathByMED: true, LimitReceived: true, LimitAtOnce: true, ReceiveAsIs: true, GlobalNextHop: true,
		ServerTable: true, ConfedInternal: true, ConfedExternal: true, PeerRouterID: true, RedistributeIGP: true, ReflectsNoMED: true, SendMaxByArrival: true, EmptyExtTaken: true, RanksByAS: true}
	// A policy that does not exist is not passed over: the whole list of which it is part is dropped, see chain.
	b.Missing = network.Missing{Policy: network.Next}

	o := g.RouteSelectionOptions.Config
	b.Decision = network.Decision{Steps: slices.Clone(decisionSteps), AlwaysCompareMED: o.AlwaysCompareMed, ASPathIgnore: o.IgnoreAsPathLength,
		CompareRouterID: o.ExternalCompareRouterId, MEDConfed: true}
	if o.ExternalCompareRouterId {
		b.Decision.Steps = slices.DeleteFunc(b.Decision.Steps, func(s network.Step) bool { return s == network.StepOldest })
	}
	options := n.get("route-selection-options", "config")
	for _, k := range [][2]string{{"always-compare-med", "AlwaysCompareMED"}, {"ignore-as-path-length", "ASPathIgnore"}, {"external-compare-router-id", "CompareRouterID"}} {
		if x := options.get(k[0]); x != nil {
			b.Marks.Set("Decision."+k[1], p.span(x))
		}
	}
	for f := range b.Families {
		fam := &b.Families[f]
		fam.MaxPaths, fam.MaxPathsInternal, fam.Install = 1, 1, true
		if g.UseMultiplePaths.Config.Enabled {
			// No bound of GoBGP's own; zebra's build limit is the only one.
			fam.MaxPaths, fam.MaxPathsInternal = 64, 64
			fam.Marks.Set("MaxPaths", p.span(n.get("use-multiple-paths", "config", "enabled")))
		}
	}
	if c := g.Confederation.Config; c.Enabled {
		b.Confederation = network.Confederation{Identifier: c.Identifier, Members: slices.Clone(c.MemberAsList)}
		slices.Sort(b.Confederation.Members)
		b.Marks.Set("Confederation", p.span(n.get("confederation", "config")))
	}
	p.listening(&g.Config, config)
	p.globalFamilies(g.AfiSafis, n.get("afi-safis"))
	b.LocalImport = p.chain(g.ApplyPolicy.Config.ImportPolicyList, g.ApplyPolicy.Config.DefaultImportPolicy, n.get("apply-policy", "config"), "import", network.Accept)
}

// sortMarks puts marks made in any order into that of the file.
func sortMarks(m network.Marks) {
	slices.SortStableFunc(m, func(a, b network.Mark) int { return int(a.Span.First - b.Span.First) })
}

// listening is where gobgpd accepts sessions: port -1 is nowhere.
func (p *parser) listening(c *oc.GlobalConfig, n *node) {
	b := p.bgp
	switch {
	case c.Port < 0:
		b.NoListen = true
	case c.Port > 65535:
		p.fail(n.get("port"), "a TCP port, or -1 to accept no session", "port %d does not exist", c.Port)
		return
	case c.Port != network.BGPPort:
		b.Port = uint16(c.Port)
	}
	for i, a := range c.LocalAddressList {
		at := n.get("local-address-list").item(i)
		addr, ok := address(a)
		if !ok {
			p.fail(at, "as in 192.0.2.1 or ::", "%s is not an IP address", a)
			return
		}
		if !addr.IsUnspecified() {
			b.ListenOn = append(b.ListenOn, addr)
		}
	}
	if len(b.ListenOn) < len(c.LocalAddressList) {
		b.ListenOn = nil
	}
	slices.SortFunc(b.ListenOn, netip.Addr.Compare)
	for _, k := range [][2]string{{"port", "Port"}, {"local-address-list", "ListenOn"}} {
		if x := n.get(k[0]); x != nil {
			b.Marks.Set(k[1], p.span(x))
		}
	}
}

// globalFamilies looks at which tables GoBGP keeps: all, unless the file lists some.
func (p *parser) globalFamilies(list []oc.AfiSafi, n *node) {
	for i, a := range list {
		name := n.item(i).get("config", "afi-safi-name")
		if _, ok := familyOf(a.Config.AfiSafiName); !ok {
			p.not(name, network.AffectsOther, "the address family %s is not simulated", a.Config.AfiSafiName)
		} else if len(list) < network.NumFamilies {
			p.not(name, network.AffectsRoutes, "a GoBGP without the tables of the other families is not simulated")
		}
	}
}

// familyOf is the simulated family of a name.
func familyOf(name oc.AfiSafiType) (network.Family, bool) {
	switch name {
	case oc.AFI_SAFI_TYPE_IPV4_UNICAST:
		return network.IPv4Unicast, true
	case oc.AFI_SAFI_TYPE_IPV6_UNICAST:
		return network.IPv6Unicast, true
	}
	return 0, false
}

// chain is an apply-policy list. GoBGP drops the whole list, and the default that stands with it,
// where one of its policies does not exist or stands twice, and says so only in its log
// (SetPolicyAssignment, SetPeerPolicy): what remains is dropped, which is to accept everything
// in the global table and to reject everything for a route server client. The chain then
// holds the missing reference alone.
func (p *parser) chain(names []string, def oc.DefaultPolicyType, n *node, direction string, dropped network.Disposition) network.PolicyChain {
	list, defNode := n.get(direction+"-policy-list"), n.get("default-"+direction+"-policy")
	c := network.PolicyChain{Span: p.span(list).Join(p.span(defNode))}
	seen := map[string]bool{}
	for i, name := range names {
		ref := network.Ref{Name: name, Span: p.span(list.item(i))}
		if p.router.Policy(name) == nil {
			return network.PolicyChain{Policies: []network.Ref{ref}, Default: dropped, Span: c.Span}
		}
		if seen[name] {
			p.not(list, network.AffectsRoutes, "GoBGP drops the whole list, because %s stands in it twice", name)
			return network.PolicyChain{Default: dropped, Span: c.Span}
		}
		seen[name] = true
		c.Policies = append(c.Policies, ref)
	}
	switch {
	case def == oc.DEFAULT_POLICY_TYPE_REJECT_ROUTE:
		c.Default = network.Reject
	case def == oc.DEFAULT_POLICY_TYPE_ACCEPT_ROUTE || len(names) > 0:
		c.Default = network.Accept
	}
	if def != "" && def.Validate() != nil {
		p.not(defNode, network.AffectsRoutes, "GoBGP does not know %s and accepts", def)
	}
	return c
}

// zebra reads the connection to FRR's zebra: where routes are taken from, and whether best paths
// enter the main table.
func (p *parser) zebra() {
	z, n := &p.conf.Zebra.Config, p.root.get("zebra", "config")
	if !z.Enabled {
		return
	}
	p.bgp.Habits.ConnectedInZebra, p.bgp.Habits.UnscopedInZebra = true, true
	version := min(max(z.Version, 2), 6)
	trigger := z.NexthopTriggerEnable
	if n.get("nexthop-trigger-enable") == nil {
		trigger = version > 2
	}
	if trigger {
		p.bgp.Habits.NextHopUntracked = false
		at := n.get("nexthop-trigger-enable")
		if at == nil {
			at = n.get("version")
		}
		p.not(at, network.AffectsRoutes, "with next hop tracking GoBGP overwrites a route's MED with the metric to its next hop, which is not simulated")
	}
	for f := range p.bgp.Families {
		fam := &p.bgp.Families[f]
		fam.Marks.Set("Install", p.span(n.get("enabled")))
		for i, name := range z.RedistributeRouteTypeList {
			at := n.get("redistribute-route-type-list").item(i)
			r := network.Redistribution{Name: name, Span: p.span(at)}
			switch name {
			case "connect", "connected", "directly-connected", "local":
				r.From = network.Connected
			case "static":
				r.From = network.Static
			case "kernel":
				r.From = network.Kernel
			case "ospf":
				r.From = network.OSPFv2
			default:
				r.From = network.OtherProtocol
				p.not(at, network.AffectsRoutes, "routes of %s are not simulated", name)
			}
			fam.Redistribute = append(fam.Redistribute, r)
		}
	}
}

// beside checks what gobgpd checks in the rest of the file before it starts.
func (p *parser) beside() {
	if p.conf.Collector.Config.Url != "" {
		p.fail(p.root.get("collector"), "leave it out", "collector: gobgpd ends with \"collector feature is not supported\"")
	}
	for i, s := range p.conf.BmpServers {
		if t := s.Config.StatisticsTimeout; t != 0 && t < 15 {
			p.fail(p.root.get("bmp-servers").item(i).get("config", "statistics-timeout"), "at least 15", "too small a statistics-timeout: %d", t)
		}
	}
	for i, d := range p.conf.DynamicNeighbors {
		n := p.root.get("dynamic-neighbors").item(i)
		prefix, err := netip.ParsePrefix(d.Config.Prefix)
		if err != nil {
			p.fail(n, "as in prefix = \"192.0.2.0/24\"", "dynamic-neighbors: invalid prefix %q", d.Config.Prefix)
			continue
		}
		if p.group(d.Config.PeerGroup) < 0 {
			p.fail(n, nearest(d.Config.PeerGroup, p.groupNames()), "dynamic-neighbors: there is no peer group %q", d.Config.PeerGroup)
			continue
		}
		p.bgp.Listen = append(p.bgp.Listen, network.ListenRange{Prefix: prefix.Masked(), PeerGroup: d.Config.PeerGroup, Span: p.span(n)})
	}
	for i, pg := range p.conf.PeerGroups {
		if slices.Contains(p.groupNames()[:i], pg.Config.PeerGroupName) {
			p.fail(p.root.get("peer-groups").item(i), "", "peer-groups: %s stands twice", pg.Config.PeerGroupName)
		}
	}
}

// group finds a peer group by name; -1 when there is none.
func (p *parser) group(name string) int { return slices.Index(p.groupNames(), name) }

func (p *parser) groupNames() []string {
	out := make([]string, len(p.conf.PeerGroups))
	for i, pg := range p.conf.PeerGroups {
		out[i] = pg.Config.PeerGroupName
	}
	return out
}

// duplicate is the message of gobgpd's "can't overwrite the existing peer".
func duplicate(what, key string) string { return fmt.Sprintf("%s %s is configured twice", what, key) }
