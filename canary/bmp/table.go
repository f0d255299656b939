package bmp

import (
	"fmt"
	"net/netip"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/bmp"
)

// router is what one router told since its session began.
type router struct {
	ended string // why the session is over; "" while it stands
	doubt string // what could not be read: the tables may miss a withdrawal then
	views map[view]*table
	seen  map[netip.Prefix]bool // was in some table once
}

// stage is where in the decision process a route was seen. A later one has fewer routes, and says more.
type stage uint8

const (
	prePolicy  stage = iota // Adj-RIB-In as it came
	postPolicy              // after the import policy
	locRIB                  // chosen (RFC 9069)
)

// view is one neighbor at one stage. Instances with a distinguisher are apart.
type view struct {
	stage         stage
	distinguisher uint64
	neighbor      netip.Addr
}

// table is a neighbor's routes at one stage: how many paths there are to each prefix.
type table struct {
	paths map[netip.Prefix]map[uint32]bool // by path identifier (RFC 7911); 0 without
}

// viewOf is false for Adj-RIB-Out (RFC 8671), which says nothing of what is received.
func viewOf(h *bmp.BMPPeerHeader) (view, bool) {
	v := view{distinguisher: h.PeerDistinguisher}
	v.neighbor, _ = netip.AddrFromSlice(h.PeerAddress)
	switch {
	case h.PeerType == bmp.BMP_PEER_TYPE_LOCAL_RIB:
		v.stage = locRIB
	case h.IsAdjRIBOut():
		return view{}, false
	case h.IsPostPolicy():
		v.stage = postPolicy
	}
	return v, true
}

// take is one message. An error ends the session.
func (r *router) take(text []byte) error {
	kind := text[bmp.BMP_HEADER_SIZE-1]
	body := text[bmp.BMP_HEADER_SIZE:]
	switch kind {
	case bmp.BMP_MSG_ROUTE_MONITORING, bmp.BMP_MSG_PEER_UP_NOTIFICATION, bmp.BMP_MSG_PEER_DOWN_NOTIFICATION:
	default: // statistics, mirrored messages, who it is: nothing of routes
		return nil
	}
	// The per-peer header is read by itself: FRR 8.4 sends peer-up messages whose OPENs are only a header, which the
	// library refuses as a whole.
	if len(body) < bmp.BMP_PEER_HEADER_SIZE {
		return fmt.Errorf("a message of %d octets ends within the neighbor's header", len(text))
	}
	var h bmp.BMPPeerHeader
	if err := h.DecodeFromBytes(body); err != nil {
		return err
	}
	v, ok := viewOf(&h)
	if !ok {
		return nil
	}
	switch kind {
	case bmp.BMP_MSG_PEER_DOWN_NOTIFICATION:
		// All that it sent is gone, at every stage (RFC 7854 §4.9).
		for other := range r.views {
			if other.neighbor == v.neighbor && other.distinguisher == v.distinguisher && (other.stage == locRIB) == (v.stage == locRIB) {
				delete(r.views, other)
			}
		}
	case bmp.BMP_MSG_ROUTE_MONITORING:
		m, err := bmp.ParseBMPMessage(text)
		if err != nil {
			r.doubt = fmt.Sprintf("an update of %s cannot be read: %v", v.neighbor, err)
			return nil
		}
		monitoring, ok := m.Body.(*bmp.BMPRouteMonitoring)
		if !ok || monitoring.BGPUpdate == nil {
			return nil
		}
		if update, ok := monitoring.BGPUpdate.Body.(*bgp.BGPUpdate); ok {
			r.update(v, update)
		}
	}
	return nil
}

func (r *router) update(v view, u *bgp.BGPUpdate) {
	t := r.views[v]
	if t == nil {
		t = &table{paths: map[netip.Prefix]map[uint32]bool{}}
		r.views[v] = t
	}
	for _, w := range u.WithdrawnRoutes {
		t.withdraw(w)
	}
	for _, a := range u.PathAttributes {
		switch a := a.(type) {
		case *bgp.PathAttributeMpUnreachNLRI:
			if a.SAFI == bgp.SAFI_UNICAST {
				for _, w := range a.Value {
					t.withdraw(w)
				}
			}
		case *bgp.PathAttributeMpReachNLRI:
			if a.SAFI == bgp.SAFI_UNICAST {
				for _, n := range a.Value {
					r.announce(t, n)
				}
			}
		}
	}
	for _, n := range u.NLRI {
		r.announce(t, n)
	}
}

func (r *router) announce(t *table, n bgp.AddrPrefixInterface) {
	p, ok := prefixOf(n)
	if !ok {
		return
	}
	if t.paths[p] == nil {
		t.paths[p] = map[uint32]bool{}
	}
	t.paths[p][n.PathIdentifier()] = true
	r.seen[p] = true
}

func (t *table) withdraw(n bgp.AddrPrefixInterface) {
	p, ok := prefixOf(n)
	if !ok {
		return
	}
	delete(t.paths[p], n.PathIdentifier())
	if len(t.paths[p]) == 0 {
		delete(t.paths, p)
	}
}

func prefixOf(n bgp.AddrPrefixInterface) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(n.String())
	return p.Masked(), err == nil
}

// holds reports whether some neighbor's route to the prefix is there, at the latest stage that the router tells of.
func (r *router) holds(p netip.Prefix) bool {
	latest := prePolicy
	for v := range r.views {
		latest = max(latest, v.stage)
	}
	for v, t := range r.views {
		if v.stage == latest && len(t.paths[p]) > 0 {
			return true
		}
	}
	return false
}
