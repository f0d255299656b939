package lab

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// spot is a prefix in a router's table.
type spot struct {
	key    string // see Key
	prefix netip.Prefix
}

// consequences are differences with one kind of cause: where the cause was seen, what it is about there, and what follows from it.
type consequences struct {
	at   map[spot]bool
	sent map[spot][]string // by spot of the sender: the neighbors' keys
}

// of notes that a router's table has the cause.
func (c *consequences) of(key string, p netip.Prefix) {
	if c.at == nil {
		c.at = map[spot]bool{}
	}
	c.at[spot{key, p}] = true
}

// towards notes that only what a router sends to one neighbor has it.
func (c *consequences) towards(key string, p netip.Prefix, neighbor string) {
	if c.sent == nil {
		c.sent = map[spot][]string{}
	}
	c.sent[spot{key, p}] = append(c.sent[spot{key, p}], neighbor)
}

// spread follows a cause downstream: over sessions from router to router as long as each differs in the prefix itself, for one
// that agrees hands on what was predicted, and into aggregates of a router that differs.
func (c *consequences) spread(want *routing.Result, all []Difference) {
	differs := map[spot]bool{}
	for _, d := range all {
		if d.Prefix.IsValid() {
			differs[spot{Key(d.Router, d.VRF), d.Prefix}] = true
		}
	}
	next := map[string][]string{}
	for i := range want.Sessions {
		if s := &want.Sessions[i]; s.Remote != "" {
			next[Key(s.Router, s.VRF)] = append(next[Key(s.Router, s.VRF)], Key(s.Remote, remoteVRF(want, s)))
		}
	}
	covers := map[string][]netip.Prefix{}
	for _, router := range want.Network.Routers {
		for _, r := range instances(router) {
			if r.vrf.BGP == nil {
				continue
			}
			for _, f := range r.vrf.BGP.Families {
				for _, a := range f.Aggregates {
					covers[r.key()] = append(covers[r.key()], a.Prefix)
				}
			}
		}
	}
	var queue []spot
	for s := range c.at {
		queue = append(queue, s)
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		visit := func(t spot) {
			if differs[t] && !c.at[t] {
				c.at[t] = true
				queue = append(queue, t)
			}
		}
		for _, key := range next[s.key] {
			visit(spot{key, s.prefix})
		}
		for _, p := range covers[s.key] {
			if p.Bits() < s.prefix.Bits() && p.Contains(s.prefix.Addr()) {
				visit(spot{s.key, p})
			}
		}
	}
}

// remoteOf is the other end of a session; nil where it is not in the snapshot.
func remoteOf(want *routing.Result, s *bgp.Session) *bgp.Session {
	for i := range want.Sessions {
		if q := &want.Sessions[i]; q.Router == s.Remote && q.Neighbor == s.RemoteKey && q.Remote == s.Router && q.RemoteKey == s.Neighbor {
			return q
		}
	}
	return nil
}

// remoteVRF is the routing instance at the other end of a session.
func remoteVRF(want *routing.Result, s *bgp.Session) string {
	if q := remoteOf(want, s); q != nil {
		return q.VRF
	}
	return ""
}

func (c *consequences) covers(d Difference) bool {
	s := spot{Key(d.Router, d.VRF), d.Prefix}
	if !d.Prefix.IsValid() {
		return false
	}
	neighbor, ok := strings.CutPrefix(d.Feature, "sent to ")
	if !ok {
		neighbor, ok = strings.CutPrefix(d.Feature, "advertised to ")
	}
	return c.at[s] || ok && slices.Contains(c.sent[s], neighbor)
}
