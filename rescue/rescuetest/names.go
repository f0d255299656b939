package rescuetest

import (
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// NameServer answers over UDP until the test ends: it has an address for every name, and counts what it is asked. at is its own
// address, with port 0 for a free one.
func NameServer(t testing.TB, at string, asked *atomic.Int64) (address string) {
	t.Helper()
	s, err := net.ListenPacket("udp", at)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	go func() {
		for b := make([]byte, 1500); ; {
			n, from, err := s.ReadFrom(b)
			if err != nil {
				return
			}
			asked.Add(1)
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 11}}}}
			}
			if text, err := m.Pack(); err == nil {
				_, _ = s.WriteTo(text, from)
			}
		}
	}()
	return s.LocalAddr().String()
}
