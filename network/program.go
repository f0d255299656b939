package network

import "net/netip"

// Program is a policy written in a programming language (BIRD's filters) in place of
// Statements: instructions that run over a route until one accepts or rejects it. What ends
// without doing so, or fails on the way, is rejected. Names are resolved: constants
// are put in, variables are numbered.
type Program struct {
	Body      []Instruction
	Locals    int         // variables of the program itself
	Functions []*Function // those that it can call, directly or not; sorted by Name
}

// Function finds a function by name; nil when there is none.
func (p *Program) Function(name string) *Function {
	for _, f := range p.Functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Function is a named part of programs. Its parameters are its first variables.
type Function struct {
	Name       string
	Parameters int
	Locals     int // variables, parameters included
	Body       []Instruction
	Span       Span
}

// Do is what an instruction does.
type Do uint8

const (
	DoAccept Do = iota
	DoReject
	DoReturn // Value, or nothing where it is nil
	DoIf     // Value; Then, Else
	DoCase   // Value; Cases, Else
	DoFor    // Value: the list; Local takes each element; Then
	DoSet    // Attribute = Value
	DoUnset  // Attribute
	DoLocal  // Local = Value; void where it is nil
	DoRun    // Value, for what it does
	// DoFail ends the program by an error: the route is rejected.
	DoFail
)

// Instruction is one step of a program.
type Instruction struct {
	Pos
	Do         Do
	Attribute  Attribute
	Local      int
	Value      *Expression
	Then, Else []Instruction
	Cases      []Case
}

// Case is one branch of DoCase: taken where the value is in the set.
type Case struct {
	Set  *Expression
	Then []Instruction
}

// Attribute is something of a route that programs read or write.
type Attribute struct {
	Of   AttributeOf
	Name string // of custom and unsimulated attributes
	Type ValueKind
}

// AttributeOf names an attribute.
type AttributeOf uint8

const (
	OfPrefix AttributeOf = iota
	OfNeighbor
	OfGateway
	OfInterface
	OfProtocolName
	OfSource      // the kind of protocol: EnumSource
	OfDestination // EnumDestination
	OfScope
	OfPreference
	OfPath
	OfNextHop
	OfLocalPref
	OfMED
	OfOrigin
	OfCommunities
	OfLarge
	OfExt
	OfOriginatorID
	OfClusterList
	OfAtomicAggregate
	OfAggregator
	OfOTC
	OfAIGP
	OfIGPMetric
	OfOSPFMetric1
	OfOSPFMetric2
	OfOSPFTag
	OfOther // Name; kept within one run only
)

// Operation is how an expression is computed of its arguments.
type Operation uint8

const (
	OpConstant Operation = iota
	OpAttribute
	OpLocal
	OpCall
	OpAnd // the second argument is computed where the first does not decide
	OpOr
	OpNot
	OpAdd
	OpSubtract
	OpMultiply
	OpDivide
	OpEqual
	OpNotEqual
	OpLess
	OpLessOrEqual
	OpMatch // the first argument is in, or matches, the second
	OpNotMatch
	OpDefined
	OpMember  // Member of the only argument
	OpMask    // an address cut to a length
	OpPrepend // an AS in front of a path
	OpInsert  // into a list
	OpRemove  // from a list or path
	OpKeep    // what is in the set alone
	OpPair    // of two numbers
	OpLarge   // of three
	OpExt     // Name is the kind; of two
	OpROA     // validation of prefix and origin (RFC 6811)
	OpText    // the value as text
	OpUnknown // not simulated; Name says what
)

// Expression computes a value.
type Expression struct {
	Pos
	Op        Operation
	Args      []*Expression
	Value     Value     // of OpConstant
	Attribute Attribute // of OpAttribute
	Local     int       // of OpLocal
	Name      string    // of OpCall, OpMember, OpExt, OpROA (the table), OpUnknown
}

// ValueKind is the type of a value.
type ValueKind uint8

const (
	VoidValue ValueKind = iota
	BoolValue
	NumberValue
	PairValue // a standard community
	QuadValue // a router id
	AddressValue
	PrefixValue
	EnumValue
	StringValue
	PathValue
	MaskValue
	CommunitiesValue // also lists of numbers and router ids
	LargeListValue
	ExtListValue
	LargeValue
	ExtValue
	SetValue
	PrefixSetValue
	DistinguisherValue
	OpaqueValue
)

func (k ValueKind) String() string {
	return [...]string{"void", "bool", "int", "pair", "quad", "ip", "prefix", "enum", "string", "bgppath", "bgpmask", "clist", "lclist", "eclist",
		"lc", "ec", "set", "prefix set", "rd", "opaque"}[k]
}

// EnumKind is the set of names that an EnumValue is of.
type EnumKind uint8

const (
	EnumNone EnumKind = iota
	EnumOrigin
	EnumSource
	EnumDestination
	EnumScope
	EnumROA
	EnumNetType
	EnumOther
)

// Value is a value that stands in a program.
type Value struct {
	Kind     ValueKind
	Enum     EnumKind
	Number   uint64 // bool, number, pair, router id, enumeration, extended community
	Text     string
	Address  netip.Addr
	Prefix   netip.Prefix
	Large    LargeCommunity
	Path     ASPath
	Mask     []MaskItem
	Elements ValueKind // of a set: what it holds; VoidValue: nothing
	Ranges   []ValueRange
	Prefixes *PrefixSet
}

// ValueRange is a part of a set, both ends included.
type ValueRange struct{ From, To Value }

// MaskKind is one sign of an AS path mask.
type MaskKind uint8

const (
	MaskAS   MaskKind = iota // From to To
	MaskOne                  // any AS
	MaskAny                  // any number of them
	MaskMore                 // the item before, once or more
	MaskSet                  // an AS of Ranges
)

// MaskItem is one item of an AS path mask. Value, where it is not nil, gives the AS.
type MaskItem struct {
	Kind     MaskKind
	From, To uint32
	Ranges   []ValueRange
	Value    *Expression
}

// Numbers of the enumerations whose values routing knows.
const (
	SourceStatic uint64 = iota + 1
	SourceInherit
	SourceDevice
	SourceStaticDevice
	SourceRedirect
	SourceRIP
	SourceOSPF
	SourceOSPFInterArea
	SourceOSPFExternal1
	SourceOSPFExternal2
	SourceBGP
	SourcePipe
	SourceBabel
	SourceRPKI
)

// The kinds of destination.
const (
	DestinationUnicast uint64 = iota + 1
	DestinationBlackhole
	DestinationUnreachable
	DestinationProhibit
)
