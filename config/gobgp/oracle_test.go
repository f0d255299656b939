package gobgp

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/config"
	"github.com/osrg/gobgp/v3/pkg/log"
	"github.com/osrg/gobgp/v3/pkg/server"

	"github.com/routegate/routegate/network"
)

// quiet swallows GoBGP's log; Fatal, which ends gobgpd, panics.
type quiet struct{}

func (quiet) Panic(msg string, f log.Fields) { panic(fmt.Sprint(msg, f)) }
func (quiet) Fatal(msg string, f log.Fields) { panic(fmt.Sprint(msg, f)) }
func (quiet) Error(string, log.Fields)       {}
func (quiet) Warn(string, log.Fields)        {}
func (quiet) Info(string, log.Fields)        {}
func (quiet) Debug(string, log.Fields)       {}
func (quiet) SetLevel(log.LogLevel)          {}
func (quiet) GetLevel() log.LogLevel         { return log.PanicLevel }

// gobgp starts GoBGP's server, without a listener, on the file.
func gobgp(t *testing.T, path string) *server.BgpServer {
	t.Helper()
	conf, err := config.ReadConfigFile(path, "toml")
	if err != nil {
		t.Fatal(err)
	}
	conf.Global.Config.Port = -1
	conf.Zebra.Config.Enabled = false
	s := server.NewBgpServer(server.LoggerOption(quiet{}))
	go s.Serve()
	if _, err := config.InitialConfig(context.Background(), s, conf, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// What the model says of neighbors and policies is what GoBGP's own server makes of the same file.
func TestAgainstServer(t *testing.T) {
	const file = "testdata/server/gobgpd.toml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse("r", Source{Path: file, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	s := gobgp(t, file)
	ctx := context.Background()
	seen := 0
	err = s.ListPeer(ctx, &api.ListPeerRequest{}, func(p *api.Peer) {
		seen++
		n := r.VRFs[0].BGP.Neighbor(netip.MustParseAddr(p.Conf.NeighborAddress).String())
		if n == nil {
			t.Errorf("%s is not in the model", p.Conf.NeighborAddress)
			return
		}
		if got, want := mine(n), theirs(p); got != want {
			t.Errorf("%s:\nmodel %s\nGoBGP %s", n.Key(), got, want)
		}
	})
	if err != nil || seen != len(r.VRFs[0].BGP.Neighbors) {
		t.Errorf("GoBGP has %d neighbors, the model %d (%v)", seen, len(r.VRFs[0].BGP.Neighbors), err)
	}
	policies := 0
	err = s.ListPolicy(ctx, &api.ListPolicyRequest{}, func(p *api.Policy) {
		policies++
		m := r.Policy(p.Name)
		if m == nil {
			t.Errorf("policy %s is not in the model", p.Name)
			return
		}
		for i, st := range p.Statements {
			if got, want := statementShape(m.Statements[i]), apiShape(st); got != want {
				t.Errorf("%s:\nmodel %s\nGoBGP %s", st.Name, got, want)
			}
		}
	})
	if err != nil || policies != len(r.Policies) {
		t.Errorf("GoBGP has %d policies, the model %d (%v)", policies, len(r.Policies), err)
	}
	for _, d := range []struct {
		direction api.PolicyDirection
		chain     network.PolicyChain
	}{{api.PolicyDirection_IMPORT, r.VRFs[0].BGP.LocalImport}, {api.PolicyDirection_EXPORT, r.VRFs[0].BGP.Neighbor("10.0.0.2").Families[0].Export}} {
		err = s.ListPolicyAssignment(ctx, &api.ListPolicyAssignmentRequest{Name: "global", Direction: d.direction}, func(a *api.PolicyAssignment) {
			var got, want []string
			for _, x := range d.chain.Policies {
				if r.Policy(x.Name) != nil {
					got = append(got, x.Name)
				}
			}
			for _, x := range a.Policies {
				want = append(want, x.Name)
			}
			g := fmt.Sprint(got, d.chain.Default != network.Reject)
			if w := fmt.Sprint(want, a.DefaultAction != api.RouteAction_REJECT); g != w {
				t.Errorf("%s: model %s, GoBGP %s", d.direction, g, w)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// mine and theirs say the same of a neighbor in the same words.
func mine(n *network.Neighbor) string {
	var b strings.Builder
	f := &n.Families[0]
	if !f.Active {
		f = &n.Families[1]
	}
	local := n.LocalAS.Number
	if local == 0 {
		local = 64512
	}
	fmt.Fprintf(&b, "as %d from %d, %q, down %v, passive %v, port %d, allow %d, override %v, private %d, ", n.RemoteAS.Number, local, n.Description, n.Shutdown, n.Passive, n.Port, f.AllowASIn, f.ASOverride, f.RemovePrivateAS)
	fmt.Fprintf(&b, "rr %v, rs %v, multihop %v, gtsm %d, hold %d/%d", f.ReflectorClient, f.RouteServerClient, n.MultihopEnabled, n.TTLSecurityHops, n.Hold, n.Keepalive)
	for i, f := range n.Families {
		if f.Active {
			limit := uint32(0)
			if f.MaximumPrefix != nil {
				limit = f.MaximumPrefix.Limit
			}
			fmt.Fprintf(&b, ", %s limit %d add %v/%d", network.Family(i), limit, f.AddPathReceive, f.AddPathSendMax)
		}
	}
	return b.String()
}

func theirs(p *api.Peer) string {
	var b strings.Builder
	c := p.Conf
	gtsm := 0
	if p.TtlSecurity.Enabled {
		gtsm = 256 - int(p.TtlSecurity.TtlMin)
	}
	private := map[api.RemovePrivate]network.RemovePrivateAS{api.RemovePrivate_REMOVE_ALL: network.RemoveAllPrivate, api.RemovePrivate_REPLACE: network.ReplaceAllPrivate}[c.RemovePrivate]
	fmt.Fprintf(&b, "as %d from %d, %q, down %v, passive %v, port %d, allow %d, override %v, private %d, ", c.PeerAsn, c.LocalAsn, c.Description, c.AdminDown, p.Transport.PassiveMode, p.Transport.RemotePort, c.AllowOwnAsn, c.ReplacePeerAsn, private)
	fmt.Fprintf(&b, "rr %v, rs %v, multihop %v, gtsm %d, hold %d/%d", p.RouteReflector.RouteReflectorClient, p.RouteServer.RouteServerClient, p.EbgpMultihop.Enabled, gtsm, p.Timers.Config.HoldTime, p.Timers.Config.KeepaliveInterval)
	for i, name := range []string{"ipv4-unicast", "ipv6-unicast"} {
		for _, a := range p.AfiSafis {
			if int(a.Config.Family.Afi) == i+1 && a.Config.Family.Safi == api.Family_SAFI_UNICAST {
				limit := uint32(0)
				if a.PrefixLimits != nil {
					limit = a.PrefixLimits.MaxPrefixes
				}
				fmt.Fprintf(&b, ", %s limit %d add %v/%d", name, limit, a.AddPaths.Config.Receive, a.AddPaths.Config.SendMax)
			}
		}
	}
	return b.String()
}

// statementShape names the kinds of conditions and actions.
func statementShape(s network.Statement) string {
	var kinds []string
	for _, c := range s.Match {
		kinds = append(kinds, strings.TrimPrefix(fmt.Sprintf("%T", c), "network."))
	}
	kinds = append(kinds, "|")
	for _, a := range s.Set {
		kinds = append(kinds, strings.TrimPrefix(fmt.Sprintf("%T", a), "network."))
	}
	return s.Name + " " + strings.Join(kinds, " ") + " " + s.Result.String()
}

func apiShape(s *api.Statement) string {
	var kinds []string
	add := func(there bool, kind string) {
		if there {
			kinds = append(kinds, kind)
		}
	}
	c, a := s.Conditions, s.Actions
	add(c.PrefixSet != nil, "MatchPrefix")
	add(c.NeighborSet != nil, "MatchNeighbor")
	add(c.CommunityCount != nil, "MatchCommunityCount")
	add(c.AsPathLength != nil, "MatchASPathLength")
	add(c.RpkiResult > 0, "MatchRPKI")
	add(c.RouteType != 0, "MatchRouteType")
	add(c.Origin != 0, "MatchOrigin")
	add(c.AsPathSet != nil, "MatchASPath")
	add(c.CommunitySet != nil, "MatchCommunity")
	add(c.ExtCommunitySet != nil, "MatchCommunity")
	add(c.LargeCommunitySet != nil, "MatchCommunity")
	add(len(c.NextHopInList) > 0, "MatchNextHop")
	add(c.AfiSafiIn != nil, "MatchFamily")
	kinds = append(kinds, "|")
	add(a.Community != nil, "SetCommunity")
	add(a.ExtCommunity != nil, "SetExtCommunity")
	add(a.LargeCommunity != nil, "SetLargeCommunity")
	add(a.Med != nil, "SetMED")
	add(a.LocalPref != nil, "SetLocalPref")
	add(a.AsPrepend != nil, "PrependASPath")
	add(a.Nexthop != nil, "SetNextHop")
	add(a.OriginAction != nil, "SetOrigin")
	disposition := map[api.RouteAction]string{api.RouteAction_NONE: "next", api.RouteAction_ACCEPT: "accept", api.RouteAction_REJECT: "reject"}[a.RouteAction]
	return s.Name + " " + strings.Join(kinds, " ") + " " + disposition
}
