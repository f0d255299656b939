package embedded_test

import (
	"context"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	api "github.com/osrg/gobgp/v3/api"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab/embedded"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestNetworkInProcess: the demonstration's network comes up inside the process and holds what is predicted of it; what a
// neighbor outside withholds is missing.
func TestNetworkInProcess(t *testing.T) {
	partner := netip.MustParsePrefix("198.51.100.0/24")
	for name, withholds := range map[string]func(uint32, netip.Prefix) bool{
		"as announced": nil,
		"withheld":     func(as uint32, p netip.Prefix) bool { return as == 64510 && p == partner },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			n := load(t, "partner")
			want, err := routing.Solve(ctx, n, routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			dir, err := os.MkdirTemp("", "rg-") // t.TempDir's path is too long for sockets
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			l, err := embedded.Start(ctx, n, embedded.Options{Dir: dir, Withholds: withholds})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Stop()
			if err := l.Settle(ctx, 20); err != nil {
				t.Fatal(err)
			}
			compared := 0
			for _, r := range n.Routers {
				got := table(t, ctx, l, r.Name)
				for e := range want.Entries(r.Name, "", network.IPv4Unicast) {
					paths := got[e.Prefix]
					delete(got, e.Prefix)
					if withholds != nil && e.Prefix == partner {
						if paths != 0 {
							t.Errorf("%s has %s, which nobody sends", r.Name, e.Prefix)
						}
						continue
					}
					if paths != len(e.Paths) {
						t.Errorf("%s %s: %d paths, predicted are %d", r.Name, e.Prefix, paths, len(e.Paths))
					}
					compared++
				}
				for p := range got {
					t.Errorf("%s has %s, which is not predicted", r.Name, p)
				}
			}
			if compared < 18 {
				t.Errorf("only %d prefixes compared", compared)
			}
		})
	}
}

// table counts the paths of a router's table.
func table(t *testing.T, ctx context.Context, l *embedded.Lab, router string) map[netip.Prefix]int {
	t.Helper()
	c, err := grpc.NewClient(l.API(router), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	list, err := api.NewGobgpApiClient(c).ListPath(ctx, &api.ListPathRequest{TableType: api.TableType_GLOBAL,
		Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[netip.Prefix]int{}
	for {
		d, err := list.Recv()
		if err != nil {
			return out
		}
		out[netip.MustParsePrefix(d.Destination.Prefix)] = len(d.Destination.Paths)
	}
}

// TestOtherDaemonsAreRefused: what cannot run inside the process is an error, not a network without it.
func TestOtherDaemonsAreRefused(t *testing.T) {
	n := load(t, "before")
	n.Routers = slices.Clone(n.Routers)
	r := *n.Routers[0]
	r.Dialect = "frr"
	n.Routers[0] = &r
	if l, err := embedded.Start(context.Background(), n, embedded.Options{Dir: t.TempDir()}); err == nil {
		l.Stop()
		t.Fatal("an FRR router runs inside the process")
	}
}

func TestTranslation(t *testing.T) {
	for _, text := range []string{"neighbor-address: 10.1.0.3", "[10.1.1.1/32, 10.1.0.5/32]", "198.51.100.0/24 of 64500:10.1", "110.1.2.3 and 0.0.0.0/0"} {
		if got := embedded.ToSnapshot(embedded.FromSnapshot(text)); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	}
	if got := embedded.FromSnapshot("10.1.0.3 and 110.1.2.3"); got != "127.1.0.3 and 110.1.2.3" {
		t.Errorf("got %q", got)
	}
}

func load(t *testing.T, snapshot string) *network.Network {
	t.Helper()
	s, err := config.Load(context.Background(), "../../testdata/demo/"+snapshot, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Network
}
