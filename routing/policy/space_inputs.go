package policy

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// maxClasses bounds the values of one input that is a list.
const maxClasses = 64

// paths finds AS paths that the expressions tell apart. Exact where every expression is
// about one AS (^65001$, _65001_ and the like) and there are few of them.
func (s *space) paths(m *material) {
	if !(m.reads | m.writes).Has(ReadsASPath) {
		return
	}
	const other = uint32(65551)
	simple := !m.writes.Has(ReadsASPath)
	var as []uint32
	var tries []network.ASPath
	if s.base.Attributes.ASPath != nil {
		tries = append(tries, s.base.Attributes.ASPath)
	}
	tries = append(tries, network.Sequence(other), nil)
	var long []network.ASPath
	for _, c := range m.conditions {
		switch mc := c.Condition.(type) {
		case network.MatchASPathLength:
			simple = false
			for n := int(mc.Value) - 1; n <= int(mc.Value)+1; n++ {
				if n > 0 && n < 256 {
					long = append(long, network.Sequence(slices.Repeat([]uint32{other}, n)...))
				}
			}
		case network.MatchASPath:
			set := c.e.asPathSets[mc.Set]
			if set == nil {
				continue
			}
			for _, p := range set.patterns {
				as = append(as, mentionedAS(p.text)...)
				if p.simple == nil {
					simple = false
					long = append(long, samplePaths(p.text)...)
				}
			}
		}
	}
	for _, a := range m.actions {
		switch a := a.(type) {
		case network.ExcludeASPath:
			as = append(as, a.AS...)
		case network.ReplaceASPath:
			as = append(as, a.AS...)
		}
	}
	as = unique(as)
	if len(as) > 4 || !simple {
		s.doubtful("AS path expressions were tried on sample paths")
	}
	for _, x := range as {
		tries = append(tries, network.Sequence(x), network.Sequence(x, other), network.Sequence(other, x), network.Sequence(other, x, other), network.Sequence(x, x))
	}
	if len(as) <= 4 {
		tries = append(tries, pathsOver(as, other)...)
	}
	tries = append(tries, long...)
	// A set in the path makes other text than a sequence.
	if len(as) > 0 {
		tries = append(tries, network.ASPath{{AS: []uint32{other}}, {Kind: network.ASSet, AS: as[:1]}})
	}
	seen := map[string]bool{}
	var reps []network.ASPath
	for _, p := range tries {
		k := s.signature(m, ReadsASPath, func(_ *Route, a *network.PathAttributes) { a.ASPath = p })
		for _, a := range m.actions {
			k += pathSignature(a, p)
		}
		if !seen[k] && len(reps) < maxClasses {
			seen[k] = true
			reps = append(reps, p)
		}
	}
	add(s, ReadsASPath, reps, func(_ *Route, a *network.PathAttributes, p network.ASPath) { a.ASPath = p })
}

// pathSignature tells paths apart that an action treats differently.
func pathSignature(a network.Action, p network.ASPath) string {
	mark := func(b bool) string {
		if b {
			return "1"
		}
		return "0"
	}
	switch a := a.(type) {
	case network.PrependASPath:
		return mark(len(p) == 0) + mark(len(p) > 0 && p[0].Kind == network.ConfedSequence)
	case network.ExcludeASPath:
		var t string
		for _, as := range a.AS {
			t += mark(p.Count(as) > 0)
		}
		return t
	case network.ReplaceASPath:
		t := mark(len(p) == 0)
		for _, as := range a.AS {
			t += mark(p.Count(as) > 0)
		}
		return t
	}
	return ""
}

// pathsOver makes every combination of first AS, last AS and set of contained ASes.
func pathsOver(as []uint32, other uint32) []network.ASPath {
	ends := append([]uint32{other}, as...)
	var out []network.ASPath
	for _, first := range ends {
		for _, last := range ends {
			for subset := range 1 << len(as) {
				path := []uint32{first}
				for i, x := range as {
					if subset&(1<<i) != 0 {
						path = append(path, x)
					}
				}
				out = append(out, network.Sequence(append(path, last)...))
			}
		}
	}
	return out
}

// numbers makes dimensions of the plain attributes: the values that are mentioned, one
// that is not, and several where arithmetic is done on them.
func (s *space) numbers(m *material) {
	type field struct {
		in  Input
		set func(*network.PathAttributes, uint32)
		// plain is the base value: absent where the attribute may be absent.
		absent bool
	}
	fields := []field{
		{ReadsLocalPref, func(a *network.PathAttributes, v uint32) { a.LocalPref, a.HasLocalPref = v, true }, !s.base.Attributes.HasLocalPref},
		{ReadsMED, func(a *network.PathAttributes, v uint32) { a.MED, a.HasMED = v, true }, true},
		{ReadsTag, func(a *network.PathAttributes, v uint32) { a.Tag = v }, true},
	}
	for _, f := range fields {
		if !(m.reads | m.writes).Has(f.in) {
			continue
		}
		var vals []uint32
		arithmetic := false
		for _, c := range m.conditions {
			switch c := c.Condition.(type) {
			case network.MatchLocalPref:
				vals = appendIf(vals, f.in == ReadsLocalPref, c.Value)
			case network.MatchMED:
				vals = appendIf(vals, f.in == ReadsMED, c.Value)
			case network.MatchTag:
				vals = appendIf(vals, f.in == ReadsTag, c.Value)
			}
		}
		mentioned := slices.Clone(vals)
		for _, a := range m.actions {
			switch a := a.(type) {
			case network.SetLocalPref:
				arithmetic = arithmetic || f.in == ReadsLocalPref && a.Op != network.Assign
				mentioned = append(mentioned, a.Value)
			case network.SetMED:
				arithmetic = arithmetic || f.in == ReadsMED && a.Op != network.Assign
				mentioned = append(mentioned, a.Value)
			}
		}
		if arithmetic && m.reads.Has(f.in) {
			s.doubtful("a number is changed and then compared")
		}
		plain := uint32(100)
		for slices.Contains(mentioned, plain) {
			plain += 37
		}
		tries := append([]uint32{plain}, unique(vals)...)
		if arithmetic {
			tries = append(tries, plain+4001, 1<<32-2)
		}
		sets := make([]func(*network.PathAttributes), 0, len(tries)+1)
		if f.absent {
			sets = append(sets, func(*network.PathAttributes) {})
		}
		for _, v := range tries[:min(len(tries), maxClasses)] {
			sets = append(sets, func(a *network.PathAttributes) { f.set(a, v) })
		}
		add(s, f.in, sets, func(_ *Route, a *network.PathAttributes, set func(*network.PathAttributes)) { set(a) })
	}
	if (m.reads | m.writes).Has(ReadsOrigin) {
		add(s, ReadsOrigin, []network.Origin{network.OriginIGP, network.OriginEGP, network.OriginIncomplete},
			func(_ *Route, a *network.PathAttributes, o network.Origin) { a.Origin = o })
	}
	for _, a := range m.actions {
		if _, ok := a.(network.SetWeight); ok {
			add(s, 0, []uint32{0, 4001}, func(_ *Route, a *network.PathAttributes, w uint32) { a.Weight = w })
			break
		}
	}
}

func appendIf(list []uint32, ok bool, v uint32) []uint32 {
	if ok {
		return append(list, v)
	}
	return list
}

// context makes dimensions of what is not an attribute.
func (s *space) context(m *material, o Options) {
	if m.reads.Has(ReadsNextHop) {
		s.nextHops(m)
	}
	if m.reads.Has(ReadsPeer) && !o.FixedPeer {
		s.peers(m)
	}
	if m.reads.Has(ReadsType) && !o.FixedType {
		types := []network.RouteType{s.base.Type}
		for _, t := range []network.RouteType{network.RouteExternal, network.RouteInternal, network.RouteLocal} {
			if t != s.base.Type {
				types = append(types, t)
			}
		}
		add(s, ReadsType, types, func(r *Route, _ *network.PathAttributes, t network.RouteType) { r.Type = t })
	}
	var protocols []network.Protocol
	interfaces, states := []string{s.base.Interface}, []string{s.base.RPKI}
	for _, c := range m.conditions {
		switch c := c.Condition.(type) {
		case network.MatchSource:
			protocols = append(protocols, c.Protocol)
		case network.MatchInterface:
			interfaces = append(interfaces, c.Interface)
		case network.MatchRPKI:
			states = append(states, c.State)
		}
	}
	if len(protocols) > 0 && s.base.Direction != Redistribute {
		protocols = unique(append([]network.Protocol{s.base.Protocol, network.Static, network.Connected, network.OSPFv2, network.BGPProtocol}, protocols...))
		add(s, ReadsProtocol, protocols, func(r *Route, _ *network.PathAttributes, p network.Protocol) { r.Protocol = p })
	}
	if len(interfaces) > 1 {
		add(s, ReadsInterface, unique(interfaces), func(r *Route, _ *network.PathAttributes, i string) { r.Interface = i })
	}
	if len(states) > 1 {
		add(s, ReadsRPKI, unique(states), func(r *Route, _ *network.PathAttributes, st string) { r.RPKI = st })
	}
	for _, a := range m.actions {
		if a, ok := a.(network.SetMED); ok && a.IGP {
			add(s, ReadsIGPMetric, []uint32{17, 4003}, func(r *Route, _ *network.PathAttributes, v uint32) { r.IGPMetric = v })
			break
		}
	}
}

// hosts are addresses that the prefix sets and addresses of conditions tell apart.
func (s *space) hosts(m *material, in Input, direct []netip.Addr, set func(*Route, *network.PathAttributes, netip.Addr)) []netip.Addr {
	var reps []netip.Addr
	seen := map[string]bool{}
	try := func(a netip.Addr) {
		k := s.signature(m, in, func(r *Route, at *network.PathAttributes) { set(r, at, a) })
		if !seen[k] && len(reps) < maxClasses {
			seen[k] = true
			reps = append(reps, a)
		}
	}
	var ranges []network.PrefixRange
	for _, c := range m.conditions {
		if !c.input.Has(in) {
			continue
		}
		var k prefixSetKey
		switch c := c.Condition.(type) {
		case network.MatchNextHop:
			k = prefixSetKey{c.Kind, c.Set}
		case network.MatchRouteSource:
			k = prefixSetKey{c.Kind, c.Set}
		}
		if set := c.e.prefixSets[k]; set != nil {
			ranges = append(ranges, set.Entries...)
		}
	}
	for _, a := range direct {
		try(a)
	}
	for _, f := range network.Families {
		cells(f, ranges, []int{f.Bits()}, func(p netip.Prefix) bool {
			if p.Bits() == f.Bits() {
				try(p.Addr())
			}
			return true
		})
	}
	return reps
}

func (s *space) nextHops(m *material) {
	direct := []netip.Addr{s.base.Attributes.NextHop}
	for _, c := range m.conditions {
		if c, ok := c.Condition.(network.MatchNextHop); ok {
			if c.Address.IsValid() {
				direct = append(direct, c.Address)
			}
			for _, p := range c.Prefixes {
				direct = append(direct, p.Addr())
			}
		}
	}
	set := func(_ *Route, a *network.PathAttributes, nh netip.Addr) { a.NextHop = nh }
	add(s, ReadsNextHop, s.hosts(m, ReadsNextHop, direct, set), set)
}

func (s *space) peers(m *material) {
	direct := []netip.Addr{s.base.Peer}
	for _, c := range m.conditions {
		if mn, ok := c.Condition.(network.MatchNeighbor); ok {
			if mn.Address.IsValid() {
				direct = append(direct, mn.Address)
			}
			if set := c.e.neighborSets[mn.Set]; set != nil {
				for _, p := range set.Prefixes {
					direct = append(direct, p.Addr())
				}
			}
		}
	}
	set := func(r *Route, _ *network.PathAttributes, a netip.Addr) { r.Peer = a }
	add(s, ReadsPeer, s.hosts(m, ReadsPeer, direct, set), set)
}
