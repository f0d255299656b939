package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// drivers are the adapters that apply changes.
var drivers = []string{"frr", "gobgp", "bird"}

func (r *reader) device(path string, d docDevice, env *network.Environment) {
	if !r.router(path+"."+freeKey, d.Name) {
		return
	}
	if d.Driver != "" && !slices.Contains(drivers, d.Driver) {
		r.fail(path+".driver", "frr, gobgp or bird", "there is no driver %s", d.Driver)
	}
	for i, face := range d.Interfaces {
		at := fmt.Sprintf("%s.interfaces[%d]", path, i)
		if face.Name == "" {
			r.fail(at, "", "an interface needs a name")
			continue
		}
		for j, a := range face.Value {
			r.work.address(d.Name, face.Name, a.Prefix, r.span(fmt.Sprintf("%s.value[%d]", at, j)))
		}
		if len(face.Value) == 0 {
			r.fail(at, "as in [10.0.0.1/30]", "want a list of addresses")
		}
	}
	env.Devices = append(env.Devices, network.Device{Name: d.Name, Role: d.Role, Site: d.Site, Group: d.Group, Mgmt: d.Mgmt, Driver: d.Driver, Span: r.span(path)})
}

func (r *reader) relations(env *network.Environment) {
	seen := map[asNumber]int{}
	for i, x := range r.doc.Relations {
		path := fmt.Sprintf("relations[%d]", i)
		if _, ok := r.keys.at[path+".as"]; !ok {
			r.fail(path, "as in {as: 64600, is: provider}", "no AS is named")
			continue
		}
		if _, ok := r.keys.at[path+".is"]; !ok {
			r.fail(path, "provider, peer or customer", "AS %d: what it is to us is missing", x.AS)
			continue
		}
		if j, ok := seen[x.AS]; ok {
			r.fail(path+".as", fmt.Sprintf("it stands in line %d already", r.keys.at[fmt.Sprintf("relations[%d]", j)].line), "AS %d has two relations", x.AS)
			continue
		}
		seen[x.AS] = i
		if len(x.Prefixes) > 0 && x.Is != network.Customer {
			r.fail(path+".prefixes", "only a customer's announcements can be listed", "AS %d is a %s", x.AS, x.Is)
		}
		env.Relations = append(env.Relations, network.Relation{AS: uint32(x.AS), Is: x.Is, Prefixes: x.Prefixes, Span: r.span(path)})
	}
}

func (r *reader) protect(env *network.Environment) {
	seen := map[string]bool{}
	for i, x := range r.doc.Protect {
		path := fmt.Sprintf("protect[%d]", i)
		switch {
		case x.Name == "":
			r.fail(path, "as in {name: dns, prefixes: [203.0.113.53/32]}", "what is protected needs a name")
			continue
		case seen[x.Name]:
			r.fail(path+".name", "", "%s is protected twice", x.Name)
			continue
		case len(x.Prefixes) == 0:
			r.fail(path, "as in prefixes: [203.0.113.53/32]", "%s: no prefix is named", x.Name)
		case x.MinOrigins < 0:
			r.fail(path+".min-origins", "", "want 0 or more, not %d", x.MinOrigins)
		}
		seen[x.Name] = true
		for j, from := range x.ReachableFrom {
			r.selector(fmt.Sprintf("%s.reachable-from[%d]", path, j), from)
		}
		env.Protect = append(env.Protect, network.Protected{Name: x.Name, Prefixes: x.Prefixes, MinOrigins: x.MinOrigins, ReachableFrom: x.ReachableFrom,
			Capacities: r.siteCapacities(path, x.Capacity), Span: r.span(path)})
	}
}

// selector checks who must reach something: a router, role:, site:, group:, or outside. One that
// selects nobody would protect nothing.
func (r *reader) selector(path, s string) {
	kind, name, ok := strings.Cut(s, ":")
	if !ok {
		if s != "outside" && r.work.routers[s] == nil {
			r.fail(path, suggest(s, append([]string{"outside"}, r.work.names...)), "%s is neither a router, nor role:, site:, group:, nor outside", s)
		}
		return
	}
	var names []string
	for _, d := range r.doc.Devices {
		switch kind {
		case "role":
			names = append(names, d.Role)
		case "site":
			names = append(names, d.Site)
		case "group":
			names = append(names, d.Group)
		default:
			r.fail(path, "role:NAME, site:NAME, group:NAME, a router's name, or outside", "unknown selector %s", kind)
			return
		}
	}
	names = slices.DeleteFunc(sortedUnique(names), func(s string) bool { return s == "" })
	if !slices.Contains(names, name) {
		r.fail(path, suggest(name, names), "no device has the %s %s", kind, name)
	}
}

// levels are what a policy's level may be set to.
var levels = []string{"shadow", "advisory", "soft", "hard"}

// maxWaiverDays is the most that policy.max-waiver-days can be: ten years.
const maxWaiverDays = 3650

func (r *reader) policy() network.PolicySettings {
	d := r.doc.Policy
	p := network.PolicySettings{Disabled: d.Disabled, StandingDenies: d.StandingDenies}
	if _, ok := r.keys.at["policy.max-waiver-days"]; ok {
		if p.MaxWaiverDays = d.MaxWaiverDays; p.MaxWaiverDays < 1 || p.MaxWaiverDays > maxWaiverDays {
			r.fail("policy.max-waiver-days", "", "want 1 to %d days, not %d", maxWaiverDays, d.MaxWaiverDays)
		}
	}
	if _, ok := r.keys.at["policy"]; ok {
		p.Span = r.span("policy")
	}
	for _, x := range d.Params {
		if p.Params == nil {
			p.Params = map[string]any{}
		}
		p.Params[x.Name] = x.Value
	}
	for i, x := range d.ParamsAt {
		at := fmt.Sprintf("policy.params-at[%d]", i)
		if x.Name == "outside" {
			r.fail(at, "role:NAME, site:NAME, group:NAME, or a router's name", "outside has no parameters")
			continue
		}
		r.selector(at, x.Name)
		set := network.ParamsAt{Place: x.Name, Params: map[string]any{}}
		for _, y := range x.Value {
			set.Params[y.Name] = y.Value
		}
		p.ParamsAt = append(p.ParamsAt, set)
	}
	for i, x := range d.Levels {
		if !slices.Contains(levels, x.Value) {
			r.fail(fmt.Sprintf("policy.levels[%d]", i), suggest(x.Value, levels), "%q is not a level", x.Value)
			continue
		}
		if p.Levels == nil {
			p.Levels = map[string]string{}
		}
		p.Levels[x.Name] = x.Value
	}
	return p
}

func sortASes(as []uint32) []uint32 {
	slices.Sort(as)
	return slices.Compact(as)
}

// sortedCommunities is the list in the model's order, unique.
func sortedCommunities[T cmp.Ordered](in []T) []T {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
