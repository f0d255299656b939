package gate

import (
	"fmt"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// outsideDoubts are sessions to the outside that the simulation finds up on both sides, though the change
// alters who we say that we or they are. A neighbor outside is taken to fit whatever we configure;
// but it does not change because we do. Where routegate.yaml announces from the new AS, it is said to.
func (p *pipeline) outsideDoubts() []Reason {
	var out []Reason
	for is := range p.after.external {
		was := p.before.sessions[sessionKey{is.Router, is.VRF, is.Neighbor}]
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
	if was.RemoteAS != is.RemoteAS && was.RemoteAS != 0 && is.RemoteAS != 0 && !p.announces(is.RemoteAS, is.Router) {
		return fmt.Sprintf("neighbor %s was in AS %d and is configured in AS %d", is.Neighbor, was.RemoteAS, is.RemoteAS)
	}
	mine, now := ourAS(bgpOf(p.before.net, was.Router, was.VRF), was.Config), ourAS(bgpOf(p.after.net, is.Router, is.VRF), is.Config)
	if mine != now {
		return fmt.Sprintf("neighbor %s knows us as AS %d, and we become AS %d", is.Neighbor, mine, now)
	}
	return ""
}

// announces reports whether routegate.yaml, as proposed and not as it was, lets the AS announce to the router.
func (p *pipeline) announces(as uint32, router string) bool {
	for _, a := range p.after.net.Env.Announcements {
		if a.From == as && a.To == router {
			return true
		}
	}
	return false
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
