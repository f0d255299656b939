package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/routegate/routegate/network"
)

// The types of what a rollout looks at beside the routers themselves.
type (
	docVantage struct {
		Name      string     `mapstructure:"(key)"`
		Source    netip.Addr `mapstructure:"source"`
		Interface string     `mapstructure:"interface"`
	}
	docProbe struct {
		Name    string        `mapstructure:"name"`
		Kind    string        `mapstructure:"kind"`
		Address netip.Addr    `mapstructure:"address"`
		Port    int           `mapstructure:"port"`
		Query   string        `mapstructure:"query"`
		URL     string        `mapstructure:"url"`
		Status  int           `mapstructure:"status"`
		From    string        `mapstructure:"from"`
		Count   int           `mapstructure:"count"`
		Loss    float64       `mapstructure:"loss-percent"`
		Slow    time.Duration `mapstructure:"slow"`
		Timeout time.Duration `mapstructure:"timeout"`
	}
	docPrometheus struct {
		URL     string     `mapstructure:"url"`
		Queries []docQuery `mapstructure:"queries"`
	}
	docQuery struct {
		Name        string   `mapstructure:"name"`
		PromQL      string   `mapstructure:"promql"`
		Below       *float64 `mapstructure:"below"`
		Above       *float64 `mapstructure:"above"`
		EmptyIsGood bool     `mapstructure:"empty-is-good"`
	}
	docBMP struct {
		Listen    string `mapstructure:"listen"`
		Withdrawn int    `mapstructure:"withdrawn"`
	}
)

var probeKinds = []string{"icmp", "tcp", "dns", "http"}

// watches are probes, queries and the BMP collector.
func (r *reader) watches(out *network.Rollout) {
	d := &r.doc.Rollout
	vantages := map[string]network.RolloutVantage{"": {}}
	var names []string
	for i, v := range d.Vantages {
		if !v.Source.IsValid() && v.Interface == "" {
			r.fail(fmt.Sprintf("rollout.vantages[%d]", i), "as in {source: 192.0.2.7} or {interface: eth1}", "%s has neither a source nor an interface", v.Name)
		}
		vantages[v.Name] = network.RolloutVantage(v)
		names = append(names, v.Name)
	}
	for i := range d.Probes {
		r.probe(fmt.Sprintf("rollout.probes[%d]", i), &d.Probes[i], vantages, names, out)
	}
	if p := d.Prometheus; p.URL != "" || len(p.Queries) > 0 {
		out.Prometheus.URL = p.URL
		if u, err := url.Parse(p.URL); err != nil || !literal(u.Hostname()) {
			r.fail("rollout.prometheus", "as in http://192.0.2.9:9090: names may not resolve when it matters", "url: %q has no literal address", p.URL)
		}
		if len(p.Queries) == 0 {
			r.fail("rollout.prometheus", "as in {name: peers, promql: 'sum(bgp_peer_state)', above: 4}", "no queries")
		}
		for i, q := range p.Queries {
			path := fmt.Sprintf("rollout.prometheus.queries[%d]", i)
			switch {
			case q.Name == "" || q.PromQL == "":
				r.fail(path, "as in {name: peers, promql: 'sum(bgp_peer_state)', above: 4}", "a query needs a name and an expression")
			case q.Below == nil && q.Above == nil:
				r.fail(path, "above: or below:", "%s has no limit: it could not fail", q.Name)
			}
			out.Prometheus.Queries = append(out.Prometheus.Queries, network.RolloutQuery(q))
		}
	}
	if b := d.BMP; b.Listen != "" || b.Withdrawn != 0 {
		a, err := netip.ParseAddrPort(b.Listen)
		if err != nil {
			r.fail("rollout.bmp", "as in 192.0.2.5:11019", "listen: %q is no address with a port", b.Listen)
		}
		if b.Withdrawn < 0 {
			r.fail("rollout.bmp.withdrawn", "", "want 0 or more, not %d", b.Withdrawn)
		}
		out.BMP = network.RolloutBMP{Listen: a, Withdrawn: b.Withdrawn}
	}
}

func literal(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func (r *reader) probe(path string, p *docProbe, vantages map[string]network.RolloutVantage, names []string, out *network.Rollout) {
	from, ok := vantages[p.From]
	kind := slices.Contains(probeKinds, p.Kind)
	switch {
	case p.Name == "":
		r.fail(path, "as in {name: dns, kind: dns, address: 192.0.2.53, query: www.example.org}", "a probe needs a name")
	case !kind:
		r.fail(path+".kind", suggest(p.Kind, probeKinds), "%s: %q is none of icmp, tcp, dns, http", p.Name, p.Kind)
	case !p.Address.IsValid():
		r.fail(path, "address: 192.0.2.53", "%s: a probe needs a literal address", p.Name)
	case !ok:
		r.fail(path+".from", suggest(p.From, names), "%s: there is no vantage %s", p.Name, p.From)
	case p.Kind == "tcp" && p.Port == 0:
		r.fail(path, "port: 443", "%s: tcp needs a port", p.Name)
	case p.Kind == "dns" && p.Query == "":
		r.fail(path, "query: www.example.org", "%s: dns needs a name to ask for", p.Name)
	case p.Kind == "http" && p.URL == "":
		r.fail(path, "url: https://www.example.org/health", "%s: http needs a url", p.Name)
	case p.Port < 0 || p.Port > 65535:
		r.fail(path+".port", "", "%s: %d is not a port", p.Name, p.Port)
	case p.Loss < 0 || p.Loss >= 100:
		r.fail(path+".loss-percent", "", "%s: %g is not between 0 and 100: it could not fail", p.Name, p.Loss)
	case p.Count < 0 || p.Status < 0:
		r.fail(path, "", "%s: numbers are not negative", p.Name)
	case from.Source.IsValid() && from.Source.Is4() != p.Address.Is4():
		r.fail(path+".from", "", "%s: leaves from %s and goes to %s: one is IPv4, the other IPv6", p.Name, from.Source, p.Address)
	}
	out.Probes = append(out.Probes, network.RolloutProbe{Name: p.Name, Kind: p.Kind, Address: p.Address, Port: uint16(p.Port), Query: p.Query, URL: p.URL,
		Status: p.Status, From: from, Count: p.Count, LossPercent: p.Loss, Slow: p.Slow, Timeout: p.Timeout})
}
