package probe_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/canary/probe"
)

var here = netip.MustParseAddr("127.0.0.1")

// TestProbes: what answers passes, what does not fails, and what this machine could not try is no data.
func TestProbes(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host != "shop.example":
			http.Error(w, "who?", http.StatusMisdirectedRequest)
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		case r.URL.Path == "/broken":
			http.Error(w, "broken", http.StatusInternalServerError)
		}
	}))
	defer web.Close()
	var turn atomic.Int32
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if turn.Add(1)%4 == 0 {
			http.Error(w, "not now", http.StatusServiceUnavailable)
		}
	}))
	defer flaky.Close()
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(30 * time.Millisecond) }))
	defer slow.Close()
	webPort, flakyPort, slowPort := port(t, web), port(t, flaky), port(t, slow)
	names := nameServer(t)
	closed := closedPort(t)
	stranger := probe.Vantage{Name: "ams", Source: netip.MustParseAddr("203.0.113.77")}
	for _, c := range []struct {
		target probe.Target
		want   canary.Outcome
		says   string
	}{
		{probe.Target{Name: "tcp", Kind: probe.TCP, Port: webPort}, canary.Pass, "1 of 1 answered"},
		{probe.Target{Name: "tcp-closed", Kind: probe.TCP, Port: closed, Count: 3}, canary.Fail, "3 of 3 without an answer (limit 0%)"},
		{probe.Target{Name: "tcp-source", Kind: probe.TCP, Port: webPort, From: probe.Vantage{Name: "lo", Source: netip.MustParseAddr("127.0.0.9")}}, canary.Pass, "answered"},
		{probe.Target{Name: "tcp-stranger", Kind: probe.TCP, Port: webPort, From: stranger}, canary.NoData, "could not be tried"},
		{probe.Target{Name: "dns", Kind: probe.DNS, Port: names, Query: "www.example"}, canary.Pass, "answered"},
		{probe.Target{Name: "dns-dot", Kind: probe.DNS, Port: names, Query: "www.example."}, canary.Pass, "answered"},
		{probe.Target{Name: "dns-none", Kind: probe.DNS, Port: names, Query: "gone.example"}, canary.Fail, "no such host"},
		{probe.Target{Name: "dns-silent", Kind: probe.DNS, Port: closed, Query: "www.example", Timeout: 300 * time.Millisecond}, canary.Fail, "without an answer"},
		{probe.Target{Name: "http", Kind: probe.HTTP, Port: webPort, URL: "http://shop.example/"}, canary.Pass, "answered"},
		{probe.Target{Name: "http-moved", Kind: probe.HTTP, Port: webPort, URL: "http://shop.example/moved", Status: 302}, canary.Pass, "answered"},
		{probe.Target{Name: "http-other", Kind: probe.HTTP, Port: webPort, URL: "http://shop.example/", Status: 204}, canary.Fail, "status 200, wanted is 204"},
		{probe.Target{Name: "http-broken", Kind: probe.HTTP, Port: webPort, URL: "http://shop.example/broken"}, canary.Fail, "500"},
		{probe.Target{Name: "http-loss", Kind: probe.HTTP, Port: flakyPort, URL: "http://shop.example/", Count: 8, Loss: 0.3}, canary.Pass, "6 of 8 answered"},
		{probe.Target{Name: "http-too-much-loss", Kind: probe.HTTP, Port: flakyPort, URL: "http://shop.example/", Count: 8, Loss: 0.2}, canary.Fail, "2 of 8 without an answer (limit 20%)"},
		{probe.Target{Name: "http-slow", Kind: probe.HTTP, Port: slowPort, URL: "http://shop.example/", Slow: time.Millisecond, Timeout: 10 * time.Second}, canary.Fail, "(limit 1ms)"},
	} {
		t.Run(c.target.Name, func(t *testing.T) {
			c.target.Address = here
			if c.target.Timeout == 0 {
				c.target.Timeout = 10 * time.Second // the machine may be busy
			}
			s, err := probe.New("probes", []probe.Target{c.target})
			if err != nil {
				t.Fatal(err)
			}
			got := s.Measure(t.Context(), canary.Watch{})
			if len(got) != 1 || got[0].Outcome != c.want || !strings.Contains(got[0].Value, c.says) {
				t.Errorf("got %+v, want %s with %q", got, c.want, c.says)
			}
		})
	}
}

func TestEcho(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("sending echo requests needs root here")
	}
	for _, c := range []struct {
		target probe.Target
		want   canary.Outcome
	}{
		{probe.Target{Name: "here", Address: here, Count: 3}, canary.Pass},
		{probe.Target{Name: "six", Address: netip.MustParseAddr("::1")}, canary.Pass},
		{probe.Target{Name: "stranger", Address: here, From: probe.Vantage{Source: netip.MustParseAddr("203.0.113.77")}}, canary.NoData},
	} {
		t.Run(c.target.Name, func(t *testing.T) {
			c.target.Kind, c.target.Timeout = probe.ICMP, 5*time.Second
			s, err := probe.New("echo", []probe.Target{c.target})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Measure(t.Context(), canary.Watch{}); got[0].Outcome != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// TestEndedLook: a look that is cut short before anything answered has seen nothing.
func TestEndedLook(t *testing.T) {
	s, err := probe.New("probes", []probe.Target{{Name: "a", Kind: probe.TCP, Address: here, Port: closedPort(t), Count: 5}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.Measure(ctx, canary.Watch{}); got[0].Outcome != canary.NoData {
		t.Errorf("got %+v", got)
	}
}

func TestSenselessTargets(t *testing.T) {
	for _, x := range []probe.Target{
		{Kind: probe.TCP, Address: here, Port: 1},
		{Name: "a", Kind: probe.TCP, Port: 1},
		{Name: "a", Kind: probe.TCP, Address: here},
		{Name: "a", Kind: "smtp", Address: here},
		{Name: "a", Kind: probe.DNS, Address: here},
		{Name: "a", Kind: probe.HTTP, Address: here},
		{Name: "a", Kind: probe.ICMP, Address: here, Loss: 1},
		{Name: "a", Kind: probe.ICMP, Address: here, From: probe.Vantage{Source: netip.MustParseAddr("::1")}},
	} {
		if _, err := probe.New("probes", []probe.Target{x}); err == nil {
			t.Errorf("%+v is taken", x)
		}
	}
}

func port(t *testing.T, s *httptest.Server) uint16 {
	t.Helper()
	return netip.MustParseAddrPort(s.Listener.Addr().String()).Port()
}

func closedPort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

// nameServer answers A queries for www.example and denies every other name.
func nameServer(t *testing.T) uint16 {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Header.Response, m.Additionals = true, nil
			q := m.Questions[0]
			switch {
			case q.Name.String() != "www.example.":
				m.Header.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
					Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}}}
			}
			if out, err := m.Pack(); err == nil {
				c.WriteTo(out, from)
			}
		}
	}()
	return netip.MustParseAddrPort(c.LocalAddr().String()).Port()
}
