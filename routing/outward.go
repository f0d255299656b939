package routing

import (
	"iter"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// SentDifferently is what a neighbor outside of the snapshot is sent by a router instance in two results, where that may differ: by prefix and path
// id. What is in neither list is the same in both. It is fast where one result was the Base of the other.
func SentDifferently(before, after *Result, router, vrf, neighbor string, f network.Family) (old, cur []bgp.Advertised) {
	at := func(r *Result) bgp.Receiver {
		if x := r.Session(router, vrf, neighbor); x == nil || !x.External() || x.State != bgp.Established {
			return bgp.Receiver{Router: -1}
		}
		return bgp.Receiver{Router: r.state.router(router), VRF: vrf, Neighbor: neighbor}
	}
	return bgp.SentDifferently(before.state.bgp, after.state.bgp, at(before), at(after), f)
}

// SentOutside counts the prefixes that some neighbor outside is sent before, those that none is any more, and those that none was.
func SentOutside(before, after *Result) (total, gone, fresh int) {
	return bgp.Outside(before.state.bgp, after.state.bgp)
}

// Receivers are the sessions to neighbors outside that are sent a prefix, sorted; shared, read-only.
func (r *Result) Receivers(p netip.Prefix) []*bgp.Session {
	return r.receivers(r.state.bgp.Receivers(p))
}

// SentOf is what a neighbor is sent of one prefix, as it is received there, by path id.
func (r *Result) SentOf(router, vrf, neighbor string, p netip.Prefix) []bgp.Advertised {
	if ri := r.state.router(router); ri >= 0 {
		return r.state.bgp.SentOf(ri, vrf, neighbor, p)
	}
	return nil
}

// Sent are the prefixes that some neighbor outside is sent, in sorted lists of those that go to the same sessions; each is in one list.
func (r *Result) Sent() iter.Seq2[[]*bgp.Session, []netip.Prefix] {
	return func(yield func([]*bgp.Session, []netip.Prefix) bool) {
		for list, prefixes := range r.state.bgp.SentOutside() {
			if !yield(r.receivers(list), prefixes) {
				return
			}
		}
	}
}

// receivers are the sessions that are meant, the same list for the same ones.
func (r *Result) receivers(list []bgp.Receiver) []*bgp.Session {
	if len(list) == 0 {
		return nil
	}
	if known, ok := r.state.sessions.Load(&list[0]); ok {
		return known.([]*bgp.Session)
	}
	out := make([]*bgp.Session, 0, len(list))
	for _, x := range list {
		out = append(out, r.Session(r.Network.Routers[x.Router].Name, x.VRF, x.Neighbor))
	}
	r.state.sessions.Store(&list[0], out)
	return out
}

// HeardOf are the sessions to neighbors outside that announce a prefix and whose import policy accepts it, in no order, with
// the attributes that it has in the table; the next hop need not be in reach.
func (r *Result) HeardOf(p netip.Prefix) iter.Seq2[*bgp.Session, *network.PathAttributes] {
	return func(yield func(*bgp.Session, *network.PathAttributes) bool) {
		for x, a := range r.state.bgp.HeardOf(p) {
			if !yield(r.Session(r.Network.Routers[x.Router].Name, x.VRF, x.Neighbor), a) {
				return
			}
		}
	}
}

// OutOfOrder reports whether a router was taken out (Failure.Routers).
func (r *Result) OutOfOrder(router string) bool {
	ri := r.state.router(router)
	return ri >= 0 && r.state.wires.failed[ri]
}
