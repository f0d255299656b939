package config

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/routegate/routegate/config/frr"
	"github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/network"
)

// parse hands the router's files to the dialects. A GoBGP configuration beside
// FRR's zebra, staticd or ospfd is how GoBGP runs with FRR: BGP from the one, everything
// else from the other.
func (d *device) parse(text map[string][]byte) (*network.Router, []*Error) {
	if d.bird != "" {
		return d.parseBIRD(text)
	}
	integrated := false
	bgpIn, bgpLine := "", 0
	for _, f := range d.frr {
		integrated = integrated || path.Base(f) == "frr.conf"
		if line := configuresBGP(text[f]); line > 0 {
			if bgpIn != "" && integrated {
				return nil, []*Error{{Path: f, Line: line, Msg: "BGP is configured here and in " + path.Base(bgpIn), Hint: "FRR reads either frr.conf or the daemons' own files: keep one"}}
			}
			bgpIn, bgpLine = f, line
		}
	}
	if bgpIn != "" && len(d.gobgp) > 0 {
		return nil, []*Error{{Path: bgpIn, Line: bgpLine, Msg: "BGP is configured here and in " + path.Base(d.gobgp[0]),
			Hint: "one router runs one BGP daemon: FRR's files beside GoBGP's may hold interfaces, static routes and OSPF"}}
	}
	var fromFRR, fromGoBGP *network.Router
	var errs []*Error
	var err error
	if len(d.frr) > 0 {
		sources := make([]frr.Source, len(d.frr))
		for i, f := range d.frr {
			sources[i] = frr.Source{Path: f, Text: text[f]}
		}
		if fromFRR, err = frr.Parse(d.name, sources); err != nil {
			errs = append(errs, wrap(d.frr[0], err))
		}
	}
	if len(d.gobgp) > 0 {
		f := d.gobgp[0]
		if fromGoBGP, err = gobgp.Parse(d.name, gobgp.Source{Path: f, Text: text[f]}); err != nil {
			errs = append(errs, wrap(f, err))
		}
	}
	switch {
	case len(errs) > 0:
		return nil, errs
	case fromFRR == nil:
		return fromGoBGP, nil
	case fromGoBGP == nil:
		return fromFRR, nil
	}
	return merge(fromFRR, fromGoBGP)
}

// merge puts GoBGP's half into FRR's.
func merge(base, speaker *network.Router) (*network.Router, []*Error) {
	r := *base
	r.Dialect = speaker.Dialect
	r.Files = slices.Concat(base.Files, speaker.Files)
	for i := range speaker.Interfaces {
		if base.Interface(speaker.Interfaces[i].Name) == nil {
			r.Interfaces = append(slices.Clip(r.Interfaces), speaker.Interfaces[i])
		}
	}
	slices.SortFunc(r.Interfaces, func(a, b network.Interface) int { return cmp.Compare(a.Name, b.Name) })
	v := *base.VRFs[0]
	if s := speaker.VRFs[0].BGP; s != nil {
		b := *s
		// Without `[zebra.config] enabled` GoBGP tells zebra nothing: its best paths stay in its own table.
		for f := range b.Families {
			if _, ok := b.Families[f].Marks.Find("Install"); !ok {
				b.Families[f].Install = false
			}
		}
		v.BGP = &b
	}
	r.VRFs = slices.Concat([]*network.VRF{&v}, base.VRFs[1:])
	for _, own := range speaker.VRFs[1:] {
		at := slices.IndexFunc(r.VRFs, func(v *network.VRF) bool { return v.Name == own.Name })
		if at < 0 {
			r.VRFs = append(r.VRFs, own)
			continue
		}
		same := *r.VRFs[at]
		same.BGP, r.VRFs[at] = own.BGP, &same
	}
	slices.SortFunc(r.VRFs[1:], func(a, b *network.VRF) int { return cmp.Compare(a.Name, b.Name) })
	var errs []*Error
	clash := func(what string, name string, a, b network.Span) {
		errs = append(errs, &Error{Path: b.File, Line: int(b.First), Msg: fmt.Sprintf("%s %s is defined here and at %s", what, name, a), Hint: "rename one: the two daemons share one model of policies here"})
	}
	r.Policies = union(base.Policies, speaker.Policies, func(p *network.Policy) string { return p.Name },
		func(a, b *network.Policy) { clash("policy", a.Name, a.Span, b.Span) })
	r.PrefixSets = union(base.PrefixSets, speaker.PrefixSets, func(p *network.PrefixSet) string { return fmt.Sprint(int(p.Kind), p.Name) },
		func(a, b *network.PrefixSet) { clash("prefix set", a.Name, a.Span, b.Span) })
	r.ASPathSets = union(base.ASPathSets, speaker.ASPathSets, func(p *network.ASPathSet) string { return p.Name },
		func(a, b *network.ASPathSet) { clash("AS path set", a.Name, a.Span, b.Span) })
	r.CommunitySets = union(base.CommunitySets, speaker.CommunitySets, func(p *network.CommunitySet) string { return fmt.Sprint(int(p.Kind), p.Name) },
		func(a, b *network.CommunitySet) { clash("community set", a.Name, a.Span, b.Span) })
	r.NeighborSets = union(base.NeighborSets, speaker.NeighborSets, func(p *network.NeighborSet) string { return p.Name },
		func(a, b *network.NeighborSet) { clash("neighbor set", a.Name, a.Span, b.Span) })
	if len(errs) > 0 {
		return nil, errs
	}
	return &r, nil
}

// union joins two sorted lists; clash hears of a key that both have.
func union[T any](a, b []T, key func(T) string, clash func(a, b T)) []T {
	have := map[string]T{}
	for _, x := range a {
		have[key(x)] = x
	}
	out := slices.Clone(a)
	for _, x := range b {
		if old, ok := have[key(x)]; ok {
			clash(old, x)
			continue
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y T) int { return cmp.Compare(key(x), key(y)) })
	return out
}
