package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// birdProtocol is one protocol of `show protocols all`.
type birdProtocol struct{ name, kind, up, state, neighbor string }

// observeBIRD reads one pair of a bird's tables: the sessions that are bound to it, its routes, and for the main ones the
// kernel's, which bird alone makes.
func (l *Lab) observeBIRD(ctx context.Context, ns string, r instance) (*Tables, error) {
	t := &Tables{Sessions: map[string]string{}, BGP: map[netip.Prefix][]SeenPath{}, Main: map[netip.Prefix]SeenRoute{}}
	lines, err := l.birdc(ctx, ns, "show protocols all")
	if err != nil {
		return nil, err
	}
	neighbor := map[string]string{}
	for _, p := range readBIRDProtocols(lines) {
		if p.kind != "BGP" || p.neighbor == "" {
			continue
		}
		key, of := birdNeighbor(r.Router, p.name, p.neighbor)
		if neighbor[p.name] = key; of != r.vrf {
			continue
		}
		// A session that does not come up goes through all states again and again.
		if t.Sessions[key] = "Down"; p.state == "Established" {
			t.Sessions[key] = p.state
		}
	}
	routes, err := l.birdTables(ctx, ns, r.vrf)
	if err != nil {
		return nil, err
	}
	for i := range routes {
		x := &routes[i]
		t.BGP[x.prefix] = append(t.BGP[x.prefix], x.seen(neighbor[x.protocol]))
	}
	if r.vrf.Beside() {
		for i := range routes {
			if x := &routes[i]; x.best {
				t.Main[x.prefix] = x.selected()
			}
		}
		return t, nil
	}
	return t, l.observeKernel(ctx, ns, routes, t.Main)
}

// birdTables reads the routes of an instance's tables.
func (l *Lab) birdTables(ctx context.Context, ns string, v *network.VRF) (all []birdRoute, err error) {
	var questions []string
	for _, table := range v.Tables {
		if table != "" {
			questions = append(questions, "show route all table "+table)
		}
	}
	if questions == nil {
		questions = []string{"show route all"}
	}
	for _, q := range questions {
		lines, err := l.birdc(ctx, ns, q)
		if err != nil {
			return nil, err
		}
		routes, err := readBIRDRoutes(lines)
		if err != nil {
			return nil, err
		}
		all = append(all, routes...)
	}
	return all, nil
}

// exportedBIRD reads what the export filters let through to each neighbor that is established.
func (l *Lab) exportedBIRD(ctx context.Context, ns string, r instance, t *Tables) error {
	t.Exported = map[string][]netip.Prefix{}
	lines, err := l.birdc(ctx, ns, "show protocols all")
	if err != nil {
		return err
	}
	for _, p := range readBIRDProtocols(lines) {
		key, of := birdNeighbor(r.Router, p.name, p.neighbor)
		if p.kind != "BGP" || p.state != "Established" || of != r.vrf {
			continue
		}
		lines, err := l.birdc(ctx, ns, "show route export "+p.name)
		if err != nil {
			return err
		}
		sent, err := readBIRDRoutes(lines)
		if err != nil {
			return err
		}
		to := []netip.Prefix{}
		for _, x := range sent {
			to = append(to, x.prefix)
		}
		slices.SortFunc(to, netip.Prefix.Compare)
		t.Exported[key] = slices.Compact(to)
	}
	return nil
}

func readBIRDProtocols(lines []string) (out []birdProtocol) {
	for _, line := range lines {
		if line == "" {
			continue
		}
		if f := strings.Fields(line); line[0] != ' ' && line[0] != '\t' && len(f) >= 4 && f[0] != "Name" {
			out = append(out, birdProtocol{name: f[0], kind: f[1], up: f[3]})
			continue
		}
		if len(out) == 0 {
			continue
		}
		p := &out[len(out)-1]
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); key {
		case "BGP state":
			p.state = value
		case "Neighbor address":
			p.neighbor = value
			if a, scope, ok := strings.Cut(value, "%"); ok {
				p.neighbor = a
				if addr, err := netip.ParseAddr(a); err == nil && addr.IsLinkLocalUnicast() {
					p.neighbor = scope
				}
			}
		}
	}
	return out
}

// kernelRoute is one of `ip -json route`.
type kernelRoute struct {
	kernelHop
	Type     string      `json:"type"`
	Dst      string      `json:"dst"`
	Protocol string      `json:"protocol"`
	Metric   int         `json:"metric"`
	NextHops []kernelHop `json:"nexthops"`
}

// observeKernel reads the kernel's main tables. The protocol of a route that BIRD put there is that of its best one.
func (l *Lab) observeKernel(ctx context.Context, ns string, routes []birdRoute, into map[netip.Prefix]SeenRoute) error {
	best := map[netip.Prefix]*birdRoute{}
	for i := range routes {
		if routes[i].best {
			best[routes[i].prefix] = &routes[i]
		}
	}
	metric := map[netip.Prefix]int{}
	for _, family := range []string{"-4", "-6"} {
		out, err := l.output(ctx, ns, "ip", family, "-json", "route", "show", "table", "main")
		if err != nil {
			return err
		}
		var all []kernelRoute
		if err := json.Unmarshal(out, &all); err != nil {
			return fmt.Errorf("ip route: %w", err)
		}
		for _, k := range all {
			p, err := kernelPrefix(k.Dst, family == "-6")
			if err != nil {
				return fmt.Errorf("ip route: %w", err)
			}
			if old, twice := metric[p]; twice && old <= k.Metric || p.Addr().IsLinkLocalUnicast() || p.Addr().IsMulticast() {
				continue
			}
			metric[p] = k.Metric
			into[p] = k.seen(best[p])
		}
	}
	return nil
}

func (k *kernelRoute) seen(best *birdRoute) SeenRoute {
	s := SeenRoute{Protocol: "connected"}
	if k.Protocol == "bird" && best != nil {
		s = best.chosen()
	}
	hops := k.NextHops
	if len(hops) == 0 {
		hops = []kernelHop{k.kernelHop}
	}
	for _, h := range hops {
		gateway := h.Gateway + h.Via.Host
		switch {
		case k.Type == "blackhole" || k.Type == "unreachable" || k.Type == "prohibit":
			s.NextHops = append(s.NextHops, "drop")
		case gateway == "":
			s.NextHops = append(s.NextHops, h.Device)
		case strings.HasPrefix(gateway, "fe80:"):
			s.NextHops = append(s.NextHops, "link-local via "+h.Device)
		default:
			s.NextHops = append(s.NextHops, gateway)
		}
	}
	slices.Sort(s.NextHops)
	s.NextHops = slices.Compact(s.NextHops)
	return s
}

// chosen is a best route as the main table has it, without its next hops.
func (r *birdRoute) chosen() SeenRoute {
	word, _, _ := strings.Cut(r.kind, " ")
	s := SeenRoute{Distance: 255 - r.preference,
		Protocol: map[string]string{"BGP": "bgp", "static": "static", "device": "connected", "OSPF": "ospf", "OSPF-IA": "ospf", "OSPF-E1": "ospf", "OSPF-E2": "ospf"}[word]}
	if s.Protocol == "ospf" && len(r.metrics) > 0 {
		m, _ := birdNumber(r.metrics[len(r.metrics)-1])
		s.Metric = int(m)
	}
	return s
}

// selected is a best route of a table that no kernel follows, with the next hops that bird has for it.
func (r *birdRoute) selected() SeenRoute {
	s := r.chosen()
	for _, h := range r.hops {
		via, device, ok := strings.Cut(h, " on ")
		if a, err := netip.ParseAddr(via); err == nil && a.IsLinkLocalUnicast() && ok {
			via = "link-local via " + device
		}
		s.NextHops = append(s.NextHops, via)
	}
	if r.destination != "unicast" {
		s.NextHops = []string{"drop"}
	}
	slices.Sort(s.NextHops)
	s.NextHops = slices.Compact(s.NextHops)
	return s
}
