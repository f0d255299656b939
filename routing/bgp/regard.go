package bgp

import (
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// regard is by what a family's sessions and decisions tell the routes of neighbors outside apart. A full table has a hundred
// thousand different announcements; a network asks them for a handful of ASes and communities, their MED, and which AS path is shorter.
type regard struct {
	ases        map[uint32]bool // named by somebody
	communities map[network.Community]bool
	// carried: AS paths travel inside as they came in, since all sessions there are iBGP's and no policy on them touches any.
	// Then only their order of length is asked for, unless lengths says otherwise, and which of them are equal.
	carried, lengths bool
	// whole: something looks at routes in a way that is not understood here: nothing that differs fares alike.
	whole bool
}

// regards finds what is regarded of a family's routes.
func (s *solver) regards(f network.Family) *regard {
	g := &regard{ases: map[uint32]bool{}, communities: map[network.Community]bool{}, carried: true}
	if !s.brief[f] {
		g.whole = true
		return g
	}
	for _, in := range s.instances {
		g.as(in.config.AS)
		if in.config.Confederation.Identifier != 0 || in.config.Decision.ASPathConfed {
			g.whole = true
		}
		chains := map[string]bool{}
		for _, p := range in.peers {
			g.session(in, p, f, chains)
		}
		if g.whole {
			return g
		}
	}
	return g
}

func (g *regard) as(list ...uint32) {
	for _, as := range list {
		if as != 0 {
			g.ases[as] = true
		}
	}
}

// session adds what one end of a session, and its policies, tell apart.
func (g *regard) session(in *instance, p *peer, f network.Family, seen map[string]bool) {
	x := &p.families[f]
	g.as(p.localAS, p.changed, p.state.RemoteAS, p.config.LocalAS.Number, x.groupAS)
	if !x.up {
		return
	}
	g.whole = g.whole || in.config.RejectASSets || p.config.RejectASSets // segments are looked at by their kind
	inside := p.remote != nil
	if inside && p.state.Type != IBGP {
		g.carried = false
		g.whole = g.whole || x.c.ASOverride || x.c.RemovePrivateAS != network.KeepPrivateAS || p.state.Type == ConfedEBGP
	}
	add := func(r policy.Regards) {
		g.whole, g.lengths = g.whole || r.Whole, g.lengths || r.Lengths
		g.carried = g.carried && !(inside && r.Rewrites)
		g.as(r.ASes...)
		for _, c := range r.Communities {
			g.communities[c] = true
		}
	}
	for _, r := range []network.Ref{x.c.FilterListIn, x.c.FilterListOut} {
		if r.IsSet() {
			add(in.policies.PathSetRegards(r.Name))
		}
	}
	for _, chain := range x.chains() {
		key := chainKey(chain)
		if inside {
			key += "inside"
		}
		if chain.Configured() && !seen[key] {
			seen[key] = true
			add(in.policies.Regards(chain))
		}
	}
}

// named reports whether somebody asks for a community. The well-known ones (RFC 1997) are the daemons' own.
func (g *regard) named(c network.Community) bool { return c >= 0xFFFF0000 || g.communities[c] }

// oneSequence reports that a path is a single sequence of ASes, which expressions about one AS are understood on.
func oneSequence(p network.ASPath) bool {
	return len(p) == 1 && p[0].Kind == network.ASSequence && len(p[0].AS) > 0
}
