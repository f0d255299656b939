package gate

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// probePrefixes are routes of every kind that the Internet has and should not have: whoever
// accepts all of them has no filter worth the name.
var probePrefixes = [network.NumFamilies][]netip.Prefix{
	network.IPv4Unicast: parsePrefixes("0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24", "198.51.100.128/25", "203.0.113.7/32", "8.0.0.0/9", "8.8.8.0/24", "224.0.0.0/4"),
	network.IPv6Unicast: parsePrefixes("::/0", "2001:db8::/32", "2001:db8:1::/48", "fc00::/7", "2001:db8:ffff::1/128", "2600::/12", "2a00:1450::/29", "ff00::/8"),
}

func parsePrefixes(s ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, x := range s {
		out = append(out, netip.MustParsePrefix(x))
	}
	return out
}

// probePaths are AS paths behind a neighbor: short, long, through a large network, with private ASes.
func probePaths(peer uint32) []network.ASPath {
	long := make([]uint32, 0, 40)
	for i := range uint32(40) {
		long = append(long, 64496+i%16)
	}
	lead := []uint32{peer}
	if peer == 0 {
		lead = nil
	}
	paths := []network.ASPath{network.Sequence(lead...)}
	for _, tail := range [][]uint32{{3356, 15169}, {64512, 65534}, long} {
		paths = append(paths, network.Sequence(append(append([]uint32{}, lead...), tail...)...))
	}
	return paths
}

// foreignPrefixes are ordinary routes of the Internet, which a customer has no business to announce.
var foreignPrefixes = [network.NumFamilies][]netip.Prefix{
	network.IPv4Unicast: parsePrefixes("8.8.8.0/24", "104.16.0.0/13"),
	network.IPv6Unicast: parsePrefixes("2a00:1450::/32", "2606:4700::/32"),
}

// acceptsForeign reports whether ordinary routes of the Internet pass: in, those that the neighbor only passes on; out, those of others, with
// nothing that an import may have left at them.
func (s *side) acceptsForeign(r *network.Router, b *network.BGP, n *network.Neighbor, f network.Family, d policy.Direction, peerAS uint32, ebgp bool) bool {
	path := network.Sequence(3356, 15169)
	if peerAS != 0 && d == policy.Import {
		path = network.Sequence(peerAS, 3356, 15169)
	}
	return s.accepts(r, b, n, f, d, peerAS, ebgp, foreignPrefixes[f], []network.ASPath{path})
}

// acceptsAll probes what stands between a neighbor and the table in one direction with routes of every kind.
func (s *side) acceptsAll(r *network.Router, b *network.BGP, n *network.Neighbor, f network.Family, d policy.Direction, peerAS uint32, ebgp bool) bool {
	return s.accepts(r, b, n, f, d, peerAS, ebgp, probePrefixes[f], probePaths(peerAS))
}

// exportOpen reports whether what is configured on an export lets these prefixes out, or any where there are none, with every value that its
// policies tell apart: one that refuses a community refuses something, though no probe carries it. Meant for what acceptsForeign found open.
func (s *side) exportOpen(r *network.Router, b *network.BGP, n *network.Neighbor, f network.Family, peerAS uint32, of []netip.Prefix) bool {
	nf := &n.Families[f]
	all := policy.Side{Evaluator: s.evaluator(r), Chain: nf.Export, Missing: b.Missing, Unconfigured: network.Accept}
	access, prefixes := network.AccessList, network.PrefixList
	if f == network.IPv6Unicast {
		access, prefixes = network.AccessList6, network.PrefixList6
	}
	for _, x := range []policy.Filter{{Kind: access, Ref: nf.DistributeOut}, {Kind: prefixes, Ref: nf.PrefixListOut}, {ASPath: true, Ref: nf.FilterListOut}} {
		if x.Ref.IsSet() {
			all.Filters = append(all.Filters, x)
		}
	}
	if !all.Chain.Configured() && len(all.Filters) == 0 {
		return false
	}
	accepts, _ := all.AcceptsEverything(policy.Options{Families: []network.Family{f}, Prefixes: of, FixedPeer: true,
		Context: policy.Route{Direction: policy.Export, Peer: n.Address, PeerIface: n.Interface, PeerAS: peerAS, LocalAS: b.AS, Protocol: network.BGPProtocol}})
	return accepts
}

// accepts reports whether filters and policies let all these prefixes with all these paths pass.
func (s *side) accepts(r *network.Router, b *network.BGP, n *network.Neighbor, f network.Family, d policy.Direction, peerAS uint32, ebgp bool,
	probes []netip.Prefix, paths []network.ASPath) bool {
	nf := &n.Families[f]
	chain, dist, list, filter := nf.Import, nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn
	if d == policy.Export {
		chain, dist, list, filter = nf.Export, nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut
	}
	bare := !chain.Configured() && !dist.IsSet() && !list.IsSet() && !filter.IsSet()
	if bare {
		return !(ebgp && b.RequirePolicy)
	}
	access, prefixes := network.AccessList, network.PrefixList
	if f == network.IPv6Unicast {
		access, prefixes = network.AccessList6, network.PrefixList6
	}
	e := s.evaluator(r)
	set := func(kind network.PrefixSetKind, ref network.Ref, p netip.Prefix) bool {
		if !ref.IsSet() {
			return true
		}
		accept, exists := e.PrefixSet(kind, ref.Name, p)
		if !exists {
			return b.Missing.PrefixSet != network.Reject
		}
		return accept
	}
	for _, path := range paths {
		if filter.IsSet() {
			accept, exists := e.ASPathSet(filter.Name, path)
			if exists && !accept || !exists && b.Missing.ASPathSet == network.Reject {
				return false
			}
		}
		for _, p := range probes {
			if !set(access, dist, p) || !set(prefixes, list, p) || !s.chainAccepts(e, chain, b, n, d, peerAS, p, path, ebgp) {
				return false
			}
		}
	}
	return true
}

func (s *side) chainAccepts(e *policy.Evaluator, chain network.PolicyChain, b *network.BGP, n *network.Neighbor, d policy.Direction, peerAS uint32, p netip.Prefix, path network.ASPath, ebgp bool) bool {
	if !chain.Configured() {
		return true
	}
	rt := policy.Route{
		Prefix: p, Direction: d, Peer: n.Address, PeerIface: n.Interface, PeerAS: peerAS, LocalAS: b.AS, Protocol: network.BGPProtocol,
		Attributes: &network.PathAttributes{ASPath: path, NextHop: n.Address, LocalPref: b.DefaultLocalPref, HasLocalPref: true},
	}
	types := []network.RouteType{network.RouteInternal}
	switch {
	case d == policy.Export:
		types = []network.RouteType{network.RouteInternal, network.RouteExternal, network.RouteLocal}
	case ebgp:
		types = []network.RouteType{network.RouteExternal}
	}
	for _, t := range types {
		rt.Type = t
		if e.Chain(chain, rt, b.Missing.Policy).Disposition == network.Reject {
			return false
		}
	}
	return true
}

// redistributeFilters reports whether a redistribution's policy is a filter. What is the router's own is tried with
// every value that the policy tells apart: one that refuses a tag alone is one. Of BGP, a filter
// refuses some of the ordinary routes of the Internet: all but a single prefix is everything.
func (s *side) redistributeFilters(r *network.Router, x *network.Redistribution, f network.Family) bool {
	if !x.Policy.IsSet() || r.Policy(x.Policy.Name) == nil {
		return false
	}
	chain := network.PolicyChain{Policies: []network.Ref{x.Policy}}
	rt := policy.Route{Direction: policy.Redistribute, Type: network.RouteLocal, Protocol: x.From}
	if x.From != network.BGPProtocol {
		all := policy.Side{Evaluator: s.evaluator(r), Chain: chain, Unconfigured: network.Accept}
		accepts, _ := all.AcceptsEverything(policy.Options{Families: []network.Family{f}, FixedType: true, FixedPeer: true, Context: rt})
		return !accepts
	}
	rt.Type = network.RouteExternal
	for _, rt.Prefix = range probePrefixes[f] {
		for _, path := range append(probePaths(64496), nil) {
			rt.Attributes = &network.PathAttributes{ASPath: path}
			if s.evaluator(r).Chain(chain, rt, network.Reject).Disposition == network.Reject {
				return true
			}
		}
	}
	return false
}
