package gobgp

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// actions reads a statement's changes, in the order in which GoBGP applies them (NewStatement).
func (p *parser) actions(a *oc.BgpActions, n *node) []network.Action {
	var out []network.Action
	out = p.standard(out, a.SetCommunity, n.get("set-community"))
	out = p.extended(out, a.SetExtCommunity, n.get("set-ext-community"))
	out = p.large(out, a.SetLargeCommunity, n.get("set-large-community"))
	out = p.med(out, string(a.SetMed), n.get("set-med"))
	if a.SetLocalPref != 0 {
		out = append(out, network.SetLocalPref{Pos: p.pos(n.get("set-local-pref")), Value: a.SetLocalPref})
	} else if at := n.get("set-local-pref"); at != nil {
		p.not(at, network.AffectsRoutes, "GoBGP takes 0 for: not set")
	}
	out = p.prepend(out, a.SetAsPathPrepend, n.get("set-as-path-prepend"))
	out = p.nextHop(out, string(a.SetNextHop), n.get("set-next-hop"))
	at := n.get("set-route-origin")
	if o, ok := originOf(a.SetRouteOrigin); ok {
		out = append(out, network.SetOrigin{Pos: p.pos(at), Value: o})
	} else if at != nil && at.text != "" {
		p.not(at, network.AffectsRoutes, "GoBGP does not know %q and sets nothing", at.text)
	}
	return out
}

// mode reads add, remove and replace. GoBGP takes for add what it does not know.
func (p *parser) mode(option string, n *node) network.EditMode {
	switch oc.BgpSetCommunityOptionType(option) {
	case oc.BGP_SET_COMMUNITY_OPTION_TYPE_REMOVE:
		return network.RemoveFrom
	case oc.BGP_SET_COMMUNITY_OPTION_TYPE_REPLACE:
		return network.Replace
	case oc.BGP_SET_COMMUNITY_OPTION_TYPE_ADD, "":
	default:
		p.not(n.get("options"), network.AffectsRoutes, "GoBGP does not know %q and adds", option)
	}
	return network.AddTo
}

// listed gives the node of the communities, and reports whether there are any: a list without any
// is no action for GoBGP, not even a replacement.
func (p *parser) listed(count int, n *node, method string) (*node, bool) {
	if count == 0 && n != nil {
		p.not(n, network.AffectsRoutes, "without communities GoBGP leaves the action out")
	}
	return n.get(method, "communities-list"), count > 0
}

func (p *parser) standard(out []network.Action, a oc.SetCommunity, n *node) []network.Action {
	list := a.SetCommunityMethod.CommunitiesList
	at, ok := p.listed(len(list), n, "set-community-method")
	if !ok {
		return out
	}
	set := network.SetCommunity{Pos: p.pos(n), Mode: p.mode(a.Options, n)}
	for i, x := range list {
		if set.Mode == network.RemoveFrom {
			if v, ok := exactCommunity(x); ok {
				set.Values = append(set.Values, v)
				continue
			}
			p.expression(communityPattern(x), x, at.item(i))
			set.Patterns = append(set.Patterns, communityPattern(x))
			continue
		}
		v, strange, ok := setCommunity(x)
		if !ok {
			p.fail(at.item(i), "as in 65000:100 or no-export", "%q is not a community: gobgpd would drop all policies without a word", x)
		}
		if strange {
			p.not(at.item(i), network.AffectsRoutes, "GoBGP takes %q for %d:%d", x, uint32(v)>>16, uint32(v)&0xffff)
		}
		set.Values = append(set.Values, v)
	}
	return append(out, set)
}

func (p *parser) extended(out []network.Action, a oc.SetExtCommunity, n *node) []network.Action {
	list := a.SetExtCommunityMethod.CommunitiesList
	at, ok := p.listed(len(list), n, "set-ext-community-method")
	if !ok {
		return out
	}
	set := network.SetExtCommunity{Pos: p.pos(n), Mode: p.mode(a.Options, n), LeavesEmpty: true}
	for i, x := range list {
		v, ok := exactExtended(x)
		switch {
		case ok:
			set.Values = append(set.Values, v)
		case set.Mode == network.RemoveFrom:
			pattern := p.extendedPattern(x, at.item(i))
			p.expression(pattern, x, at.item(i))
			set.Patterns = append(set.Patterns, pattern)
		default:
			p.fail(at.item(i), "as in rt:65000:100", "%q is not an extended community: gobgpd would drop all policies without a word", x)
		}
	}
	return append(out, set)
}

func (p *parser) large(out []network.Action, a oc.SetLargeCommunity, n *node) []network.Action {
	list := a.SetLargeCommunityMethod.CommunitiesList
	at, ok := p.listed(len(list), n, "set-large-community-method")
	if !ok {
		return out
	}
	set := network.SetLargeCommunity{Pos: p.pos(n), Mode: p.mode(string(a.Options), n)}
	for i, x := range list {
		v, err := network.ParseLargeCommunity(x)
		switch {
		case err == nil:
			set.Values = append(set.Values, v)
		case set.Mode == network.RemoveFrom:
			p.expression(largePattern(x), x, at.item(i))
			set.Patterns = append(set.Patterns, largePattern(x))
		default:
			p.fail(at.item(i), "as in 65000:1:2", "%q is not a large community: gobgpd would drop all policies without a word", x)
		}
	}
	return append(out, set)
}

var medChange = regexp.MustCompile(`([+-]?)(\d+)`)

// med reads 100, +100 and -100.
func (p *parser) med(out []network.Action, s string, n *node) []network.Action {
	s = strings.TrimSpace(s)
	if s == "" {
		return out
	}
	f := medChange.FindStringSubmatch(s)
	if f == nil {
		p.not(n, network.AffectsRoutes, "GoBGP finds no number in %q and sets nothing", s)
		return out
	}
	v, err := strconv.ParseUint(f[2], 10, 32)
	if err != nil || f[0] != s {
		p.not(n, network.AffectsRoutes, "what GoBGP makes of %q is not simulated", s)
	}
	return append(out, network.SetMED{Pos: p.pos(n), Op: map[string]network.Arithmetic{"": network.Assign, "+": network.Add, "-": network.Subtract}[f[1]], Value: uint32(v), KeepOutOfRange: true})
}

func (p *parser) prepend(out []network.Action, a oc.SetAsPathPrepend, n *node) []network.Action {
	if a.As == "" {
		if a.RepeatN != 0 {
			p.not(n, network.AffectsRoutes, "without an AS GoBGP prepends nothing")
		}
		return out
	}
	if a.RepeatN == 0 {
		p.not(n, network.AffectsRoutes, "GoBGP prepends it no times: repeat-n is missing")
		return out
	}
	set := network.PrependASPath{Pos: p.pos(n), Repeat: int(a.RepeatN)}
	if a.As == "last-as" {
		set.LastAS = true
		return append(out, set)
	}
	as, err := strconv.ParseUint(a.As, 10, 32)
	if err != nil {
		p.fail(n.get("as"), "a number, or last-as", "%q is not an AS", a.As)
	}
	set.AS = []uint32{uint32(as)}
	return append(out, set)
}

func (p *parser) nextHop(out []network.Action, s string, n *node) []network.Action {
	set := network.SetNextHop{Pos: p.pos(n)}
	switch s {
	case "":
		return out
	case "self":
		set.Kind = network.NextHopSelf
	case "peer-address":
		set.Kind = network.NextHopNeighbor
	case "unchanged":
		set.Kind = network.NextHopUnchanged
	default:
		a, ok := address(s)
		if !ok {
			p.fail(n, "an address, self, peer-address or unchanged", "set-next-hop %q: gobgpd would drop all policies without a word", s)
		}
		set.Kind, set.Address = network.NextHopAddress, a
	}
	return append(out, set)
}
