// Package gobgp reads a gobgpd configuration file into the neutral model.
//
// The file is decoded into GoBGP v3's own configuration types, the way gobgpd
// does it, and checked for what ends gobgpd or makes it drop its policies when it
// starts; so what gobgpd accepts is accepted here, and what it refuses is refused with the
// line. A second reading, as a positioned tree, says where each value stands. What v3.37
// decodes and then ignores is in the ledger as not modelled.
package gobgp

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// Source is one configuration file.
type Source = network.Source

// Error is what is wrong with a configuration, and where.
type Error = network.SourceError

// parser turns one decoded file into a Router.
type parser struct {
	src    Source
	root   *node
	conf   *oc.BgpConfigSet
	router *network.Router
	bgp    *network.BGP
	err    *Error // the first

	definitions map[string]*node               // sets by kind and name
	unloaded    bool                           // gobgpd loads none of the policies
	enslaved    map[string][]*network.Neighbor // by VRF
}

// Parse reads a gobgpd configuration file. The error is an *Error; it never panics.
func Parse(name string, src Source) (r *network.Router, err error) {
	// The decoding libraries below are fed with whatever stands in a repository.
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, &Error{Path: src.Path, Msg: fmt.Sprintf("the file cannot be decoded: %v", p)}
		}
	}()
	p := &parser{src: src}
	if p.conf, p.root, err = decode(src); err != nil {
		return nil, err
	}
	classify(p.root, "", unlisted)
	if !p.lists(p.root) {
		return nil, p.err
	}
	p.bgp = &network.BGP{}
	p.router = &network.Router{Name: name, Dialect: "gobgp", VRFs: []*network.VRF{{}}, Span: network.Span{File: src.Path}}
	p.sets()
	p.policies()
	p.global()
	p.neighbors()
	p.unload()
	p.zebra()
	p.beside()
	p.vrfs()
	if p.err != nil {
		return nil, p.err
	}
	// GoBGP hands every next hop to whoever forwards: what is resolved through what is not its business.
	for _, v := range p.router.VRFs {
		v.ResolveViaDefault = [network.NumFamilies]bool{true, true}
	}
	p.router.VRFs[0].BGP = p.bgp
	p.router.VRFs[0].Span = p.bgp.Span
	p.router.Files = []network.File{p.ledger()}
	return p.router, nil
}

// fail records the first error.
func (p *parser) fail(n *node, hint, format string, args ...any) {
	if p.err != nil {
		return
	}
	e := &Error{Path: p.src.Path, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if n != nil {
		e.Line, e.Column = n.line, n.column
	}
	p.err = e
}

// span is where a node stands; zero for none.
func (p *parser) span(n *node) network.Span {
	if n == nil || n.line == 0 {
		return network.Span{}
	}
	return network.Span{File: p.src.Path, First: int32(n.line), Last: int32(max(n.last, n.line))}
}

// pos is a condition's or an action's position.
func (p *parser) pos(n *node) network.Pos { return network.Pos{Span: p.span(n)} }

// not takes a node, and what is below it, out of what is modelled.
func (p *parser) not(n *node, affects network.Affects, reason string, args ...any) {
	if n == nil {
		return
	}
	reason = fmt.Sprintf(reason, args...)
	n.walk(func(k *node) { k.state, k.affects, k.reason = network.NotModelled, affects, reason })
}

// ledger is the state of every line.
func (p *parser) ledger() network.File {
	f := network.File{Path: p.src.Path, SHA256: sha256.Sum256(p.src.Text), Text: p.src.Text}
	lines := strings.Split(strings.TrimSuffix(string(p.src.Text), "\n"), "\n")
	if len(p.src.Text) == 0 {
		lines = nil
	}
	rollUp(p.root)
	owner := make([]*node, len(lines)+1)
	for _, scalars := range []bool{false, true} {
		p.root.walk(func(n *node) {
			if n.scalar != scalars || n.parent == nil {
				return
			}
			for l := max(n.line, 1); l <= n.last && l < len(owner); l++ {
				// A value speaks for its line rather than the tables around it, a smaller table rather than a
				// larger one; of several values on one line, the least understood.
				if o := owner[l]; o == nil || scalars && !o.scalar || !scalars && n.last-n.line <= o.last-o.line || scalars && rank(n.state) > rank(o.state) {
					owner[l] = n
				}
			}
		})
	}
	var last *node
	f.Support = make([]network.Support, len(lines))
	for i, text := range lines {
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") || text == "---" || strings.Trim(text, "{}[],") == "" {
			continue
		}
		if n := owner[i+1]; n != nil {
			last = n
		}
		if last == nil {
			// Nothing stands here for the decoder, yet something stands here.
			f.Support[i] = network.NotModelled
			f.Notes = append(f.Notes, network.Note{Span: network.At(p.src.Path, i+1), Text: text, Reason: "not a setting"})
			continue
		}
		f.Support[i] = last.state
		if last.state == network.NotModelled {
			f.Notes = append(f.Notes, network.Note{Span: network.At(p.src.Path, i+1), Context: last.parentPath(), Text: concealed(last, text), Reason: last.reason, Affects: last.affects})
		}
	}
	return f
}

// concealed keeps passwords out of notes.
func concealed(n *node, text string) string {
	if n.key == "auth-password" {
		return "auth-password"
	}
	return text
}

func rank(s network.Support) int {
	return [...]int{network.Blank: 0, network.Irrelevant: 1, network.Modelled: 2, network.NotModelled: 3}[s]
}

// address parses an IP address the way GoBGP's net.ParseIP does, with an optional zone.
func address(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}
