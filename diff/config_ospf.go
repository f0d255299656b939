package diff

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// ospf compares the OSPF processes of one VRF.
func (c *comparison) ospf(b, a []*network.OSPF) {
	pair(b, a, func(o *network.OSPF) int { return o.Instance }, func(n int, ob, oa *network.OSPF) {
		name := "ospf"
		if n != 0 {
			name = "ospf " + strconv.Itoa(n)
		}
		p := &place{object: ObjectOSPF, path: c.at(name), name: strconv.Itoa(n), noun: "OSPF"}
		switch {
		case ob == nil:
			p.after = oa.Span
			c.appears(p, "", "", true)
			return
		case oa == nil:
			p.before = ob.Span
			c.appears(p, "", "", false)
			return
		}
		p.before, p.after, p.find = ob.Span, oa.Span, marked(ob.Marks, oa.Marks, nil)
		for _, f := range fields(ob, oa, ignoring(network.OSPF{}, "Areas", "Networks", "Passive", "Redistribute")) {
			c.field(p, f)
		}
		items(c, ob.Networks, oa.Networks, func(x network.OSPFNetwork) string { return x.Prefix.String() + " area " + areaText(x.Area) },
			func(x network.OSPFNetwork) place {
				return place{object: ObjectOSPF, path: step(p.path, "network "+x.Prefix.String()), name: p.name,
					noun: "OSPF network " + x.Prefix.String() + " area " + areaText(x.Area), after: x.Span}
			}, func(network.OSPFNetwork) string { return "" })
		items(c, ob.Passive, oa.Passive, func(x network.OSPFPassive) string { return x.Interface }, func(x network.OSPFPassive) place {
			return place{object: ObjectOSPF, path: step(p.path, "passive-interface "+x.Interface), name: p.name, noun: "OSPF on " + x.Interface, after: x.Span}
		}, func(x network.OSPFPassive) string {
			if x.Passive {
				return "passive"
			}
			return "not passive"
		})
		c.redistributions(p.path, ob.Redistribute, oa.Redistribute)
		pair(pointers(ob.Areas), pointers(oa.Areas), func(x *network.OSPFArea) uint32 { return x.ID }, func(id uint32, ab, aa *network.OSPFArea) { c.ospfArea(p.path, id, ab, aa) })
	})
}

func (c *comparison) ospfArea(path string, id uint32, b, a *network.OSPFArea) {
	p := &place{object: ObjectOSPF, path: step(path, "area "+areaText(id)), name: areaText(id), noun: "OSPF area " + areaText(id)}
	var none network.OSPFArea
	if b == nil {
		b = &none
	}
	if a == nil {
		a = &none
	}
	p.before, p.after = b.Span, a.Span
	for _, f := range fields(b, a, ignoring(network.OSPFArea{}, "ID", "Ranges")) {
		c.field(p, f)
	}
	items(c, b.Ranges, a.Ranges, func(r network.OSPFRange) string { return r.Prefix.String() }, func(r network.OSPFRange) place {
		return place{object: ObjectOSPF, path: step(p.path, "range "+r.Prefix.String()), name: p.name, noun: p.noun + ": range " + r.Prefix.String(), after: r.Span}
	}, func(r network.OSPFRange) string {
		var t []string
		if r.NotAdvertise {
			t = append(t, "not advertised")
		}
		if r.Cost != nil {
			t = append(t, fmt.Sprintf("cost %d", *r.Cost))
		}
		if r.Substitute.IsValid() {
			t = append(t, "as "+r.Substitute.String())
		}
		return strings.Join(t, ", ")
	})
}

// ospfInterface compares the OSPF settings on one interface.
func (c *comparison) ospfInterface(p *place, b, a *network.OSPFInterface) {
	q := *p
	q.path, q.noun = step(p.path, "ospf"), p.noun+": OSPF"
	switch {
	case b == nil && a == nil:
		return
	case b == nil:
		q.before, q.after = network.Span{}, a.Span
		c.appears(&q, "", ospfInterfaceText(a), true)
		return
	case a == nil:
		q.before, q.after = b.Span, network.Span{}
		c.appears(&q, ospfInterfaceText(b), "", false)
		return
	}
	q.before, q.after, q.find = b.Span, a.Span, marked(b.Marks, a.Marks, nil)
	for _, f := range fields(b, a) {
		c.field(&q, f)
	}
}

func ospfInterfaceText(o *network.OSPFInterface) string {
	var t []string
	if o.HasArea {
		t = append(t, "area "+areaText(o.Area))
	}
	if o.Cost != 0 {
		t = append(t, fmt.Sprintf("cost %d", o.Cost))
	}
	if o.Passive != nil && *o.Passive {
		t = append(t, "passive")
	}
	if o.AuthKey != "" {
		t = append(t, "authentication "+secret)
	}
	return strings.Join(t, ", ")
}

func areaText(id uint32) string {
	return netip.AddrFrom4([4]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}).String()
}
