package gobgp

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// sets reads the defined sets. One that GoBGP cannot build ends gobgpd (policy.go, Reset), so it ends
// the reading here.
func (p *parser) sets() {
	d, n := &p.conf.DefinedSets, p.root.get("defined-sets")
	r := p.router
	for i, s := range d.PrefixSets {
		at := n.get("prefix-sets").item(i)
		if p.named(s.PrefixSetName, "prefix set", at) {
			r.PrefixSets = replace(r.PrefixSets, p.prefixSet(s, at), func(x *network.PrefixSet) bool { return x.Name == s.PrefixSetName })
		}
	}
	for i, s := range d.NeighborSets {
		at := n.get("neighbor-sets").item(i)
		if p.named(s.NeighborSetName, "neighbor set", at) {
			set := &network.NeighborSet{Name: s.NeighborSetName, Span: p.span(at), Prefixes: p.prefixes(s.NeighborInfoList, at.get("neighbor-info-list"))}
			r.NeighborSets = replace(r.NeighborSets, set, func(x *network.NeighborSet) bool { return x.Name == set.Name })
		}
	}
	bd, n := &d.BgpDefinedSets, n.get("bgp-defined-sets")
	for i, s := range bd.AsPathSets {
		at := n.get("as-path-sets").item(i)
		if p.named(s.AsPathSetName, "AS path set", at) {
			r.ASPathSets = replace(r.ASPathSets, p.asPathSet(s, at), func(x *network.ASPathSet) bool { return x.Name == s.AsPathSetName })
		}
	}
	community := func(kind network.CommunityKind, name string, list []string, at, items *node) {
		if !p.named(name, kind.String()+" set", at) {
			return
		}
		set := p.communitySet(kind, name, list, at, items)
		r.CommunitySets = replace(r.CommunitySets, set, func(x *network.CommunitySet) bool { return x.Kind == kind && x.Name == name })
	}
	for i, s := range bd.CommunitySets {
		at := n.get("community-sets").item(i)
		community(network.StandardCommunity, s.CommunitySetName, s.CommunityList, at, at.get("community-list"))
	}
	for i, s := range bd.LargeCommunitySets {
		at := n.get("large-community-sets").item(i)
		community(network.LargeCommunityKind, s.LargeCommunitySetName, s.LargeCommunityList, at, at.get("large-community-list"))
	}
	for i, s := range bd.ExtCommunitySets {
		at := n.get("ext-community-sets").item(i)
		community(network.ExtCommunityKind, s.ExtCommunitySetName, s.ExtCommunityList, at, at.get("ext-community-list"))
	}
	slices.SortFunc(r.PrefixSets, func(a, b *network.PrefixSet) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(r.NeighborSets, func(a, b *network.NeighborSet) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(r.ASPathSets, func(a, b *network.ASPathSet) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(r.CommunitySets, func(a, b *network.CommunitySet) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

// named checks that a set has a name, and takes out of the ledger's model an earlier one that has the
// same: the last counts.
func (p *parser) named(name, what string, at *node) bool {
	if name == "" {
		p.fail(at, "gobgpd drops or refuses it", "a %s without a name", what)
		return false
	}
	if p.definitions == nil {
		p.definitions = map[string]*node{}
	}
	key := what + " " + name
	p.not(p.definitions[key], network.AffectsRoutes, "another %s replaces this one", key)
	p.definitions[key] = at
	return p.err == nil
}

// replace appends a set in place of one with the same name.
func replace[T any](list []T, set T, same func(T) bool) []T {
	return append(slices.DeleteFunc(list, same), set)
}

// prefixSet reads a prefix set. GoBGP looks for the most specific entry that contains the route and
// asks only the ranges that stand with it (critbit tree, PrefixCondition.Evaluate), so a specific entry
// hides what a wider one would accept: behind such an entry stands one that denies.
func (p *parser) prefixSet(s oc.PrefixSet, at *node) *network.PrefixSet {
	set := &network.PrefixSet{Name: s.PrefixSetName, Kind: network.PrefixList, Span: p.span(at)}
	list := at.get("prefix-list")
	for i, x := range s.PrefixList {
		n := list.item(i)
		prefix, err := netip.ParsePrefix(x.IpPrefix)
		if err != nil {
			p.fail(n, "as in ip-prefix = \"10.0.0.0/8\"", "prefix set %s: %q is not a prefix", s.PrefixSetName, x.IpPrefix)
			return set
		}
		if prefix.Addr().Is4() != p.firstIs4(s) {
			p.fail(n, "gobgpd ends with \"multiple families\": make two sets", "prefix set %s holds IPv4 and IPv6", s.PrefixSetName)
			return set
		}
		low, high, err := oc.ParseMaskLength(x.IpPrefix, x.MasklengthRange)
		if err != nil {
			p.fail(n.get("masklength-range"), "as in masklength-range = \"24..32\"", "prefix set %s: %s", s.PrefixSetName, err)
			return set
		}
		e := network.PrefixRange{Prefix: prefix.Masked(), Min: uint8(max(low, prefix.Bits())), Max: uint8(high), Span: p.span(n)}
		set.Entries = append(set.Entries, e)
	}
	slices.SortStableFunc(set.Entries, func(a, b network.PrefixRange) int {
		return cmp.Or(cmp.Compare(b.Prefix.Bits(), a.Prefix.Bits()), a.Prefix.Addr().Compare(b.Prefix.Addr()))
	})
	set.Entries = hiding(set.Entries)
	for i := range set.Entries {
		set.Entries[i].Sequence = i + 1
	}
	return set
}

// hiding puts a denying entry behind those of a prefix that a wider prefix of the set contains.
func hiding(entries []network.PrefixRange) []network.PrefixRange {
	var out []network.PrefixRange
	for i, e := range entries {
		out = append(out, e)
		if i+1 < len(entries) && entries[i+1].Prefix == e.Prefix {
			continue
		}
		if slices.ContainsFunc(entries[i+1:], func(w network.PrefixRange) bool { return w.Prefix.Overlaps(e.Prefix) }) {
			out = append(out, network.PrefixRange{Deny: true, Prefix: e.Prefix, Min: uint8(e.Prefix.Bits()), Max: uint8(e.Prefix.Addr().BitLen()), Span: e.Span})
		}
	}
	return out
}

func (p *parser) firstIs4(s oc.PrefixSet) bool {
	return !strings.Contains(s.PrefixList[0].IpPrefix, ":")
}

// prefixes reads addresses and prefixes.
func (p *parser) prefixes(list []string, n *node) []netip.Prefix {
	var out []netip.Prefix
	for i, x := range list {
		if a, ok := address(x); ok {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(x)
		if err != nil {
			p.fail(n.item(i), "as in 192.0.2.1 or 192.0.2.0/24", "%q is neither an address nor a prefix", x)
			return nil
		}
		out = append(out, prefix.Masked())
	}
	return out
}

// The four forms that GoBGP does not take for regular expressions (NewSingleAsPathMatch).
var (
	leftmostAS = regexp.MustCompile(`^\^([0-9]+)_$`)
	originAS   = regexp.MustCompile(`^_([0-9]+)\$$`)
	anyAS      = regexp.MustCompile(`^_([0-9]+)_$`)
	onlyAS     = regexp.MustCompile(`^\^([0-9]+)\$$`)
)

func (p *parser) asPathSet(s oc.AsPathSet, at *node) *network.ASPathSet {
	set := &network.ASPathSet{Name: s.AsPathSetName, Span: p.span(at)}
	list := at.get("as-path-list")
	for i, x := range s.AsPathList {
		e := network.ASPathEntry{Sequence: i + 1, Text: x, Span: p.span(list.item(i))}
		switch {
		case leftmostAS.MatchString(x):
			e.Pattern = "^" + leftmostAS.FindStringSubmatch(x)[1] + "( |$)"
		case originAS.MatchString(x):
			e.Pattern = "(^| )" + originAS.FindStringSubmatch(x)[1] + "$"
		case anyAS.MatchString(x):
			e.Pattern = "(^| )" + anyAS.FindStringSubmatch(x)[1] + "( |$)"
		case onlyAS.MatchString(x):
			e.Pattern = x
		default:
			e.Pattern = strings.ReplaceAll(x, "_", "(^|[,{}() ]|$)")
		}
		if _, err := regexp.Compile(e.Pattern); err != nil {
			p.fail(list.item(i), "RE2 syntax, with _ for a gap between AS numbers", "AS path set %s: invalid regular expression %s", s.AsPathSetName, x)
		}
		set.Entries = append(set.Entries, e)
	}
	return set
}
