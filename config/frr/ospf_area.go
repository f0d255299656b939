package frr

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

func (g *grammar) ospfAreas() {
	mode := in(ospfMode)
	head := "[no] area " + areaID + " "
	g.do(mode, head+"stub [no-summary]", (*parser).areaStub)
	g.do(mode, head+"nssa [{no-summary|translate-candidate|translate-never|translate-always|suppress-fa|default-information-originate [{metric (0-16777214)|metric-type (1-2)}]}]", (*parser).areaNSSA)
	g.do(mode, head+"default-cost ~ (0-16777215)$cost", (*parser).areaDefaultCost)
	g.do(mode, head+"range A.B.C.D/M$prefix ~ [{advertise|not-advertise|cost (0-16777215)$cost|substitute A.B.C.D/M$substitute}]", (*parser).areaRange)
	g.do(mode, head+"filter-list prefix WORD$name <in|out>", (*parser).areaFilter)
	g.do(mode, head+"authentication [message-digest]", (*parser).areaAuthentication)
	g.do(mode, head+"virtual-link A.B.C.D$router ~ LINE...$options", (*parser).virtualLink)
	g.do(mode, head+"virtual-link A.B.C.D$router", (*parser).virtualLink)
	g.not(mode, routes, "filters of summaries by access list are not simulated", head+"<export-list|import-list> WORD")
	g.not(mode, routes, "shortcut areas are not simulated", head+"shortcut <default|enable|disable>")
	g.not(mode, routes, "ranges of NSSA routes are not simulated", head+"nssa range LINE...")
	g.irrelevant(mode, head+"flood-reduction")
}

// onArea finds or makes the area that the line is about.
func (p *parser) onArea(a *args) *area {
	o, id := p.onOSPF("Areas"), statedArea(a)
	x := o.areas[id]
	if x == nil {
		x = &area{OSPFArea: network.OSPFArea{ID: id, StubDefaultCost: 1}}
		o.areas[id] = x
	}
	x.Span = x.Span.Join(p.span())
	return x
}

// changeType makes the area normal again or gives it a kind; the last kind said counts.
func (p *parser) changeType(a *args, kind network.OSPFAreaType) verdict {
	if statedArea(a) == 0 {
		return rejected("the backbone can be neither stub nor NSSA")
	}
	if x := p.ospf.areas[statedArea(a)]; a.no && (x == nil || x.Type != kind) {
		return rejected("the area is not of that kind")
	}
	x := p.onArea(a)
	summary := a.has("no-summary")
	switch {
	case a.no && summary:
		x.NoSummary = false
	case a.no:
		x.Type, x.NoSummary = network.OSPFNormal, false
	default:
		x.Type, x.NoSummary = kind, summary
	}
	return modelled
}

func (p *parser) areaStub(a *args) verdict { return p.changeType(a, network.OSPFStub) }

func (p *parser) areaNSSA(a *args) verdict {
	v := p.changeType(a, network.OSPFNSSA)
	if v.support == modelled.support && !a.no {
		switch {
		case a.has("translate-never"), a.has("translate-always"):
			return unsupported(routes, "the choice of the NSSA translator is not simulated")
		case a.has("suppress-fa"):
			return unsupported(routes, "forwarding addresses of NSSA routes are not simulated")
		case a.has("default-information-originate"):
			return unsupported(routes, "the default route of an NSSA is not simulated")
		}
	}
	return v
}

func (p *parser) areaDefaultCost(a *args) verdict {
	if x := p.ospf.areas[statedArea(a)]; x == nil || x.Type == network.OSPFNormal {
		return rejected("the area is neither stub nor NSSA")
	}
	x := p.onArea(a)
	x.StubDefaultCost = 1
	if !a.no {
		x.StubDefaultCost = a.num("cost")
	}
	return modelled
}

func (p *parser) areaRange(a *args) verdict {
	x, prefix := p.onArea(a), a.prefix("prefix").Masked()
	i := slices.IndexFunc(x.Ranges, func(r network.OSPFRange) bool { return r.Prefix == prefix })
	if a.no {
		if i >= 0 {
			x.Ranges = slices.Delete(x.Ranges, i, i+1)
		}
		return modelled
	}
	if i < 0 {
		x.Ranges = append(x.Ranges, network.OSPFRange{Prefix: prefix})
		i = len(x.Ranges) - 1
	}
	// Said again, the command keeps the cost that it does not name, unless it hides the range.
	r := &x.Ranges[i]
	if r.NotAdvertise, r.Span = a.has("not-advertise"), p.span(); r.NotAdvertise {
		r.Cost = nil
	}
	if a.given("cost") {
		c := a.num("cost")
		r.Cost = &c
	}
	if a.given("substitute") {
		r.Substitute = a.prefix("substitute").Masked()
	}
	return modelled
}

func (p *parser) areaFilter(a *args) verdict {
	x, r := p.onArea(a), p.ref(a.str("name"))
	if a.no {
		r = network.Ref{}
	}
	if a.has("in") {
		x.ImportFilter = r
	} else {
		x.ExportFilter = r
	}
	return modelled
}

func (p *parser) areaAuthentication(a *args) verdict {
	x := p.onArea(a)
	switch {
	case a.no:
		x.auth = ""
	case a.has("message-digest"):
		x.auth = "md5"
	default:
		x.auth = "text"
	}
	return modelled
}

func (p *parser) virtualLink(a *args) verdict {
	if statedArea(a) == 0 {
		return rejected("a virtual link cannot cross the backbone")
	}
	x, id := p.onArea(a), a.addr("router")
	x.VirtualLinks = slices.DeleteFunc(x.VirtualLinks, func(o netip.Addr) bool { return o == id })
	if a.no {
		return modelled
	}
	x.VirtualLinks = append(x.VirtualLinks, id)
	if a.given("options") {
		return unsupported(sessions, "timers and authentication of virtual links are not simulated")
	}
	return modelled
}
