package policy

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/routegate/routegate/network"
)

// TestRefuses holds the quick refusal against whole evaluations: what it refuses is refused with every attribute set, and
// without a doubt; and it does refuse what prefix sets alone keep out.
func TestRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	quick := 0
	for range 400 {
		router := &network.Router{Name: "r"}
		for _, name := range []string{"A", "B"} {
			s := &network.PrefixSet{Name: name, Kind: network.PrefixList}
			for range 1 + r.IntN(3) {
				s.Entries = append(s.Entries, network.PrefixRange{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), 0, 0}), 16),
					Deny: r.IntN(2) == 0, Min: 16, Max: 24})
			}
			router.PrefixSets = append(router.PrefixSets, s)
		}
		p := &network.Policy{Name: "P", Default: network.Reject}
		for i := range 1 + r.IntN(3) {
			st := network.Statement{Name: "s", Sequence: 10 * (i + 1), Result: network.Disposition(1 + r.IntN(2))}
			for range r.IntN(3) {
				switch r.IntN(4) {
				case 0:
					st.Match = append(st.Match, network.MatchMED{Value: uint32(r.IntN(2))})
				case 1:
					st.Match = append(st.Match, network.MatchUnmodelled{Text: "probability 5"})
				default:
					st.Match = append(st.Match, network.MatchPrefix{Kind: network.PrefixList, Set: []string{"A", "B", "ABSENT"}[r.IntN(3)]})
				}
			}
			p.Statements = append(p.Statements, st)
		}
		router.Policies = []*network.Policy{p}
		e := Compile(router)
		chain := network.PolicyChain{Policies: []network.Ref{{Name: "P"}}}
		for i := range 4 {
			prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 24)
			if !e.Refuses(chain, prefix, network.Reject) {
				continue
			}
			quick++
			for med := range uint32(2) {
				res := e.Chain(chain, Route{Prefix: prefix, Attributes: &network.PathAttributes{MED: med, HasMED: true}, Direction: Export}, network.Reject)
				if res.Disposition != network.Reject || len(res.Uncertain) > 0 {
					t.Fatalf("%+v: %s with MED %d is not refused without doubt: %+v", p, prefix, med, res)
				}
			}
		}
	}
	if quick < 100 {
		t.Errorf("only %d refusals at a glance", quick)
	}
}
