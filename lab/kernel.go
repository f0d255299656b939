package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// kernel reads a router's forwarding table from the kernel; nil where no daemon of the router installs routes.
func (l *Lab) kernel(ctx context.Context, n *Node, r instance) (map[netip.Prefix][]string, error) {
	if !installs(n.Router) || r.vrf.BGP != nil && r.vrf.BGP.VPN != nil {
		return nil, nil
	}
	table := map[netip.Prefix][]string{}
	for _, family := range []string{"-4", "-6"} {
		out, err := l.output(ctx, l.prefix+n.Space(r.vrf.Name), "ip", "-j", family, "route", "show", "table", "main")
		if err != nil {
			return nil, err
		}
		if err := readKernel(out, family == "-6", table); err != nil {
			return nil, fmt.Errorf("kernel routes: %w", err)
		}
	}
	return table, nil
}

// installs reports whether what the router decides reaches its kernel: by FRR's zebra, that is.
func installs(r *network.Router) bool {
	if r.Dialect == "frr" {
		return true
	}
	f, ok := file(r, "gobgpd.toml", "gobgpd.yaml", "gobgpd.yml", "gobgpd.json", "gobgpd.conf")
	return ok && r.Dialect == "gobgp" && zebraSocket.Match(f.Text)
}

// kernelHop is one next hop as iproute2 prints it.
type kernelHop struct {
	Gateway string `json:"gateway"`
	Via     struct {
		Host string `json:"host"`
	} `json:"via"`
	Device string `json:"dev"`
}

func (h kernelHop) String() string {
	via := h.Gateway + h.Via.Host
	switch {
	case via == "":
		return h.Device
	// zebra writes 169.254.0.1 for an IPv4 route whose next hop is a link-local IPv6 address.
	case strings.HasPrefix(via, "fe80:") || via == "169.254.0.1":
		return "link-local via " + h.Device
	}
	return via + " via " + h.Device
}

// readKernel reads `ip -j route`, without what the kernel makes of addresses itself.
func readKernel(text []byte, six bool, into map[netip.Prefix][]string) error {
	var routes []struct {
		kernelHop
		Type     string      `json:"type"`
		Dst      string      `json:"dst"`
		Protocol string      `json:"protocol"`
		NextHops []kernelHop `json:"nexthops"`
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &routes); err != nil {
		return err
	}
	for _, r := range routes {
		if r.Protocol == "kernel" || r.Protocol == "ra" || r.Protocol == "boot" {
			continue
		}
		p, err := kernelPrefix(r.Dst, six)
		if err != nil {
			return err
		}
		hops := into[p]
		switch {
		case r.Type != "" && r.Type != "unicast":
			hops = append(hops, "drop")
		case len(r.NextHops) == 0:
			hops = append(hops, r.kernelHop.String())
		}
		for _, h := range r.NextHops {
			hops = append(hops, h.String())
		}
		slices.Sort(hops)
		into[p] = slices.Compact(hops)
	}
	return nil
}

func kernelPrefix(dst string, six bool) (netip.Prefix, error) {
	switch {
	case dst == "default" && six:
		return network.IPv6Unicast.Default(), nil
	case dst == "default":
		return network.IPv4Unicast.Default(), nil
	case !strings.Contains(dst, "/"):
		a, err := netip.ParseAddr(dst)
		return netip.PrefixFrom(a, a.BitLen()), err
	}
	return netip.ParsePrefix(dst)
}

// kernelTable compares where packets go with where the main table sends them.
func (c *comparison) kernelTable(r instance, seen *Tables) {
	known := map[netip.Prefix]bool{}
	for _, f := range network.Families {
		for w := range c.want.Routes(r.Name, r.vrf.Name, f) {
			if w.Protocol == network.Local || w.Protocol == network.Connected {
				continue
			}
			known[w.Prefix] = true
			if crosses(w) {
				continue
			}
			hops, ok := seen.Kernel[w.Prefix]
			a, b := kernelText(w), "none"
			if viaItself(r.Router, w) {
				a = "none"
			}
			if ok {
				b = strings.Join(globalsOf(r.Router, w, hops), ", ")
			}
			if a != b {
				c.differ(r, w.Prefix, "kernel", a, b, c.arrival[w.Prefix])
			}
		}
	}
	for p, hops := range seen.Kernel {
		if !known[p] {
			c.differ(r, p, "kernel", "none", strings.Join(hops, ", "), c.arrival[p])
		}
	}
}

// viaItself reports an IPv6 route whose next hop is an address of the router's own: zebra selects it, and Linux takes no
// such route ("Gateway can not be a local address"); of IPv4 it does.
func viaItself(r *network.Router, w rib.Route) bool {
	return w.Prefix.Addr().Is6() && slices.ContainsFunc(w.NextHops, func(nh rib.NextHop) bool {
		return nh.Via.Is6() && !nh.Via.IsLinkLocalUnicast() && r.Owns(nh.Via)
	})
}

func kernelText(w rib.Route) string {
	var hops []string
	for _, nh := range w.NextHops {
		hops = append(hops, kernelHopText(nh))
	}
	slices.Sort(hops)
	return strings.Join(slices.Compact(hops), ", ")
}

func kernelHopText(nh rib.NextHop) string {
	dev := device(nh.Interface)
	switch {
	case nh.Drop:
		return "drop"
	case !nh.Via.IsValid():
		return dev
	case nh.Via.IsLinkLocalUnicast():
		return "link-local via " + dev
	}
	return nh.Via.String() + " via " + dev
}

// globalsOf puts the predicted global address for the link-local one of the same neighbor, see judgement.tell.
func globalsOf(r *network.Router, w rib.Route, hops []string) []string {
	hops = slices.Clone(hops)
	for i, hop := range hops {
		dev, ok := strings.CutPrefix(hop, "link-local via ")
		if !ok || !w.Prefix.Addr().Is6() {
			continue
		}
		for _, nh := range w.NextHops {
			if f := r.Interface(nh.Interface); f != nil && device(nh.Interface) == dev && nh.Via.IsValid() && !nh.Via.IsLinkLocalUnicast() {
				hops[i] = kernelHopText(nh)
			}
		}
	}
	slices.Sort(hops)
	return slices.Compact(hops)
}
