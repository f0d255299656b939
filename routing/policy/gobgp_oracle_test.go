package policy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/apiutil"
	"github.com/osrg/gobgp/v3/pkg/config"
	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/server"

	"github.com/routegate/routegate/network"
)

// TestAgainstGoBGP lets a GoBGP server in this process and this package apply the same random
// policies to the same routes: as the server's global import policy, on routes of its own.
func TestAgainstGoBGP(t *testing.T) {
	const policies = 150
	ctx := context.Background()
	g := &gobgpGenerator{r: rand.New(rand.NewPCG(3, 5))}
	set := &oc.BgpConfigSet{DefinedSets: gobgpSets()}
	set.Global.Config.As, set.Global.Config.RouterId, set.Global.Config.Port = 65000, "127.0.0.3", -1
	var model []*network.Policy
	for i := range policies {
		d, p := g.policy(fmt.Sprintf("P%d", i))
		set.PolicyDefinitions = append(set.PolicyDefinitions, d)
		model = append(model, p)
	}
	s := server.NewBgpServer(server.LoggerOption(quiet{}))
	go s.Serve()
	t.Cleanup(s.Stop)
	if _, err := config.InitialConfig(ctx, s, set, false); err != nil {
		t.Fatal(err)
	}
	routes := (&generator{}).routes()
	e := Compile(gobgpRouter(model))
	failures := 0
	for i := range policies {
		// Two policies in a chain, so that a route that the first leaves undecided goes on.
		names := []string{fmt.Sprintf("P%d", i), fmt.Sprintf("P%d", (i*7+3)%policies)}
		action, def := api.RouteAction_ACCEPT, network.Accept
		if i%3 == 0 {
			action, def = api.RouteAction_REJECT, network.Reject
		}
		assign(t, s, names, action)
		for _, rt := range routes {
			have := inject(t, s, rt)
			rt.Direction, rt.Type, rt.LocalAS = Import, network.RouteLocal, 65000
			c := chain(names...)
			c.Default = def
			want := "refused"
			if r := e.Chain(c, rt, network.Reject); r.Disposition == network.Accept {
				want = render(r.Route.Attributes)
			}
			if have != want {
				if failures++; failures <= 4 {
					steps, _ := e.Explain(c, rt, network.Reject)
					t.Errorf("%s of %s through %v:\n GoBGP %s\n ours  %s\n%v", rt.Prefix, render(rt.Attributes), names, have, want, join(steps))
				}
			}
		}
	}
	if failures > 4 {
		t.Errorf("%d differences in all", failures)
	}
}

func assign(t *testing.T, s *server.BgpServer, names []string, def api.RouteAction) {
	t.Helper()
	var list []*api.Policy
	for _, n := range names {
		list = append(list, &api.Policy{Name: n})
	}
	if err := s.SetPolicyAssignment(context.Background(), &api.SetPolicyAssignmentRequest{Assignment: &api.PolicyAssignment{
		Name: "global", Direction: api.PolicyDirection_IMPORT, Policies: list, DefaultAction: def}}); err != nil {
		t.Fatal(err)
	}
}

// inject adds a route, reads what became of it, and takes it out again.
func inject(t *testing.T, s *server.BgpServer, rt Route) string {
	t.Helper()
	ctx := context.Background()
	p, err := apiutil.NewPath(bgp.NewIPAddrPrefix(uint8(rt.Prefix.Bits()), rt.Prefix.Addr().String()), false, attributesOf(rt.Attributes, rt.Attributes.ASPath), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPath(ctx, &api.AddPathRequest{TableType: api.TableType_GLOBAL, Path: p}); err != nil {
		t.Fatal(err)
	}
	got := "refused"
	err = s.ListPath(ctx, &api.ListPathRequest{TableType: api.TableType_GLOBAL, Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST},
		Prefixes: []*api.TableLookupPrefix{{Prefix: rt.Prefix.String()}}}, func(d *api.Destination) {
		for _, p := range d.Paths {
			attrs, err := apiutil.GetNativePathAttributes(p)
			if err != nil {
				t.Error(err)
			}
			got = render(attributesFrom(attrs))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeletePath(ctx, &api.DeletePathRequest{TableType: api.TableType_GLOBAL, Path: p}); err != nil {
		t.Fatal(err)
	}
	return got
}

// attributesOf renders attributes for GoBGP.
func attributesOf(a *network.PathAttributes, path network.ASPath) []bgp.PathAttributeInterface {
	var params []bgp.AsPathParamInterface
	for _, seg := range path {
		kind := uint8(bgp.BGP_ASPATH_ATTR_TYPE_SEQ)
		if seg.Kind == network.ASSet {
			kind = bgp.BGP_ASPATH_ATTR_TYPE_SET
		}
		if len(seg.AS) > 0 {
			params = append(params, bgp.NewAs4PathParam(kind, seg.AS))
		}
	}
	attrs := []bgp.PathAttributeInterface{bgp.NewPathAttributeOrigin(uint8(a.Origin)), bgp.NewPathAttributeAsPath(params), bgp.NewPathAttributeNextHop(a.NextHop.String())}
	if a.HasMED {
		attrs = append(attrs, bgp.NewPathAttributeMultiExitDisc(a.MED))
	}
	if len(a.Communities) > 0 {
		var v []uint32
		for _, c := range a.Communities {
			v = append(v, uint32(c))
		}
		attrs = append(attrs, bgp.NewPathAttributeCommunities(v))
	}
	if len(a.Large) > 0 {
		var v []*bgp.LargeCommunity
		for _, c := range a.Large {
			v = append(v, &bgp.LargeCommunity{ASN: c.Global, LocalData1: c.Data1, LocalData2: c.Data2})
		}
		attrs = append(attrs, bgp.NewPathAttributeLargeCommunities(v))
	}
	return attrs
}

// attributesFrom reads attributes back. GoBGP keeps communities in the order of arrival, and
// twice what is added twice; the model has sorted sets.
func attributesFrom(list []bgp.PathAttributeInterface) *network.PathAttributes {
	a := &network.PathAttributes{}
	for _, x := range list {
		switch x := x.(type) {
		case *bgp.PathAttributeOrigin:
			a.Origin = network.Origin(x.Value)
		case *bgp.PathAttributeAsPath:
			for _, seg := range x.Value {
				kind := network.ASSequence
				if seg.GetType() == bgp.BGP_ASPATH_ATTR_TYPE_SET {
					kind = network.ASSet
				}
				a.ASPath = append(a.ASPath, network.ASSegment{Kind: kind, AS: seg.GetAS()})
			}
		case *bgp.PathAttributeNextHop:
			a.NextHop, _ = netip.AddrFromSlice(x.Value)
			a.NextHop = a.NextHop.Unmap()
		case *bgp.PathAttributeMultiExitDisc:
			a.MED, a.HasMED = x.Value, true
		case *bgp.PathAttributeLocalPref:
			a.LocalPref, a.HasLocalPref = x.Value, true
		case *bgp.PathAttributeCommunities:
			for _, c := range x.Value {
				a.Communities = append(a.Communities, network.Community(c))
			}
			slices.Sort(a.Communities)
			a.Communities = slices.Compact(a.Communities)
		case *bgp.PathAttributeLargeCommunities:
			for _, c := range x.Values {
				a.Large = insert(a.Large, []network.LargeCommunity{{Global: c.ASN, Data1: c.LocalData1, Data2: c.LocalData2}}, lessLarge)
			}
		}
	}
	return a
}
