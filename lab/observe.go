package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// Tables is what one router was seen to have decided.
type Tables struct {
	Router   string
	VRF      string            `json:",omitempty"` // the routing instance; "" is the default one
	Sessions map[string]string // neighbor key: the daemon's word for the state
	BGP      map[netip.Prefix][]SeenPath
	Main     map[netip.Prefix]SeenRoute // selected routes only; nil where not asked
	// Kernel is the kernel's forwarding table without what the kernel put there itself: where packets go, sorted;
	// nil where nothing installs routes.
	Kernel map[netip.Prefix][]string
	// Sent is the Adj-RIB-Out by neighbor, as far as the daemon tells; nil where not asked.
	Sent map[string]map[netip.Prefix][]SentPath
	// Exported are the prefixes that export policies let through to each neighbor; nil where not asked.
	Exported map[string][]netip.Prefix

	names map[string]string // what GoBGP calls its neighbors, by key
}

// SeenPath is one path of a daemon's BGP table.
type SeenPath struct {
	Neighbor   string // key; "" for the router's own
	VRF        string `json:",omitempty"` // of a leaked path: FRR's name of the instance that it is from ("default", too)
	Attributes network.PathAttributes
	Best       bool
	Multipath  bool
	Valid      bool
	Reason     string   // the daemon's word for the selection
	To         []string `json:",omitempty"` // neighbors that it is advertised to, where the daemon says so (FRR); sorted
}

// SeenRoute is one selected route of the main table.
type SeenRoute struct {
	Protocol string
	Distance int
	Metric   int
	NextHops []string // "10.0.0.1", "eth0" for directly connected, "drop"; sorted
}

// Observe reads every router's tables and what the outside speakers received: by routing instance (see Key), and
// for a speaker under its address.
func (l *Lab) Observe(ctx context.Context) (routers map[string]*Tables, outside map[netip.Addr]*Tables, err error) {
	if routers, outside, err = l.look(ctx); err != nil {
		return nil, nil, err
	}
	for i := range l.Plan.Nodes {
		n := &l.Plan.Nodes[i]
		for _, r := range instances(n.Router) {
			t := routers[r.key()]
			if t.Kernel, err = l.kernel(ctx, n, r); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", r.key(), err)
			}
			if t.Sent, err = l.sent(ctx, n, r, t); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", r.key(), err)
			}
		}
	}
	return routers, outside, nil
}

// look reads what tells whether the tables still move.
func (l *Lab) look(ctx context.Context) (routers map[string]*Tables, outside map[netip.Addr]*Tables, err error) {
	routers, outside = map[string]*Tables{}, map[netip.Addr]*Tables{}
	for _, n := range l.Plan.Nodes {
		for _, r := range instances(n.Router) {
			var t *Tables
			switch r.Dialect {
			case "gobgp":
				t, err = l.observeGoBGP(ctx, l.prefix+n.Name, r.vrf.Name)
			case "bird":
				t, err = l.observeBIRD(ctx, l.prefix+n.Name, r)
			default:
				t, err = l.observeFRR(ctx, l.prefix+n.Name, r)
			}
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", r.key(), err)
			}
			t.Router, t.VRF = r.Name, r.vrf.Name
			routers[r.key()] = t
		}
	}
	for _, s := range l.Plan.Outside {
		t, err := l.observeGoBGP(ctx, l.prefix+s.Namespace, "")
		if err != nil {
			return nil, nil, fmt.Errorf("outside %s: %w", s.Address.Addr(), err)
		}
		outside[s.Address.Addr()] = t
	}
	return routers, outside, nil
}

func (l *Lab) observeFRR(ctx context.Context, ns string, r instance) (*Tables, error) {
	t := &Tables{Sessions: map[string]string{}, BGP: map[netip.Prefix][]SeenPath{}, Main: map[netip.Prefix]SeenRoute{}}
	for _, command := range []string{"show ip route" + inVRF(r.vrf) + " json", "show ipv6 route" + inVRF(r.vrf) + " json"} {
		out, err := l.ask(ctx, ns, "zebra", command)
		if err != nil {
			return nil, err
		}
		if err := readRoutes(out, t.Main); err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
	}
	if r.vrf.BGP == nil {
		return t, nil
	}
	out, err := l.ask(ctx, ns, "bgpd", "show bgp"+inVRF(r.vrf)+" neighbors json")
	if err != nil {
		return nil, err
	}
	var peers map[string]json.RawMessage
	if err := json.Unmarshal(out, &peers); err != nil {
		return nil, fmt.Errorf("show bgp neighbors: %w", err)
	}
	for key, raw := range peers {
		var p struct {
			BgpState string `json:"bgpState"`
		}
		if json.Unmarshal(raw, &p) == nil && p.BgpState != "" {
			t.Sessions[key] = p.BgpState
		}
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		if err := l.observeTable(ctx, ns, inVRF(r.vrf)+" "+family, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// inVRF is what a show command has in it for a VRF.
func inVRF(v *network.VRF) string {
	if v.Name == "" {
		return ""
	}
	return " vrf " + v.Name
}

// observeTable asks for each prefix by itself: only that answer has every attribute in FRR 8.4.
func (l *Lab) observeTable(ctx context.Context, ns, family string, t *Tables) error {
	out, err := l.ask(ctx, ns, "bgpd", "show bgp"+family+" unicast json")
	if err != nil {
		return err
	}
	var table struct {
		Routes map[string]json.RawMessage `json:"routes"`
	}
	if err := json.Unmarshal(out, &table); err != nil {
		return fmt.Errorf("show bgp%s: %w", family, err)
	}
	var asks []string
	for p := range table.Routes {
		asks = append(asks, "show bgp"+family+" unicast "+p+" json")
	}
	slices.Sort(asks)
	for chunk := range slices.Chunk(asks, 100) {
		out, err := l.ask(ctx, ns, "bgpd", chunk...)
		if err != nil {
			return err
		}
		dec := json.NewDecoder(bytes.NewReader(out))
		for {
			var e frrEntry
			if err := dec.Decode(&e); err == io.EOF {
				break
			} else if err != nil {
				return fmt.Errorf("show bgp%s prefix: %w", family, err)
			}
			p, err := netip.ParsePrefix(e.Prefix)
			if err != nil {
				continue
			}
			for i := range e.Paths {
				s := e.Paths[i].seen()
				for to := range e.Paths[i].AdvertisedTo {
					s.To = append(s.To, to)
				}
				slices.Sort(s.To)
				t.BGP[p] = append(t.BGP[p], s)
			}
		}
	}
	return nil
}

// frrEntry is FRR's answer about one prefix.
type frrEntry struct {
	Prefix string    `json:"prefix"`
	Paths  []frrPath `json:"paths"`
}

type frrPath struct {
	ASPath struct {
		String string `json:"string"`
	} `json:"aspath"`
	Origin   string  `json:"origin"`
	Metric   *uint32 `json:"metric"`
	LocPrf   *uint32 `json:"locPrf"`
	Weight   uint32  `json:"weight"`
	Valid    bool    `json:"valid"`
	Bestpath struct {
		Overall         bool   `json:"overall"`
		SelectionReason string `json:"selectionReason"`
	} `json:"bestpath"`
	Multipath    bool   `json:"multipath"`
	VRF          string `json:"nhVrfName"`
	Community    frrSet `json:"community"`
	Large        frrSet `json:"largeCommunity"`
	Ext          frrSet `json:"extendedCommunity"`
	OriginatorID string `json:"originatorId"`
	ClusterList  frrSet `json:"clusterList"`
	Atomic       bool   `json:"atomicAggregate"`
	AggregatorAS uint32 `json:"aggregatorAs"`
	AggregatorID string `json:"aggregatorId"`
	NextHops     []struct {
		IP    string `json:"ip"`
		Scope string `json:"scope"`
		Used  bool   `json:"used"`
	} `json:"nexthops"`
	AdvertisedTo map[string]json.RawMessage `json:"advertisedTo"`
	Peer         struct {
		PeerID    string `json:"peerId"`
		Interface string `json:"interface"`
	} `json:"peer"`
}

type frrSet struct {
	String string   `json:"string"`
	List   []string `json:"list"`
}

func (p frrPath) seen() SeenPath {
	s := SeenPath{VRF: p.VRF, Best: p.Bestpath.Overall, Multipath: p.Multipath, Valid: p.Valid, Reason: p.Bestpath.SelectionReason, Neighbor: p.Peer.PeerID}
	if p.Peer.Interface != "" {
		s.Neighbor = p.Peer.Interface
	}
	if p.Peer.PeerID == "0.0.0.0" || p.Peer.PeerID == "::" || p.Peer.PeerID == "(unspec)" {
		s.Neighbor = ""
	}
	a := &s.Attributes
	a.ASPath = parsePath(p.ASPath.String)
	a.Origin = map[string]network.Origin{"IGP": network.OriginIGP, "EGP": network.OriginEGP, "incomplete": network.OriginIncomplete}[p.Origin]
	if p.Metric != nil {
		a.MED, a.HasMED = *p.Metric, true
	}
	if p.LocPrf != nil {
		a.LocalPref, a.HasLocalPref = *p.LocPrf, true
	}
	a.Weight, a.AtomicAggregate = p.Weight, p.Atomic
	a.Aggregator.AS = p.AggregatorAS
	a.Aggregator.RouterID, _ = netip.ParseAddr(p.AggregatorID)
	for _, nh := range p.NextHops {
		if nh.Used || len(p.NextHops) == 1 {
			a.NextHop, _ = netip.ParseAddr(nh.IP)
		}
	}
	for _, c := range strings.Fields(p.Community.String) {
		if v, err := network.ParseCommunity(c); err == nil {
			a.Communities = append(a.Communities, v)
		}
	}
	for _, c := range strings.Fields(p.Large.String) {
		if v, err := network.ParseLargeCommunity(c); err == nil {
			a.Large = append(a.Large, v)
		}
	}
	for _, c := range strings.Fields(p.Ext.String) {
		// What the model does not hold (link bandwidth, say) is not compared.
		if v, err := network.ParseExtCommunity(c); err == nil {
			a.Ext = append(a.Ext, v)
		}
	}
	communitySets(a)
	if s.VRF == "" {
		// bgpd puts one on leaked paths: the router id of the default instance, which no neighbor ever sees.
		a.OriginatorID, _ = netip.ParseAddr(p.OriginatorID)
	}
	for _, c := range p.ClusterList.List {
		if v, err := netip.ParseAddr(c); err == nil {
			a.ClusterList = append(a.ClusterList, v)
		}
	}
	return s
}

// readRoutes keeps the selected routes of `show ip route json`.
func readRoutes(text []byte, into map[netip.Prefix]SeenRoute) error {
	var table map[string][]struct {
		Protocol string `json:"protocol"`
		Selected bool   `json:"selected"`
		Distance int    `json:"distance"`
		Metric   int    `json:"metric"`
		NextHops []struct {
			IP        string `json:"ip"`
			Interface string `json:"interfaceName"`
			Direct    bool   `json:"directlyConnected"`
			Blackhole bool   `json:"blackhole"`
			Reject    bool   `json:"reject"`
			Unreach   bool   `json:"unreachable"`
			FIB       bool   `json:"fib"`
		} `json:"nexthops"`
	}
	if err := json.Unmarshal(text, &table); err != nil {
		return err
	}
	for prefix, routes := range table {
		p, err := netip.ParsePrefix(prefix)
		if err != nil || p.Addr().IsLinkLocalUnicast() {
			continue
		}
		for _, r := range routes {
			if !r.Selected {
				continue
			}
			s := SeenRoute{Protocol: r.Protocol, Distance: r.Distance, Metric: r.Metric}
			for _, nh := range r.NextHops {
				switch {
				case !nh.FIB:
				case nh.Blackhole || nh.Reject || nh.Unreach:
					s.NextHops = append(s.NextHops, "drop")
				case nh.Direct || nh.IP == "":
					s.NextHops = append(s.NextHops, nh.Interface)
				case strings.HasPrefix(nh.IP, "fe80:"):
					s.NextHops = append(s.NextHops, "link-local via "+nh.Interface)
				default:
					s.NextHops = append(s.NextHops, nh.IP)
				}
			}
			slices.Sort(s.NextHops)
			s.NextHops = slices.Compact(s.NextHops)
			into[p] = s
		}
	}
	return nil
}
