package gate

import (
	"fmt"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
)

// outsideDoubts are sessions to the outside that the simulation finds up on both sides, though the change
// alters who we say that we or they are. A neighbor outside is taken to fit whatever we configure;
// but it does not change because we do. Where routegate.yaml announces from the new AS, it is said to.
func (p *pipeline) outsideDoubts() []Reason {
	var out []Reason
	for is := range p.after.external {
		was := p.before.session(is.Router, is.VRF, is.Neighbor)
		if was == nil || was.State != bgp.Established || !was.External() || is.Config == nil || was.Config == nil {
			continue
		}
		why := p.newIdentity(was, is)
		if why == "" {
			continue
		}
		out = append(out, Reason{
			Kind: ReasonUncertain, Routers: []string{is.Router}, Sources: p.quoters.both(was.Config.Span, is.Config.Span),
			Message: fmt.Sprintf("%s: %s: whether the neighbor outside changes at the same time is not known, and until it does the session is down", is.Router, why),
			Hint:    "if it is agreed with the neighbor, say so in routegate.yaml (announcements from the new AS); else correct the number",
		})
	}
	return out
}

func (p *pipeline) newIdentity(was, is *bgp.Session) string {
	if contradicts(p.after.net, was, is) {
		return "" // a policy of its own refuses it
	}
	if was.RemoteAS != is.RemoteAS && was.RemoteAS != 0 && is.RemoteAS != 0 && !announces(p.after.net, is.RemoteAS, is.Router) {
		return fmt.Sprintf("neighbor %s was in AS %d and is configured in AS %d", is.Neighbor, was.RemoteAS, is.RemoteAS)
	}
	mine, now := ourAS(bgpOf(p.before.net, was.Router, was.VRF), was.Config), ourAS(bgpOf(p.after.net, is.Router, is.VRF), is.Config)
	if mine != now {
		return fmt.Sprintf("neighbor %s knows us as AS %d, and we become AS %d", is.Neighbor, mine, now)
	}
	return ""
}

// announces reports whether routegate.yaml, as proposed and not as it was, lets the AS announce to the router.
func announces(n *network.Network, as uint32, router string) bool {
	return slices.ContainsFunc(n.Env.Announcements, func(a network.Announcement) bool { return a.From == as && a.To == router })
}

// contradicts reports whether the neighbor's AS becomes another one, while routegate.yaml, as proposed, still has the old one
// announce to the router and knows nothing of the new one.
func contradicts(n *network.Network, was, is *bgp.Session) bool {
	if was.RemoteAS == is.RemoteAS || was.RemoteAS == 0 || is.RemoteAS == 0 {
		return false
	}
	_, related := n.Env.Relation(is.RemoteAS)
	return announces(n, was.RemoteAS, is.Router) && !announces(n, is.RemoteAS, is.Router) && !related
}

// contradictedFacts are the neighbors outside whose AS the change alters against what routegate.yaml says.
func contradictedFacts(before, after *side) []policies.ContradictedEffect {
	out := []policies.ContradictedEffect{}
	for is := range after.external {
		was := before.session(is.Router, is.VRF, is.Neighbor)
		if was == nil || was.State != bgp.Established || !was.External() || is.Config == nil || !contradicts(after.net, was, is) {
			continue
		}
		out = append(out, policies.ContradictedEffect{Router: is.Router, Neighbor: is.Neighbor, Before: was.RemoteAS, After: is.RemoteAS, Span: after.span(is.Config.Span)})
	}
	return out
}

// ourAS is the AS that a neighbor outside sees.
func ourAS(b *network.BGP, n *network.Neighbor) uint32 {
	switch {
	case b == nil:
		return 0
	case n.LocalAS.Number != 0:
		return n.LocalAS.Number
	case b.Confederation.Identifier != 0:
		return b.Confederation.Identifier
	}
	return b.AS
}
