package policy

import (
	"github.com/routegate/routegate/network"
)

// program turns what a program mentions into what the space of routes is made of:
// the comparisons in it are conditions, and its constants the values that are tried. A finite list
// of routes cannot be shown to cover a program.
func (m *material) program(e *Evaluator, p *network.Program) {
	m.programs = true
	c := constants{m: m, e: e}
	walk(p, c.instruction, c.expression)
	for _, x := range []struct {
		of     network.ValueKind
		action network.Action
	}{
		{network.PairValue, network.SetCommunity{Mode: network.AddTo, Values: unique(c.communities)}},
		{network.LargeValue, network.SetLargeCommunity{Mode: network.AddTo, Values: unique(c.large)}},
		{network.ExtValue, network.SetExtCommunity{Mode: network.AddTo, Values: unique(c.ext)}},
		{network.NumberValue, network.ExcludeASPath{AS: unique(c.as)}},
	} {
		if c.seen[x.of] {
			m.actions = append(m.actions, x.action)
		}
	}
	for _, v := range unique(c.numbers) {
		for _, n := range []network.Condition{network.MatchMED{Value: v}, network.MatchLocalPref{Value: v}, network.MatchTag{Value: v}} {
			m.conditions = append(m.conditions, condition{n, func(*evaluation) verdict { return no }, 0, e})
		}
		if v < 64 {
			m.lengths = append(m.lengths, int(v))
			m.conditions = append(m.conditions, condition{network.MatchASPathLength{Value: v}, func(*evaluation) verdict { return no }, 0, e})
		}
	}
}

// constants collects what stands in a program.
type constants struct {
	m           *material
	e           *Evaluator
	seen        map[network.ValueKind]bool
	communities []network.Community
	large       []network.LargeCommunity
	ext         []network.ExtCommunity
	as, numbers []uint32
}

func (c *constants) instruction(in *network.Instruction) {
	if in.Do == network.DoSet || in.Do == network.DoUnset {
		c.m.writes |= attributeInputs[in.Attribute.Of]
	}
}

func (c *constants) expression(x *network.Expression) {
	switch x.Op {
	case network.OpConstant:
		c.value(&x.Value)
	case network.OpAttribute:
		c.m.reads |= attributeInputs[x.Attribute.Of]
	case network.OpROA:
		c.m.reads |= ReadsRPKI
		for _, s := range []string{"valid", "invalid"} {
			c.m.conditions = append(c.m.conditions, condition{network.MatchRPKI{State: s}, func(*evaluation) verdict { return no }, 0, c.e})
		}
	case network.OpPair:
		c.communities = append(c.communities, pairOf(x)...)
	case network.OpEqual, network.OpNotEqual, network.OpLess, network.OpLessOrEqual, network.OpMatch, network.OpNotMatch:
		c.comparison(x)
	}
}

// pairOf is the community that is made of one number that is known: any other takes the place of the rest.
func pairOf(x *network.Expression) []network.Community {
	n := [2]uint64{199, 199}
	for i, a := range x.Args {
		if a.Op == network.OpConstant {
			n[i] = a.Value.Number & 0xFFFF
		}
	}
	return []network.Community{network.Community(n[0]<<16 | n[1])}
}

func (c *constants) value(v *network.Value) {
	if c.seen == nil {
		c.seen = map[network.ValueKind]bool{}
	}
	switch v.Kind {
	case network.NumberValue:
		c.number(uint32(v.Number))
	case network.PairValue:
		c.seen[v.Kind] = true
		c.communities = append(c.communities, network.Community(v.Number))
	case network.LargeValue:
		c.seen[v.Kind] = true
		c.large = append(c.large, v.Large)
	case network.ExtValue:
		c.seen[v.Kind] = true
		c.ext = append(c.ext, network.ExtCommunity(v.Number))
	case network.SetValue:
		c.ranges(v.Ranges)
	case network.PrefixSetValue, network.PrefixValue:
		if s := asPrefixSet(v); s != nil && !c.m.sets[s] {
			c.m.sets[s] = true
			c.m.ranges = append(c.m.ranges, s.Entries...)
		}
	case network.AddressValue:
		for _, n := range []network.Condition{network.MatchNextHop{Address: v.Address}, network.MatchNeighbor{Address: v.Address}} {
			c.m.conditions = append(c.m.conditions, condition{n, func(*evaluation) verdict { return no }, 0, c.e})
		}
	case network.MaskValue:
		for _, it := range v.Mask {
			switch {
			case it.Kind == network.MaskAS && it.Value == nil:
				c.as = append(c.as, it.From)
				c.seen[network.NumberValue] = true
			case it.Kind == network.MaskSet:
				c.ranges(it.Ranges)
			}
		}
	}
}

func (c *constants) number(n uint32) {
	c.seen[network.NumberValue] = true
	c.numbers = append(c.numbers, n)
	if n > 64 && len(c.as) < maxClasses {
		c.as = append(c.as, n)
	}
}

func (c *constants) ranges(list []network.ValueRange) {
	for i := range list[:min(len(list), maxClasses)] {
		c.value(&list[i].From)
		c.value(&list[i].To)
	}
}

// comparison makes a condition of a comparison that no variable takes part in.
func (c *constants) comparison(x *network.Expression) {
	free := true
	var in Input
	walkExpression(x, func(y *network.Expression) {
		switch y.Op {
		case network.OpLocal, network.OpCall, network.OpUnknown:
			free = false
		case network.OpAttribute:
			in |= attributeInputs[y.Attribute.Of]
		}
	})
	if !free {
		return
	}
	run := c.e.expression(x)
	c.m.conditions = append(c.m.conditions, condition{network.MatchUnmodelled{Text: x.String()}, func(ev *evaluation) verdict {
		f := &frame{ev: ev, policy: &compiledPolicy{Policy: &network.Policy{}, program: &program{}}, run: &programRun{}}
		v := run(f)
		ev.doubts = nil
		if f.failed() {
			return unknown
		}
		return verdictOf(v.n != 0)
	}, in, c.e})
}
