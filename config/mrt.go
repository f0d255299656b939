package config

import (
	"bufio"
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"github.com/routegate/routegate/network"
)

// maxRecord bounds one MRT record: a prefix with some thousand peers stays well below.
const maxRecord = 32 << 20

// feed expands an announcement's MRT table dump (RFC 6396 TABLE_DUMP_V2) into one
// announcement for each set of attributes.
func (r *reader) feed(ctx context.Context, src source, at string, d docAnnouncement, like network.Announcement) []network.Announcement {
	file := path.Clean(d.MRT)
	if path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../") {
		r.fail(at+".mrt", "the path is relative to the snapshot", "%s leaves the snapshot", d.MRT)
		return nil
	}
	in, err := src.open(ctx, file)
	if err != nil {
		e := wrap(file, err)
		r.fail(at+".mrt", e.Hint, "%s: %s", file, e.Msg)
		return nil
	}
	defer in.Close()
	key := feedKey{like: fmt.Sprintf("%+v", like)}
	if key.digest, err = digest(ctx, src, file); err != nil {
		r.errs = append(r.errs, wrap(file, err))
		return nil
	}
	if out, ok := r.base.feed(key); ok {
		r.keep(key, out)
		return out
	}
	f := &mrtFeed{file: file, like: like, groups: map[string]*network.Announcement{}, known: map[string]*network.Announcement{}}
	if err := f.readAll(ctx, in); err != nil {
		r.errs = append(r.errs, wrap(file, err))
		return nil
	}
	if f.warning != "" {
		r.warnings = append(r.warnings, fmt.Sprintf("%s: %s: %s", r.span(at), file, f.warning))
	}
	out := make([]network.Announcement, 0, len(f.groups))
	for _, a := range f.groups {
		slices.SortFunc(a.Prefixes, comparePrefix)
		a.Prefixes = slices.Compact(a.Prefixes)
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b network.Announcement) int { return comparePrefix(a.Prefixes[0], b.Prefixes[0]) })
	if len(out) == 0 {
		r.fail(at+".mrt", "", "%s holds no IPv4 or IPv6 unicast route of AS %d", file, like.From)
	}
	if f.warning == "" {
		r.keep(key, out)
	}
	return out
}

func (r *reader) keep(key feedKey, out []network.Announcement) {
	if r.feeds == nil {
		r.feeds = map[feedKey][]network.Announcement{}
	}
	r.feeds[key] = out
}

// feedKey is a table dump by its octets, and what is made of it.
type feedKey struct {
	digest [sha256.Size]byte
	like   string
}

// feed is what a dump came to when it was read for the snapshot; ok is false where it was not.
func (s *Snapshot) feed(key feedKey) (out []network.Announcement, ok bool) {
	if s != nil {
		out, ok = s.feeds[key]
	}
	return out, ok
}

func digest(ctx context.Context, src source, file string) (sum [sha256.Size]byte, err error) {
	in, err := src.open(ctx, file)
	if err != nil {
		return sum, err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// mrtFeed reads one dump.
type mrtFeed struct {
	file    string
	like    network.Announcement // what all have in common
	peers   []*mrt.Peer
	peer    uint16
	chosen  bool
	warning string
	groups  map[string]*network.Announcement
	known   map[string]*network.Announcement // groups by the octets of the attributes, as far as they have been met
	unknown []byte                           // octets of the record at hand that have not
}

// damaged is an error at a record of the dump.
func (f *mrtFeed) damaged(record int, offset int64, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the dump ends in the middle of it")
	}
	return &Error{Path: f.file, Msg: fmt.Sprintf("record %d at byte %d: %s", record, offset, err), Hint: "the dump is damaged, or is not an MRT file", Err: err}
}

// decompress looks at the first bytes, not at the name.
func decompress(in io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(in, 1<<16)
	head, _ := b.Peek(3)
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		return gzip.NewReader(b)
	case string(head) == "BZh":
		return bzip2.NewReader(b), nil
	}
	return b, nil
}

func (f *mrtFeed) readAll(ctx context.Context, in io.Reader) error {
	plain, err := decompress(in)
	if err != nil {
		return f.damaged(1, 0, err)
	}
	r := bufio.NewReaderSize(plain, 1<<20)
	var offset int64
	var buf []byte
	head := make([]byte, mrt.MRT_COMMON_HEADER_LEN)
	for record := 1; ; record++ {
		if record%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := io.ReadFull(r, head)
		if err == io.EOF && n == 0 {
			if record == 1 {
				return f.damaged(1, 0, errors.New("the file is empty"))
			}
			return nil
		}
		if err != nil {
			return f.damaged(record, offset, err)
		}
		h := &mrt.MRTHeader{}
		if err := h.DecodeFromBytes(head); err != nil {
			return f.damaged(record, offset, err)
		}
		if h.Len > maxRecord {
			return f.damaged(record, offset, fmt.Errorf("a length of %d bytes", h.Len))
		}
		if cap(buf) < int(h.Len) {
			buf = make([]byte, h.Len)
		}
		buf = buf[:h.Len]
		if _, err := io.ReadFull(r, buf); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return f.damaged(record, offset, err)
		}
		if err := f.record(h, buf); err != nil {
			var e *Error
			if errors.As(err, &e) {
				return err
			}
			return f.damaged(record, offset, err)
		}
		offset += int64(len(head)) + int64(h.Len)
	}
}

// record takes one record. GoBGP's decoder indexes into records without looking at their length
// first, so a damaged one ends in a panic there.
func (f *mrtFeed) record(h *mrt.MRTHeader, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be decoded: %v", p)
		}
	}()
	if h.Type != mrt.TABLE_DUMPv2 {
		return &Error{Path: f.file, Msg: fmt.Sprintf("MRT type %d is not a table dump of version 2", h.Type), Hint: "want a RIB dump (bview, rib), not updates"}
	}
	if f.unknown = nil; f.route(h, body) {
		return nil
	}
	m, err := mrt.ParseMRTBody(h, body)
	if err != nil {
		return err
	}
	switch b := m.Body.(type) {
	case *mrt.PeerIndexTable:
		f.peers = b.Peers
		return f.choose()
	case *mrt.Rib:
		if !f.chosen {
			return errors.New("a route before the table of peers")
		}
		prefix, ok := unicast(b.Prefix)
		if !ok {
			return nil
		}
		for _, e := range b.Entries {
			if e.PeerIndex == f.peer {
				f.add(prefix, e.PathAttributes)
				return nil
			}
		}
	}
	return nil
}

// unicast gives the prefix of an IPv4 or IPv6 unicast route.
func unicast(p bgp.AddrPrefixInterface) (netip.Prefix, bool) {
	if p.SAFI() != bgp.SAFI_UNICAST {
		return netip.Prefix{}, false
	}
	out, err := netip.ParsePrefix(p.String())
	return out.Masked(), err == nil
}

// choose picks the peer whose routes are meant.
func (f *mrtFeed) choose() error {
	var fit, other []string
	for i, p := range f.peers {
		if p.AS != f.like.From {
			other = append(other, fmt.Sprintf("AS %d", p.AS))
			continue
		}
		if len(fit) == 0 {
			f.peer, f.chosen = uint16(i), true
		}
		fit = append(fit, p.IpAddress.String())
	}
	switch {
	case len(fit) > 1:
		f.warning = fmt.Sprintf("%d peers in AS %d: the routes of the first, %s, are taken", len(fit), f.like.From, fit[0])
	case len(fit) == 0 && len(f.peers) == 1:
		f.peer, f.chosen = 0, true
	case len(fit) == 0:
		other = sortedUnique(other)
		if len(other) > 8 {
			other = append(other[:8:8], fmt.Sprintf("%d more", len(other)-8))
		}
		return &Error{Path: f.file, Msg: fmt.Sprintf("the dump has no peer in AS %d", f.like.From), Hint: "it has " + strings.Join(other, ", ")}
	}
	return nil
}
