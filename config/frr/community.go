package frr

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// communities reads the values of a line; the flags stand for words that are no values.
func communities(list []string) (values []network.Community, additive, internet bool, bad string) {
	for _, t := range list {
		switch t {
		case "additive":
			additive = true
			continue
		case "internet":
			internet = true
		}
		c, err := network.ParseCommunity(t)
		if err != nil {
			return nil, false, false, quote(t) + " is not a community"
		}
		values = append(values, c)
	}
	slices.Sort(values)
	return slices.Compact(values), additive, internet, ""
}

func (p *parser) setCommunity(a *args) verdict {
	c := network.SetCommunity{Pos: p.pos(), Mode: network.Replace}
	if !a.has("none") && !a.no {
		values, additive, _, bad := communities(a.list("list"))
		if bad != "" {
			return rejected(bad)
		}
		if c.Values = values; additive {
			c.Mode = network.AddTo
		}
	}
	return p.set(a, "community", c)
}

func largeCommunities(list []string) (values []network.LargeCommunity, additive bool, bad string) {
	for _, t := range list {
		if t == "additive" {
			additive = true
			continue
		}
		c, err := network.ParseLargeCommunity(t)
		if err != nil {
			return nil, false, quote(t) + " is not a large community"
		}
		values = append(values, c)
	}
	slices.SortFunc(values, func(x, y network.LargeCommunity) int {
		return slices.Compare([]uint32{x.Global, x.Data1, x.Data2}, []uint32{y.Global, y.Data1, y.Data2})
	})
	return slices.Compact(values), additive, ""
}

func (p *parser) setLarge(a *args) verdict {
	c := network.SetLargeCommunity{Pos: p.pos(), Mode: network.Replace}
	if !a.has("none") && !a.no {
		values, additive, bad := largeCommunities(a.list("list"))
		if bad != "" {
			return rejected(bad)
		}
		if c.Values = values; additive {
			c.Mode = network.AddTo
		}
	}
	return p.set(a, "large-community", c)
}

// extCommunity encodes "65000:1", "4200000000:1", "65000L:1" or "192.0.2.1:1" (RFC 4360, RFC 5668).
func extCommunity(sub byte, s string) (network.ExtCommunity, bool) {
	admin, number, ok := strings.Cut(s, ":")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0, false
	}
	var b [8]byte
	b[1] = sub
	if ip, err := netip.ParseAddr(admin); err == nil && ip.Is4() && n <= 0xFFFF {
		b[0] = 1
		*(*[4]byte)(b[2:6]) = ip.As4()
		binary.BigEndian.PutUint16(b[6:], uint16(n))
		return network.ExtCommunity(binary.BigEndian.Uint64(b[:])), true
	}
	as, long := strings.CutSuffix(admin, "L")
	v, ok := parseASN(as)
	switch {
	case !ok && as != "0":
		return 0, false
	case v <= 0xFFFF && !long:
		binary.BigEndian.PutUint16(b[2:], uint16(v))
		binary.BigEndian.PutUint32(b[4:], uint32(n))
	case n > 0xFFFF:
		return 0, false
	default:
		b[0] = 2
		binary.BigEndian.PutUint32(b[2:], v)
		binary.BigEndian.PutUint16(b[6:], uint16(n))
	}
	return network.ExtCommunity(binary.BigEndian.Uint64(b[:])), true
}

const (
	routeTarget  = 2
	siteOfOrigin = 3
)

// extCommunities reads "rt 1:1 soo 2:2", the kind being given in front or by the command.
func extCommunities(sub byte, list []string) (values []network.ExtCommunity, bad string) {
	for _, t := range list {
		switch t {
		case "rt":
			sub = routeTarget
			continue
		case "soo":
			sub = siteOfOrigin
			continue
		}
		c, ok := extCommunity(sub, t)
		if !ok || sub == 0 {
			return nil, quote(t) + " is not an extended community"
		}
		values = append(values, c)
	}
	slices.Sort(values)
	return slices.Compact(values), ""
}

// setExt: FRR adds extended communities to those that are there.
func (p *parser) setExt(a *args) verdict {
	if a.has("none") {
		return p.set(a, "extcommunity none", network.SetExtCommunity{Pos: p.pos(), Mode: network.Replace})
	}
	word, sub := "rt", byte(routeTarget)
	if a.has("soo") {
		word, sub = "soo", siteOfOrigin
	}
	values, bad := extCommunities(sub, a.list("list"))
	if bad != "" {
		return rejected(bad)
	}
	return p.set(a, "extcommunity "+word, network.SetExtCommunity{Pos: p.pos(), Mode: network.AddTo, Values: values})
}

func (p *parser) deleteCommunities(a *args) verdict {
	set := a.str("set")
	if !a.no && !a.has("delete") {
		return rejected("the command is incomplete")
	}
	switch word := a.any("comm-list", "large-comm-list", "extended-comm-list"); word {
	case "comm-list":
		return p.set(a, word, network.SetCommunity{Pos: p.pos(), Mode: network.RemoveFrom, Set: set})
	case "large-comm-list":
		return p.set(a, word, network.SetLargeCommunity{Pos: p.pos(), Mode: network.RemoveFrom, Set: set})
	default:
		return p.set(a, word, network.SetExtCommunity{Pos: p.pos(), Mode: network.RemoveFrom, Set: set})
	}
}
