package config

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// The types of what a network has to carry, and can.
type (
	docLink struct {
		Between   []string        `mapstructure:"between"`
		Bandwidth network.BitRate `mapstructure:"bandwidth"`
	}
	docDefaults struct {
		Bandwidth network.BitRate `mapstructure:"bandwidth"`
	}
	docDemand struct {
		Name   string          `mapstructure:"name"`
		From   string          `mapstructure:"from"`
		Via    []asNumber      `mapstructure:"via"`
		To     string          `mapstructure:"to"`
		Volume network.BitRate `mapstructure:"volume"`
	}
	docCapacity struct {
		Site  string          `mapstructure:"(key)"`
		Value network.BitRate `mapstructure:"value"`
	}
)

var bitRateText = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([kMGT])(?:bit/s|bps)?$`)

// parseBitRate reads 250k, 400M, 1.5G, 10 Gbit/s. A number without a unit may be meant in any.
func parseBitRate(data any) (network.BitRate, error) {
	text := fmt.Sprint(data)
	m := bitRateText.FindStringSubmatch(text)
	if m == nil {
		return 0, want("a number and k, M, G or T (of bit/s), as in 400M or 1.5G", "%s is not a bit rate", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	n = math.Round(n * map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[m[2]])
	if err != nil || n < 1 || n > 1e18 {
		return 0, want("from 1k to 1000000T", "%s is not a bit rate that a link could have", text)
	}
	return network.BitRate(n), nil
}

// capacity reads links, defaults and demands.
func (r *reader) capacity(env *network.Environment) {
	for i, x := range r.doc.Links {
		r.linkBandwidth(fmt.Sprintf("links[%d]", i), x, env)
	}
	if at, ok := r.keys.at["defaults.bandwidth"]; ok {
		env.DefaultBandwidth, env.DefaultBandwidthSpan = r.doc.Defaults.Bandwidth, network.At(environmentFile, at.line)
	}
	seen := map[string]bool{}
	for i, x := range r.doc.Demands {
		path := fmt.Sprintf("demands[%d]", i)
		if x.Name != "" && seen[x.Name] {
			r.fail(path+".name", "", "there are two demands %s", x.Name)
			continue
		}
		seen[x.Name] = true
		r.demand(path, x, env)
	}
}

// linkBandwidth reads one entry of links; that there is such a link is checked where links are known.
func (r *reader) linkBandwidth(path string, x docLink, env *network.Environment) {
	const example = "as in {between: [core1, core2], bandwidth: 100G} or {between: [edge1 eth0, outside], bandwidth: 10G}"
	b := network.Bandwidth{Rate: x.Bandwidth, Span: r.span(path)}
	if len(x.Between) != 2 {
		r.fail(path, example, "a link is between two")
		return
	}
	if b.Rate == 0 {
		r.fail(path, example, "the bandwidth is missing")
		return
	}
	for i, end := range x.Between {
		at := fmt.Sprintf("%s.between[%d]", path, i)
		router, face, _ := strings.Cut(end, " ")
		if i == 1 && end == "outside" {
			if b.Ends[0].Interface == "" {
				r.fail(path, example, "which port of %s leads outside is missing", b.Ends[0].Router)
			}
			continue
		}
		if !r.router(at, router) {
			return
		}
		b.Ends[i] = network.End{Router: router, Interface: strings.TrimSpace(face)}
	}
	env.Bandwidths = append(env.Bandwidths, b)
}

// checkBandwidths refuses what is said of links that do not exist: it would limit nothing.
func checkBandwidths(n *network.Network) error {
	for i := range n.Env.Bandwidths {
		b := &n.Env.Bandwidths[i]
		fail := func(format string, args ...any) error {
			return &Error{Path: environmentFile, Line: int(b.Span.First), Msg: fmt.Sprintf("links[%d]: ", i) + fmt.Sprintf(format, args...),
				Hint: "a router and its interface, with a blank between; without the interface, all links between two routers"}
		}
		for _, e := range b.Ends {
			if r := n.Router(e.Router); r != nil && e.Interface != "" && r.Interface(e.Interface) == nil {
				return fail("%s has no interface %s", e.Router, e.Interface)
			}
		}
		if b.Ends[1].Router == "" {
			if slices.ContainsFunc(n.Links, func(l network.Link) bool { return len(l.Ends) == 2 && slices.Contains(l.Ends, b.Ends[0]) }) {
				return fail("%s %s leads to another router, and not outside", b.Ends[0].Router, b.Ends[0].Interface)
			}
			continue
		}
		if !slices.ContainsFunc(n.Links, func(l network.Link) bool { return len(l.Ends) == 2 && b.Between(l.Ends[0], l.Ends[1]) }) {
			return fail("there is no link between %s and %s", endText(b.Ends[0]), endText(b.Ends[1]))
		}
	}
	return nil
}

func endText(e network.End) string { return strings.TrimSpace(e.Router + " " + e.Interface) }

// demand reads one entry of demands.
func (r *reader) demand(path string, x docDemand, env *network.Environment) {
	const example = "as in {name: web, from: site:ams, to: 203.0.113.0/24, volume: 4G}"
	_, volume := r.keys.at[path+".volume"]
	_, via := r.keys.at[path+".via"]
	switch {
	case x.Name == "":
		r.fail(path, example, "a demand needs a name")
		return
	case (x.From == "") == !via:
		r.fail(path, "from: a router, site:, role: or group:; via: [64600], the neighbors over which it comes in from outside", "%s: want from, or via", x.Name)
		return
	case via && len(x.Via) == 0:
		r.fail(path+".via", "as in via: [64600]", "%s: no AS is named", x.Name)
		return
	case x.To == "":
		r.fail(path, "to: a prefix, or the name of what is protected", "%s: where it goes is missing", x.Name)
		return
	case !volume:
		r.fail(path, example, "%s: the volume is missing", x.Name)
		return
	}
	d := network.Demand{Name: x.Name, From: x.From, Volume: x.Volume, Span: r.span(path)}
	if x.From == "outside" {
		r.fail(path+".from", "via: [64600], the neighbors over which it comes in", "%s: outside is many places", x.Name)
		return
	}
	if x.From != "" {
		r.selector(path+".from", x.From)
	}
	for _, as := range x.Via {
		if slices.Contains(d.Via, uint32(as)) {
			r.fail(path+".via", "", "%s: AS %d stands twice", x.Name, as)
		}
		d.Via = append(d.Via, uint32(as))
	}
	if i := slices.IndexFunc(r.doc.Protect, func(p docProtect) bool { return p.Name == x.To }); i >= 0 {
		d.To = r.doc.Protect[i].Prefixes
	} else if strings.Contains(x.To, "/") || isAddress(x.To) {
		p, err := parsePrefix(x.To)
		if err != nil {
			w := err.(*wantError)
			r.fail(path+".to", w.hint, "%s: %s", x.Name, w.msg)
			return
		}
		d.To = []netip.Prefix{p}
	} else {
		var names []string
		for _, p := range r.doc.Protect {
			names = append(names, p.Name)
		}
		r.fail(path+".to", suggest(x.To, names), "%s: %s is neither a prefix nor the name of what is protected", x.Name, x.To)
		return
	}
	env.Demands = append(env.Demands, d)
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// siteCapacities reads what each site can serve.
func (r *reader) siteCapacities(path string, list []docCapacity) (out []network.SiteCapacity) {
	for i, x := range list {
		at := fmt.Sprintf("%s.capacity[%d]", path, i)
		r.selector(at, "site:"+x.Site)
		if x.Value == 0 {
			r.fail(at, "as in capacity: {ams: 40G}", "what site %s can serve is missing", x.Site)
		}
		out = append(out, network.SiteCapacity{Site: x.Site, Rate: x.Value, Span: r.span(at)})
	}
	return out
}
