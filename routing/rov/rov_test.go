package rov_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rov"
)

func vrp(prefix string, length uint8, as uint32) network.VRP {
	return network.VRP{Prefix: netip.MustParsePrefix(prefix), MaxLength: length, AS: as}
}

func table(list ...network.VRP) *rov.Table {
	slices.SortFunc(list, func(a, b network.VRP) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()))
	})
	return rov.New(&network.VRPs{List: list})
}

// The cases of RFC 6483 §2 and RFC 6811 §2.
func TestValidate(t *testing.T) {
	roas := table(vrp("192.0.2.0/24", 24, 64500), vrp("198.51.100.0/22", 24, 64500), vrp("198.51.100.0/22", 22, 64501),
		vrp("203.0.113.0/24", 24, 0), vrp("2001:db8::/32", 48, 64500))
	for _, c := range []struct {
		name, prefix string
		path         network.ASPath
		want         rov.State
	}{
		{"prefix and origin match", "192.0.2.0/24", network.Sequence(64600, 64500), rov.Valid},
		{"a more specific than the maximum length", "192.0.2.0/25", network.Sequence(64600, 64500), rov.Invalid},
		{"another origin", "192.0.2.0/24", network.Sequence(64500, 64600), rov.Invalid},
		{"a less specific is not covered", "192.0.0.0/16", network.Sequence(64600), rov.NotFound},
		{"nobody's", "100.64.0.0/10", network.Sequence(64600), rov.NotFound},
		{"as long as the maximum length", "198.51.102.0/24", network.Sequence(64500), rov.Valid},
		{"the second of two ROAs", "198.51.100.0/22", network.Sequence(64501), rov.Valid},
		{"the second of two ROAs, too long", "198.51.102.0/24", network.Sequence(64501), rov.Invalid},
		{"AS 0 authorizes nobody", "203.0.113.0/24", network.Sequence(64500), rov.Invalid},
		{"the path ends in a set", "192.0.2.0/24", network.ASPath{{AS: []uint32{64600}}, {Kind: network.ASSet, AS: []uint32{64500}}}, rov.Invalid},
		{"the path is empty: our own", "192.0.2.0/24", nil, rov.Valid},
		{"of our confederation", "192.0.2.0/24", network.ASPath{{Kind: network.ConfedSequence, AS: []uint32{65010}}}, rov.Valid},
		{"IPv6", "2001:db8:1::/48", network.Sequence(64500), rov.Valid},
		{"IPv6, too long", "2001:db8:1:1::/64", network.Sequence(64500), rov.Invalid},
	} {
		origin, known := rov.Origin(c.path, 64500)
		p := netip.MustParsePrefix(c.prefix)
		if got := roas.Validate(p, origin, known); got != c.want {
			t.Errorf("%s: %s %v is %s, want %s", c.name, c.prefix, c.path, got, c.want)
		}
		if roas.Covered(p) != (c.want != rov.NotFound) {
			t.Errorf("%s: covered is %t", c.name, roas.Covered(p))
		}
	}
	var none *rov.Table
	if none.Validate(netip.MustParsePrefix("192.0.2.0/24"), 1, true) != rov.NotFound || none.Covering(netip.MustParsePrefix("192.0.2.0/24")) != nil {
		t.Error("without VRPs every route is not found")
	}
}

// TestValidateIsTheDefinition holds the trie against RFC 6811's definition, over random VRPs and routes.
func TestValidateIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(6811, 1))
	counts := map[rov.State]int{}
	random := func() netip.Prefix {
		if r.IntN(3) == 0 {
			return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(r.IntN(4) << 6), byte(r.IntN(256))}), 16+r.IntN(20)).Masked()
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), byte(r.IntN(256)), 0}), 8+r.IntN(17)).Masked()
	}
	for range 200 {
		var list []network.VRP
		for range r.IntN(20) {
			p := random()
			list = append(list, network.VRP{Prefix: p, MaxLength: uint8(p.Bits() + r.IntN(6)), AS: uint32(r.IntN(4))})
		}
		roas := table(list...)
		for range 50 {
			p, as, known := random(), uint32(r.IntN(4)), r.IntN(10) > 0
			want := rov.NotFound
			for _, v := range list {
				if v.Prefix.Bits() > p.Bits() || !v.Prefix.Contains(p.Addr()) {
					continue
				}
				if known && as != 0 && v.AS == as && p.Bits() <= int(v.MaxLength) {
					want = rov.Valid
					break
				}
				want = rov.Invalid
			}
			counts[want]++
			if got := roas.Validate(p, as, known); got != want {
				t.Fatalf("%s AS%d (known %t): %s, want %s by %v", p, as, known, got, want, list)
			}
		}
	}
	if len(counts) != 3 || counts[rov.Valid] < 50 {
		t.Errorf("too few of a kind: %v", counts)
	}
}

// BenchmarkValidate: one route against as many VRPs as the world has.
func BenchmarkValidate(b *testing.B) {
	var list []network.VRP
	for i := range 500_000 {
		a := netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 0})
		list = append(list, network.VRP{Prefix: netip.PrefixFrom(a, 24), MaxLength: 24, AS: uint32(i)})
	}
	roas := rov.New(&network.VRPs{List: list})
	p := netip.MustParsePrefix("3.4.5.0/24")
	for b.Loop() {
		roas.Validate(p, 1, true)
	}
}

func ExampleTable_Validate() {
	roas := rov.New(&network.VRPs{List: []network.VRP{vrp("203.0.113.0/24", 24, 64500)}})
	fmt.Println(roas.Validate(netip.MustParsePrefix("203.0.113.0/25"), 64500, true))
	// Output: invalid
}
