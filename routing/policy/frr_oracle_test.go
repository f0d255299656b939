package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/apiutil"
	"github.com/osrg/gobgp/v3/pkg/log"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/server"

	"github.com/routegate/routegate/network"
)

const bgpdPath = "/usr/lib/frr/bgpd"

// TestAgainstFRR lets the real bgpd and this package apply the same random route maps to
// the same routes. bgpd runs alone, without zebra; a GoBGP speaker in this process announces the
// routes. ROUTEGATE_REQUIRE_DAEMONS=1 turns a missing daemon into a failure.
func TestAgainstFRR(t *testing.T) {
	if _, err := os.Stat(bgpdPath); err != nil {
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatal("FRR is required and not installed: ", err)
		}
		t.Skip("requires daemons: FRR is not installed")
	}
	if testing.Short() {
		t.Skip("runs a daemon")
	}
	const maps = 48 // bgpd reads a longer configuration in quadratic time
	g := &generator{r: rand.New(rand.NewPCG(7, 11))}
	for i := range maps {
		g.routeMap(fmt.Sprintf("T%d", i))
	}
	f := startFRR(t, g.config())
	e := Compile(g.router())
	failures := 0
	for i := range maps {
		name := fmt.Sprintf("T%d", i)
		got := f.apply(t, name, g.prefixes())
		for _, rt := range g.routes() {
			rt.Direction, rt.Peer, rt.PeerAS, rt.LocalAS, rt.Type = Import, addr("127.0.0.2"), 65001, 65000, network.RouteExternal
			want := "refused"
			if r := e.Chain(chain(name), rt, network.Reject); r.Disposition == network.Accept {
				want = render(r.Route.Attributes)
			}
			if have := got[rt.Prefix]; have != want {
				if failures++; failures <= 5 {
					t.Errorf("%s of %s:\n FRR  %s\n ours %s\n%s", rt.Prefix, render(rt.Attributes), have, want, g.text[name])
				}
			}
		}
	}
	if failures > 5 {
		t.Errorf("%d differences in all", failures)
	}
}

// render is what is compared of a route that came in.
func render(a *network.PathAttributes) string {
	lp := "-"
	if a.HasLocalPref {
		lp = strconv.Itoa(int(a.LocalPref))
	}
	med := "-"
	if a.HasMED {
		med = strconv.Itoa(int(a.MED))
	}
	return fmt.Sprintf("path [%s] lp %s med %s weight %d origin %s nh %s comm [%s] large [%s]", a.ASPath, lp, med, a.Weight, a.Origin, a.NextHop,
		attributeText(network.StandardCommunity, a), attributeText(network.LargeCommunityKind, a))
}

// frr is a running bgpd that one GoBGP speaker announces routes to.
type frr struct{ dir string }

func startFRR(t *testing.T, policies string) *frr {
	t.Helper()
	ctx := context.Background()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal("loopback: ", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir := t.TempDir()
	conf := fmt.Sprintf(`router bgp 65000
 bgp router-id 127.0.0.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 127.0.0.2 remote-as 65001
 neighbor 127.0.0.2 port %d
 neighbor 127.0.0.2 ebgp-multihop 5
 neighbor 127.0.0.2 update-source 127.0.0.1
 neighbor 127.0.0.2 timers connect 1
 address-family ipv4 unicast
  neighbor 127.0.0.2 soft-reconfiguration inbound
 exit-address-family
exit
%s`, port, policies)
	file := filepath.Join(dir, "bgpd.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &frr{dir: dir}
	speak(t, ctx, port, (&generator{}).routes())
	var out output
	cmd := exec.Command(bgpdPath, "-Z", "-n", "--skip_runas", "-p", "0", "-P", "0", "-f", file, "-i", filepath.Join(dir, "pid"), "--vty_socket", dir, "--log", "stdout")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	want := len((&generator{}).prefixes())
	deadline := time.Now().Add(90 * time.Second)
	for {
		if strings.Contains(f.vtysh(t, "show bgp ipv4 unicast json"), fmt.Sprintf(`"totalRoutes": %d`, want)) || strings.Count(f.vtysh(t, "show bgp ipv4 unicast json"), `"pathFrom"`) >= want {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the session does not come up: %s\n%s", f.vtysh(t, "show bgp summary"), &out)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if strings.Contains(out.String(), "Config Failed") || strings.Contains(out.String(), "Failed to edit") {
		t.Fatalf("bgpd refuses lines:\n%s", &out)
	}
	return f
}

// output collects what a running daemon says.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (f *frr) vtysh(t *testing.T, commands ...string) string {
	args := []string{"--vty_socket", f.dir, "-d", "bgpd"}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	out, err := exec.Command("vtysh", args...).Output()
	if err != nil && len(out) == 0 {
		return err.Error()
	}
	return string(out)
}

// apply attaches a route map and reads what came through.
func (f *frr) apply(t *testing.T, name string, prefixes []netip.Prefix) map[netip.Prefix]string {
	t.Helper()
	if out := f.vtysh(t, "configure terminal", "router bgp 65000", "address-family ipv4 unicast", "neighbor 127.0.0.2 route-map "+name+" in"); strings.Contains(out, "%") {
		t.Fatal(out)
	}
	time.Sleep(60 * time.Millisecond)
	var show []string
	for _, p := range prefixes {
		show = append(show, "show bgp ipv4 unicast "+p.String()+" json")
	}
	got := map[netip.Prefix]string{}
	dec := json.NewDecoder(strings.NewReader(f.vtysh(t, show...)))
	for i := 0; ; i++ {
		var doc struct {
			Prefix string
			Paths  []struct {
				ASPath         struct{ String string }
				Origin         string
				Metric         *uint32
				LocPrf         *uint32
				Weight         uint32
				Community      struct{ String string }
				LargeCommunity struct{ String string }
				Nexthops       []struct{ IP string }
			}
		}
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p := prefixes[i]
		got[p] = "refused"
		if doc.Prefix != p.String() || len(doc.Paths) == 0 {
			continue
		}
		x := doc.Paths[0]
		num := func(v *uint32) string {
			if v == nil {
				return "-"
			}
			return strconv.Itoa(int(*v))
		}
		aspath := x.ASPath.String
		if aspath == "Local" {
			aspath = ""
		}
		got[p] = fmt.Sprintf("path [%s] lp %s med %s weight %d origin %s nh %s comm [%s] large [%s]", aspath, num(x.LocPrf), num(x.Metric), x.Weight,
			strings.ToLower(x.Origin), x.Nexthops[0].IP, x.Community.String, x.LargeCommunity.String)
	}
	return got
}

// speak starts a speaker on 127.0.0.2 that announces the routes to 127.0.0.1.
func speak(t *testing.T, ctx context.Context, port int, routes []Route) {
	t.Helper()
	s := server.NewBgpServer(server.LoggerOption(quiet{}))
	go s.Serve()
	if err := s.StartBgp(ctx, &api.StartBgpRequest{Global: &api.Global{Asn: 65001, RouterId: "127.0.0.2", ListenPort: int32(port), ListenAddresses: []string{"127.0.0.2"}}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	if err := s.AddPeer(ctx, &api.AddPeerRequest{Peer: &api.Peer{
		Conf:      &api.PeerConf{NeighborAddress: "127.0.0.1", PeerAsn: 65000, LocalAsn: 65001},
		Transport: &api.Transport{PassiveMode: true, LocalAddress: "127.0.0.2"}, EbgpMultihop: &api.EbgpMultihop{Enabled: true, MultihopTtl: 5},
	}}); err != nil {
		t.Fatal(err)
	}
	for _, rt := range routes {
		a := rt.Attributes
		path := mapAS(a.ASPath[:1], func(as uint32) (uint32, bool) { return as, true })
		path[0].AS = path[0].AS[1:] // the speaker prepends its own AS
		attrs := attributesOf(a, append(path, a.ASPath[1:]...))
		p, err := apiutil.NewPath(bgp.NewIPAddrPrefix(uint8(rt.Prefix.Bits()), rt.Prefix.Addr().String()), false, attrs, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddPath(ctx, &api.AddPathRequest{TableType: api.TableType_GLOBAL, Path: p}); err != nil {
			t.Fatal(err)
		}
	}
}

// quiet is a logger that says nothing and never ends the process.
type quiet struct{}

func (quiet) Panic(string, log.Fields) {}
func (quiet) Fatal(string, log.Fields) {}
func (quiet) Error(string, log.Fields) {}
func (quiet) Warn(string, log.Fields)  {}
func (quiet) Info(string, log.Fields)  {}
func (quiet) Debug(string, log.Fields) {}
func (quiet) SetLevel(log.LogLevel)    {}
func (quiet) GetLevel() log.LogLevel   { return log.ErrorLevel }
