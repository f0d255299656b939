package generate

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"net/netip"
	"slices"
)

// RFC 6396 §4: a table dump of version 2, and what stands in it.
const (
	mrtTableDump2  = 13
	mrtPeerTable   = 1
	mrtIPv4Unicast = 2
	mrtTime        = 1_700_000_000 // of every record
	mrtPeerAS4     = 2             // the peer's AS has four octets
)

// Path attributes (RFC 4271 §4.3, RFC 1997).
const (
	attrOrigin      = 1
	attrASPath      = 2
	attrNextHop     = 3
	attrMED         = 4
	attrCommunities = 8
	wellKnown       = 0x40
	optional        = 0x80
	transitive      = 0x40
)

// dump is the table of one neighbor as a compressed MRT table dump.
func (t *tables) dump(as uint32, n, share int) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	peer := address("192.0.2.0", uint32(n)+1).AsSlice()
	body := []byte{192, 0, 2, 254, 0, 0, 0, 1, mrtPeerAS4}
	body = append(append(body, peer...), peer...)
	body = binary.BigEndian.AppendUint32(body, as)
	record(z, mrtPeerTable, body)
	type line struct {
		prefix netip.Prefix
		atom   int
	}
	var lines []line
	views := make([][]byte, len(t.atoms))
	for i := range t.atoms {
		if views[i] = t.attributes(as, n, share, i, peer); views[i] != nil {
			for _, p := range t.atoms[i].prefixes {
				lines = append(lines, line{p, i})
			}
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(a.prefix.Compare(b.prefix), cmp.Compare(a.atom, b.atom)) })
	lines = slices.CompactFunc(lines, func(a, b line) bool { return a.prefix == b.prefix })
	for i, l := range lines {
		bits := l.prefix.Bits()
		body = binary.BigEndian.AppendUint32(body[:0], uint32(i))
		body = append(body, byte(bits))
		body = append(body, l.prefix.Addr().AsSlice()[:(bits+7)/8]...)
		body = append(body, 0, 1, 0, 0) // one entry, of the first peer
		body = binary.BigEndian.AppendUint32(body, mrtTime)
		body = binary.BigEndian.AppendUint16(body, uint16(len(views[l.atom])))
		record(z, mrtIPv4Unicast, append(body, views[l.atom]...))
	}
	// Neither of these fails: the memory that it writes to takes everything.
	z.Close()
	return out.Bytes()
}

func record(z *gzip.Writer, subtype uint16, body []byte) {
	var head [12]byte
	binary.BigEndian.PutUint32(head[:], mrtTime)
	binary.BigEndian.PutUint16(head[4:], mrtTableDump2)
	binary.BigEndian.PutUint16(head[6:], subtype)
	binary.BigEndian.PutUint32(head[8:], uint32(len(body)))
	z.Write(head[:])
	z.Write(body)
}

// attributes are those of an atom as the neighbor sends them; nil when it has no route.
func (t *tables) attributes(as uint32, n, share, i int, nextHop []byte) []byte {
	path, med, tags, ok := t.view(as, n, share, i)
	if !ok {
		return nil
	}
	b := []byte{wellKnown, attrOrigin, 1, 0, wellKnown, attrASPath, byte(2 + 4*len(path)), 2, byte(len(path))}
	for _, x := range path {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	b = append(append(b, wellKnown, attrNextHop, 4), nextHop...)
	if med > 0 {
		b = binary.BigEndian.AppendUint32(append(b, optional, attrMED, 4), med)
	}
	b = append(b, optional|transitive, attrCommunities, byte(4*len(tags)))
	for _, c := range tags {
		b = binary.BigEndian.AppendUint32(b, c)
	}
	return b
}
