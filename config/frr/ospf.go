package frr

import (
	"slices"
	"sort"

	"github.com/routegate/routegate/network"
)

// process is one `router ospf` being made.
type process struct {
	*network.OSPF
	vrf   string
	areas map[uint32]*area
	// Distances: of all routes, and by kind where that is not 0.
	distance, intra, inter, external uint8
}

// area is one OSPF area being made.
type area struct {
	network.OSPFArea
	auth string // authentication of the area's interfaces: "", "text", "md5"
}

// defaultReference is ospfd's reference bandwidth in Mbit/s.
const defaultReference = 100000

const (
	areaID    = "<A.B.C.D$area|(0-4294967295)$areanumber>"
	ospfFroms = "<kernel|connected|static|rip|isis|bgp|eigrp|nhrp|vnc|babel|openfabric|sharp|local|ospf|table|table-direct>"
)

func (g *grammar) ospf() {
	top, mode := in(configMode), in(ospfMode)
	g.block(top, "router ospf [(1-65535)$instance] [vrf WORD$vrf]", ospfMode, (*parser).enterOSPF)
	g.do(top, "no router ospf [(1-65535)$instance] [vrf WORD$vrf]", (*parser).removeOSPF)
	g.do(mode, "[no] ospf router-id ~ A.B.C.D$id", (*parser).ospfRouterID)
	g.do(mode, "[no] router-id ~ A.B.C.D$id", (*parser).ospfRouterID)
	g.do(mode, "[no] network A.B.C.D/M$prefix area "+areaID, (*parser).ospfNetwork)
	g.do(mode, "[no] passive-interface default", (*parser).passiveDefault)
	g.do(mode, "[no] passive-interface WORD$name [A.B.C.D]", (*parser).passiveInterface)
	g.do(mode, "[no] auto-cost reference-bandwidth ~ (1-4294967)$mbit", (*parser).referenceBandwidth)
	g.do(mode, "[no] redistribute "+ospfFroms+" [(1-65535)$instance] [{metric (0-16777214)$metric|metric-type (1-2)$type|route-map WORD$map}]", (*parser).ospfRedistribute)
	g.do(mode, "[no] default-information originate ~ [{always|metric (0-16777214)$metric|metric-type (1-2)$type|route-map WORD$map}]", (*parser).ospfDefault)
	g.do(mode, "[no] default-metric ~ (0-16777214)$metric", (*parser).ospfDefaultMetric)
	g.do(mode, "[no] distance ~ (1-255)$all", (*parser).ospfDistance)
	g.do(mode, "[no] distance ospf ~ {intra-area (1-255)$intra|inter-area (1-255)$inter|external (1-255)$external}", (*parser).ospfDistance)
	g.do(mode, "[no] maximum-paths ~ (1-256)$paths", (*parser).ospfMaximumPaths)
	g.do(mode, "[no] max-metric router-lsa administrative", (*parser).ospfMaxMetric)

	g.irrelevant(mode, "[no] log-adjacency-changes [detail]", "[no] timers LINE...", "[no] refresh timer ~ (10-1800)", "[no] write-multiplier ~ (1-100)",
		"[no] ospf write-multiplier ~ (1-100)", "[no] max-metric router-lsa <on-startup|on-shutdown> ~ (5-86400)", "[no] graceful-restart ~ LINE...",
		"[no] capability opaque", "[no] ospf opaque-lsa", "[no] proactive-arp", "[no] aggregation timer ~ (5-1800)", "[no] ospf send-extra-data zebra",
		"[no] flood-reduction", "[no] maximum LINE...", "[no] socket LINE...", "[no] socket-per-interface", "[no] ospf maxage-delay ~ LINE...")
	g.not(mode, routes, "filters of redistributed routes by access list are not simulated", "[no] distribute-list ~ LINE...")
	g.not(mode, routes, "summaries of external routes are not simulated", "[no] summary-address ~ LINE...")
	g.not(mode, routes, "path preference as in RFC 1583 is not simulated", "[no] compatible rfc1583", "[no] ospf rfc1583compatibility")
	g.not(mode, routes, "another kind of area border router than the default one is not simulated", "[no] ospf abr-type ~ <cisco|ibm|shortcut|standard>")
	g.not(mode, sessions, "neighbors on networks without broadcast are not simulated", "[no] neighbor A.B.C.D ~ LINE...", "[no] neighbor A.B.C.D")
	g.not(mode, others, "traffic engineering is not simulated", "[no] mpls-te ~ LINE...", "[no] router-info ~ LINE...", "[no] pce ~ LINE...", "[no] mpls ldp-sync ~ LINE...")
	g.not(mode, forwarding, "segment routing is not simulated", "[no] segment-routing ~ LINE...")
	g.not(mode, forwarding, "fast reroute is not simulated", "[no] fast-reroute LINE...")
}

func (p *parser) enterOSPF(a *args) verdict {
	number, vrf := int(a.num("instance")), vrfName(a.str("vrf"))
	for _, o := range p.processes {
		if o.vrf == vrf && o.Instance == number {
			p.ospf = o
			o.Span = o.Span.Join(p.span())
			return modelled
		}
	}
	o := &process{OSPF: &network.OSPF{
		Instance: number, ReferenceBandwidth: defaultReference, Span: p.span(),
	}, vrf: vrf, areas: map[uint32]*area{}}
	p.makeVRF(vrf)
	p.processes = append(p.processes, o)
	p.ospf = o
	return modelled
}

func (p *parser) removeOSPF(a *args) verdict {
	number, vrf := int(a.num("instance")), vrfName(a.str("vrf"))
	for i, o := range p.processes {
		if o.vrf == vrf && o.Instance == number {
			p.processes = slices.Delete(p.processes, i, i+1)
			return modelled
		}
	}
	return rejected("there is no such OSPF process")
}

// onOSPF marks the line as one that sets a field of the process.
func (p *parser) onOSPF(field string) *process {
	p.ospf.Span = p.ospf.Span.Join(p.span())
	p.ospf.Marks.Set(field, p.span())
	return p.ospf
}

// statedArea reads an area in either spelling.
func statedArea(a *args) uint32 {
	if a.given("area") {
		b := a.addr("area").As4()
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return a.num("areanumber")
}

func (p *parser) ospfRouterID(a *args) verdict {
	p.onOSPF("RouterID").RouterID = a.addr("id")
	return modelled
}

func (p *parser) ospfNetwork(a *args) verdict {
	for _, i := range p.interfaces {
		if !a.no && i.VRF == p.ospf.vrf && i.OSPF != nil && i.OSPF.HasArea {
			return rejected("interfaces have areas of their own; FRR allows one of the two ways only")
		}
	}
	o := p.onOSPF("Networks")
	n := network.OSPFNetwork{Prefix: a.prefix("prefix").Masked(), Area: statedArea(a), Span: p.span()}
	i := slices.IndexFunc(o.Networks, func(x network.OSPFNetwork) bool { return x.Prefix == n.Prefix })
	switch {
	case a.no && (i < 0 || o.Networks[i].Area != n.Area):
		return rejected("there is no such network")
	case a.no:
		o.Networks = slices.Delete(o.Networks, i, i+1)
	case i >= 0 && o.Networks[i].Area != n.Area:
		return rejected("the network is already in another area")
	case i < 0:
		o.Networks = append(o.Networks, n)
	}
	return modelled
}

func (p *parser) passiveDefault(a *args) verdict {
	p.onOSPF("PassiveDefault").PassiveDefault = !a.no
	return modelled
}

func (p *parser) passiveInterface(a *args) verdict {
	o, name := p.onOSPF("Passive"), a.str("name")
	o.Passive = slices.DeleteFunc(o.Passive, func(x network.OSPFPassive) bool { return x.Interface == name })
	o.Passive = append(o.Passive, network.OSPFPassive{Interface: name, Passive: !a.no, Span: p.span()})
	// It is the same setting as `ip ospf passive` on the interface: the later line counts.
	if i := p.interfaces[name]; i != nil && i.OSPF != nil && i.OSPF.Passive != nil {
		on := !a.no
		i.OSPF.Passive = &on
		i.OSPF.Marks.Set("Passive", p.span())
	}
	return modelled
}

func (p *parser) referenceBandwidth(a *args) verdict {
	o := p.onOSPF("ReferenceBandwidth")
	o.ReferenceBandwidth = defaultReference
	if !a.no {
		o.ReferenceBandwidth = a.num("mbit")
	}
	return modelled
}

func (p *parser) ospfRedistribute(a *args) verdict {
	word, number := redistributed(a), int(a.num("instance"))
	if word == "ospf" && number == 0 {
		return rejected("a process cannot redistribute OSPF without an instance number")
	}
	if number != 0 && word != "ospf" && word != "table" && word != "table-direct" {
		return rejected("nothing may follow " + quote(word) + " but metric, metric-type and route-map")
	}
	o := p.onOSPF("Redistribute")
	// Said again, the command forgets what it does not name.
	keep := slices.DeleteFunc(slices.Clone(o.Redistribute), func(r network.Redistribution) bool {
		return r.From == protocolOf(word) && r.Instance == number && (r.Name == "" || r.Name == word)
	})
	if a.no {
		o.Redistribute = keep
		return modelled
	}
	o.Redistribute = redistribute(keep, p, a, word, number)
	r := &o.Redistribute[len(o.Redistribute)-1]
	r.MetricType = 2
	if a.given("type") {
		r.MetricType = int(a.num("type"))
	}
	if r.From == network.OtherProtocol {
		return unsupported(routes, "routes from "+word+" are not simulated")
	}
	return modelled
}

func (p *parser) ospfDefault(a *args) verdict {
	o := p.onOSPF("DefaultOriginate")
	if a.no {
		o.DefaultOriginate = nil
		return modelled
	}
	d := &network.OSPFDefaultOriginate{Always: a.has("always"), MetricType: 2, Policy: p.ref(a.str("map")), Span: p.span()}
	if a.given("metric") {
		m := a.num("metric")
		d.Metric = &m
	}
	if a.given("type") {
		d.MetricType = int(a.num("type"))
	}
	o.DefaultOriginate = d
	return modelled
}

func (p *parser) ospfDefaultMetric(a *args) verdict {
	o := p.onOSPF("DefaultMetric")
	o.DefaultMetric = nil
	if !a.no {
		m := a.num("metric")
		o.DefaultMetric = &m
	}
	return modelled
}

// ospfDistance: one distance for all, and one by kind that is stronger; saying the latter again forgets the
// kinds that it does not name.
func (p *parser) ospfDistance(a *args) verdict {
	o := p.onOSPF("Distance")
	if a.has("ospf") {
		o.intra, o.inter, o.external = 0, 0, 0
		if !a.no {
			o.intra, o.inter, o.external = uint8(a.num("intra")), uint8(a.num("inter")), uint8(a.num("external"))
		}
		return modelled
	}
	o.distance = 0
	if !a.no {
		o.distance = uint8(a.num("all"))
	}
	return modelled
}

// finishDistance fills the model's distances.
func (o *process) finishDistance() {
	first := func(list ...uint8) uint8 {
		for _, d := range list {
			if d != 0 {
				return d
			}
		}
		return 110
	}
	o.Distance = network.OSPFDistance{IntraArea: first(o.intra, o.distance), InterArea: first(o.inter, o.distance), External: first(o.external, o.distance)}
}

func (p *parser) ospfMaximumPaths(a *args) verdict {
	p.onOSPF("MaximumPaths").MaximumPaths = int(a.num("paths"))
	return modelled
}

func (p *parser) ospfMaxMetric(a *args) verdict {
	p.onOSPF("MaxMetric").MaxMetric = !a.no
	return modelled
}

// finishOSPF sorts areas and hands the processes to their VRFs.
func (p *parser) finishOSPF() {
	for _, o := range p.processes {
		o.finishDistance()
		if id, ok := p.routerIDs[o.vrf]; ok && !o.RouterID.IsValid() {
			o.RouterID = id.addr
			o.Marks.Set("RouterID", id.span)
		}
		for _, x := range o.areas {
			if !x.Span.IsZero() {
				o.Areas = append(o.Areas, x.OSPFArea)
			}
		}
		sort.Slice(o.Areas, func(i, j int) bool { return o.Areas[i].ID < o.Areas[j].ID })
		v := p.vrfs[o.vrf]
		if v == nil {
			continue // the VRF was removed
		}
		v.OSPF = append(v.OSPF, o.OSPF)
	}
	for _, v := range p.vrfs {
		sort.SliceStable(v.OSPF, func(i, j int) bool { return v.OSPF[i].Instance < v.OSPF[j].Instance })
	}
}
