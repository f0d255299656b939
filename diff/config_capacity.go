package diff

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// capacity compares what routegate.yaml says of bandwidths and demands.
func (c *comparison) capacity() {
	b, a := &c.before.Env, &c.after.Env
	at := func(path, name, noun string, s network.Span) place {
		return place{object: ObjectEnvironment, path: "environment/" + path, name: name, noun: noun, after: s}
	}
	items(c, b.Bandwidths, a.Bandwidths, bandwidthKey, func(x network.Bandwidth) place {
		k := bandwidthKey(x)
		return at("bandwidth "+k, k, "the bandwidth between "+k, x.Span)
	}, func(x network.Bandwidth) string { return x.Rate.String() })
	pair(pointers(b.Demands), pointers(a.Demands), func(x *network.Demand) string { return x.Name }, func(name string, db, da *network.Demand) {
		struc(c, at("demand "+name, name, "demand "+name, network.Span{}), db, da, func(x *network.Demand) network.Span { return x.Span })
	})
	p := at("defaults", "defaults", "the default bandwidth", a.DefaultBandwidthSpan)
	p.before = b.DefaultBandwidthSpan
	type defaults struct{ Bandwidth network.BitRate }
	for _, f := range fields(&defaults{b.DefaultBandwidth}, &defaults{a.DefaultBandwidth}) {
		c.field(&p, f)
	}
}

func bandwidthKey(b network.Bandwidth) string {
	var out []string
	for _, e := range b.Ends {
		if e.Router == "" {
			e.Router = "outside"
		}
		out = append(out, strings.TrimSpace(e.Router+" "+e.Interface))
	}
	return strings.Join(out, " and ")
}
