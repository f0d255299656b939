package lab

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// exported compares which prefixes go to each neighbor.
func (c *comparison) exported(r instance, seen *Tables) {
	for _, key := range slices.Sorted(maps.Keys(seen.Exported)) {
		want := map[netip.Prefix]bool{}
		for _, f := range network.Families {
			for a := range c.want.Advertised(r.Name, r.vrf.Name, key, f) {
				want[a.Prefix] = true
				if !slices.Contains(seen.Exported[key], a.Prefix) {
					c.differ(r, a.Prefix, "sent to "+key, "sent", "not sent", c.arrival[a.Prefix])
				}
			}
		}
		for _, p := range seen.Exported[key] {
			if !want[p] {
				c.differ(r, p, "sent to "+key, "not sent", "sent", c.arrival[p])
			}
		}
	}
}

// received compares what an outside speaker has with what we predict to send it.
func (c *comparison) received(s *Speaker, seen *Tables) {
	key := s.Neighbor.Key()
	router := c.want.Network.Router(s.Router)
	r := instance{router, router.VRF(s.VRF)}
	want := map[netip.Prefix]bool{}
	for _, f := range network.Families {
		for a := range c.want.Advertised(s.Router, s.VRF, key, f) {
			want[a.Prefix] = true
			text, got := outsideText(a.Attributes), "none"
			if slices.ContainsFunc(a.Attributes.ASPath, confederated) {
				// Of attribute-unchanged as-path: malformed for who is outside, and so a withdrawal (RFC 5065 §5).
				text = "none"
			}
			for i := range seen.BGP[a.Prefix] {
				if p := &seen.BGP[a.Prefix][i]; p.Neighbor == s.Peer.String() {
					got = outsideText(&p.Attributes)
				}
			}
			if text != got {
				c.differ(r, a.Prefix, "sent to "+key, text, got, c.arrival[a.Prefix])
			}
		}
	}
	for p, paths := range seen.BGP {
		for i := range paths {
			if paths[i].Neighbor == s.Peer.String() && !want[p] {
				c.differ(r, p, "sent to "+key, "none", outsideText(&paths[i].Attributes), c.arrival[p])
			}
		}
	}
}

func outsideText(a *network.PathAttributes) string {
	b := *a
	b.HasLocalPref, b.Weight = false, 0
	return attributeText(nil, &b)
}
