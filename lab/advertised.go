package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	api "github.com/osrg/gobgp/v3/api"

	"github.com/routegate/routegate/network"
)

// SentPath is one path of an Adj-RIB-Out. GoBGP tells every attribute as it goes out; FRR 8.4 tells some of them,
// from before it writes its own AS and next hop.
type SentPath struct {
	Attributes network.PathAttributes
	Whole      bool
}

// sent reads the Adj-RIB-Out for every neighbor that is established.
func (l *Lab) sent(ctx context.Context, n *Node, r instance, t *Tables) (map[string]map[netip.Prefix][]SentPath, error) {
	b := r.vrf.BGP
	if b == nil {
		return nil, nil
	}
	all := map[string]map[netip.Prefix][]SentPath{}
	for _, nb := range b.Neighbors {
		if t.Sessions[nb.Key()] != "Established" {
			continue
		}
		all[nb.Key()] = map[netip.Prefix][]SentPath{}
	}
	if n.Router.Dialect == "gobgp" { // which tells of dynamic neighbors as of others
		for key, state := range t.Sessions {
			if state == "Established" {
				all[key] = map[netip.Prefix][]SentPath{}
			}
		}
	}
	switch n.Router.Dialect {
	case "frr":
		return all, l.sentFRR(ctx, l.prefix+n.Name, r.vrf, all)
	case "gobgp":
		return all, l.sentGoBGP(ctx, l.prefix+n.Name, t.names, all)
	case "bird":
		return nil, l.exportedBIRD(ctx, l.prefix+n.Name, r, t)
	}
	return nil, nil
}

func (l *Lab) sentGoBGP(ctx context.Context, ns string, names map[string]string, all map[string]map[netip.Prefix][]SentPath) error {
	c, err := l.gobgp(ns)
	if err != nil {
		return err
	}
	for key, sent := range all {
		for _, afi := range []api.Family_Afi{api.Family_AFI_IP, api.Family_AFI_IP6} {
			if err := listTable(ctx, c, api.TableType_ADJ_OUT, names[key], afi, func(p netip.Prefix, s SeenPath) {
				sent[p] = append(sent[p], SentPath{s.Attributes, true})
			}); err != nil {
				return fmt.Errorf("sent to %s: %w", key, err)
			}
		}
	}
	return nil
}

// frrSent is the answer about one neighbor.
type frrSent struct {
	Routes map[string]struct {
		Metric uint32  `json:"metric"`
		LocPrf *uint32 `json:"locPrf"`
		Path   string  `json:"path"`
		Origin string  `json:"bgpOriginCode"`
	} `json:"advertisedRoutes"`
}

// sentFRR asks for all neighbors at once; the answers come in the order of the questions.
func (l *Lab) sentFRR(ctx context.Context, ns string, v *network.VRF, all map[string]map[netip.Prefix][]SentPath) error {
	var asks, of []string
	for _, nb := range v.BGP.Neighbors {
		for _, f := range network.Families {
			if all[nb.Key()] != nil && nb.Families[f].Active {
				asks = append(asks, fmt.Sprintf("show bgp%s %s unicast neighbors %s advertised-routes json", inVRF(v), [...]string{"ipv4", "ipv6"}[f], nb.Key()))
				of = append(of, nb.Key())
			}
		}
	}
	if len(asks) == 0 {
		return nil
	}
	out, err := l.ask(ctx, ns, "bgpd", asks...)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for _, key := range of {
		var x frrSent
		if err := dec.Decode(&x); errors.Is(err, io.EOF) {
			return fmt.Errorf("advertised-routes: no answer about %s", key)
		} else if err != nil {
			return fmt.Errorf("advertised-routes of %s: %w", key, err)
		}
		for prefix, r := range x.Routes {
			p, err := netip.ParsePrefix(prefix)
			if err != nil {
				continue
			}
			s := SentPath{}
			a := &s.Attributes
			a.ASPath, a.MED, a.HasMED = parsePath(r.Path), r.Metric, true
			a.Origin = map[string]network.Origin{"i": network.OriginIGP, "e": network.OriginEGP, "?": network.OriginIncomplete}[r.Origin]
			if r.LocPrf != nil {
				a.LocalPref, a.HasLocalPref = *r.LocPrf, true
			}
			all[key][p] = append(all[key][p], s)
		}
	}
	return nil
}

// advertised compares what goes to neighbors inside the snapshot; what goes outside is compared where it arrives.
func (c *comparison) advertised(p *Plan, r instance, seen *Tables) {
	b := r.vrf.BGP
	for key, sent := range seen.Sent {
		nb := b.Neighbor(key)
		if s := c.want.Session(r.Name, r.vrf.Name, key); nb == nil && s != nil {
			nb = s.Config // a dynamic one
		}
		if nb == nil || slices.ContainsFunc(p.Outside, func(s Speaker) bool { return s.Router == r.Name && s.VRF == r.vrf.Name && s.Neighbor.Key() == key }) {
			continue
		}
		want := map[netip.Prefix][]network.PathAttributes{}
		for _, f := range network.Families {
			for a := range c.want.Advertised(r.Name, r.vrf.Name, key, f) {
				want[a.Prefix] = append(want[a.Prefix], *a.Attributes)
			}
			if nb.Families[f].DefaultOriginate != nil {
				// FRR does not tell whether it sends it.
				delete(want, f.Default())
				delete(sent, f.Default())
			}
		}
		for p, list := range want {
			c.sentPaths(r, p, key, list, sent[p])
		}
		for p, list := range sent {
			if want[p] == nil {
				c.sentPaths(r, p, key, nil, list)
			}
		}
	}
}

func (c *comparison) sentPaths(r instance, p netip.Prefix, key string, want []network.PathAttributes, seen []SentPath) {
	var a, b []string
	// bgpd takes the local preference off only when it writes the update for an eBGP neighbor.
	internal := slices.ContainsFunc(want, func(x network.PathAttributes) bool { return x.HasLocalPref })
	for i := range seen {
		seen[i].Attributes.HasLocalPref = seen[i].Attributes.HasLocalPref && (internal || seen[i].Whole)
		b = append(b, sentText(&seen[i].Attributes, &seen[i], nil))
	}
	for i := range want {
		var like *SentPath
		if len(seen) > 0 {
			like = &seen[min(i, len(seen)-1)]
		}
		a = append(a, sentText(&want[i], like, seen))
	}
	slices.Sort(a)
	slices.Sort(b)
	// FRR tells one path of several. GoBGP has no table of what it has sent, and makes one when it is asked: of paths to which
	// their senders gave the same number, as all have that came without one, it keeps the last (AdjRib.Update).
	if r.Dialect == "frr" && len(b) == 1 && slices.Contains(a, b[0]) {
		return
	}
	if nb := r.vrf.BGP.Neighbor(key); r.Dialect == "gobgp" && nb != nil && nb.Families[network.FamilyOf(p)].AddPathSendMax > 0 && len(b) > 0 &&
		!slices.ContainsFunc(b, func(text string) bool { return !slices.Contains(a, text) }) {
		return
	}
	if x, y := orNone(strings.Join(a, "; ")), orNone(strings.Join(b, "; ")); x != y {
		c.differ(r, p, "advertised to "+key, x, y, c.arrival[p])
	}
}

func confederated(s network.ASSegment) bool {
	return s.Kind == network.ConfedSequence || s.Kind == network.ConfedSet
}

// hopsText renders a path with every member of a confederation by itself.
func hopsText(p network.ASPath) string {
	var words []string
	for _, s := range p {
		one := network.ASPath{s}
		if s.Kind != network.ConfedSequence {
			words = append(words, one.String())
			continue
		}
		for _, as := range s.AS {
			words = append(words, fmt.Sprintf("(%d)", as))
		}
	}
	return strings.Join(words, " ")
}

// sentText renders as much of a path as the daemon tells. FRR's AS path lacks what it puts in front itself: of
// the predicted path the end counts that one of the daemon's has.
func sentText(a *network.PathAttributes, like *SentPath, seen []SentPath) string {
	if like == nil || like.Whole {
		b := *a
		b.Weight = 0
		return attributeText(nil, &b)
	}
	path := hopsText(withSets(a.ASPath))
	for i := range seen {
		end := withSets(seen[i].Attributes.ASPath)
		if !slices.ContainsFunc(a.ASPath, confederated) {
			// bgpd takes the members of its confederation off when it writes the update for others.
			end = slices.DeleteFunc(slices.Clone(end), confederated)
		}
		if end := hopsText(end); strings.HasSuffix(path, end) && (end == "" || path == end || strings.HasSuffix(path, " "+end)) {
			path = hopsText(withSets(seen[i].Attributes.ASPath))
			break
		}
	}
	s := fmt.Sprintf("path ...[%s] origin %s med %d", path, a.Origin, a.MED)
	if a.HasLocalPref {
		s += fmt.Sprintf(" local-pref %d", a.LocalPref)
	}
	return s
}
