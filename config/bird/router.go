package bird

import (
	"sort"

	"github.com/routegate/routegate/network"
)

// router makes the model of what was read.
func (p *parser) router() *network.Router {
	r := &network.Router{Name: p.name, Dialect: "bird", Span: network.Span{File: p.files[0].Path}}
	p.sortTables()
	common := p.commonBGP()
	neighbors := map[string]bool{}
	for i := range p.instances {
		in := &p.instances[i]
		v := &network.VRF{Name: in.name, Span: r.Span}
		if len(p.instances) > 1 || in.tables != mainTables {
			v.Tables = in.tables
		}
		// BIRD's table is one for all: a next hop resolves through whatever stands in it.
		v.ResolveViaDefault = [network.NumFamilies]bool{true, true}
		for _, o := range p.protocols {
			switch {
			case o.disabled:
			case o.kind == "static":
				v.Static = append(v.Static, o.staticRoutes(in)...)
			case o.kind == "ospf" && !o.ospf.version3 && o.in(in, network.IPv4Unicast):
				v.OSPF = append(v.OSPF, p.buildOSPF(o))
			}
		}
		if b := p.buildBGP(common, in, neighbors); b != nil {
			v.BGP = b
			v.Span = b.Span
		}
		r.VRFs = append(r.VRFs, v)
	}
	for _, o := range p.elsewhere {
		if !o.disabled && r.VRF(o.vrf) == nil {
			r.VRFs = append(r.VRFs, &network.VRF{Name: o.vrf, Span: o.vrfSpan}) // named alone: nothing of it is simulated
		}
	}
	sort.Slice(r.VRFs[1:], func(i, j int) bool { return r.VRFs[i+1].Name < r.VRFs[j+1].Name })
	sort.Slice(p.policies, func(i, j int) bool { return p.policies[i].Name < p.policies[j].Name })
	r.Policies = p.policies
	sort.Slice(p.constants, func(i, j int) bool { return p.constants[i].Name < p.constants[j].Name })
	r.PrefixSets = p.constants
	r.Files = p.ledgers()
	return r
}

// preferences of the protocols; the highest wins. Administrative distance is the other way round.
const (
	preferDirect = 240
	preferStatic = 200
	preferOSPF   = 150
	preferBGP    = 100
)

// preference is the channel's own, or that of its protocol.
func (c *channel) preferred(def uint32) uint32 {
	if c != nil && c.preference != nil {
		return *c.preference
	}
	return def
}

// distance puts a preference on the scale of administrative distances.
func distance(preference uint32) uint8 {
	return uint8(255 - min(preference, 254))
}

func (o *protocol) family(f network.Family) *channel {
	return o.channels[[...]string{"ipv4", "ipv6"}[f]]
}

func (o *protocol) staticRoutes(in *instance) []network.StaticRoute {
	var out []network.StaticRoute
	for _, s := range o.statics {
		f := network.FamilyOf(s.Prefix)
		c := o.family(f)
		if c == nil || !o.in(in, f) {
			continue
		}
		s.Source, s.Distance = o.name, distance(c.preferred(preferStatic))
		out = append(out, s)
	}
	return out
}

// buildOSPF makes the process. Its export filter says what it announces from elsewhere: external
// routes of type 2 and metric 10000 unless it sets another.
func (p *parser) buildOSPF(o *protocol) *network.OSPF {
	metric := uint32(10000)
	c := o.channels["ipv4"]
	d := distance(c.preferred(preferOSPF))
	x := &network.OSPF{RouterID: p.routerIDOf(o), RouterIDRule: network.RouterIDLowest, Areas: o.ospf.areas, Patterns: o.ospf.patterns, DefaultMetric: &metric,
		Distance: network.OSPFDistance{IntraArea: d, InterArea: d, External: d}, MaximumPaths: o.ospf.paths, MaxMetric: o.ospf.stub, ByBackbone: true, Marks: o.marks, Span: o.span}
	if x.MaximumPaths == 0 {
		x.MaximumPaths = 16
	}
	sort.SliceStable(x.Areas, func(i, j int) bool { return x.Areas[i].ID < x.Areas[j].ID })
	if c == nil || len(c.exports.Policies) == 0 && c.exports.Default == network.Reject {
		return x
	}
	for _, q := range p.protocols {
		from, ok := sources[q.kind]
		if q.disabled || !ok || q.channels["ipv4"] == nil && q.kind != "direct" {
			continue
		}
		x.Redistribute = append(x.Redistribute, network.Redistribution{From: from, Name: q.name, Policy: onlyPolicy(c.exports), MetricType: 2, Interfaces: q.direct, Span: c.exports.Span})
	}
	return oneEach(x)
}

// oneEach leaves one redistribution of each protocol: several instances of one share it.
func oneEach(x *network.OSPF) *network.OSPF {
	seen := map[network.Protocol]bool{}
	out := x.Redistribute[:0]
	for _, r := range x.Redistribute {
		if !seen[r.From] {
			seen[r.From] = true
			out = append(out, r)
		}
	}
	x.Redistribute = out
	return x
}

// sources are the protocols whose routes others may announce.
var sources = map[string]network.Protocol{"static": network.Static, "direct": network.Connected, "bgp": network.BGPProtocol}

// onlyPolicy is the filter of a chain; none where everything passes.
func onlyPolicy(c network.PolicyChain) network.Ref {
	if len(c.Policies) == 0 {
		return network.Ref{}
	}
	return c.Policies[0]
}
