package config

import (
	"encoding/binary"
	"net/netip"

	"github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"github.com/routegate/routegate/network"
)

// A full table is a million routes with some hundred thousand different sets of attributes: what stands in a record is
// looked at octet by octet, and attributes are decoded where they have not been met before.

// route takes a unicast RIB record of the chosen peer whose attributes are known by their octets. It reports false
// for any other record, which has to be decoded as a whole.
func (f *mrtFeed) route(h *mrt.MRTHeader, body []byte) bool {
	if !f.chosen {
		return false
	}
	prefix, attrs, ok := f.entry(h, body)
	if !ok {
		return false
	}
	if attrs == nil {
		return true // other peers' only
	}
	g := f.known[string(attrs)]
	if g == nil {
		f.unknown = attrs
		return false
	}
	g.Prefixes = append(g.Prefixes, prefix)
	return true
}

// entry gives the prefix of a unicast RIB record (RFC 6396 §4.3.2), and the attributes that the chosen peer has for it; nil where it has none.
func (f *mrtFeed) entry(h *mrt.MRTHeader, body []byte) (p netip.Prefix, attrs []byte, ok bool) {
	size := 0
	switch mrt.MRTSubTypeTableDumpv2(h.SubType) {
	case mrt.RIB_IPV4_UNICAST:
		size = 4
	case mrt.RIB_IPV6_UNICAST:
		size = 16
	default:
		return p, nil, false
	}
	if h.Type != mrt.TABLE_DUMPv2 || len(body) < 5 {
		return p, nil, false
	}
	bits := int(body[4])
	octets := (bits + 7) / 8
	if bits > 8*size || len(body) < 5+octets+2 {
		return p, nil, false
	}
	var a [16]byte
	copy(a[:], body[5:5+octets])
	addr := netip.AddrFrom16(a)
	if size == 4 {
		addr = netip.AddrFrom4([4]byte(a[:4]))
	}
	p = netip.PrefixFrom(addr, bits).Masked()
	rest := body[5+octets:]
	n := int(binary.BigEndian.Uint16(rest))
	rest = rest[2:]
	for range n {
		if len(rest) < 8 {
			return p, nil, false
		}
		peer, length := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[6:]))
		if rest = rest[8:]; len(rest) < length {
			return p, nil, false
		}
		if peer == f.peer && attrs == nil {
			attrs = rest[:length:length]
		}
		rest = rest[length:]
	}
	return p, attrs, true
}

// remember notes the group of the attributes that have just been decoded.
func (f *mrtFeed) remember(g *network.Announcement) {
	if f.unknown != nil {
		f.known[string(f.unknown)] = g
		f.unknown = nil
	}
}
