package policy

import "github.com/routegate/routegate/network"

// walk visits every instruction and expression of a program, its functions included.
func walk(p *network.Program, do func(*network.Instruction), see func(*network.Expression)) {
	for _, f := range p.Functions {
		walkBlock(f.Body, do, see)
	}
	walkBlock(p.Body, do, see)
}

func walkBlock(list []network.Instruction, do func(*network.Instruction), see func(*network.Expression)) {
	for i := range list {
		in := &list[i]
		do(in)
		walkExpression(in.Value, see)
		for _, c := range in.Cases {
			walkExpression(c.Set, see)
			walkBlock(c.Then, do, see)
		}
		walkBlock(in.Then, do, see)
		walkBlock(in.Else, do, see)
	}
}

func walkExpression(x *network.Expression, see func(*network.Expression)) {
	if x == nil {
		return
	}
	see(x)
	for _, a := range x.Args {
		walkExpression(a, see)
	}
	for i := range x.Value.Mask {
		walkExpression(x.Value.Mask[i].Value, see)
	}
}

// attributeInputs are what the attributes are inputs of.
var attributeInputs = map[network.AttributeOf]Input{
	network.OfPrefix: ReadsPrefix, network.OfNeighbor: ReadsPeer, network.OfGateway: ReadsNextHop, network.OfInterface: ReadsInterface,
	network.OfProtocolName: ReadsProtocol | ReadsPeer, network.OfSource: ReadsProtocol | ReadsType, network.OfDestination: ReadsProtocol,
	network.OfPreference: ReadsTag, network.OfPath: ReadsASPath, network.OfNextHop: ReadsNextHop, network.OfLocalPref: ReadsLocalPref,
	network.OfMED: ReadsMED, network.OfOrigin: ReadsOrigin, network.OfCommunities: ReadsCommunities, network.OfLarge: ReadsLarge,
	network.OfExt: ReadsExt, network.OfOriginatorID: ReadsASPath, network.OfClusterList: ReadsASPath, network.OfIGPMetric: ReadsIGPMetric,
	network.OfAtomicAggregate: ReadsASPath, network.OfAggregator: ReadsASPath, network.OfOTC: ReadsASPath, network.OfOSPFTag: ReadsTag,
	network.OfOSPFMetric1: ReadsMED, network.OfOSPFMetric2: ReadsMED,
}

// program notes what a program looks at. A prefix that is only ever held against sets and
// constants lets prefixes be taken together; any other use of it makes each its own case.
func (r *reader) program(p *network.Program) {
	tested := map[*network.Expression]bool{}
	walk(p, func(*network.Instruction) {}, func(x *network.Expression) {
		switch x.Op {
		case network.OpMatch, network.OpNotMatch:
			left, right := x.Args[0], x.Args[1]
			if left.Op == network.OpAttribute && left.Attribute.Of == network.OfPrefix && right.Op == network.OpConstant {
				if s := asPrefixSet(&right.Value); s != nil {
					tested[left] = true
					r.out.Prefixes = append(r.out.Prefixes, s)
				}
			}
		case network.OpMember:
			if a := x.Args[0]; a.Op == network.OpAttribute && a.Attribute.Of == network.OfPrefix {
				switch x.Name {
				case "len":
					tested[a], r.out.Lengths = true, true
				case "type":
					tested[a], r.out.Families = true, true
				}
			}
		case network.OpROA:
			r.out.Inputs |= ReadsRPKI | ReadsPrefix | ReadsASPath
			r.out.Every = true
		case network.OpUnknown:
			r.out.Inputs |= ReadsUnknown
		case network.OpAttribute:
			r.out.Inputs |= attributeInputs[x.Attribute.Of]
			if x.Attribute.Of == network.OfPrefix && !tested[x] {
				r.out.Prefixes = append(r.out.Prefixes, everyPrefix)
				r.out.Every = true
			}
		}
	})
}

// everyPrefix is the set that tells all prefixes apart: who takes prefixes together by the sets
// that they are in must not do so with it.
var everyPrefix = &network.PrefixSet{Name: "every prefix for itself"}

// asPrefixSet is the set that a constant stands for; nil where it is none.
func asPrefixSet(v *network.Value) *network.PrefixSet {
	switch v.Kind {
	case network.PrefixSetValue:
		return v.Prefixes
	case network.PrefixValue:
		b := v.Prefix
		return &network.PrefixSet{Name: b.String(), Entries: []network.PrefixRange{{Prefix: b, Min: uint8(b.Bits()), Max: uint8(b.Addr().BitLen())}}}
	}
	return nil
}
