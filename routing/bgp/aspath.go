package bgp

import (
	"slices"

	"github.com/routegate/routegate/network"
)

// prepend puts ASes in front of a path, joining a first segment of the same kind
// (RFC 4271 §5.1.2, RFC 5065 §4.1). A first segment that remove-private-AS emptied gives way to the new one, as bgpd's
// does; one that its route map prepended to stays behind, see hollow. The result shares nothing with the argument.
func prepend(p network.ASPath, kind network.SegmentKind, as ...uint32) network.ASPath {
	if len(as) == 0 {
		return p
	}
	if len(p) > 0 && p[0].Kind == kind && len(p[0].AS)+len(as) <= 255 {
		q := slices.Clone(p)
		q[0].AS = slices.Concat(as, p[0].AS)
		return q
	}
	if len(p) > 0 && len(p[0].AS) == 0 {
		return prepend(joined(p[1:]), kind, as...)
	}
	return slices.Concat(network.ASPath{{Kind: kind, AS: slices.Clone(as)}}, p)
}

// withoutConfed removes the leading confederation segments: what leaves the
// confederation shows none (RFC 5065 §4.1 (c)).
func withoutConfed(p network.ASPath) network.ASPath {
	if !slices.ContainsFunc(p, confedSegment) {
		return p
	}
	return slices.DeleteFunc(slices.Clone(p), confedSegment)
}

func confedSegment(s network.ASSegment) bool {
	return s.Kind == network.ConfedSequence || s.Kind == network.ConfedSet
}

// countOutside is how often the AS stands outside of confederation segments.
func countOutside(p network.ASPath, as uint32) int {
	n := 0
	for _, s := range p {
		if !confedSegment(s) {
			for _, a := range s.AS {
				if a == as {
					n++
				}
			}
		}
	}
	return n
}

// countConfed is how often the AS stands in confederation segments.
func countConfed(p network.ASPath, as uint32) int {
	n := 0
	for _, s := range p {
		if confedSegment(s) {
			for _, a := range s.AS {
				if a == as {
					n++
				}
			}
		}
	}
	return n
}

// hasASSet reports AS_SET and AS_CONFED_SET segments (RFC 6472).
func hasASSet(p network.ASPath) bool {
	return slices.ContainsFunc(p, func(s network.ASSegment) bool {
		return s.Kind == network.ASSet || s.Kind == network.ConfedSet
	})
}

func allPrivate(p network.ASPath) bool {
	for _, s := range p {
		for _, as := range s.AS {
			if !network.IsPrivateAS(as) {
				return false
			}
		}
	}
	return len(p) > 0
}

// withoutPrivate is remove-private-AS in its four forms. The peer's own AS stays where it is in
// the path, so that the peer can see the loop (FRR aspath_remove_private_asns; GoBGP keeps none: 0). In place: a
// segment of which nothing is left stays, empty (FRR), see hollow.
func withoutPrivate(p network.ASPath, how network.RemovePrivateAS, local, peer uint32, inPlace bool) network.ASPath {
	switch how {
	case network.KeepPrivateAS:
		return p
	case network.RemoveIfAllPrivate, network.ReplaceIfAllPrivate:
		if !allPrivate(p) {
			return p
		}
	}
	replace := how == network.ReplaceIfAllPrivate || how == network.ReplaceAllPrivate
	var out network.ASPath
	for _, s := range p {
		as := make([]uint32, 0, len(s.AS))
		for _, a := range s.AS {
			switch {
			case !network.IsPrivateAS(a) || a == peer:
				as = append(as, a)
			case replace:
				as = append(as, local)
			}
		}
		if len(as) > 0 || inPlace {
			out = append(out, onceEach(network.ASSegment{Kind: s.Kind, AS: as}))
		}
	}
	if len(out) == 1 && len(out[0].AS) == 0 && out[0].Kind == network.ASSequence {
		return nil
	}
	return joined(out)
}

// joined puts neighboring sequences together, as they are after a segment between vanished.
func joined(p network.ASPath) network.ASPath {
	var out network.ASPath
	for _, s := range p {
		if n := len(out); n > 0 && out[n-1].Kind == network.ASSequence && s.Kind == network.ASSequence {
			out[n-1].AS = slices.Concat(out[n-1].AS, s.AS)
			continue
		}
		out = append(out, s)
	}
	return out
}

// replaced puts one AS for another everywhere (as-override, GoBGP replace-peer-as).
func replaced(p network.ASPath, from, to uint32) network.ASPath {
	if p.Count(from) == 0 {
		return p
	}
	out := slices.Clone(p)
	for i := range out {
		out[i].AS = slices.Clone(out[i].AS)
		for j, a := range out[i].AS {
			if a == from {
				out[i].AS[j] = to
			}
		}
		out[i] = onceEach(out[i])
	}
	return out
}

// onceEach makes a set of what was put into an AS_SET: bgpd sends an AS twice that stands for two, and who receives it sees one.
func onceEach(s network.ASSegment) network.ASSegment {
	if s.Kind == network.ASSet || s.Kind == network.ConfedSet {
		slices.Sort(s.AS)
		s.AS = slices.Compact(s.AS)
	}
	return s
}

// neighborAS is the leftmost AS where the first segment outside of the confederation is a
// sequence: between two routes with the same one MED is comparable (RFC 4271 §9.1.2.2 (c)).
func neighborAS(p network.ASPath) uint32 {
	for _, s := range p {
		if confedSegment(s) {
			continue
		}
		if s.Kind == network.ASSequence && len(s.AS) > 0 {
			return s.AS[0]
		}
		return 0
	}
	return 0
}

// neighborMember is the leftmost member AS of a path that starts with AS_CONFED_SEQUENCE.
func neighborMember(p network.ASPath) uint32 {
	if len(p) > 0 && p[0].Kind == network.ConfedSequence && len(p[0].AS) > 0 {
		return p[0].AS[0]
	}
	return 0
}
