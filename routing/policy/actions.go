package policy

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/routegate/routegate/network"
)

// compileAction resolves names and expressions once.
func (e *Evaluator) compileAction(a network.Action) func(*evaluation) {
	switch a := a.(type) {
	case network.SetLocalPref:
		return func(ev *evaluation) {
			// An absent value counts as 0 (FRR route_set_local_pref).
			if v, ok := arithmetic(ev.route.Attributes.LocalPref, a.Op, a.Value, false); ok {
				setLocalPref(ev, v)
			}
		}
	case network.SetMED:
		return setMED(a)
	case network.SetWeight:
		return func(ev *evaluation) {
			if ev.route.Attributes.Weight != a.Value {
				ev.attributes().Weight = a.Value
			}
		}
	case network.SetTag:
		return func(ev *evaluation) {
			if ev.route.Attributes.Tag != a.Value {
				ev.attributes().Tag = a.Value
			}
		}
	case network.SetOrigin:
		return func(ev *evaluation) {
			if ev.route.Attributes.Origin != a.Value {
				ev.attributes().Origin = a.Value
			}
		}
	case network.SetDistance:
		return func(ev *evaluation) { ev.route.Distance = a.Value }
	case network.SetMetricType:
		return func(ev *evaluation) { ev.route.MetricType = a.Type }
	case network.SetNextHop:
		return func(ev *evaluation) { setNextHop(ev, a) }
	case network.PrependASPath:
		return func(ev *evaluation) { prependASPath(ev, a) }
	case network.ExcludeASPath:
		return e.excludeASPath(a)
	case network.ReplaceASPath:
		return func(ev *evaluation) {
			with := a.With
			if with == 0 {
				with = ev.route.LocalAS
			}
			setPath(ev, mapAS(ev.route.Attributes.ASPath, func(as uint32) (uint32, bool) {
				if a.Any || slices.Contains(a.AS, as) {
					return with, true
				}
				return as, true
			}))
		}
	case network.SetCommunity:
		return e.setCommunity(a)
	case network.SetLargeCommunity:
		return e.setLargeCommunity(a)
	case network.SetExtCommunity:
		return e.setExtCommunity(a)
	case network.SetAtomicAggregate:
		return func(ev *evaluation) {
			if !ev.route.Attributes.AtomicAggregate {
				ev.attributes().AtomicAggregate = true
			}
		}
	case network.SetAggregator:
		return func(ev *evaluation) {
			if ev.route.Attributes.Aggregator != a.Value {
				ev.attributes().Aggregator = a.Value
			}
		}
	case network.SetOriginatorID:
		return func(ev *evaluation) {
			if ev.route.Attributes.OriginatorID != a.Value {
				ev.attributes().OriginatorID = a.Value
			}
		}
	}
	// SetUnmodelled, and any action that this package does not know.
	return func(ev *evaluation) { ev.doubt("not simulated: "+DescribeAction(a), a.Where()) }
}

// arithmetic changes a number and keeps it in 32 bits: clamped (FRR), or left
// alone where it would leave them (GoBGP's med action fails then).
func arithmetic(old uint32, op network.Arithmetic, v uint32, keep bool) (uint32, bool) {
	switch op {
	case network.Add:
		if sum := old + v; sum >= old {
			return sum, true
		}
		return 1<<32 - 1, !keep
	case network.Subtract:
		if v <= old {
			return old - v, true
		}
		return 0, !keep
	}
	return v, true
}

func setLocalPref(ev *evaluation, v uint32) {
	if a := ev.route.Attributes; a.LocalPref != v || !a.HasLocalPref {
		w := ev.attributes()
		w.LocalPref, w.HasLocalPref = v, true
	}
}

func setMED(a network.SetMED) func(*evaluation) {
	return func(ev *evaluation) {
		v := a.Value
		if a.IGP {
			v = ev.route.IGPMetric
		}
		// FRR adds to 0 where the attribute is absent, whatever its value was before.
		old, base := ev.route.Attributes, uint32(0)
		if old.HasMED {
			base = old.MED
		}
		v, ok := arithmetic(base, a.Op, v, a.KeepOutOfRange)
		if ok && (old.MED != v || !old.HasMED) {
			w := ev.attributes()
			w.MED, w.HasMED = v, true
		}
	}
}

// setNextHop: `peer-address` is the neighbor on import; on export it clears the address, which bgpd puts into the packet
// later, and what matches a next hop from there on sees none. A self or peer that is not known leaves the address to who asked.
func setNextHop(ev *evaluation, a network.SetNextHop) {
	if a.Kind == network.NextHopPreferGlobal {
		ev.route.PreferGlobal = true
		return
	}
	ev.route.NextHopSet, ev.route.NextHopKind = true, a.Kind
	ev.route.NextHopWays |= 1 << a.Kind
	var to netip.Addr
	switch a.Kind {
	case network.NextHopAddress:
		to = a.Address
	case network.NextHopSelf:
		to = ev.route.LocalAddr
	case network.NextHopPeer:
		to = ev.route.Peer
		if ev.route.Direction == Export {
			to = network.FamilyOf(ev.route.Prefix).Default().Addr()
		}
	case network.NextHopNeighbor:
		to = ev.route.Peer
	case network.NextHopUnchanged:
		to = ev.route.OriginalNextHop
	}
	if to.IsValid() && to != ev.route.Attributes.NextHop {
		w := ev.attributes()
		w.NextHop, w.NextHopScope = to.WithZone(""), to.Zone()
	}
}

func prependASPath(ev *evaluation, a network.PrependASPath) {
	path := ev.route.Attributes.ASPath
	if a.ConfedGoes && len(path) > 0 {
		switch {
		case a.LastAS && path[0].Kind != network.ASSequence:
			return
		case !a.LastAS && path[0].Kind == network.ConfedSequence && len(a.AS) > 0:
			path = slices.DeleteFunc(slices.Clone(path), func(s network.ASSegment) bool {
				return s.Kind == network.ConfedSequence || s.Kind == network.ConfedSet
			})
		}
	}
	setPath(ev, prepend(path, prependList(ev, a)))
}

func prependList(ev *evaluation, a network.PrependASPath) []uint32 {
	repeat := max(a.Repeat, 1)
	if a.LastAS {
		as, ok := ev.route.Attributes.ASPath.First()
		if !ok || as == 0 {
			return nil
		}
		return slices.Repeat([]uint32{as}, repeat)
	}
	out := make([]uint32, 0, len(a.AS)*repeat)
	for _, as := range a.AS {
		for range repeat {
			out = append(out, as)
		}
	}
	return out
}

func setPath(ev *evaluation, p network.ASPath) {
	if !reflect.DeepEqual(p, ev.route.Attributes.ASPath) {
		ev.attributes().ASPath = p
	}
}

func (e *Evaluator) excludeASPath(a network.ExcludeASPath) func(*evaluation) {
	set := e.asPathSets[a.Set]
	return func(ev *evaluation) {
		setPath(ev, mapAS(ev.route.Attributes.ASPath, func(as uint32) (uint32, bool) {
			switch {
			case a.All || slices.Contains(a.AS, as):
				return 0, false
			case set != nil:
				accept, certain := set.accepts(network.Sequence(as))
				if !certain {
					ev.doubt(fmt.Sprintf("AS path list %s has an expression that cannot be read", a.Set), a.Where())
				}
				return as, !accept
			}
			return as, true
		}))
	}
}

// editor changes one of the three community attributes.
type editor[T comparable] struct {
	mode   network.EditMode
	values []T
	set    *communitySet
	exprs  []*pattern
	less   func(a, b T) bool
	one    func(T) *network.PathAttributes // the attribute with this one value, for lists
	text   func(T) string                  // for GoBGP's expressions
	span   network.Span
}

func (d *editor[T]) edit(ev *evaluation, old []T) []T {
	switch d.mode {
	case network.AddTo:
		return insert(old, d.values, d.less)
	case network.Replace:
		return insert(nil, d.values, d.less)
	}
	var out []T
	for _, c := range old {
		v := verdictOf(has(d.values, c))
		if d.set != nil {
			v = max(v, d.set.removes(d.one(c)))
		}
		for _, p := range d.exprs {
			v = max(v, p.match(d.text(c)))
		}
		if v == unknown {
			ev.doubt("an expression that cannot be read decides which communities are removed", d.span)
		}
		if v != yes {
			out = append(out, c)
		}
	}
	return out
}

func (e *Evaluator) expressions(list []string) []*pattern {
	var out []*pattern
	for _, p := range list {
		out = append(out, e.pattern(p))
	}
	return out
}

func (e *Evaluator) setCommunity(a network.SetCommunity) func(*evaluation) {
	d := &editor[network.Community]{mode: a.Mode, values: a.Values, exprs: e.expressions(a.Patterns), text: numeric, span: a.Span,
		set:  e.communitySets[communitySetKey{network.StandardCommunity, a.Set}],
		less: func(a, b network.Community) bool { return a < b },
		one: func(c network.Community) *network.PathAttributes {
			return &network.PathAttributes{Communities: []network.Community{c}}
		}}
	return func(ev *evaluation) {
		if n := d.edit(ev, ev.route.Attributes.Communities); !slices.Equal(n, ev.route.Attributes.Communities) {
			ev.attributes().Communities = n
		}
	}
}

func (e *Evaluator) setLargeCommunity(a network.SetLargeCommunity) func(*evaluation) {
	d := &editor[network.LargeCommunity]{mode: a.Mode, values: a.Values, exprs: e.expressions(a.Patterns), text: network.LargeCommunity.String, span: a.Span,
		set:  e.communitySets[communitySetKey{network.LargeCommunityKind, a.Set}],
		less: lessLarge,
		one: func(c network.LargeCommunity) *network.PathAttributes {
			return &network.PathAttributes{Large: []network.LargeCommunity{c}}
		}}
	return func(ev *evaluation) {
		if n := d.edit(ev, ev.route.Attributes.Large); !slices.Equal(n, ev.route.Attributes.Large) {
			ev.attributes().Large = n
		}
	}
}

func (e *Evaluator) setExtCommunity(a network.SetExtCommunity) func(*evaluation) {
	d := &editor[network.ExtCommunity]{mode: a.Mode, values: a.Values, exprs: e.expressions(a.Patterns), text: network.ExtCommunity.String, span: a.Span,
		set:  e.communitySets[communitySetKey{network.ExtCommunityKind, a.Set}],
		less: func(a, b network.ExtCommunity) bool { return a < b },
		one: func(c network.ExtCommunity) *network.PathAttributes {
			return &network.PathAttributes{Ext: []network.ExtCommunity{c}}
		}}
	return func(ev *evaluation) {
		n := d.edit(ev, ev.route.Attributes.Ext)
		if empty := a.LeavesEmpty && len(n) == 0; !slices.Equal(n, ev.route.Attributes.Ext) || empty != ev.route.Attributes.EmptyExt {
			x := ev.attributes()
			x.Ext, x.EmptyExt = n, empty
		}
	}
}

func lessLarge(a, b network.LargeCommunity) bool {
	if a.Global != b.Global {
		return a.Global < b.Global
	}
	if a.Data1 != b.Data1 {
		return a.Data1 < b.Data1
	}
	return a.Data2 < b.Data2
}

// numeric writes a community as two numbers, well-known or not.
func numeric(c network.Community) string {
	return fmt.Sprintf("%d:%d", uint32(c)>>16, uint32(c)&0xFFFF)
}
