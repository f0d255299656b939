package config

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// workbench adds to parsed routers what their files do not say. A router that gets
// something is copied first: what was parsed may be shared with another snapshot.
type workbench struct {
	parsed  map[string]*parsedDevice
	names   []string                   // sorted
	routers map[string]*network.Router // as parsed, or the copy
	applied map[string][]string        // what the copy got, in words
	implied []impliedAddress
}

func newWorkbench(parsed map[string]*parsedDevice) *workbench {
	w := &workbench{parsed: parsed, routers: map[string]*network.Router{}, applied: map[string][]string{}}
	for name, p := range parsed {
		w.names = append(w.names, name)
		w.routers[name] = p.router
	}
	sort.Strings(w.names)
	return w
}

// edit gives the router's copy.
func (w *workbench) edit(name, what string) *network.Router {
	if len(w.applied[name]) == 0 {
		r := *w.parsed[name].router
		r.Interfaces = slices.Clone(r.Interfaces)
		r.VRFs = slices.Clone(r.VRFs)
		w.routers[name] = &r
	}
	w.applied[name] = append(w.applied[name], what)
	return w.routers[name]
}

// face gives the router an interface unless it has it.
func (w *workbench) face(router, name string, span network.Span) {
	r := w.routers[router]
	if r.Interface(name) != nil {
		return
	}
	r = w.edit(router, fmt.Sprintf("interface %s %s", name, span))
	i := sort.Search(len(r.Interfaces), func(i int) bool { return r.Interfaces[i].Name >= name })
	r.Interfaces = slices.Insert(r.Interfaces, i, network.Interface{Name: name, Implied: true, Span: span, Loopback: name == "lo" || strings.HasPrefix(name, "loopback")})
}

// address gives a router's interface an address unless it has it.
func (w *workbench) address(router, face string, p netip.Prefix, span network.Span) {
	w.face(router, face, span)
	r := w.routers[router]
	for _, a := range r.Interface(face).Addresses {
		if a.Prefix == p {
			return
		}
	}
	r = w.edit(router, fmt.Sprintf("address %s %s %s", face, p, span))
	i := r.Interface(face)
	i.Addresses = append(slices.Clone(i.Addresses), network.Address{Prefix: p, Span: span})
}

// originate puts injected routes into the routers' BGP.
func (w *workbench) originate(all []network.Origination) {
	for _, o := range all {
		r := w.edit(o.Router, fmt.Sprintf("origination %+v", o))
		v := *r.VRFs[0]
		b := *v.BGP
		v.BGP, r.VRFs[0] = &b, &v
		attrs := o.Attributes
		for _, p := range o.Prefixes {
			f := &b.Families[network.FamilyOf(p)]
			f.Networks = append(slices.Clip(f.Networks), network.BGPNetwork{Prefix: p, Injected: true, Attributes: &attrs, Span: o.Span})
		}
	}
}

// finish gives the routers, sorted. One that is the same in base, conclusions
// included, is base's.
func (w *workbench) finish(base *Snapshot) []*network.Router {
	out := make([]*network.Router, 0, len(w.names))
	for _, name := range w.names {
		p := w.parsed[name]
		p.final, p.applied = w.routers[name], strings.Join(w.applied[name], "\n")
		if base != nil {
			if old := base.parsed[name]; old != nil && old.router == p.router && old.applied == p.applied {
				p.final = old.final
			}
		}
		out = append(out, p.final)
	}
	return out
}
