package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// Cause is one link of the chain that leads from a changed line to what is lost.
type Cause struct {
	// The router at which it is so.
	Router string `json:"router"`
	// One sentence.
	Text string `json:"text"`
	// The lines that it is about.
	Sources []Source `json:"sources"`
}

// causes follows a loss back to where it comes from: with is the side that has what the other, without, has not. What came first is first.
type causes struct {
	with, without *side
	quoters       quoters
	changes       []diff.Change // all of the change, typed
	before        bool          // the side that is without is the one before the change: what it tells is why something is new
	seen          map[string]bool
	out           []Cause
}

// maxCauses bounds a chain: a longer one is told to nobody.
const maxCauses = 40

// once reports that a question was not asked before, and that the chain is not too long.
func (c *causes) once(format string, args ...any) bool {
	key := fmt.Sprintf(format, args...)
	if c.seen[key] || len(c.out) >= maxCauses {
		return false
	}
	c.seen[key] = true
	return true
}

// add puts a link at the end, a sentence about the router without its name. Spans are of the side that has it, and of the one that has it no more.
func (c *causes) add(router string, with, without network.Span, format string, args ...any) {
	c.addLines(router, []network.Span{with}, []network.Span{without}, format, args...)
}

// addLines is add where several lines have a part in it.
func (c *causes) addLines(router string, with, without []network.Span, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if c.before {
		text = "before the change: " + text
	}
	c.out = append(c.out, Cause{Router: router, Text: text, Sources: c.quote(with, without)})
}

// quote quotes the lines of both sides. What stands on the side that is without is shown from there; of the other one then only what the change alters.
func (c *causes) quote(with, without []network.Span) []Source {
	from, at := c.quoters.before, c.quoters.after
	if c.before {
		from, at = at, from
	}
	old, now := from.sources(with...), at.sources(without...)
	if len(now) > 0 {
		old = slices.DeleteFunc(old, func(x Source) bool { return !x.altered() || c.gone(&x, now) })
	}
	if c.before {
		return append(now, old...)
	}
	return append(old, now...)
}

// gone reports that the lines of a source are quoted already, as those that the other side lacks.
func (c *causes) gone(x *Source, by []Source) bool {
	return !slices.ContainsFunc(x.Lines, func(l Line) bool {
		return l.Changed && !slices.ContainsFunc(by, func(y Source) bool { return y.File == x.File && slices.Contains(y.Removed, l) })
	})
}

// altered reports that the change adds, removes or alters a line of it.
func (s *Source) altered() bool {
	return len(s.Removed) > 0 || slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Changed })
}

// reversed follows, into the same chain, why the side that has it not lacks what the other one has.
func (c *causes) reversed(follow func(*causes)) {
	r := *c
	r.with, r.without, r.before = c.without, c.with, !c.before
	follow(&r)
	c.out = r.out
}

// lostRoute is why a router has no best path to a prefix any more.
func (c *causes) lostRoute(router, vrf string, p netip.Prefix) {
	b, had := c.with.res.Best(router, vrf, p)
	if _, has := c.without.res.Best(router, vrf, p); !had || has || !c.once("route %s %s %s", router, vrf, p) {
		return
	}
	r := c.without.net.Router(router)
	switch {
	case r == nil:
		c.altered(router, isObject(diff.ObjectRouter))
		c.add(router, network.Span{}, network.Span{}, "the router is not there")
		return
	case r.VRF(vrf) == nil || r.VRF(vrf).BGP == nil:
		c.add(router, bgpSpan(c.with.net.Router(router), vrf), network.Span{}, "BGP is not configured")
		return
	case b.Neighbor == "":
		c.lostOrigin(router, vrf, p, &b)
		return
	}
	c.lostPath(router, vrf, p, b.Neighbor)
	if len(c.out) > 0 {
		c.add(router, network.Span{}, network.Span{}, "has no route to %s", p)
	}
}

func bgpSpan(r *network.Router, vrf string) network.Span {
	if r == nil || r.VRF(vrf) == nil || r.VRF(vrf).BGP == nil {
		return network.Span{}
	}
	return r.VRF(vrf).BGP.Span
}

// lostPath is why a path from a neighbor is not there any more.
func (c *causes) lostPath(router, vrf string, p netip.Prefix, neighbor string) {
	x, y := c.with.session(router, vrf, neighbor), c.without.session(router, vrf, neighbor)
	if x == nil {
		return
	}
	if y == nil || y.State != bgp.Established {
		c.lostSession(x, y)
		if a := stated(c.with.net, x, p); a != nil {
			rt := importOf(x, p, a)
			c.passes(x, &rt, "accepts "+p.String()+" from "+c.named(x))
		}
		return
	}
	if y.Remote == "" && x.Remote != "" {
		c.altered(x.Remote, isObject(diff.ObjectRouter))
		c.alteredEnds(x, y)
		c.add(router, x.Config.Span, y.Config.Span, "takes neighbor %s for one outside: it was %s, and no router has that address now, so that nothing is known to come from there", y.Neighbor, x.Remote)
		return
	}
	if y.Remote == "" {
		if c.refusedByEntry(y, p, nil) {
			return
		}
		c.altered("", func(x *diff.Change) bool {
			return strings.HasPrefix(x.Path, "environment/announcement") && strings.Contains(x.Path, " to "+router+" ")
		})
		c.add(router, x.Config.Span, y.Config.Span, "neighbor %s, outside, is heard of %s no more", neighbor, p)
		return
	}
	far := c.without.session(y.Remote, c.without.remoteVRF(y), y.RemoteKey)
	if far == nil {
		return
	}
	if _, has := c.without.res.Best(far.Router, far.VRF, p); !has {
		c.lostRoute(far.Router, far.VRF, p)
		return
	}
	if a := sentTo(c.without, far, p); a != nil {
		if !c.refusedByEntry(y, p, a) {
			c.unusable(router, vrf, p, y)
		}
		return
	}
	c.notSent(far, p)
}

// saidToTell reports that a change is one of what routegate.yaml says that neighbors outside announce to a router.
func saidToTell(router string) func(*diff.Change) bool {
	return func(x *diff.Change) bool {
		return strings.HasPrefix(x.Path, "environment/announcement") && strings.Contains(x.Path+" ", " to "+router+" ")
	}
}

// sentTo is what a session is sent of a prefix; nil where it is nothing.
func sentTo(s *side, x *bgp.Session, p netip.Prefix) *network.PathAttributes {
	for _, a := range s.res.SentOf(x.Router, x.VRF, x.Neighbor, p) {
		return a.Attributes
	}
	return nil
}

// heardFrom is what a neighbor outside announces of a prefix and its import policy accepts; nil where it is nothing.
func heardFrom(s *side, x *bgp.Session, p netip.Prefix) *network.PathAttributes {
	for y, a := range s.res.HeardOf(p) {
		if y == x {
			return a
		}
	}
	return nil
}
