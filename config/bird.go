package config

import (
	"fmt"
	"slices"

	"github.com/routegate/routegate/config/bird"
	"github.com/routegate/routegate/network"
)

// parseBIRD reads bird.conf with every file of the folder at hand that it may include. Those that
// it does are the dialect's; the rest stay with those that nothing reads.
func (d *device) parseBIRD(text map[string][]byte) (*network.Router, []*Error) {
	sources := []bird.Source{{Path: d.bird, Text: text[d.bird]}}
	for _, f := range d.alien {
		sources = append(sources, bird.Source{Path: f, Text: text[f]})
	}
	r, err := bird.Parse(d.name, sources)
	if err != nil {
		return nil, []*Error{wrap(d.bird, err)}
	}
	d.alien = slices.DeleteFunc(slices.Clone(d.alien), func(f string) bool {
		return slices.ContainsFunc(r.Files, func(x network.File) bool { return x.Path == f })
	})
	return r, nil
}

// fitPatterns puts the OSPF settings that stand for interfaces by pattern on the interfaces that
// are known now.
func (w *workbench) fitPatterns() {
	for _, name := range w.names {
		r := w.routers[name]
		for _, o := range r.VRFs[0].OSPF {
			for k := range o.Patterns {
				p := &o.Patterns[k]
				for i := range r.Interfaces {
					f := &r.Interfaces[i]
					if f.OSPF != nil || f.VRF != "" || !p.Fits(f) {
						continue
					}
					r = w.edit(name, fmt.Sprintf("ospf %s %s", f.Name, p.Span))
					settings := p.Settings
					if f.Loopback {
						settings.Cost = 0 // BIRD announces a looped interface at no cost, whatever is said
					}
					r.Interfaces[i].OSPF = &settings
				}
			}
		}
	}
}
