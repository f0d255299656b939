package network

import (
	"fmt"
	"strconv"
	"strings"
)

var attributeNames = [...]string{"net", "from", "gw", "ifname", "proto", "source", "dest", "scope", "preference", "bgp_path", "bgp_next_hop",
	"bgp_local_pref", "bgp_med", "bgp_origin", "bgp_community", "bgp_large_community", "bgp_ext_community", "bgp_originator_id",
	"bgp_cluster_list", "bgp_atomic_aggr", "bgp_aggregator", "bgp_otc", "bgp_aigp", "igp_metric", "ospf_metric1", "ospf_metric2", "ospf_tag"}

// String is the attribute's name in programs.
func (a Attribute) String() string {
	if a.Of == OfOther {
		return a.Name
	}
	return attributeNames[a.Of]
}

var operationNames = map[Operation]string{OpAnd: "&&", OpOr: "||", OpNot: "!", OpAdd: "+", OpSubtract: "-", OpMultiply: "*", OpDivide: "/", OpEqual: "=",
	OpNotEqual: "!=", OpLess: "<", OpLessOrEqual: "<=", OpMatch: "~", OpNotMatch: "!~", OpDefined: "defined", OpMask: "mask",
	OpPrepend: "prepend", OpInsert: "add", OpRemove: "delete", OpKeep: "filter", OpROA: "roa_check", OpText: "format"}

// String is the operation's sign or name.
func (o Operation) String() string { return operationNames[o] }

// String is the expression in BIRD's language, constants and functions' names included.
func (x *Expression) String() string {
	if x == nil {
		return ""
	}
	arg := func(i int) string {
		a := x.Args[i]
		if infix(a.Op) && len(a.Args) == 2 {
			return "(" + a.String() + ")"
		}
		return a.String()
	}
	all := func() string {
		var out []string
		for _, a := range x.Args {
			out = append(out, a.String())
		}
		return strings.Join(out, ", ")
	}
	switch x.Op {
	case OpConstant:
		return x.Value.String()
	case OpAttribute:
		return x.Attribute.String()
	case OpLocal:
		return "$" + strconv.Itoa(x.Local)
	case OpCall:
		return x.Name + "(" + all() + ")"
	case OpNot:
		return "!" + arg(0)
	case OpMember:
		return arg(0) + "." + x.Name
	case OpMask:
		return arg(0) + ".mask(" + x.Args[1].String() + ")"
	case OpPair, OpLarge:
		return "(" + all() + ")"
	case OpExt:
		return "(" + x.Name + ", " + all() + ")"
	case OpROA:
		return "roa_check(" + x.Name + ")"
	case OpUnknown:
		return x.Name
	}
	if infix(x.Op) {
		return arg(0) + " " + x.Op.String() + " " + arg(1)
	}
	return x.Op.String() + "(" + all() + ")"
}

func infix(o Operation) bool {
	return o >= OpAnd && o <= OpNotMatch && o != OpNot
}

// String is the value as it stands in a configuration.
func (v *Value) String() string {
	switch v.Kind {
	case BoolValue:
		return strconv.FormatBool(v.Number != 0)
	case PairValue:
		return fmt.Sprintf("(%d,%d)", v.Number>>16, v.Number&0xFFFF)
	case AddressValue:
		return v.Address.String()
	case QuadValue:
		return fmt.Sprintf("%d.%d.%d.%d", byte(v.Number>>24), byte(v.Number>>16), byte(v.Number>>8), byte(v.Number))
	case PrefixValue:
		return v.Prefix.String()
	case EnumValue:
		return v.Text
	case StringValue:
		return strconv.Quote(v.Text)
	case PathValue:
		return "+empty+"
	case CommunitiesValue:
		return "-empty-"
	case ExtListValue:
		return "--empty--"
	case LargeListValue:
		return "---empty---"
	case LargeValue:
		return fmt.Sprintf("(%d,%d,%d)", v.Large.Global, v.Large.Data1, v.Large.Data2)
	case ExtValue:
		return "(" + strings.ReplaceAll(ExtCommunity(v.Number).String(), ":", ",") + ")"
	case SetValue:
		return "[" + rangesText(v.Ranges) + "]"
	case PrefixSetValue:
		return prefixesText(v.Prefixes)
	case MaskValue:
		return maskText(v.Mask)
	case VoidValue:
		return "void"
	}
	return strconv.FormatUint(v.Number, 10)
}

func rangesText(r []ValueRange) string {
	var out []string
	for i := range r {
		if t := r[i].From.String(); t == r[i].To.String() {
			out = append(out, t)
		} else {
			out = append(out, t+".."+r[i].To.String())
		}
	}
	return strings.Join(out, ", ")
}

func prefixesText(s *PrefixSet) string {
	if s == nil {
		return "[]"
	}
	var out []string
	for _, e := range s.Entries {
		t := e.Prefix.String()
		if b := uint8(e.Prefix.Bits()); e.Min != b || e.Max != b {
			t += fmt.Sprintf("{%d,%d}", e.Min, e.Max)
		}
		out = append(out, t)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func maskText(items []MaskItem) string {
	out := []string{"[="}
	for _, it := range items {
		switch {
		case it.Kind == MaskAny:
			out = append(out, "*")
		case it.Kind == MaskOne:
			out = append(out, "?")
		case it.Kind == MaskMore:
			out = append(out, "+")
		case it.Kind == MaskSet:
			out = append(out, "["+rangesText(it.Ranges)+"]")
		case it.Value != nil:
			out = append(out, "("+it.Value.String()+")")
		case it.From != it.To:
			out = append(out, fmt.Sprintf("%d..%d", it.From, it.To))
		default:
			out = append(out, strconv.FormatUint(uint64(it.From), 10))
		}
	}
	return strings.Join(append(out, "=]"), " ")
}

// String is the program as indented text, that of the functions first: two programs of the
// same text do the same.
func (p *Program) String() string {
	var b strings.Builder
	for _, f := range p.Functions {
		fmt.Fprintf(&b, "function %s(%d)\n", f.Name, f.Parameters)
		writeBlock(&b, f.Body, "\t")
	}
	writeBlock(&b, p.Body, "")
	return b.String()
}

func writeBlock(b *strings.Builder, list []Instruction, indent string) {
	for i := range list {
		in := &list[i]
		b.WriteString(indent)
		switch in.Do {
		case DoAccept:
			b.WriteString("accept\n")
		case DoReject:
			b.WriteString("reject\n")
		case DoFail:
			b.WriteString("error\n")
		case DoReturn:
			fmt.Fprintf(b, "return %s\n", in.Value)
		case DoIf:
			fmt.Fprintf(b, "if %s\n", in.Value)
			writeBlock(b, in.Then, indent+"\t")
			if len(in.Else) > 0 {
				b.WriteString(indent + "else\n")
				writeBlock(b, in.Else, indent+"\t")
			}
		case DoCase:
			fmt.Fprintf(b, "case %s\n", in.Value)
			for _, c := range in.Cases {
				fmt.Fprintf(b, "%s%s:\n", indent, c.Set)
				writeBlock(b, c.Then, indent+"\t")
			}
			if len(in.Else) > 0 {
				b.WriteString(indent + "else:\n")
				writeBlock(b, in.Else, indent+"\t")
			}
		case DoFor:
			fmt.Fprintf(b, "for $%d in %s\n", in.Local, in.Value)
			writeBlock(b, in.Then, indent+"\t")
		case DoSet:
			fmt.Fprintf(b, "%s = %s\n", in.Attribute, in.Value)
		case DoUnset:
			fmt.Fprintf(b, "unset(%s)\n", in.Attribute)
		case DoLocal:
			fmt.Fprintf(b, "$%d = %s\n", in.Local, in.Value)
		case DoRun:
			fmt.Fprintf(b, "%s\n", in.Value)
		}
	}
}
