package frr

import (
	"slices"

	"github.com/routegate/routegate/network"
)

func (g *grammar) neighborFamilies() {
	both := anyFamily()
	peer := "[no] neighbor WORD$peer "
	g.do(both, peer+"activate", (*parser).activate)
	g.do(both, peer+"route-map WORD$name <in|out>", (*parser).neighborPolicy)
	g.do(both, peer+"prefix-list WORD$name <in|out>", (*parser).neighborList)
	g.do(both, peer+"filter-list WORD$name <in|out>", (*parser).neighborList)
	g.do(both, peer+"distribute-list WORD$name <in|out>", (*parser).neighborList)
	g.do(both, peer+"unsuppress-map ~ WORD$name", (*parser).unsuppressMap)
	g.do(both, peer+"advertise-map WORD$name <exist-map|non-exist-map> WORD$condition", (*parser).conditional)
	g.do(both, peer+"default-originate ~ [route-map WORD$name]", (*parser).defaultOriginate)
	g.do(both, peer+"maximum-prefix ~ (1-4294967295)$limit [(1-100)$threshold] [{restart (1-65535)$restart|warning-only|force}]", (*parser).maximumPrefix)
	g.do(both, peer+"maximum-prefix-out ~ (1-4294967295)$limit", (*parser).maximumPrefixOut)
	g.do(both, peer+"next-hop-self [<force|all>]", (*parser).nextHopSelf)
	g.do(both, peer+"attribute-unchanged ~ [{as-path|next-hop|med}]", (*parser).unchanged)
	g.do(both, peer+"allowas-in ~ [<(1-10)$count|origin>]", (*parser).allowASIn)
	g.do(both, peer+"remove-private-AS [all] [replace-AS]", (*parser).removePrivate)
	g.do(both, peer+"send-community [<both|all|extended|standard|large>]", (*parser).sendCommunity)
	g.do(both, peer+"weight ~ (0-65535)$weight", (*parser).weight)
	g.do(both, peer+"addpath-tx-all-paths", (*parser).addPath)
	g.do(both, peer+"addpath-tx-bestpath-per-AS", (*parser).addPath)
	g.do(both, peer+"addpath-tx-best-selected ~ (1-64)$paths", (*parser).addPath)
	g.do(both, peer+"route-reflector-client", (*parser).reflectorClient)
	g.do(both, peer+"as-override", (*parser).asOverride)
	for _, s := range familySwitches {
		g.do(both, peer+s.pattern, s.set)
	}
	for _, c := range []struct {
		affects      network.Affects
		why, pattern string
	}{
		{routes, "outbound route filters are not simulated", "capability orf prefix-list <both|send|receive>"},
		{routes, "the site of origin of a neighbor is not simulated", "soo ~ WORD"},
		{routes, "accept-own is not simulated", "accept-own"},
		{routes, "this next-hop option is not simulated", "nexthop-local unchanged"},
		{routes, "dampening of a neighbor is not simulated", "dampening ~ LINE..."},
		{routes, "limits on received paths are not simulated", "addpath-rx-paths-limit ~ (1-65535)"},
		{others, "this family is not simulated", "upa"},
	} {
		v := unsupported(c.affects, c.why)
		g.do(both, peer+c.pattern, func(p *parser, a *args) verdict {
			if x, why := p.peer(a); x == nil {
				return rejected(why)
			}
			return v
		})
	}
}

// familySwitch is an option of a neighbor's family that is on or off.
type familySwitch struct {
	pattern, field string
	apply          func(*network.NeighborFamily)
}

func (s familySwitch) set(p *parser, a *args) verdict { return p.perFamily(a, s.field, s.apply) }

var familySwitches = []familySwitch{
	{"route-server-client", "RouteServerClient", func(f *network.NeighborFamily) { f.RouteServerClient = true }},
	{"soft-reconfiguration inbound", "SoftReconfiguration", func(f *network.NeighborFamily) { f.SoftReconfiguration = true }},
	{"disable-addpath-rx", "AddPathReceive", func(f *network.NeighborFamily) { f.AddPathReceive = false }},
}

// perFamily adds a setting of one family: where the line is a "no", the setting is dropped.
func (p *parser) perFamily(a *args, field string, apply func(*network.NeighborFamily)) verdict {
	return p.keyed(a, field, field, apply)
}

// keyed is perFamily where several settings share a field, or one replaces another.
func (p *parser) keyed(a *args, field, key string, apply func(*network.NeighborFamily)) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	f := p.af()
	if a.no {
		x.drop(f, key)
		return modelled
	}
	x.put(setting{family: f, field: field, key: key, span: p.span(), apply: func(_ *network.Neighbor, nf *network.NeighborFamily) { apply(nf) }})
	return modelled
}

// activate works at once: a group's word counts for the members that it has at that moment.
func (p *parser) activate(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	f := p.af()
	x.active[f], x.activeAt[f] = !a.no, p.span()
	if x.isGroup {
		for _, m := range p.bgp.peers {
			if m.group == x {
				m.active[f], m.activeAt[f] = !a.no, p.span()
			}
		}
	}
	return modelled
}

// activateOther notes that the session carries a family that is not simulated: it counts for resets.
func (p *parser) activateOther(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	f := p.frames[len(p.frames)-1].text
	x.others = slices.DeleteFunc(x.others, func(s string) bool { return s == f })
	if !a.no {
		x.others = append(x.others, f)
	}
	return unsupported(others, "only IPv4 and IPv6 unicast are simulated")
}

// neighborPolicy attaches a route-map. One that does not exist refuses every route (Missing).
func (p *parser) neighborPolicy(a *args) verdict {
	chain := network.PolicyChain{Policies: []network.Ref{p.ref(a.str("name"))}, Default: network.Reject, Span: p.span()}
	if a.has("in") {
		return p.perFamily(a, "Import", func(f *network.NeighborFamily) { f.Import = chain })
	}
	return p.perFamily(a, "Export", func(f *network.NeighborFamily) { f.Export = chain })
}

func (p *parser) neighborList(a *args) verdict {
	r, inbound := p.ref(a.str("name")), a.has("in")
	field := "Out"
	if inbound {
		field = "In"
	}
	// A prefix list and a distribute list in one direction exclude each other.
	other := map[string]string{"prefix-list": "Distribute", "distribute-list": "PrefixList"}[a.any("prefix-list", "distribute-list")]
	if x := p.bgp.find(a.str("peer")); x != nil && !a.no && other != "" && x.has(p.af(), other+field) {
		return rejected("a prefix list and a distribute list in one direction exclude each other")
	}
	switch a.any("prefix-list", "filter-list", "distribute-list") {
	case "prefix-list":
		return p.perFamily(a, "PrefixList"+field, func(f *network.NeighborFamily) {
			if inbound {
				f.PrefixListIn = r
			} else {
				f.PrefixListOut = r
			}
		})
	case "filter-list":
		return p.perFamily(a, "FilterList"+field, func(f *network.NeighborFamily) {
			if inbound {
				f.FilterListIn = r
			} else {
				f.FilterListOut = r
			}
		})
	}
	return p.perFamily(a, "Distribute"+field, func(f *network.NeighborFamily) {
		if inbound {
			f.DistributeIn = r
		} else {
			f.DistributeOut = r
		}
	})
}

func (p *parser) unsuppressMap(a *args) verdict {
	r := p.ref(a.str("name"))
	return p.perFamily(a, "UnsuppressMap", func(f *network.NeighborFamily) { f.UnsuppressMap = r })
}

func (p *parser) conditional(a *args) verdict {
	c := network.ConditionalAdvertisement{Advertise: p.ref(a.str("name")), Condition: p.ref(a.str("condition")), NonExist: a.has("non-exist-map"), Span: p.span()}
	return p.perFamily(a, "Conditional", func(f *network.NeighborFamily) { f.Conditional = &c })
}

func (p *parser) defaultOriginate(a *args) verdict {
	d := network.DefaultOriginate{Policy: p.ref(a.str("name")), Span: p.span()}
	return p.perFamily(a, "DefaultOriginate", func(f *network.NeighborFamily) { f.DefaultOriginate = &d })
}

func (p *parser) maximumPrefix(a *args) verdict {
	m := network.MaximumPrefix{Limit: a.num("limit"), Threshold: 75, WarningOnly: a.has("warning-only"), Restart: a.num("restart"), Span: p.span()}
	if a.given("threshold") {
		m.Threshold = uint8(a.num("threshold"))
	}
	if m.WarningOnly && m.Restart != 0 {
		return rejected("restart and warning-only exclude each other")
	}
	return p.perFamily(a, "MaximumPrefix", func(f *network.NeighborFamily) { f.MaximumPrefix = &m })
}

func (p *parser) maximumPrefixOut(a *args) verdict {
	limit := a.num("limit")
	return p.perFamily(a, "MaximumPrefixOut", func(f *network.NeighborFamily) { f.MaximumPrefixOut = limit })
}

// nextHopSelf: `force` is a setting of its own, which implies the plain one.
func (p *parser) nextHopSelf(a *args) verdict {
	if a.has("force") || a.has("all") {
		return p.perFamily(a, "NextHopSelfForce", func(f *network.NeighborFamily) { f.NextHopSelf, f.NextHopSelfForce = true, true })
	}
	return p.perFamily(a, "NextHopSelf", func(f *network.NeighborFamily) { f.NextHopSelf = true })
}

func (p *parser) unchanged(a *args) verdict {
	all := !a.has("as-path") && !a.has("next-hop") && !a.has("med")
	v := modelled
	if all || a.has("as-path") {
		v = p.perFamily(a, "ASPathUnchanged", func(f *network.NeighborFamily) { f.ASPathUnchanged = true })
	}
	if all || a.has("next-hop") {
		v = p.perFamily(a, "NextHopUnchanged", func(f *network.NeighborFamily) { f.NextHopUnchanged = true })
	}
	if all || a.has("med") {
		v = p.perFamily(a, "MEDUnchanged", func(f *network.NeighborFamily) { f.MEDUnchanged = true })
	}
	return v
}

func (p *parser) allowASIn(a *args) verdict {
	count, origin := uint8(3), a.has("origin")
	if a.given("count") {
		count = uint8(a.num("count"))
	}
	return p.perFamily(a, "AllowASIn", func(f *network.NeighborFamily) { f.AllowASIn, f.AllowASInOrigin = count, origin })
}

// removePrivate: each form is a setting of its own; the strongest of those that stand counts.
func (p *parser) removePrivate(a *args) verdict {
	if x := p.bgp.find(a.str("peer")); x != nil && !a.no && p.bgp.isInternal(x) {
		return rejected("private ASes are not removed towards internal neighbors")
	}
	kind := network.RemoveIfAllPrivate
	switch all, replace := a.has("all"), a.has("replace-AS"); {
	case all && replace:
		kind = network.ReplaceAllPrivate
	case all:
		kind = network.RemoveAllPrivate
	case replace:
		kind = network.ReplaceIfAllPrivate
	}
	key := [...]string{"", "RemovePrivateAS", "RemovePrivateAS all", "RemovePrivateAS replace", "RemovePrivateAS all replace"}[kind]
	return p.keyed(a, "RemovePrivateAS", key, func(f *network.NeighborFamily) { f.RemovePrivateAS = max(f.RemovePrivateAS, kind) })
}

func (p *parser) reflectorClient(a *args) verdict {
	if x := p.bgp.find(a.str("peer")); x != nil && !a.no && p.bgp.isExternal(x) {
		return rejected("only internal neighbors are clients of a route reflector")
	}
	return p.perFamily(a, "ReflectorClient", func(f *network.NeighborFamily) { f.ReflectorClient = true })
}

func (p *parser) asOverride(a *args) verdict {
	if x := p.bgp.find(a.str("peer")); x != nil && !a.no && p.bgp.isInternal(x) {
		return rejected("as-override is for external neighbors")
	}
	return p.perFamily(a, "ASOverride", func(f *network.NeighborFamily) { f.ASOverride = true })
}

// sendCommunity: all kinds are sent by default, so it is the negative form that says something.
func (p *parser) sendCommunity(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	kind := a.any("both", "all", "extended", "standard", "large")
	for _, k := range []struct {
		field string
		on    bool
		apply func(*network.Neighbor, *network.NeighborFamily)
	}{
		{"SendCommunity", kind == "" || kind == "standard" || kind == "both" || kind == "all",
			func(_ *network.Neighbor, f *network.NeighborFamily) { f.SendCommunity = false }},
		{"SendExtCommunity", kind == "extended" || kind == "both" || kind == "all",
			func(_ *network.Neighbor, f *network.NeighborFamily) { f.SendExtCommunity = false }},
		{"SendLargeCommunity", kind == "large" || kind == "all",
			func(_ *network.Neighbor, f *network.NeighborFamily) { f.SendLargeCommunity = false }},
	} {
		if !k.on {
			continue
		}
		if a.no {
			x.put(setting{family: p.af(), field: k.field, span: p.span(), apply: k.apply})
		} else {
			x.drop(p.af(), k.field)
		}
	}
	return modelled
}

func (p *parser) weight(a *args) verdict {
	w := a.num("weight")
	return p.perFamily(a, "Weight", func(f *network.NeighborFamily) { f.Weight, f.HasWeight = w, true })
}

// addPath: one way of choosing what is sent beside the best path; the last one said counts.
func (p *parser) addPath(a *args) verdict {
	n := uint8(a.num("paths"))
	switch a.any("addpath-tx-all-paths", "addpath-tx-bestpath-per-AS") {
	case "addpath-tx-all-paths":
		return p.keyed(a, "AddPathSendAll", "AddPath", func(f *network.NeighborFamily) { f.AddPathSendAll = true })
	case "addpath-tx-bestpath-per-AS":
		if !a.no && p.bgp.find(a.str("peer")) != nil {
			// The best path of each AS takes comparing within each AS: bgpd switches that on, and leaves it on.
			p.onBGP("Decision.DeterministicMED").Decision.DeterministicMED = true
		}
		return p.keyed(a, "AddPathSendBestAS", "AddPath", func(f *network.NeighborFamily) { f.AddPathSendBestAS = true })
	}
	return p.keyed(a, "AddPathSendMax", "AddPath", func(f *network.NeighborFamily) { f.AddPathSendMax = n })
}
