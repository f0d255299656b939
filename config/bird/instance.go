package bird

import (
	"net/netip"
	"slices"
	"sort"

	"github.com/routegate/routegate/network"
)

// decisionSteps are those of BIRD: the preference, which is the weight here, goes before all; then RFC
// 4271 §9.1.2.2 with the router id before the length of the cluster list.
var decisionSteps = []network.Step{network.StepWeight, network.StepReachable, network.StepLocalPref, network.StepASPathLength, network.StepOrigin, network.StepMED,
	network.StepPeerType, network.StepIGPMetric, network.StepRouterID, network.StepClusterListLength, network.StepNeighborAddress}

func (p *parser) routerIDOf(o *protocol) netip.Addr {
	if o.bgp.routerID.IsValid() {
		return o.bgp.routerID
	}
	return p.routerID
}

// commonBGP is what the speakers of all tables have in common. BIRD has no speaker: what the model holds for a whole
// one is taken from the protocols where they agree.
func (p *parser) commonBGP() *network.BGP {
	var all []*protocol
	piped := false
	for _, o := range p.protocols {
		piped = piped || o.kind == "pipe"
		if o.kind == "bgp" {
			all = append(all, o)
		}
	}
	b := &network.BGP{AS: commonAS(all), RouterID: p.routerID, RouterIDRule: network.RouterIDLowest, DefaultLocalPref: 100, ClientToClient: true,
		ReflectorOutboundPolicy: true, Decision: network.Decision{Steps: slices.Clone(decisionSteps), MultipathRelax: true},
		Missing: network.Missing{Policy: network.Reject}, Distance: bgpDistance(all),
		Habits: network.Habits{OneTable: true, NextHopForgotten: true, LimitAtOnce: true, LocalPrefOnReceipt: true, NoGracefulShutdown: true, MEDAfterPolicy: true, RedistributeIGP: true, ReflectsNoMED: true, GlobalNextHop: true, GatewayOnReceipt: true, EmptyExtTaken: true}}
	if !p.idSpan.IsZero() {
		b.Marks.Set("RouterID", p.idSpan)
	}
	for _, o := range all {
		if at, ok := o.marks.Find("Decision.DeterministicMED"); ok && piped && o.bgp.deterministicMED {
			p.sayAt(at, unsupported(routes, "where pipes bring routes, BIRD's grouping by MED is that of the tables that they are from, which is not simulated"))
		}
		if o.bgp.confederation != 0 && b.Confederation.Identifier == 0 {
			b.Confederation.Identifier = o.bgp.confederation
			p.copyMark(b, o, "Confederation")
		}
		if n := o.bgp.remoteAS; o.bgp.confederationMember && n != b.AS && !slices.Contains(b.Confederation.Members, n) {
			b.Confederation.Members = append(b.Confederation.Members, n)
		}
		if id := o.bgp.routerID; id.IsValid() && id != b.RouterID {
			if b.RouterID.IsValid() {
				p.sayAt(o.span, unsupported(sessions, "a router id of one protocol alone is simulated for all of them"))
			}
			b.RouterID = id
		}
	}
	slices.Sort(b.Confederation.Members)
	p.agree(b, all)
	return b
}

// buildBGP makes the speaker of a pair of tables: of their BGP protocols, and for the routes of others that go through pipes; nil
// where it has neither. neighbors are those of the router's sessions.
func (p *parser) buildBGP(common *network.BGP, in *instance, neighbors map[string]bool) *network.BGP {
	b := *common
	b.Marks = slices.Clone(common.Marks)
	used := p.pipes(&b, in)
	var all []*protocol
	for _, o := range p.protocols {
		if o.speaks(in) {
			all = append(all, o)
		}
	}
	if len(all) == 0 && !used {
		return nil
	}
	if len(all) > 0 {
		b.AS, b.Distance = commonAS(all), bgpDistance(all)
	}
	for _, o := range all {
		b.Span = b.Span.Join(o.span)
	}
	for _, f := range network.Families {
		p.family(&b, in, f)
	}
	for _, o := range all {
		p.addNeighbor(&b, o, neighbors)
	}
	sort.SliceStable(b.Neighbors, func(i, j int) bool { return b.Neighbors[i].Key() < b.Neighbors[j].Key() })
	return &b
}

func (p *parser) copyMark(b *network.BGP, o *protocol, field string) {
	if s, ok := o.marks.Find(field); ok {
		b.Marks.Set(field, s)
	}
}

// commonAS is the AS that most protocols speak as: the others have it as their own.
func commonAS(all []*protocol) uint32 {
	count := map[uint32]int{}
	best := uint32(0)
	for _, o := range all {
		as := o.bgp.localAS
		if count[as]++; best == 0 || count[as] > count[best] {
			best = as
		}
	}
	return best
}

// bgpDistance follows from the preference of the first channel.
func bgpDistance(all []*protocol) network.BGPDistance {
	d := distance(preferBGP)
	for _, o := range all {
		for _, c := range o.sortedChannels() {
			d = distance(c.preferred(preferBGP))
			return network.BGPDistance{External: d, Internal: d, Local: d}
		}
	}
	return network.BGPDistance{External: d, Internal: d, Local: d}
}

// agree takes over the settings of the decision process, where all protocols that say something say the
// same; others are not simulated on the protocols that depart from the first.
func (p *parser) agree(b *network.BGP, all []*protocol) {
	for _, s := range []struct {
		field string
		of    func(*bgpSettings) bool
		set   func(bool)
	}{
		{"Decision.AlwaysCompareMED", func(s *bgpSettings) bool { return s.medMetric }, func(on bool) { b.Decision.AlwaysCompareMED = on }},
		{"Decision.DeterministicMED", func(s *bgpSettings) bool { return s.deterministicMED }, func(on bool) { b.Decision.DeterministicMED = on }},
		{"Decision.ASPathIgnore", func(s *bgpSettings) bool { return s.ignorePathLength }, func(on bool) { b.Decision.ASPathIgnore = on }},
		{"Decision.IgnoreIGPMetric", func(s *bgpSettings) bool { return s.igpMetricOff }, func(on bool) { b.Decision.IgnoreIGPMetric = on }},
		{"Habits.IgnoreWellKnown", func(s *bgpSettings) bool { return s.ignoreCommunities }, func(on bool) { b.Habits.IgnoreWellKnown = on }},
		{"Decision.Steps", func(s *bgpSettings) bool { return s.preferOld }, func(on bool) {
			if on {
				i := slices.Index(b.Decision.Steps, network.StepRouterID)
				b.Decision.Steps = slices.Insert(b.Decision.Steps, i, network.StepOldest)
			}
		}},
	} {
		if len(all) == 0 {
			return
		}
		first := s.of(&all[0].bgp)
		s.set(first)
		for _, o := range all {
			at, ok := o.marks.Find(s.field)
			if s.of(&o.bgp) != first {
				if !ok {
					at = o.span
				}
				p.sayAt(at, unsupported(routes, "the BGP protocols differ in this setting, which is simulated for all of them alike"))
			} else if ok {
				b.Marks.Set(s.field, at)
			}
		}
	}
}

// sayAt gives the first line of a span a state.
func (p *parser) sayAt(s network.Span, v verdict) {
	for i, f := range p.files {
		if f.Path == s.File {
			p.mark(i, int(s.First), v)
		}
	}
}

// family is what goes into BGP from elsewhere, and what goes from it into the kernel.
func (p *parser) family(b *network.BGP, in *instance, f network.Family) {
	x := &b.Families[f]
	x.MaxPaths, x.MaxPathsInternal = 1, 1
	x.Install = in.name != "" // beside the default instance next hops are looked up by what is installed, and packets go by none of it
	for _, o := range p.protocols {
		c := o.family(f)
		if o.disabled || !o.in(in, f) {
			continue
		}
		switch o.kind {
		case "kernel":
			if o.kernel.main() && in.name == "" {
				p.kernelFamily(x, in, o, c)
			}
		case "static", "ospf", "direct":
			if c == nil {
				c = &channel{imports: network.PolicyChain{Default: network.Accept}}
			}
			if c == nil || o.ospf.version3 || c.imports.Default == network.Reject && len(c.imports.Policies) == 0 {
				continue
			}
			r := network.Redistribution{Name: o.name, Policy: onlyPolicy(c.imports), Span: o.span}
			switch o.kind {
			case "static":
				r.From, r.Weight = network.Static, c.preferred(preferStatic)
				r.Policy = p.staticPolicy(o, c)
			case "ospf":
				r.From, r.Weight = network.OSPFv2, c.preferred(preferOSPF)
			default:
				r.From, r.Weight, r.Interfaces = network.Connected, c.preferred(preferDirect), o.direct
			}
			x.Redistribute = append(x.Redistribute, r)
		}
	}
}

// kernelFamily: what the kernel protocol exports is what packets follow.
func (p *parser) kernelFamily(x *network.BGPFamily, in *instance, o *protocol, c *channel) {
	if at, ok := c.marks.Find("Export"); ok {
		x.Marks.Set("Install", at)
	}
	x.Span = x.Span.Join(o.span)
	if o.kernel.merge {
		x.MaxPaths, x.MaxPathsInternal = int(o.kernel.limit), int(o.kernel.limit)
		if at, ok := o.marks.Find("MaxPaths"); ok {
			x.Marks.Set("MaxPaths", at)
		}
	}
	if at, ok := c.marks.Find("Export"); ok && (c.exports.Default != network.Accept || len(c.exports.Policies) > 0) && p.hasIGP(in, c.family) {
		p.sayAt(at, unsupported(forwarding, "which static and OSPF routes the kernel gets is not simulated: packets are taken to follow all of them"))
	}
	x.Install = c.exports.Default == network.Accept || len(c.exports.Policies) > 0
	x.TableMap = onlyPolicy(c.exports)
}

// staticPolicy is what happens to the routes of a static protocol on their way into BGP: first what
// stands with each route, then the channel's import filter.
func (p *parser) staticPolicy(o *protocol, c *channel) network.Ref {
	ref := onlyPolicy(c.imports)
	if len(o.routeBody) == 0 {
		return ref
	}
	name := o.name + " " + c.name + " attributes"
	for _, pol := range p.policies {
		if pol.Name == name {
			return network.Ref{Name: name, Span: pol.Span}
		}
	}
	prog := &network.Program{Body: slices.Clone(o.routeBody), Locals: o.routeCode.locals}
	var behind *network.Program
	for _, pol := range p.policies {
		if pol.Name == ref.Name {
			behind = pol.Program
		}
	}
	p.code = o.routeCode
	pol := p.keep(name, p.tokens[0], nil)
	prog.Functions = pol.Program.Functions
	if behind != nil {
		prog.Body = append(prog.Body, shifted(behind.Body, prog.Locals)...)
		prog.Locals += behind.Locals
		for _, f := range behind.Functions {
			if prog.Function(f.Name) == nil {
				prog.Functions = append(prog.Functions, f)
			}
		}
		sort.Slice(prog.Functions, func(i, j int) bool { return prog.Functions[i].Name < prog.Functions[j].Name })
	} else {
		prog.Body = append(prog.Body, network.Instruction{Do: network.DoAccept, Pos: network.Pos{Span: o.span}})
	}
	pol.Program, pol.Span = prog, o.span
	return network.Ref{Name: name, Span: o.span}
}

// hasIGP reports that static or OSPF routes of a family stand in the table beside BGP's.
func (p *parser) hasIGP(in *instance, f network.Family) bool {
	return slices.ContainsFunc(p.protocols, func(o *protocol) bool {
		return !o.disabled && o.in(in, f) && (o.kind == "ospf" || o.kind == "static" && len(o.statics) > 0)
	})
}
