package generate_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab/random"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestClasses holds prefixes solved by classes against each solved by itself with every path of every session: random
// networks, whose neighbors outside announce more prefixes than they did, among them those that the network's own
// policies are about.
func TestClasses(t *testing.T) {
	shared := 0
	for seed := range uint64(24) {
		dir := t.TempDir()
		if err := random.Make(seed, random.Options{MaxRouters: 8}).Write(dir); err != nil {
			t.Fatal(err)
		}
		snap, err := config.Load(t.Context(), dir, config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 5))
		n := variegated(r, withFeeds(r, snap.Network))
		for _, a := range n.Env.Announcements {
			shared += len(a.Prefixes) - 1
		}
		what := fmt.Sprintf("seed %d", seed)
		base := solve(t, n, routing.Options{})
		every := solve(t, n, routing.Options{EveryPath: true, EveryPrefix: true})
		same(t, what, every, base)
		if every.Converged {
			counted(t, what, every)
			counted(t, what+", by classes", base)
		}
		after := retuned(r, n)
		slow := solve(t, after, routing.Options{EveryPath: true, EveryPrefix: true})
		if slow.Converged {
			same(t, what+", retuned, alone", slow, solve(t, after, routing.Options{}))
			second := solve(t, after, routing.Options{Base: base})
			same(t, what+", retuned", slow, second)
			counted(t, what+", retuned", second)
		}
		if t.Failed() {
			return
		}
	}
	if shared < 200 {
		t.Errorf("only %d prefixes have company", shared)
	}
}

// withFeeds is the network with more announced by everybody outside who announces anything.
func withFeeds(r *rand.Rand, n *network.Network) *network.Network {
	out := *n
	out.Env.Announcements = slices.Clone(n.Env.Announcements)
	var interesting []netip.Prefix
	for _, x := range n.Routers {
		for _, s := range x.PrefixSets {
			for _, e := range s.Entries {
				interesting = append(interesting, e.Prefix)
				if bits := min(int(e.Min)+r.IntN(3), e.Prefix.Addr().BitLen()-1); bits >= e.Prefix.Bits() {
					interesting = append(interesting, netip.PrefixFrom(e.Prefix.Addr(), bits))
				}
			}
		}
	}
	for i := range out.Env.Announcements {
		a := &out.Env.Announcements[i]
		list := slices.Clone(a.Prefixes)
		for range 3 + r.IntN(10) {
			list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(r.IntN(4)), byte(r.IntN(8)), 0}), 22+r.IntN(3)).Masked())
			list = append(list, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x24, 0x01, 0, byte(r.IntN(6)), 0, byte(r.IntN(4))}), 44+r.IntN(5)).Masked())
			if len(interesting) > 0 && r.IntN(3) == 0 {
				list = append(list, interesting[r.IntN(len(interesting))])
			}
		}
		slices.SortFunc(list, netip.Prefix.Compare)
		a.Prefixes = slices.Compact(list)
	}
	return &out
}

// variegated is the network with more announcements of everybody outside, which differ in ASes and communities that mostly nobody
// names, and in length: what a full table consists of.
func variegated(r *rand.Rand, n *network.Network) *network.Network {
	out := *n
	out.Env.Announcements = nil
	var named []uint32
	for _, x := range n.Routers {
		if b := x.Default().BGP; b != nil {
			named = append(named, b.AS)
		}
	}
	for _, a := range n.Env.Announcements {
		out.Env.Announcements = append(out.Env.Announcements, a)
		for range 4 + r.IntN(4) {
			b := a
			as := []uint32{a.From}
			for range r.IntN(3) {
				as = append(as, 50000+uint32(r.IntN(6)))
			}
			if len(named) > 0 && r.IntN(6) == 0 {
				as = append(as, named[r.IntN(len(named))])
			}
			b.Attributes.ASPath = network.Sequence(as...)
			for range r.IntN(3) {
				b.Attributes.Communities = append(slices.Clip(b.Attributes.Communities), network.Community(50000<<16|r.Uint32N(5)))
			}
			slices.Sort(b.Attributes.Communities)
			b.Attributes.Communities = slices.Compact(b.Attributes.Communities)
			b.Prefixes = nil
			for range 1 + r.IntN(4) {
				b.Prefixes = append(b.Prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{21, byte(r.IntN(12)), byte(r.IntN(6)), 0}), 24))
			}
			slices.SortFunc(b.Prefixes, netip.Prefix.Compare)
			b.Prefixes = slices.Compact(b.Prefixes)
			out.Env.Announcements = append(out.Env.Announcements, b)
		}
	}
	return &out
}

// retuned is the network with another decision process on one router.
func retuned(r *rand.Rand, n *network.Network) *network.Network {
	out := *n
	out.Routers = slices.Clone(n.Routers)
	for _, i := range r.Perm(len(out.Routers)) {
		x := *out.Routers[i]
		if x.Default().BGP == nil {
			continue
		}
		x.VRFs = slices.Clone(x.VRFs)
		for k, v := range x.VRFs {
			if v.BGP != nil {
				vrf, b := *v, *v.BGP
				switch r.IntN(3) {
				case 0:
					b.DefaultLocalPref += 10
				case 1:
					b.Decision.AlwaysCompareMED = !b.Decision.AlwaysCompareMED
				case 2:
					b.Families[network.IPv4Unicast].MaxPaths, b.Families[network.IPv4Unicast].MaxPathsInternal = 1, 2
				}
				vrf.BGP = &b
				x.VRFs[k] = &vrf
			}
		}
		out.Routers[i] = &x
		return &out
	}
	return &out
}
