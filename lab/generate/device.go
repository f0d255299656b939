package generate

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// device is a router to be written, whatever its dialect.
type device struct {
	name       string
	as         uint32
	routerID   netip.Addr
	loopback   bool // the router id is an address of lo
	ports      []port
	racks      []netip.Prefix // subnets of hosts, each on an interface of its own
	networks   []netip.Prefix // what it announces of its own
	summary    netip.Prefix   // an aggregate that it announces instead of what is in it; zero for none
	blackholes []netip.Prefix // static routes to nowhere, that what is announced as a whole stands by
	ospf       bool           // OSPF on all ports to our own routers, and on lo
	peers      []peer
	groups     []group
	sets       []prefixSet
	policies   []policy
}

// port is an interface of a link.
type port struct {
	name    string
	addr    netip.Prefix
	note    string
	outside bool // to another network: no OSPF
}

// peer is a BGP neighbor.
type peer struct {
	addr  netip.Addr
	as    uint32
	note  string
	group string // has the policies
	limit int    // maximum-prefix; 0 none
}

// group is a peer group; its policies are those of its members.
type group struct {
	name        string
	as          uint32 // 0: the members say
	in, out     string // policies; "" none
	internal    bool   // iBGP between loopbacks
	client      bool   // of a route reflector
	nextHopSelf bool
}

// prefixSet is a list of prefixes with the lengths from atLeast to atMost (0: its own).
type prefixSet struct {
	name    string
	entries []prefixRange
}

type prefixRange struct {
	prefix          netip.Prefix
	atLeast, atMost int
}

// policy is a list of clauses, the first that matches decides; nothing passes that none accepts.
type policy struct {
	name    string
	clauses []clause
}

// clause is one entry of a policy; what is zero neither matches nor sets.
type clause struct {
	deny         bool
	prefixes     string // a prefixSet
	community    string // a community that must be there
	setCommunity string // added
	setPref      uint32
}

// address numbers addresses below a block: 0 is its first.
func address(block string, n uint32) netip.Addr {
	b := netip.MustParseAddr(block).As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+n)
	return netip.AddrFrom4(b)
}

// The blocks that generated networks are numbered from.
const (
	rackBlock   = "10.0.0.0"    // one /24 a top-of-rack switch
	routerBlock = "172.16.0.0"  // router ids
	linkBlock   = "100.64.0.0"  // /31 links between our own
	edgeBlock   = "198.18.0.0"  // /31 links to other networks
	firstAS     = 4_200_000_000 // RFC 6996: private, of 32 bits
)

func rack(n int) netip.Prefix { return netip.PrefixFrom(address(rackBlock, uint32(n)<<8), 24) }

// fabric collects devices and numbers their links.
type fabric struct {
	devices []*device
	links   uint32
}

func (f *fabric) add(name string) *device {
	n := uint32(len(f.devices))
	d := &device{name: name, as: firstAS + n, routerID: address(routerBlock, n+1)}
	f.devices = append(f.devices, d)
	return d
}

// link joins two devices over a numbered /31, with an eBGP session in the groups named.
func (f *fabric) link(a, b *device, groupA, groupB string) {
	x, y := f.cable(a, b)
	a.peers = append(a.peers, peer{addr: y, as: b.as, note: b.name, group: groupA})
	b.peers = append(b.peers, peer{addr: x, as: a.as, note: a.name, group: groupB})
}

// cable joins two devices over a numbered /31.
func (f *fabric) cable(a, b *device) (x, y netip.Addr) {
	x = address(linkBlock, f.links*2)
	y = x.Next()
	f.links++
	a.ports = append(a.ports, port{name: fmt.Sprintf("eth%d", len(a.ports)+1), addr: netip.PrefixFrom(x, 31), note: b.name})
	b.ports = append(b.ports, port{name: fmt.Sprintf("eth%d", len(b.ports)+1), addr: netip.PrefixFrom(y, 31), note: a.name})
	return x, y
}
