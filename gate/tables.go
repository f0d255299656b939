package gate

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// TableOptions choose tables.
type TableOptions struct {
	Where  string
	Router string // "": all
	// Prefix is a prefix, or an address whose longest match is meant; "": everything.
	Prefix     string
	VRF        string // "": the default instance
	Main       bool   // the main tables instead of BGP's
	Advertised string // what this neighbor (its address or interface) receives
	Workers    int
	Progress   func(stage string, done, total int)
}

// ShowTables simulates one snapshot and gives its tables.
func ShowTables(ctx context.Context, o TableOptions) (*Tables, error) {
	s, err := solved(ctx, o.Where, o.Workers, o.Progress)
	if err != nil {
		return nil, err
	}
	routers := s.net.Routers
	if o.Router != "" {
		r, err := s.router(o.Router)
		if err != nil {
			return nil, err
		}
		routers = []*network.Router{r}
	}
	want, err := parseWanted(o.Prefix)
	if err != nil {
		return nil, err
	}
	if o.VRF == "default" { // FRR's word for it
		o.VRF = ""
	}
	t := &Tables{Schema: TablesSchema, Where: o.Where, Converged: s.res.Converged, Tables: []Table{}, Warnings: names(s.snap.Warnings), Uncertain: []TableDoubt{}}
	asked := false
	for _, r := range routers {
		v := r.VRF(o.VRF)
		if v == nil {
			continue
		}
		asked = true
		if o.Advertised != "" && s.session(r.Name, v.Name, o.Advertised) == nil {
			if o.Router != "" {
				return nil, fmt.Errorf("router %s has no neighbor %q; it has %s", r.Name, o.Advertised, strings.Join(neighborKeys(v), ", "))
			}
			continue
		}
		for _, f := range network.Families {
			if want.is && network.FamilyOf(want.prefix) != f {
				continue
			}
			if x := s.table(r, v, f, o, want); len(x.Prefixes)+len(x.Routes) > 0 {
				t.Tables = append(t.Tables, x)
			}
		}
	}
	if !asked && o.VRF != "" {
		return nil, fmt.Errorf("no router of these has a routing instance %q", o.VRF)
	}
	t.Uncertain = append(t.Uncertain, s.tableDoubts(t, want)...)
	return t, nil
}

// tableDoubts are the uncertainties that concern what the tables show; of a prefix that was asked for those at other routers, too.
func (s *side) tableDoubts(t *Tables, want wanted) (out []TableDoubt) {
	type place struct {
		router string
		prefix netip.Prefix
	}
	shown := map[place]bool{}
	if want.is && !want.address {
		shown[place{prefix: want.prefix}] = true
	}
	for i := range t.Tables {
		x := &t.Tables[i]
		shown[place{router: x.Router}] = true
		note := func(text string) {
			p := netip.MustParsePrefix(text)
			shown[place{x.Router, p}] = true
			if want.is {
				shown[place{prefix: p}] = true
			}
		}
		for j := range x.Prefixes {
			note(x.Prefixes[j].Prefix)
		}
		for j := range x.Routes {
			note(x.Routes[j].Prefix)
		}
	}
	q := newQuoter("after", s.snap)
	for _, u := range s.res.Uncertain {
		if !shown[place{u.Router, u.Prefix}] && (!u.Prefix.IsValid() || !shown[place{prefix: u.Prefix}]) {
			continue
		}
		d := TableDoubt{Router: u.Router, Why: u.Why, Arrival: u.Arrival, Sources: q.sources(u.Span)}
		if u.Prefix.IsValid() {
			d.Prefix = u.Prefix.String()
		}
		out = append(out, d)
	}
	return out
}

func neighborKeys(v *network.VRF) []string {
	if v.BGP == nil {
		return []string{"no BGP"}
	}
	var out []string
	for _, n := range v.BGP.Neighbors {
		out = append(out, n.Key())
	}
	if len(out) == 0 {
		return []string{"none"}
	}
	return out
}

// solved loads and solves one snapshot.
func solved(ctx context.Context, where string, workers int, progress func(string, int, int)) (*side, error) {
	snap, err := load(ctx, where, config.Options{Workers: workers, Progress: progress})
	if err != nil {
		return nil, err
	}
	res, err := solve(ctx, snap.Network, routing.Options{Workers: workers, Progress: progress})
	if err != nil {
		return nil, err
	}
	return newSide("after", snap, res), nil
}

// Routers names a snapshot's routers, sorted. It simulates nothing.
func Routers(ctx context.Context, where string) ([]string, error) {
	snap, err := config.Load(ctx, where, config.Options{})
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, r := range snap.Network.Routers {
		out = append(out, r.Name)
	}
	return out, nil
}

// router finds a router; the error names those that there are.
func (s *side) router(name string) (*network.Router, error) {
	if r := s.net.Router(name); r != nil {
		return r, nil
	}
	var have []string
	for _, r := range s.net.Routers {
		have = append(have, r.Name)
	}
	if len(have) > 12 {
		have = append(have[:12], fmt.Sprintf("and %d more", len(have)-12))
	}
	return nil, fmt.Errorf("no router is called %q; there are %s", name, strings.Join(have, ", "))
}

// wanted is the prefix that is asked for.
type wanted struct {
	is      bool
	prefix  netip.Prefix
	address bool // the longest match of an address is meant
}

func parseWanted(s string) (wanted, error) {
	if s == "" {
		return wanted{}, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return wanted{true, p.Masked(), false}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return wanted{}, fmt.Errorf("%q is neither a prefix nor an address; write it like 192.0.2.0/24 or 2001:db8::1", s)
	}
	return wanted{true, netip.PrefixFrom(a, a.BitLen()), true}, nil
}

func (s *side) table(r *network.Router, v *network.VRF, f network.Family, o TableOptions, want wanted) Table {
	t := Table{Router: r.Name, VRF: v.Name, Kind: "bgp", Family: f.String(), Prefixes: []TablePrefix{}, Routes: []TableRoute{}}
	if v.BGP != nil {
		t.AS = v.BGP.AS
		if v.BGP.RouterID.IsValid() {
			t.RouterID = v.BGP.RouterID.String()
		}
	}
	switch {
	case o.Main:
		t.Kind = "main"
		for route := range s.res.Routes(r.Name, v.Name, f) {
			if !want.is || want.address && route.Prefix.Contains(want.prefix.Addr()) || route.Prefix == want.prefix {
				t.Routes = append(t.Routes, tableRoute(&route))
			}
		}
		if want.address && len(t.Routes) > 1 {
			t.Routes = []TableRoute{longest(t.Routes, func(x TableRoute) string { return x.Prefix })}
		}
	case v.BGP == nil:
	case o.Advertised != "":
		t.Kind, t.Neighbor = "advertised", o.Advertised
		for a := range s.res.Advertised(r.Name, v.Name, o.Advertised, f) {
			if !want.is || a.Prefix == want.prefix || want.address && a.Prefix.Contains(want.prefix.Addr()) {
				p := tablePath(a.Attributes)
				p.Valid, p.Best = true, true
				t.Prefixes = append(t.Prefixes, TablePrefix{Prefix: a.Prefix.String(), Paths: []TablePath{p}})
			}
		}
	default:
		for e := range s.res.Entries(r.Name, v.Name, f) {
			if !want.is || e.Prefix == want.prefix || want.address && e.Prefix.Contains(want.prefix.Addr()) {
				t.Prefixes = append(t.Prefixes, s.tablePrefix(r.Name, v.Name, e))
			}
		}
	}
	if want.address && len(t.Prefixes) > 1 {
		t.Prefixes = []TablePrefix{longest(t.Prefixes, func(x TablePrefix) string { return x.Prefix })}
	}
	return t
}

func longest[T any](list []T, prefix func(T) string) T {
	return slices.MaxFunc(list, func(a, b T) int {
		return netip.MustParsePrefix(prefix(a)).Bits() - netip.MustParsePrefix(prefix(b)).Bits()
	})
}

func tableRoute(r *rib.Route) TableRoute {
	out := TableRoute{Prefix: r.Prefix.String(), Protocol: r.Protocol.String(), Distance: r.Distance, Metric: r.Metric, NextHops: []string{}}
	for _, h := range r.NextHops {
		out.NextHops = append(out.NextHops, nextHopText(h))
	}
	return out
}

func nextHopText(h rib.NextHop) string {
	switch {
	case h.Drop:
		return "blackhole"
	case !h.Via.IsValid():
		return "on " + h.Interface
	case h.Interface == "":
		return "via " + h.Via.String()
	}
	return "via " + h.Via.String() + " " + h.Interface
}

func (s *side) tablePrefix(router, vrf string, e *bgp.Entry) TablePrefix {
	out := TablePrefix{Prefix: e.Prefix.String(), Suppressed: e.Suppressed, Paths: []TablePath{}}
	for i := range e.Paths {
		x := &e.Paths[i]
		p := tablePath(x.Attributes)
		p.Valid, p.Best, p.Multipath, p.Timing = x.NextHopOK, x.Best, x.Multipath, x.Timing
		p.Internal = x.Source == bgp.FromNeighbor && x.PeerType == bgp.IBGP
		p.Source, p.From, p.Reason = x.Source.String(), x.Neighbor, choice(e, i)
		if x.Source == bgp.FromVRF {
			p.Source = "vrf " + cmp.Or(x.VRF, "default")
		}
		if n := s.session(router, vrf, x.Neighbor); n != nil {
			p.FromRouter = n.Remote
		}
		out.Paths = append(out.Paths, p)
	}
	return out
}

// choice says in words why a path was or was not chosen.
func choice(e *bgp.Entry, i int) string {
	p := &e.Paths[i]
	switch {
	case !p.NextHopOK:
		return "not used: the next hop cannot be reached"
	case p.Best && len(e.Paths) == 1:
		return "best: the only path"
	case p.Best && !e.Paths[1].NextHopOK:
		return "best: the only usable path"
	case p.Best:
		return "best by " + p.Decided.String()
	case p.Multipath:
		return "used beside the best path, which wins by " + p.Decided.String()
	case p.Timing:
		return "not best: loses by " + p.Decided.String() + ", which depends on what came first"
	}
	return "not best: loses by " + p.Decided.String()
}

func tablePath(a *network.PathAttributes) TablePath {
	p := TablePath{Weight: a.Weight, ASPath: a.ASPath.String(), Origin: a.Origin.String(), Communities: []string{}, Source: bgp.FromNeighbor.String()}
	if a.NextHop.IsValid() && !a.NextHop.IsUnspecified() {
		p.NextHop = a.NextHop.String()
	}
	if a.HasMED {
		med := a.MED
		p.Metric = &med
	}
	if a.HasLocalPref {
		lp := a.LocalPref
		p.LocalPref = &lp
	}
	for _, c := range a.Communities {
		p.Communities = append(p.Communities, c.String())
	}
	for _, c := range a.Large {
		p.Communities = append(p.Communities, c.String())
	}
	for _, c := range a.Ext {
		p.Communities = append(p.Communities, c.String())
	}
	return p
}
