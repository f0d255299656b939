package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// half is one end of an unnumbered peering: a `neighbor IFACE interface` that has no wire yet.
type half struct {
	end      network.End
	bgp      *network.BGP
	neighbor *network.Neighbor
	hints    string // descriptions, in lower case
}

// fits reports whether the AS numbers agree both ways.
func (h *half) fits(o *half) bool {
	return h.end.Router != o.end.Router && expects(h.bgp, h.neighbor, o.bgp, o.neighbor) && expects(o.bgp, o.neighbor, h.bgp, h.neighbor)
}

// names reports whether a description names the other router, as a word of its own.
func (h *half) names(router string) bool {
	word := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	router = strings.ToLower(router)
	for at := 0; ; {
		i := strings.Index(h.hints[at:], router)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(router)
		if (at == 0 || !word(h.hints[at-1])) && (end == len(h.hints) || !word(h.hints[end])) {
			return true
		}
		at = end
	}
}

// expects reports whether a neighbor statement's remote AS is what the other router shows it.
func expects(mine *network.BGP, n *network.Neighbor, theirs *network.BGP, m *network.Neighbor) bool {
	shown := []uint32{theirs.AS}
	if theirs.Confederation.Identifier != 0 {
		shown = append(shown, theirs.Confederation.Identifier)
	}
	if m.LocalAS.Number != 0 {
		shown = []uint32{m.LocalAS.Number}
		if m.LocalAS.DualAS {
			shown = append(shown, theirs.AS)
		}
	}
	own := mine.AS
	switch n.RemoteAS.Kind {
	case network.RemoteASNumber:
		return slices.Contains(shown, n.RemoteAS.Number)
	case network.RemoteASExternal:
		return slices.ContainsFunc(shown, func(as uint32) bool { return as != own })
	case network.RemoteASInternal:
		return slices.Contains(shown, own)
	case network.RemoteASAuto:
		return true
	}
	return false
}

// fromUnnumbered pairs what topology and subnets left without a wire, where only one pairing is
// possible; what stays ambiguous is said, not guessed.
func (w *wiring) fromUnnumbered() {
	onWire := map[network.End]bool{}
	for _, l := range w.links {
		for _, e := range l.Ends {
			onWire[e] = true
		}
	}
	var open []*half
	for _, r := range w.routers {
		for _, v := range r.VRFs {
			if v.BGP == nil {
				continue
			}
			for _, n := range v.BGP.Neighbors {
				e := network.End{Router: r.Name, Interface: n.Interface}
				if n.Address.IsValid() || n.Interface == "" || onWire[e] || w.cabled[e] {
					continue
				}
				h := &half{end: e, bgp: v.BGP, neighbor: n, hints: strings.ToLower(n.Description)}
				if i := r.Interface(n.Interface); i != nil {
					h.hints += "\n" + strings.ToLower(i.Description)
				}
				h.hints += "\n" + strings.ToLower(n.Interface)
				open = append(open, h)
			}
		}
	}
	for {
		a, b := onlyPair(open)
		if a == nil {
			break
		}
		w.add(network.Link{Ends: []network.End{a.end, b.end}, Origin: network.LinkUnnumbered, Span: a.neighbor.Span})
		open = slices.DeleteFunc(open, func(h *half) bool { return h.end == a.end || h.end == b.end })
	}
	for _, h := range open {
		var could []string
		for _, o := range open {
			if h.fits(o) {
				could = append(could, o.end.Router+":"+o.end.Interface)
			}
		}
		if len(could) > 0 {
			w.warnings = append(w.warnings, fmt.Sprintf("%s: %s's neighbor on interface %s could be %s: no link is assumed (say which in topology.clab.yml, or in the interfaces' descriptions)",
				h.neighbor.Span, h.end.Router, h.end.Interface, strings.Join(could, " or ")))
		}
	}
}

// onlyPair finds two halves that fit nobody but each other: among those whose
// descriptions name each other's routers first, then among those where nothing is said to the contrary.
func onlyPair(open []*half) (a, b *half) {
	said := func(h, o *half) bool { return h.fits(o) && h.names(o.end.Router) && o.names(h.end.Router) }
	hinted := func(h, o *half) bool { return h.fits(o) && (h.names(o.end.Router) || o.names(h.end.Router)) }
	fits := func(h, o *half) bool { return h.fits(o) }
	for _, rule := range []func(h, o *half) bool{said, hinted, fits} {
		for _, h := range open {
			o := onlyMate(open, h, rule)
			if o != nil && onlyMate(open, o, rule) == h {
				return h, o
			}
		}
	}
	return nil, nil
}

// onlyMate is the one half that the rule allows; nil where there is none, or more than one.
func onlyMate(open []*half, h *half, rule func(h, o *half) bool) *half {
	var mate *half
	for _, o := range open {
		if o.end == h.end || !rule(h, o) {
			continue
		}
		if mate != nil {
			return nil
		}
		mate = o
	}
	return mate
}
