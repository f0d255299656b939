package config

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

type (
	docAnnouncement struct {
		From        asNumber                 `mapstructure:"from"`
		To          string                   `mapstructure:"to"`
		Neighbor    netip.Addr               `mapstructure:"neighbor"`
		Prefixes    []netip.Prefix           `mapstructure:"prefixes"`
		MRT         string                   `mapstructure:"mrt"`
		ASPath      asPath                   `mapstructure:"as-path"`
		Communities []network.Community      `mapstructure:"communities"`
		Large       []network.LargeCommunity `mapstructure:"large-communities"`
		Ext         []network.ExtCommunity   `mapstructure:"ext-communities"`
		MED         *uint32                  `mapstructure:"med"`
		Origin      origin                   `mapstructure:"origin"`
		NextHop     netip.Addr               `mapstructure:"next-hop"`
	}
	docOrigination struct {
		Router      string                   `mapstructure:"router"`
		Prefixes    []netip.Prefix           `mapstructure:"prefixes"`
		ASPath      asPath                   `mapstructure:"as-path"`
		Communities []network.Community      `mapstructure:"communities"`
		Large       []network.LargeCommunity `mapstructure:"large-communities"`
		Ext         []network.ExtCommunity   `mapstructure:"ext-communities"`
		MED         *uint32                  `mapstructure:"med"`
		LocalPref   *uint32                  `mapstructure:"local-pref"`
		Origin      origin                   `mapstructure:"origin"`
		NextHop     netip.Addr               `mapstructure:"next-hop"`
	}
)

// announcement checks one entry and expands its MRT feed.
func (r *reader) announcement(ctx context.Context, src source, path string, d docAnnouncement) []network.Announcement {
	if d.From == 0 {
		r.fail(path, "as in {from: 64600, to: edge1, prefixes: [...]}", "from: the neighbor's AS is missing")
		return nil
	}
	if _, ok := r.keys.at[path+".to"]; !ok {
		r.fail(path, "name the router that hears it", "to: the router is missing")
		return nil
	}
	if !r.router(path+".to", d.To) {
		return nil
	}
	if d.Neighbor.IsValid() && !r.neighborOf(d.To, d.Neighbor) {
		r.fail(path+".neighbor", "", "%s has no BGP neighbor %s", d.To, d.Neighbor)
		return nil
	}
	a := network.Announcement{From: uint32(d.From), To: d.To, Neighbor: d.Neighbor, Span: r.span(path)}
	a.Attributes = attributes(d.Communities, d.Large, d.Ext, d.MED, d.Origin, d.NextHop)
	if d.MRT != "" {
		for key, there := range map[string]bool{"prefixes": d.Prefixes != nil, "as-path": d.ASPath != nil} {
			if there {
				r.fail(path+".mrt", "leave one of the two out", "an announcement has either mrt or %s", key)
				return nil
			}
		}
		return r.feed(ctx, src, path, d, a)
	}
	if len(d.Prefixes) == 0 {
		r.fail(path, "prefixes: [...], or mrt: FILE", "nothing is announced")
		return nil
	}
	a.Prefixes = d.Prefixes
	a.Attributes.ASPath = network.ASPath(d.ASPath)
	if len(d.ASPath) == 0 {
		a.Attributes.ASPath = network.Sequence(a.From)
	} else if first, ok := a.Attributes.ASPath.First(); !ok || first != a.From {
		// A neighbor that is a route server does not put itself into the path (RFC 7947 §2.2.2),
		// so this is said, not refused.
		r.warnings = append(r.warnings, fmt.Sprintf("%s: the AS path does not begin with the sender, AS %d: taken as written", r.span(path), a.From))
	}
	return []network.Announcement{a}
}

// neighborOf reports whether the router's BGP has the neighbor, or may accept it dynamically.
func (r *reader) neighborOf(router string, a netip.Addr) bool {
	for _, v := range r.work.routers[router].VRFs {
		if v.BGP == nil {
			continue
		}
		if v.BGP.Neighbor(a.String()) != nil {
			return true
		}
		for _, l := range v.BGP.Listen {
			if l.Prefix.Contains(a) {
				return true
			}
		}
	}
	return false
}

// origination checks one entry.
func (r *reader) origination(path string, d docOrigination) []network.Origination {
	if !r.router(path+".router", d.Router) {
		return nil
	}
	if r.work.routers[d.Router].Default().BGP == nil {
		r.fail(path+".router", "", "%s does not run BGP", d.Router)
		return nil
	}
	if len(d.Prefixes) == 0 {
		r.fail(path, "as in prefixes: [203.0.113.0/24]", "nothing is originated")
		return nil
	}
	o := network.Origination{Router: d.Router, Prefixes: d.Prefixes, Span: r.span(path)}
	o.Attributes = attributes(d.Communities, d.Large, d.Ext, d.MED, d.Origin, d.NextHop)
	o.Attributes.ASPath = network.ASPath(d.ASPath)
	if d.LocalPref != nil {
		o.Attributes.LocalPref, o.Attributes.HasLocalPref = *d.LocalPref, true
	}
	return []network.Origination{o}
}

func attributes(c []network.Community, l []network.LargeCommunity, e []network.ExtCommunity, med *uint32, o origin, nh netip.Addr) network.PathAttributes {
	a := network.PathAttributes{Origin: network.Origin(o), NextHop: nh, Communities: sortedCommunities(c)}
	a.Large = slices.Clone(l)
	slices.SortFunc(a.Large, compareLarge)
	a.Large = slices.Compact(a.Large)
	a.Ext = slices.Compact(slices.Sorted(slices.Values(e)))
	if med != nil {
		a.MED, a.HasMED = *med, true
	}
	return a
}

func compareLarge(a, b network.LargeCommunity) int {
	return cmp.Or(cmp.Compare(a.Global, b.Global), cmp.Compare(a.Data1, b.Data1), cmp.Compare(a.Data2, b.Data2))
}
