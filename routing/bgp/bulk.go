package bgp

import (
	"iter"
	"net/netip"
	"slices"
	"sync"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// bulks is what the main tables of all instances ask for together.
type bulks struct {
	byFamily  [network.NumFamilies][]netip.Prefix // sorted
	trie      bart.Lite
	resolving []netip.Prefix
	mu        sync.RWMutex
	hops      map[uint64][]rib.NextHop
}

func newBulks(s *solver) *bulks {
	b := &bulks{hops: map[uint64][]rib.NextHop{}}
	for _, p := range s.prefixes {
		f := network.FamilyOf(p)
		b.byFamily[f] = append(b.byFamily[f], p)
		b.trie.Insert(p)
	}
	seen := map[netip.Prefix]bool{}
	for _, h := range s.in.hops.list {
		if !h.addr.IsValid() {
			continue
		}
		for p := range b.trie.Supernets(netip.PrefixFrom(h.addr.WithZone(""), h.addr.BitLen())) {
			if !seen[p] {
				seen[p] = true
				b.resolving = append(b.resolving, p)
			}
		}
	}
	slices.SortFunc(b.resolving, netip.Prefix.Compare)
	return b
}

// bulk is what BGP offers to the main table of one router instance: the best path of each prefix or the multipath set
// with unresolved next hops, the BGP distance, the MED as the metric; an aggregate as a null route.
type bulk struct {
	s  *Solution
	in *instance
}

var _ rib.Bulk = bulk{}

// Bulk gives the source for the main table of a router instance; nil when it installs nothing.
func (s *Solution) Bulk(router int, vrf string) rib.Bulk {
	in := s.instance(router, vrf)
	if in == nil || !slices.ContainsFunc(in.config.Families[:], func(f network.BGPFamily) bool { return f.Install }) {
		return nil
	}
	return bulk{s, in}
}

func (b bulk) Prefixes(f network.Family) []netip.Prefix {
	if !b.in.config.Families[f].Install {
		return nil
	}
	return b.s.bulks.byFamily[f]
}

func (b bulk) Covering(p netip.Prefix) iter.Seq[netip.Prefix] { return b.s.bulks.trie.Supernets(p) }

func (b bulk) Resolving() []netip.Prefix { return b.s.bulks.resolving }

// Same compares what two solutions found, without asking which of it matters to the main table.
func (b bulk) Same(o rib.Bulk) bool {
	x, ok := o.(bulk)
	if !ok || x.s.s.in != b.s.s.in || x.in.id != b.in.id || x.in.config != b.in.config || !slices.Equal(x.s.s.prefixes, b.s.s.prefixes) {
		return false
	}
	c := b.s.last.Load()
	if c == nil || c.before != x.s {
		c = Compare(x.s, b.s)
		b.s.last.Store(c)
	}
	return c.sameAt(b.in.id, b.in.id) && b.resolvesLike(x)
}

// dropHops numbers the next hop of an aggregate.
const dropHops = 1 << 63

// Hops makes the next hops of a set, or of a single one, once.
func (b bulk) Hops(key uint64) []rib.NextHop {
	all := b.s.bulks
	all.mu.RLock()
	out, ok := all.hops[key]
	all.mu.RUnlock()
	if ok {
		return out
	}
	in := b.s.s.in
	switch {
	case key == dropHops:
		out = []rib.NextHop{{Drop: true}}
	case key&^(rib.HopsInTable|rib.HopsConnected|rib.HopsUnscoped)>>32 != 0:
		out = in.nexts(hopID(uint32(key)), key)
	default:
		for _, id := range in.hopsOf(uint32(key)) {
			out = append(out, in.nexts(id, key)...)
		}
		slices.SortFunc(out, rib.NextHop.Compare)
		out = slices.Compact(out)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if old, ok := all.hops[key]; ok {
		return old
	}
	all.hops[key] = out
	return out
}

// nexts are what the main table takes for a next hop under a number.
func (in *interner) nexts(id hopID, key uint64) []rib.NextHop {
	h := in.at(id)
	if h.gates == 0 {
		return []rib.NextHop{h.next(key)}
	}
	return slices.SortedFunc(slices.Values(in.gatesOf(h)), rib.NextHop.Compare)
}

// next is the next hop as the main table takes it under a number.
func (h hop) next(key uint64) rib.NextHop {
	if h.vrf != "" && !h.addr.IsValid() && h.scope == "" {
		return rib.NextHop{Drop: true}
	}
	if key&rib.HopsUnscoped != 0 && h.addr.IsLinkLocalUnicast() {
		h.scope = ""
	}
	return rib.NextHop{Via: h.addr, Interface: h.scope, VRF: h.vrf}
}

// connectedInZebra reports that zebra looks for the next hops of what the peer sent on connected subnets alone.
func (p *peer) connectedInZebra() bool {
	return p.in.config.Habits.ConnectedInZebra && p.brings() != IBGP && !p.config.MultihopEnabled
}

// lookup marks the number of what the peer's path, or the set around it, has for next hops by how zebra looks for them.
func (p *peer) lookup(key uint64) uint64 {
	if p.connectedInZebra() {
		key |= rib.HopsConnected
	}
	if p.in.config.Habits.UnscopedInZebra {
		key |= rib.HopsUnscoped
	}
	return key
}

// Offered asks the whole rule only where a table-map stands.
func (b bulk) Offered(f network.Family) iter.Seq2[[]netip.Prefix, uint64] {
	return func(yield func([]netip.Prefix, uint64) bool) {
		in := b.in
		if !in.config.Families[f].Install {
			return
		}
		d := &in.config.Distance
		apart := in.config.Families[f].TableMap.IsSet() || len(b.s.s.leaks) > 0
		inTable := in.config.Habits.OneTable && slices.ContainsFunc(in.peers, func(p *peer) bool { return !p.config.GatewayDirect })
		whole := apart || inTable || slices.ContainsFunc(in.peers, func(p *peer) bool { return p.connectedOnly() && !p.subnet.IsValid() }) || d.Local == rib.Unusable || d.External == rib.Unusable || d.Internal == rib.Unusable
		for _, t := range b.s.togetherOf(f) {
			x := t.ways[in.id]
			switch key := uint64(x.set); {
			case x.from == noPath:
			case apart:
				for i, p := range t.prefixes {
					if r, k, ok := b.Route(p); ok && r.Distance != rib.Unusable && !yield(t.prefixes[i:i+1], k) {
						return
					}
				}
			case whole || x.from < 0 || !t.plain || t.solved().root(in.id) != nil:
				if r, k, ok := b.route(t.table, t.prefix); ok && r.Distance != rib.Unusable && !yield(t.prefixes, k) {
					return
				}
			default:
				if key == 0 {
					h, _, _, _, _ := b.s.s.stands(t.table, in.id)
					key = 1<<32 | uint64(h)
				}
				if !yield(t.prefixes, b.s.s.peers[x.from].lookup(key)) {
					return
				}
			}
		}
	}
}

func (b bulk) Route(prefix netip.Prefix) (rib.Route, uint64, bool) {
	return b.route(b.s.s.tables[prefix], prefix)
}

func (b bulk) route(t *table, prefix netip.Prefix) (rib.Route, uint64, bool) {
	s, in, f := b.s.s, b.in, network.FamilyOf(prefix)
	if t == nil || !in.config.Families[f].Install {
		return rib.Route{}, 0, false
	}
	x := t.ways[in.id]
	if x.from == noPath {
		return rib.Route{}, 0, false
	}
	h, source, med, tag, distance := s.stands(t, in.id)
	if x.from >= 0 && x.set == 0 && s.peers[x.from].connectedOnly() {
		if via := s.in.at(h); via.scope == "" {
			if f, _ := s.connected(in, via.addr); f == nil {
				return rib.Route{}, 0, false // bgpd follows a static route to the next hop, zebra does not
			}
		}
	}
	r := rib.Route{Prefix: prefix, Protocol: network.BGPProtocol, Metric: med, Tag: tag}
	key := uint64(x.set)
	if key == 0 {
		key = 1<<32 | uint64(h)
	}
	switch {
	case source == FromAggregate:
		r.Distance, key = in.config.Distance.Local, dropHops
	case source == FromVRF && s.in.at(h).gates != 0:
		if best := s.best(t, in.id); best.via < 0 {
			home := s.piped(in, prefix, &best)
			r.Protocol, r.Metric, r.OSPF = best.attrs.Learned.Protocol, home.Metric, home.OSPF
		}
	case source == FromVRF:
		if s.throughItself(in, prefix, s.in.at(h)) {
			return rib.Route{}, 0, false
		}
		r.Distance = in.config.Distance.External // also of what iBGP brought to the other instance
		if s.in.at(h).next(0).Drop {
			r.Distance = 1 // zebra's, whatever the static route's in the other instance
		}
	case x.from < 0:
		return rib.Route{}, 0, false // its route is in the main table already
	case s.peers[x.from].state.Type == EBGP:
		r.Distance = in.config.Distance.External
		for _, n := range in.config.Families[f].Networks {
			if n.Backdoor && n.Prefix == prefix {
				r.Distance = in.config.Distance.Local
			}
		}
	default:
		r.Distance, r.BGPInternal = in.config.Distance.Internal, true
	}
	if distance != 0 {
		// `set distance` goes before what is configured for the kind of session, and for a backdoor (bgpd).
		r.Distance = distance
	}
	if in.config.Habits.OneTable {
		best := s.best(t, in.id)
		if best.lost() {
			key = dropHops
		}
		// The preference, unless the path has beaten a route of another protocol, whose distance does not know of it.
		r.Distance = uint8(255 - min(best.attrs.Weight, 254))
		paths, _ := s.own(t, in.id)
		if slices.ContainsFunc(paths, func(p path) bool { return p.from < 0 && p.source != FromVRF }) {
			r.Distance = 1
		}
		if s.recursive(&best) && key != dropHops {
			r.InTable = true
			key |= rib.HopsInTable
		}
		r.Recursive = s.besides(paths, &best)
		if x.set != 0 {
			r.Foremost = s.in.at(h).addr
		}
	}
	if x.from >= 0 {
		key = s.peers[x.from].lookup(key)
		r.SingleHop = key&rib.HopsConnected != 0
	}
	if m := in.config.Families[f].TableMap; m.IsSet() {
		best := s.best(t, in.id)
		rt := s.tested(in, prefix, &best)
		rt.Direction = policy.Import
		res, found := in.policies.Policy(m.Name, rt)
		if !found || res.Disposition == network.Reject {
			return rib.Route{}, 0, false
		}
		r.Metric, r.Tag = res.Route.Attributes.MED, res.Route.Attributes.Tag
		if res.Route.Distance != 0 {
			r.Distance = res.Route.Distance
		}
	}
	return r, key, true
}
