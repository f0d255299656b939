package bgp

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/routegate/routegate/network"
)

// attrs is an interned attribute set without next hop: two routes have the same
// attributes exactly when their pointers are equal. The next hop is kept beside it,
// because it differs from neighbor to neighbor where all else is the same.
type attrs struct {
	network.PathAttributes // NextHop and NextHopScope are zero
	length                 int32
	confedLength           int32 // counting confederation segments
	hash                   uint64
	id                     uint32 // into the interner's list
	next                   *attrs // with the same hash
	// rest is all but the AS path; bare, of a set without one, what of it travels to another AS: of our own routes, and of learned
	// ones. Made when they are asked for.
	rest atomic.Pointer[attrs]
	bare [2]atomic.Pointer[attrs]
}

// hopID is an interned next hop; 0 is none (a route of the router's own).
type hopID int32

// hop is a next hop and, for a link-local one, the interface that scopes it. A leaked route without an address
// goes out of the interface scope of the other instance, or nowhere.
type hop struct {
	addr  netip.Addr
	scope string
	vrf   string // the instance that it is looked up in, for a leaked route; "" is the route's own
	// global came with the link-local addr (RFC 2545 §3): policies see it and neighbors are told it, packets go to addr.
	global netip.Addr
	// named: global is what an import policy set, and what the table shows (see Habits.GatewayOnReceipt).
	named bool
	// gates are where packets go that follow a route out of a pipe, whatever becomes of the next hop in the table where it is now:
	// a set of the interner's; 0 is none.
	gates uint32
}

// told is the next hop as policies see it and as it is handed on.
func (h hop) told() netip.Addr {
	if h.global.IsValid() {
		return h.global
	}
	return h.addr
}

const internShards = 64

// interner hash-conses attribute sets and next hops; safe for concurrent use. Numbers
// and addresses of what it returns depend on timing: compare for equality only.
type interner struct {
	shards [internShards]struct {
		sync.Mutex
		m map[uint64]*attrs
	}
	hops struct {
		sync.RWMutex
		ids  map[hop]hopID
		list []hop
	}
	known struct {
		sync.RWMutex
		list []*attrs // by id; 0 is none
	}
	sets hopSets
}

func newInterner() *interner {
	in := &interner{}
	for i := range in.shards {
		in.shards[i].m = map[uint64]*attrs{}
	}
	in.hops.ids = map[hop]hopID{{}: 0}
	in.hops.list = []hop{{}}
	in.known.list = []*attrs{nil}
	in.sets.byHash = map[uint64][]uint32{}
	in.sets.list = [][]hopID{nil}
	return in
}

// hop interns a next hop.
func (in *interner) hop(h hop) hopID {
	in.hops.RLock()
	id, ok := in.hops.ids[h]
	in.hops.RUnlock()
	if ok {
		return id
	}
	in.hops.Lock()
	defer in.hops.Unlock()
	if id, ok = in.hops.ids[h]; ok {
		return id
	}
	id = hopID(len(in.hops.list))
	in.hops.ids[h] = id
	in.hops.list = append(in.hops.list, h)
	return id
}

// at is the next hop of an id.
func (in *interner) at(id hopID) hop {
	in.hops.RLock()
	defer in.hops.RUnlock()
	return in.hops.list[id]
}

// attrs interns an attribute set; its next hop is ignored. The argument's slices
// are kept and must not be written to afterwards.
func (in *interner) attrs(a *network.PathAttributes) *attrs {
	h := hashAttributes(a)
	s := &in.shards[h%internShards]
	s.Lock()
	defer s.Unlock()
	for x := s.m[h]; x != nil; x = x.next {
		if sameAttributes(&x.PathAttributes, a) {
			return x
		}
	}
	x := &attrs{PathAttributes: *a, hash: h}
	x.NextHop, x.NextHopScope = netip.Addr{}, ""
	x.length, x.confedLength = int32(a.ASPath.Length(false)), int32(a.ASPath.Length(true))
	in.known.Lock()
	x.id = uint32(len(in.known.list))
	in.known.list = append(in.known.list, x)
	in.known.Unlock()
	x.next = s.m[h]
	s.m[h] = x
	return x
}

// whole gives the attributes with the next hop, as policies see them and neighbors are told them.
func (in *interner) whole(a *attrs, id hopID) *network.PathAttributes {
	full := in.shown(a, id)
	if id != 0 {
		if h := in.at(id); h.global.IsValid() {
			full.NextHop, full.NextHopScope = h.global, ""
		}
	}
	return full
}

// shown gives the attributes with the next hop that packets go to.
func (in *interner) shown(a *attrs, id hopID) *network.PathAttributes {
	full := a.PathAttributes
	if id != 0 {
		h := in.at(id)
		full.NextHop, full.NextHopScope = h.addr, h.scope
		if h.named {
			full.NextHop, full.NextHopScope = h.global, ""
		}
	}
	return &full
}

func mix(h, v uint64) uint64 {
	h ^= v
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}

func hashAddr(h uint64, a netip.Addr) uint64 {
	if !a.IsValid() {
		return mix(h, 7)
	}
	b := a.As16()
	for i := 0; i < 16; i += 8 {
		var v uint64
		for _, x := range b[i : i+8] {
			v = v<<8 | uint64(x)
		}
		h = mix(h, v)
	}
	return h
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func hashAttributes(a *network.PathAttributes) uint64 {
	h := mix(1, uint64(a.Origin)|flag(a.HasMED)<<8|flag(a.HasLocalPref)<<9|flag(a.AtomicAggregate)<<10|flag(a.HasAIGP)<<11|uint64(a.MED)<<32)
	h = mix(h, uint64(a.LocalPref)|uint64(a.Weight)<<32)
	h = mix(h, uint64(a.Tag)|uint64(a.OTC)<<32)
	for _, s := range a.ASPath {
		h = mix(h, uint64(s.Kind)+1000)
		for _, as := range s.AS {
			h = mix(h, uint64(as))
		}
	}
	if a.Aggregator.AS != 0 {
		h = hashAddr(mix(h, uint64(a.Aggregator.AS)), a.Aggregator.RouterID)
	}
	if a.OriginatorID.IsValid() {
		h = hashAddr(h, a.OriginatorID)
	}
	for _, c := range a.ClusterList {
		h = hashAddr(h, c)
	}
	for _, c := range a.Communities {
		h = mix(h, uint64(c))
	}
	for _, c := range a.Large {
		h = mix(mix(h, uint64(c.Global)), uint64(c.Data1)<<32|uint64(c.Data2))
	}
	for _, c := range a.Ext {
		h = mix(h, uint64(c))
	}
	if a.HasAIGP {
		h = mix(h, a.AIGP)
	}
	if a.EmptyExt {
		h = mix(h, 1)
	}
	return h
}

// sameAttributes compares everything but the next hop.
func sameAttributes(a, b *network.PathAttributes) bool {
	return a.Origin == b.Origin && a.MED == b.MED && a.HasMED == b.HasMED && a.LocalPref == b.LocalPref &&
		a.HasLocalPref == b.HasLocalPref && a.AtomicAggregate == b.AtomicAggregate && a.Aggregator == b.Aggregator &&
		a.OriginatorID == b.OriginatorID && a.OTC == b.OTC && a.AIGP == b.AIGP && a.HasAIGP == b.HasAIGP &&
		a.Weight == b.Weight && a.Tag == b.Tag && a.Learned == b.Learned && samePath(a.ASPath, b.ASPath) && slices.Equal(a.ClusterList, b.ClusterList) &&
		slices.Equal(a.Communities, b.Communities) && slices.Equal(a.Large, b.Large) && slices.Equal(a.Ext, b.Ext) && a.EmptyExt == b.EmptyExt
}

func samePath(a, b network.ASPath) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || !slices.Equal(a[i].AS, b[i].AS) {
			return false
		}
	}
	return true
}
