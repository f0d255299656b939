package bird

import (
	"slices"

	"github.com/routegate/routegate/network"
)

// An instance of the model is a table of IPv4 and one of IPv6. The default one is what the kernel's main table follows: BIRD's
// master tables, or those that a kernel protocol binds to it instead. A table beside them that something uses has an instance of its
// own, together with the one of the other family that its BGP sessions have.

// instance is a pair of tables.
type instance struct {
	name   string // "" is the default one
	tables [network.NumFamilies]string
}

// mainTables are BIRD's own, to which a channel is bound that does not say.
var mainTables = [network.NumFamilies]string{"master4", "master6"}

// forwarded are the tables that packets follow: each kernel table has what the first protocol gives it that asks for it.
func (p *parser) forwarded() [network.NumFamilies]string {
	out := mainTables
	for _, f := range network.Families {
		for _, o := range p.protocols {
			if c := o.family(f); o.kind == "kernel" && !o.disabled && o.kernel.main() && c != nil {
				out[f] = c.table
				break
			}
		}
	}
	return out
}

// sortTables finds the instances, and says where a session has tables that cannot be one.
func (p *parser) sortTables() {
	p.instances = []instance{{tables: p.forwarded()}}
	add := func(t [network.NumFamilies]string) {
		name := t[network.IPv4Unicast]
		if name == "" {
			name = t[network.IPv6Unicast]
		}
		p.instances = append(p.instances, instance{name, t})
	}
	for _, o := range p.protocols {
		four, six := o.family(network.IPv4Unicast), o.family(network.IPv6Unicast)
		if o.kind != "bgp" || four == nil || six == nil {
			continue
		}
		switch a, b := p.holder(four.table), p.holder(six.table); {
		case a < 0 && b < 0:
			add([network.NumFamilies]string{four.table, six.table})
		case a != b:
			p.sayAt(six.span, unsupported(routes, "a session has both its families in tables that no other session pairs otherwise: this one's IPv6 is not simulated"))
			delete(o.channels, six.name)
			o.order = slices.DeleteFunc(o.order, func(name string) bool { return name == six.name })
		}
	}
	for _, o := range p.protocols {
		for _, f := range network.Families {
			if name, ok := o.tableOf(f); ok && p.holder(name) < 0 {
				var t [network.NumFamilies]string
				t[f] = name
				add(t)
			}
		}
		for i, s := range o.pipe {
			if s != nil && s.table != otherTable && p.holder(o.pipeNames[i]) < 0 {
				var t [network.NumFamilies]string
				t[s.table.family()] = o.pipeNames[i]
				add(t)
			}
		}
	}
	slices.SortFunc(p.instances[1:], func(a, b instance) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
}

// holder is the place of the instance that has a table; -1 where none does.
func (p *parser) holder(table string) int {
	return slices.IndexFunc(p.instances, func(i instance) bool { return slices.Contains(i.tables[:], table) })
}

func (k tableKind) family() network.Family {
	if k == ipv6Table {
		return network.IPv6Unicast
	}
	return network.IPv4Unicast
}

// tableOf is the table that a protocol is bound to in a family. Some have channels without saying so.
func (o *protocol) tableOf(f network.Family) (string, bool) {
	if c := o.family(f); c != nil {
		return c.table, true
	}
	implied := len(o.channels) == 0 && (o.kind == "direct" || o.kind == "ospf" && f == network.IPv4Unicast)
	return mainTables[f], implied
}

// in reports that a protocol is bound to an instance's table of a family.
func (o *protocol) in(i *instance, f network.Family) bool {
	name, ok := o.tableOf(f)
	return ok && name == i.tables[f]
}

// speaks reports that a BGP protocol's session is one of the instance: the default one has those without tables.
func (o *protocol) speaks(i *instance) bool {
	if o.kind != "bgp" {
		return false
	}
	without := true
	for _, f := range network.Families {
		if o.in(i, f) {
			return true
		}
		without = without && o.family(f) == nil
	}
	return without && i.name == ""
}

// pipes puts what comes out of pipes into the instance's table, and reports whether any of them begins or ends there.
func (p *parser) pipes(b *network.BGP, i *instance) (any bool) {
	for _, o := range p.protocols {
		if o.kind != "pipe" || o.disabled || o.pipe[0] == nil || o.pipe[1] == nil || o.pipe[0].table == otherTable {
			continue
		}
		f := o.pipe[0].table.family()
		for to, chain := range []network.PolicyChain{o.pipeImport, o.pipeExport} {
			from := 1 - to
			if i.tables[f] == o.pipeNames[from] {
				any = true
			}
			if i.tables[f] != o.pipeNames[to] {
				continue
			}
			any = true
			if chain.Default == network.Reject && len(chain.Policies) == 0 {
				continue
			}
			l := network.Leak{From: p.instances[p.holder(o.pipeNames[from])].name, Pipe: o.name, Table: o.pipeNames[from], Policy: onlyPolicy(chain), Span: o.span}
			b.Families[f].Leaks = append(b.Families[f].Leaks, l)
		}
	}
	return any
}
