package frr

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
)

// Observe reads bgpd's sessions, best paths, and what went each way, in every routing instance, for IPv4 and IPv6 unicast.
func (d *Driver) Observe(ctx context.Context) (device.Observation, error) {
	o := device.Observation{Router: d.o.Router, At: time.Now()}
	names, now, err := d.running(ctx)
	if err != nil {
		return o, err
	}
	if !slices.Contains(names, "bgpd") {
		return o, nil
	}
	o.Sessions, o.Routes, o.Advertised, o.Received = []device.Session{}, []device.Route{}, []device.Exchange{}, []device.Exchange{}
	for _, block := range parse(now).kids {
		if !begins(block.text, "router bgp") {
			continue
		}
		w, vrf := strings.Fields(block.text), ""
		if i := slices.Index(w, "vrf"); i >= 0 && i+1 < len(w) {
			vrf = w[i+1]
		}
		if slices.Contains(w, "view") {
			continue // a view has no forwarding and no name of its own in the model
		}
		if err := d.observeInstance(ctx, vrf, &o); err != nil {
			return o, err
		}
	}
	sortObservation(&o)
	return o, nil
}

func (d *Driver) observeInstance(ctx context.Context, vrf string, o *device.Observation) error {
	in := ""
	if vrf != "" {
		in = " vrf " + vrf
	}
	sessions, err := d.sessions(ctx, vrf, in)
	if err != nil {
		return err
	}
	o.Sessions = append(o.Sessions, sessions...)
	received := map[string][]netip.Prefix{}
	for _, family := range []string{" ipv4", " ipv6"} {
		if err := d.table(ctx, vrf, in+family, o, received); err != nil {
			return err
		}
	}
	for _, s := range sessions {
		if !s.Established {
			continue
		}
		sent := []netip.Prefix{}
		for _, family := range []string{" ipv4", " ipv6"} {
			p, err := d.advertised(ctx, "show bgp"+in+family+" unicast neighbors "+s.Neighbor+" advertised-routes json")
			if err != nil {
				return err
			}
			sent = append(sent, p...)
		}
		o.Advertised = append(o.Advertised, device.Exchange{VRF: vrf, Neighbor: s.Neighbor, Prefixes: sorted(sent)})
		o.Received = append(o.Received, device.Exchange{VRF: vrf, Neighbor: s.Neighbor, Prefixes: sorted(received[s.Neighbor])})
	}
	return nil
}

func (d *Driver) sessions(ctx context.Context, vrf, in string) (all []device.Session, err error) {
	out, err := d.vty().show(ctx, "show bgp"+in+" neighbors json")
	if err != nil {
		return nil, err
	}
	var peers map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &peers); err != nil {
		return nil, fmt.Errorf("show bgp neighbors: %w", err)
	}
	for name, raw := range peers {
		var p struct {
			BgpState           string `json:"bgpState"`
			UpMsec             int64  `json:"bgpTimerUpMsec"`
			ConnectionsEst     int    `json:"connectionsEstablished"`
			ConnectionsDropped int    `json:"connectionsDropped"`
		}
		if json.Unmarshal(raw, &p) != nil || p.BgpState == "" {
			continue // what stands beside the neighbors
		}
		s := device.Session{VRF: vrf, Neighbor: name, State: p.BgpState, Established: p.BgpState == "Established", Resets: p.ConnectionsDropped}
		if s.Established {
			s.Up = time.Duration(p.UpMsec) * time.Millisecond
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b device.Session) int { return cmp.Compare(a.Neighbor, b.Neighbor) })
	return all, nil
}

// table reads one family's routes; received collects the neighbors' valid ones.
func (d *Driver) table(ctx context.Context, vrf, what string, o *device.Observation, received map[string][]netip.Prefix) error {
	out, err := d.vty().show(ctx, "show bgp"+what+" unicast json")
	if err != nil {
		return err
	}
	if strings.TrimSpace(out) == "" {
		return nil
	}
	var t struct {
		Routes map[string][]struct {
			Valid    bool   `json:"valid"`
			Best     bool   `json:"bestpath"`
			PeerID   string `json:"peerId"`
			Path     string `json:"path"`
			NextHops []struct {
				IP   string `json:"ip"`
				Used bool   `json:"used"`
			} `json:"nexthops"`
		} `json:"routes"`
	}
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		return fmt.Errorf("show bgp%s: %w", what, err)
	}
	for text, paths := range t.Routes {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("show bgp%s: prefix %q: %w", what, text, err)
		}
		for _, p := range paths {
			own := p.PeerID == "(unspec)" || p.PeerID == ""
			if p.Valid && !own {
				received[p.PeerID] = append(received[p.PeerID], prefix)
			}
			if !p.Best {
				continue
			}
			r := device.Route{VRF: vrf, Prefix: prefix, ASPath: p.Path, Own: own, NextHops: []string{}}
			for _, h := range p.NextHops {
				if h.Used || len(p.NextHops) == 1 {
					r.NextHops = append(r.NextHops, h.IP)
				}
			}
			slices.Sort(r.NextHops)
			o.Routes = append(o.Routes, r)
		}
	}
	return nil
}

func (d *Driver) advertised(ctx context.Context, command string) (all []netip.Prefix, err error) {
	out, err := d.vty().show(ctx, command)
	if err != nil || strings.TrimSpace(out) == "" {
		return nil, err
	}
	var t struct {
		Routes map[string]json.RawMessage `json:"advertisedRoutes"`
	}
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	for text := range t.Routes {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: prefix %q: %w", command, text, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func sorted(p []netip.Prefix) []netip.Prefix {
	slices.SortFunc(p, netip.Prefix.Compare)
	return slices.Compact(append([]netip.Prefix{}, p...))
}

func sortObservation(o *device.Observation) {
	slices.SortFunc(o.Sessions, func(a, b device.Session) int {
		return cmp.Or(cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
	})
	slices.SortFunc(o.Routes, func(a, b device.Route) int { return cmp.Or(cmp.Compare(a.VRF, b.VRF), a.Prefix.Compare(b.Prefix)) })
	for _, x := range []*[]device.Exchange{&o.Advertised, &o.Received} {
		slices.SortFunc(*x, func(a, b device.Exchange) int {
			return cmp.Or(cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
		})
	}
}
