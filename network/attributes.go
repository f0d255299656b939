package network

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Origin is the ORIGIN attribute (RFC 4271 §5.1.1); lower is preferred.
type Origin uint8

const (
	OriginIGP Origin = iota
	OriginEGP
	OriginIncomplete
)

func (o Origin) String() string { return [...]string{"igp", "egp", "incomplete"}[o] }

// SegmentKind is the kind of an AS_PATH segment.
type SegmentKind uint8

const (
	ASSequence SegmentKind = iota
	ASSet
	ConfedSequence
	ConfedSet
)

// ASSegment is one AS_PATH segment.
type ASSegment struct {
	Kind SegmentKind
	AS   []uint32 // sets are sorted
}

// ASPath is an AS_PATH; the nil path is that of a route of one's own.
type ASPath []ASSegment

// Sequence is a path of one AS_SEQUENCE; nil when there is no AS.
func Sequence(as ...uint32) ASPath {
	if len(as) == 0 {
		return nil
	}
	return ASPath{{Kind: ASSequence, AS: as}}
}

// Length counts for path selection: a set counts one (RFC 4271 §9.1.2.2 (a)),
// confederation segments nothing unless confed (RFC 5065 §5.3).
func (p ASPath) Length(confed bool) int {
	n := 0
	for _, s := range p {
		switch s.Kind {
		case ASSequence:
			n += len(s.AS)
		case ASSet:
			n++
		case ConfedSequence:
			if confed {
				n += len(s.AS)
			}
		case ConfedSet:
			if confed {
				n++
			}
		}
	}
	return n
}

// Origin is the AS that originated the route: the last of the last AS_SEQUENCE;
// false where the path is empty or ends in a set.
func (p ASPath) Origin() (uint32, bool) {
	for i := len(p) - 1; i >= 0; i-- {
		switch p[i].Kind {
		case ASSequence:
			if n := len(p[i].AS); n > 0 {
				return p[i].AS[n-1], true
			}
		case ASSet:
			return 0, false
		}
	}
	return 0, false
}

// First is the leftmost AS outside of confederation segments: the neighboring AS.
func (p ASPath) First() (uint32, bool) {
	for _, s := range p {
		switch s.Kind {
		case ASSequence:
			if len(s.AS) > 0 {
				return s.AS[0], true
			}
		case ASSet:
			return 0, false
		}
	}
	return 0, false
}

// Count is how often the AS stands in the path, in segments of any kind.
func (p ASPath) Count(as uint32) int {
	n := 0
	for _, s := range p {
		for _, a := range s.AS {
			if a == as {
				n++
			}
		}
	}
	return n
}

// String is FRR's and IOS's rendering, on which AS path expressions are written:
// "65001 65002 {65003,65004}", confederation segments "(65010 65011)" and "[65010,65011]".
func (p ASPath) String() string {
	var b strings.Builder
	for i, s := range p {
		if i > 0 {
			b.WriteByte(' ')
		}
		open, sep, end := "", " ", ""
		switch s.Kind {
		case ASSet:
			open, sep, end = "{", ",", "}"
		case ConfedSequence:
			open, end = "(", ")"
		case ConfedSet:
			open, sep, end = "[", ",", "]"
		}
		b.WriteString(open)
		for j, a := range s.AS {
			if j > 0 {
				b.WriteString(sep)
			}
			b.WriteString(strconv.FormatUint(uint64(a), 10))
		}
		b.WriteString(end)
	}
	return b.String()
}

// IsPrivateAS reports RFC 6996 ranges.
func IsPrivateAS(as uint32) bool {
	return as >= 64512 && as <= 65534 || as >= 4200000000 && as <= 4294967294
}

// Community is a standard community (RFC 1997).
type Community uint32

// Well-known communities.
const (
	GracefulShutdown  Community = 0xFFFF0000 // RFC 8326
	AcceptOwn         Community = 0xFFFF0001
	LLGRStale         Community = 0xFFFF0006
	NoLLGR            Community = 0xFFFF0007
	Blackhole         Community = 0xFFFF029A // RFC 7999
	NoExport          Community = 0xFFFFFF01
	NoAdvertise       Community = 0xFFFFFF02
	NoExportSubconfed Community = 0xFFFFFF03 // local-AS
	NoPeer            Community = 0xFFFFFF04
)

var wellKnown = map[Community]string{
	GracefulShutdown: "graceful-shutdown", AcceptOwn: "accept-own", LLGRStale: "llgr-stale", NoLLGR: "no-llgr",
	Blackhole: "blackhole", NoExport: "no-export", NoAdvertise: "no-advertise", NoExportSubconfed: "local-AS", NoPeer: "no-peer",
}

// String is "65000:100", or the well-known name as FRR writes it.
func (c Community) String() string {
	if s, ok := wellKnown[c]; ok {
		return s
	}
	return fmt.Sprintf("%d:%d", uint32(c)>>16, uint32(c)&0xFFFF)
}

// ParseCommunity reads "65000:100", a well-known name in any daemon's spelling, or a plain number.
func ParseCommunity(s string) (Community, error) {
	switch strings.ToLower(strings.ReplaceAll(s, "_", "-")) {
	case "internet":
		return 0, nil
	case "local-as", "no-export-subconfed":
		return NoExportSubconfed, nil
	case "gshut":
		return GracefulShutdown, nil
	}
	for c, n := range wellKnown {
		if strings.EqualFold(n, strings.ReplaceAll(s, "_", "-")) {
			return c, nil
		}
	}
	if hi, lo, ok := strings.Cut(s, ":"); ok {
		h, err1 := strconv.ParseUint(hi, 10, 16)
		l, err2 := strconv.ParseUint(lo, 10, 16)
		if err1 != nil || err2 != nil {
			return 0, fmt.Errorf("community %q: want two numbers from 0 to 65535, as in 65000:100", s)
		}
		return Community(h<<16 | l), nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("community %q: want AS:NUMBER or a well-known name such as no-export", s)
	}
	return Community(n), nil
}

// LargeCommunity is RFC 8092.
type LargeCommunity struct{ Global, Data1, Data2 uint32 }

func (c LargeCommunity) String() string {
	return fmt.Sprintf("%d:%d:%d", c.Global, c.Data1, c.Data2)
}

// ParseLargeCommunity reads "65000:1:2".
func ParseLargeCommunity(s string) (LargeCommunity, error) {
	f := strings.Split(s, ":")
	var v [3]uint32
	if len(f) != 3 {
		return LargeCommunity{}, fmt.Errorf("large community %q: want three numbers, as in 65000:1:2", s)
	}
	for i, x := range f {
		n, err := strconv.ParseUint(x, 10, 32)
		if err != nil {
			return LargeCommunity{}, fmt.Errorf("large community %q: %q is not a number of 32 bits", s, x)
		}
		v[i] = uint32(n)
	}
	return LargeCommunity{v[0], v[1], v[2]}, nil
}

// ExtCommunity is an extended community (RFC 4360) as its 8 octets, big-endian.
type ExtCommunity uint64

// String is "RT:65000:1", "SoO:65000:1", or hexadecimal for kinds that are not rendered.
func (c ExtCommunity) String() string {
	typ, sub := uint8(c>>56), uint8(c>>48)
	name := map[uint8]string{2: "RT", 3: "SoO"}[sub]
	if name == "" {
		return fmt.Sprintf("0x%016x", uint64(c))
	}
	switch typ &^ 0x40 {
	case 0:
		return fmt.Sprintf("%s:%d:%d", name, uint16(c>>32), uint32(c))
	case 1:
		a := netip.AddrFrom4([4]byte{byte(c >> 40), byte(c >> 32), byte(c >> 24), byte(c >> 16)})
		return fmt.Sprintf("%s:%s:%d", name, a, uint16(c))
	case 2:
		return fmt.Sprintf("%s:%d:%d", name, uint32(c>>16), uint16(c))
	}
	return fmt.Sprintf("0x%016x", uint64(c))
}

// ParseExtCommunity reads what String writes: "RT:65000:1", "SoO:192.0.2.1:1", or sixteen hexadecimal digits.
func ParseExtCommunity(s string) (ExtCommunity, error) {
	bad := fmt.Errorf("extended community %q: want RT or SoO and two numbers, as in RT:65000:1", s)
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		v, err := strconv.ParseUint(digits, 16, 64)
		if err != nil || len(digits) != 16 {
			return 0, bad
		}
		return ExtCommunity(v), nil
	}
	f := strings.Split(s, ":")
	if len(f) != 3 {
		return 0, bad
	}
	sub, ok := map[string]uint64{"rt": 2, "soo": 3}[strings.ToLower(f[0])]
	n, err := strconv.ParseUint(f[2], 10, 32)
	if !ok || err != nil {
		return 0, bad
	}
	if a, err := netip.ParseAddr(f[1]); err == nil && a.Is4() && n <= 0xFFFF {
		b := a.As4()
		return ExtCommunity(1<<56 | sub<<48 | uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 | uint64(b[3])<<16 | n), nil
	}
	as, err := strconv.ParseUint(f[1], 10, 32)
	switch {
	case err != nil || as > 0xFFFF && n > 0xFFFF:
		return 0, bad
	case as > 0xFFFF:
		return ExtCommunity(2<<56 | sub<<48 | as<<16 | n), nil
	}
	return ExtCommunity(sub<<48 | as<<32 | n), nil
}

// PathAttributes are those of one BGP route. Slices are never written after
// construction and may be shared.
type PathAttributes struct {
	Origin          Origin
	ASPath          ASPath
	NextHop         netip.Addr
	NextHopScope    string // interface, where NextHop is link-local
	MED             uint32
	HasMED          bool
	LocalPref       uint32
	HasLocalPref    bool
	AtomicAggregate bool
	Aggregator      Aggregator
	OriginatorID    netip.Addr // zero: not reflected
	ClusterList     []netip.Addr
	Communities     []Community      // sorted, unique
	Large           []LargeCommunity // sorted, unique
	Ext             []ExtCommunity   // sorted, unique
	// EmptyExt: the attribute EXTENDED_COMMUNITIES is there and holds none, see SetExtCommunity.
	EmptyExt bool
	OTC      uint32 // only to customer (RFC 9234); 0 absent
	AIGP     uint64 // RFC 7311; with HasAIGP
	HasAIGP  bool
	// Local to the router, never sent:
	Weight uint32
	Tag    uint32
	// Learned is set for routes that are not BGP's, where policies on neighbors ask for it (BIRD,
	// whose one table holds the routes of all protocols).
	Learned Learned
}

// Learned is the protocol and the name of the instance that a route comes from.
type Learned struct {
	Protocol Protocol
	Name     string // "": not known
	// Tidied: more than one of its attributes was written where it came from, and BIRD takes none of them for fresh.
	Tidied bool
}

// Aggregator is the AGGREGATOR attribute; AS 0 means absent.
type Aggregator struct {
	AS       uint32
	RouterID netip.Addr
}
