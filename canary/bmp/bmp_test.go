package bmp_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/log"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	gobmp "github.com/osrg/gobgp/v3/pkg/packet/bmp"
	"github.com/osrg/gobgp/v3/pkg/server"
	apb "google.golang.org/protobuf/types/known/anypb"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/canary/bmp"
	"github.com/routegate/routegate/device"
)

var (
	loopback = netip.MustParseAddr("127.0.0.1")
	prefixes = []string{"198.51.100.0/24", "203.0.113.0/25", "203.0.113.128/25"}
)

// wave is what the judge knows: edge1 had three prefixes, and is to keep those named.
func wave(keeps ...string) canary.Watch {
	o := func(list []string) map[string]device.Observation {
		x := device.Observation{Router: "edge1", Routes: []device.Route{{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Own: true}}}
		for _, p := range list {
			x.Routes = append(x.Routes, device.Route{Prefix: netip.MustParsePrefix(p)})
		}
		return map[string]device.Observation{"edge1": x}
	}
	return canary.Watch{Routers: []string{"edge1"}, Neighbors: []string{"leaf1"}, Baseline: o(prefixes), After: o(keeps)}
}

func collector(t *testing.T) (c *bmp.Collector, address netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = bmp.NewCollector(bmp.Options{Routers: map[netip.Addr]string{loopback: "edge1"}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c, netip.MustParseAddrPort(l.Addr().String())
}

func signal(t *testing.T, c *bmp.Collector, l bmp.Limits) *bmp.Signal {
	t.Helper()
	s, err := bmp.New("withdrawals", c, l)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expect looks until the only measurement is as wanted.
func expect(t *testing.T, s *bmp.Signal, w canary.Watch, want canary.Outcome, says string) {
	t.Helper()
	var got []canary.Measurement
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got = s.Measure(t.Context(), w)
		if len(got) == 1 && got[0].Outcome == want && strings.Contains(got[0].Value, says) {
			return
		}
	}
	t.Fatalf("got %+v, want %s with %q", got, want, says)
}

// TestGoBGPTells: a real GoBGP tells what its neighbor withdraws.
func TestGoBGPTells(t *testing.T) {
	c, address := collector(t)
	s := signal(t, c, bmp.Limits{Withdrawn: 1})
	strict := signal(t, c, bmp.Limits{Withdrawn: 3, Never: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/26")}})
	expect(t, s, wave(prefixes...), canary.NoData, "no BMP session")

	ctx := t.Context()
	edge, provider := speaker(t, 64500, "127.0.0.31", 17931), speaker(t, 64496, "127.0.0.32", -1)
	family := []*api.AfiSafi{{Config: &api.AfiSafiConfig{Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}, Enabled: true}}}
	must(t, edge.AddPeer(ctx, &api.AddPeerRequest{Peer: &api.Peer{Conf: &api.PeerConf{NeighborAddress: "127.0.0.32", PeerAsn: 64496},
		Transport: &api.Transport{PassiveMode: true, LocalAddress: "127.0.0.31"}, AfiSafis: family}}))
	must(t, edge.AddBmp(ctx, &api.AddBmpRequest{Address: address.Addr().String(), Port: uint32(address.Port()), Policy: api.AddBmpRequest_POST}))
	for _, p := range prefixes {
		_, err := provider.AddPath(ctx, &api.AddPathRequest{Path: path(t, p)})
		must(t, err)
	}
	must(t, provider.AddPeer(ctx, &api.AddPeerRequest{Peer: &api.Peer{Conf: &api.PeerConf{NeighborAddress: "127.0.0.31", PeerAsn: 64500},
		Transport: &api.Transport{RemotePort: 17931, LocalAddress: "127.0.0.32"}, Timers: &api.Timers{Config: &api.TimersConfig{ConnectRetry: 1}}, AfiSafis: family}}))
	expect(t, s, wave(prefixes...), canary.Pass, "0 of 3 prefixes withdrawn")

	withdraw := func(p string) { must(t, provider.DeletePath(ctx, &api.DeletePathRequest{Path: path(t, p)})) }
	withdraw(prefixes[1])
	expect(t, s, wave(prefixes...), canary.Pass, "1 of 3 prefixes withdrawn (limit 1)")
	withdraw(prefixes[2])
	expect(t, s, wave(prefixes...), canary.Fail, "2 of 3 prefixes withdrawn (limit 1), for example 203.0.113.0/25")
	expect(t, s, wave(prefixes[0]), canary.Pass, "0 of 3") // those that the change is to withdraw
	expect(t, strict, wave(prefixes...), canary.Pass, "2 of 3")
	withdraw(prefixes[0])
	expect(t, strict, wave(prefixes...), canary.Fail, "198.51.100.0/24 is withdrawn")

	for _, p := range prefixes {
		_, err := provider.AddPath(ctx, &api.AddPathRequest{Path: path(t, p)})
		must(t, err)
	}
	expect(t, s, wave(prefixes...), canary.Pass, "0 of 3")
	must(t, provider.DeletePeer(ctx, &api.DeletePeerRequest{Address: "127.0.0.31"}))
	expect(t, s, wave(prefixes...), canary.Fail, "3 of 3")
	must(t, edge.DeleteBmp(ctx, &api.DeleteBmpRequest{Address: address.Addr().String(), Port: uint32(address.Port())}))
}

// TestWhatCannotBeRead: a broken update leaves the router without data, a broken frame ends its session, a peer-up whose OPENs
// are headers only is read for what it says.
func TestWhatCannotBeRead(t *testing.T) {
	c, address := collector(t)
	s := signal(t, c, bmp.Limits{})
	peer := gobmp.NewBMPPeerHeader(gobmp.BMP_PEER_TYPE_GLOBAL, gobmp.BMP_PEER_FLAG_POST_POLICY, 0, "192.0.2.1", 64496, "192.0.2.1", 0)
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", address.String())
		must(t, err)
		return conn
	}
	update := func() []byte {
		attrs := []bgp.PathAttributeInterface{bgp.NewPathAttributeOrigin(0), bgp.NewPathAttributeNextHop("192.0.2.1")}
		var nlri []*bgp.IPAddrPrefix
		for _, p := range prefixes {
			x := netip.MustParsePrefix(p)
			nlri = append(nlri, bgp.NewIPAddrPrefix(uint8(x.Bits()), x.Addr().String()))
		}
		text, err := gobmp.NewBMPRouteMonitoring(*peer, bgp.NewBGPUpdateMessage(nil, attrs, nlri)).Serialize()
		must(t, err)
		return text
	}
	write := func(conn net.Conn, text []byte) {
		t.Helper()
		_, err := conn.Write(text)
		must(t, err)
	}

	conn := dial()
	write(conn, headerOnlyPeerUp(t, peer))
	write(conn, update())
	expect(t, s, wave(prefixes...), canary.Pass, "0 of 3")
	broken := update()
	binary.BigEndian.PutUint16(broken[gobmp.BMP_HEADER_SIZE+gobmp.BMP_PEER_HEADER_SIZE+19:], 9999) // withdrawn routes length
	write(conn, broken)
	expect(t, s, wave(prefixes...), canary.NoData, "cannot be read")
	conn.Close()

	conn = dial()
	write(conn, update())
	expect(t, s, wave(prefixes...), canary.Pass, "0 of 3")
	write(conn, []byte{3, 0, 0, 0, 1, 0})
	expect(t, s, wave(prefixes...), canary.NoData, "a message of 1 octets")
	conn.Close()

	conn = dial()
	write(conn, update())
	expect(t, s, wave(prefixes...), canary.Pass, "0 of 3")
	conn.Close()
	expect(t, s, wave(prefixes...), canary.NoData, "the session has ended")
}

func headerOnlyPeerUp(t *testing.T, peer *gobmp.BMPPeerHeader) []byte {
	t.Helper()
	head, err := peer.Serialize()
	must(t, err)
	body := append(head, make([]byte, 20)...) // local address and ports
	open := append([]byte(strings.Repeat("\xff", 16)), 0, 19, 1)
	body = append(append(body, open...), open...)
	text := []byte{3, 0, 0, 0, 0, gobmp.BMP_MSG_PEER_UP_NOTIFICATION}
	binary.BigEndian.PutUint32(text[1:], uint32(len(text)+len(body)))
	return append(text, body...)
}

// FuzzSession: whatever a router sends, the collector neither panics nor hangs.
func FuzzSession(f *testing.F) {
	f.Add([]byte{3, 0, 0, 0, 6, 4})
	f.Add([]byte{3, 0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Skip(err)
		}
		c := bmp.NewCollector(bmp.Options{Routers: map[netip.Addr]string{loopback: "edge1"}})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- c.Serve(ctx, l) }()
		if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
			conn.Write(text)
			conn.Close()
		}
		cancel()
		<-done
	})
}

func speaker(t *testing.T, as uint32, address string, port int32) *server.BgpServer {
	t.Helper()
	s := server.NewBgpServer(server.LoggerOption(silent{}))
	go s.Serve()
	must(t, s.StartBgp(t.Context(), &api.StartBgpRequest{Global: &api.Global{Asn: as, RouterId: address, ListenPort: port, ListenAddresses: []string{address}}}))
	t.Cleanup(s.Stop)
	return s
}

func path(t *testing.T, prefix string) *api.Path {
	t.Helper()
	p := netip.MustParsePrefix(prefix)
	nlri, err := apb.New(&api.IPAddressPrefix{Prefix: p.Addr().String(), PrefixLen: uint32(p.Bits())})
	must(t, err)
	origin, err := apb.New(&api.OriginAttribute{})
	must(t, err)
	hop, err := apb.New(&api.NextHopAttribute{NextHop: "127.0.0.32"})
	must(t, err)
	return &api.Path{Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}, Nlri: nlri, Pattrs: []*apb.Any{origin, hop}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type silent struct{}

func (silent) Panic(msg string, f log.Fields) { panic(fmt.Sprint(msg, f)) }
func (silent) Fatal(msg string, f log.Fields) { panic(fmt.Sprint(msg, f)) }
func (silent) Error(string, log.Fields)       {}
func (silent) Warn(string, log.Fields)        {}
func (silent) Info(string, log.Fields)        {}
func (silent) Debug(string, log.Fields)       {}
func (silent) SetLevel(log.LogLevel)          {}
func (silent) GetLevel() log.LogLevel         { return log.ErrorLevel }
