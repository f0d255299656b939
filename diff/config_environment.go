package diff

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"reflect"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// environment compares what routegate.yaml says.
func (c *comparison) environment() {
	b, a := &c.before.Env, &c.after.Env
	env := func(path, name, noun string, s network.Span) place {
		return place{object: ObjectEnvironment, path: "environment/" + path, name: name, noun: noun, after: s}
	}
	key := func(e *network.Environment, name string) network.Span { s, _ := e.Spans.Find(name); return s }

	c.nameOfNetwork()
	c.prefixes("owned", "owned prefix", b.Owned, a.Owned, key(b, "owned"), key(a, "owned"))
	pair(pointers(b.Devices), pointers(a.Devices), func(d *network.Device) string { return d.Name }, func(name string, db, da *network.Device) {
		struc(c, env("device "+name, name, "device "+name, network.Span{}), db, da, func(d *network.Device) network.Span { return d.Span })
	})
	items(c, b.Relations, a.Relations, func(r network.Relation) string { return fmt.Sprint(r.AS) }, func(r network.Relation) place {
		return env(fmt.Sprintf("relation %d", r.AS), fmt.Sprint(r.AS), fmt.Sprintf("relation to AS %d", r.AS), r.Span)
	}, func(r network.Relation) string { return strings.TrimSpace(r.Is.String() + " " + text(r.Prefixes)) })
	items(c, b.Announcements, a.Announcements, announcementKey, func(x network.Announcement) place {
		k := announcementKey(x)
		return env("announcement "+k, k, "announcement "+k, x.Span)
	}, func(x network.Announcement) string { return prefixesText(x.Prefixes) })
	items(c, b.Originations, a.Originations, originationKey, func(x network.Origination) place {
		k := originationKey(x)
		return env("origination "+k, x.Router, "origination "+k, x.Span)
	}, func(x network.Origination) string { return prefixesText(x.Prefixes) })
	pair(pointers(b.Protect), pointers(a.Protect), func(x *network.Protected) string { return x.Name }, func(name string, pb, pa *network.Protected) {
		struc(c, env("protect "+name, name, "protected "+name, network.Span{}), pb, pa, func(x *network.Protected) network.Span { return x.Span })
	})
	pair(pointers(b.Services), pointers(a.Services), func(x *network.Service) string { return x.Name }, func(name string, sb, sa *network.Service) {
		struc(c, env("service "+name, name, "service "+name, network.Span{}), sb, sa, func(x *network.Service) network.Span { return x.Span })
	})
	c.flowRules()
	c.capacity()
	p := env("management", "management", "management", a.Management.Span)
	p.before = b.Management.Span
	for _, f := range fields(&b.Management, &a.Management) {
		c.field(&p, f)
	}
	p = env("failures", "failures", "failures", a.Failures.Span)
	p.before = b.Failures.Span
	for _, f := range fields(&b.Failures, &a.Failures) {
		c.field(&p, f)
	}
	c.rpki(&b.RPKI, &a.RPKI)
	c.policySettings(&b.Policy, &a.Policy)
}

func (c *comparison) nameOfNetwork() {
	if b, a := c.before.Name, c.after.Name; b != a {
		sb, _ := c.before.Env.Spans.Find("network")
		sa, _ := c.after.Env.Spans.Find("network")
		c.add(Change{Path: "environment/network", Kind: Modified, Object: ObjectEnvironment, Name: a, Before: b, After: a,
			BeforeSpan: sb, AfterSpan: sa, Summary: fmt.Sprintf("the network was called %q and is called %q", b, a)})
	}
}

// struc compares one keyed object of the environment field by field.
func struc[T any](c *comparison, p place, b, a *T, span func(*T) network.Span) {
	switch {
	case b == nil:
		p.after = span(a)
		c.appears(&p, "", "", true)
	case a == nil:
		p.before = span(b)
		c.appears(&p, "", "", false)
	default:
		p.before, p.after = span(b), span(a)
		for _, f := range fields(b, a) {
			c.field(&p, f)
		}
	}
}

// stated is a prefix with the key that states it.
type stated struct {
	prefix netip.Prefix
	span   network.Span
}

// prefixes compares a list of prefixes as a set.
func (c *comparison) prefixes(path, noun string, b, a []netip.Prefix, sb, sa network.Span) {
	at := func(list []netip.Prefix, s network.Span) []stated {
		out := make([]stated, len(list))
		for i, p := range list {
			out[i] = stated{p, s}
		}
		return out
	}
	items(c, at(b, sb), at(a, sa), func(x stated) string { return x.prefix.String() }, func(x stated) place {
		return place{object: ObjectEnvironment, path: "environment/" + path, name: x.prefix.String(), noun: noun + " " + x.prefix.String(), after: x.span}
	}, func(stated) string { return "" })
}

// announcementKey names an announcement by everything but its prefixes, which may
// be a whole feed.
func announcementKey(x network.Announcement) string {
	t := fmt.Sprintf("from AS %d to %s", x.From, x.To)
	if x.Neighbor.IsValid() {
		t += " at " + x.Neighbor.String()
	}
	return t + " " + attributesText(&x.Attributes)
}

func originationKey(x network.Origination) string {
	return strings.TrimSpace("at " + x.Router + " " + attributesText(&x.Attributes))
}

// prefixesText names few prefixes, and counts many with a digest that changes with any of them.
func prefixesText(list []netip.Prefix) string {
	if len(list) <= 4 {
		return text(list)
	}
	h := uint64(14695981039346656037) // FNV-1a
	for _, p := range list {
		for _, b := range []byte(p.String()) {
			h = (h ^ uint64(b)) * 1099511628211
		}
	}
	return fmt.Sprintf("%d prefixes from %s to %s (digest %08x)", len(list), list[0], list[len(list)-1], uint32(h))
}

// attributesText is what is not default of a route's attributes.
func attributesText(a *network.PathAttributes) string {
	var t []string
	say := func(on bool, format string, x any) {
		if on {
			t = append(t, fmt.Sprintf(format, x))
		}
	}
	say(len(a.ASPath) > 0, "AS path %s", a.ASPath)
	say(a.Origin != network.OriginIGP, "origin %s", a.Origin)
	say(a.NextHop.IsValid(), "next hop %s", a.NextHop)
	say(a.HasMED, "metric %d", a.MED)
	say(a.HasLocalPref, "local preference %d", a.LocalPref)
	say(len(a.Communities) > 0, "communities %s", text(a.Communities))
	say(len(a.Large) > 0, "large communities %s", text(a.Large))
	say(len(a.Ext) > 0, "extended communities %s", text(a.Ext))
	return strings.Join(t, ", ")
}

func (c *comparison) policySettings(b, a *network.PolicySettings) {
	p := place{object: ObjectEnvironment, path: "environment/policy", name: "policy", noun: "policy settings", before: b.Span, after: a.Span}
	for _, f := range fields(b, a, ignoring(network.PolicySettings{}, "Params", "ParamsAt", "Levels", "Keys")) {
		c.field(&p, f)
	}
	settings := func(kind string, b, a map[string]any) {
		var names []string
		for n := range b {
			names = append(names, n)
		}
		for n := range a {
			if _, both := b[n]; !both {
				names = append(names, n)
			}
		}
		sort.Strings(names)
		for _, n := range names {
			vb, hb := b[n]
			va, ha := a[n]
			if hb && ha && reflect.DeepEqual(vb, va) {
				continue
			}
			q := p
			q.path, q.noun = step(p.path, kind+" "+n), "policy "+kind+" "+n
			var f fieldChange
			if hb {
				f.Before = reflect.ValueOf(fmt.Sprint(vb))
			}
			if ha {
				f.After = reflect.ValueOf(fmt.Sprint(va))
			}
			f.Path = "value"
			c.field(&q, f)
		}
	}
	settings("parameter", b.Params, a.Params)
	settings("parameter at", paramsAt(b.ParamsAt), paramsAt(a.ParamsAt))
	settings("level", asAny(b.Levels), asAny(a.Levels))
	settings("key", policyKeys(b.Keys), policyKeys(a.Keys))
}

// policyKeys names each key of those who sign policies with its file, and with what is in it.
func policyKeys(list []network.PolicyKey) map[string]any {
	out := map[string]any{}
	for _, k := range list {
		out[k.ID] = strings.TrimSpace(fmt.Sprintf("%s (SHA-256 %.12x) %s", k.File, sha256.Sum256([]byte(k.PEM)), k.Algorithm))
	}
	return out
}

// paramsAt names each parameter with its place.
func paramsAt(list []network.ParamsAt) map[string]any {
	out := map[string]any{}
	for _, x := range list {
		for name, v := range x.Params {
			out[x.Place+" "+name] = v
		}
	}
	return out
}

func asAny(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// links compares the links that a topology file states; those of shared subnets
// and unnumbered sessions follow from the routers' own changes.
func (c *comparison) links() {
	fromFile := func(n *network.Network) []network.Link {
		var l []network.Link
		for _, x := range n.Links {
			if x.Origin == network.LinkTopology {
				l = append(l, x)
			}
		}
		return l
	}
	items(c, fromFile(c.before), fromFile(c.after), linkText, func(l network.Link) place {
		return place{object: ObjectLink, path: "link " + linkText(l), name: linkText(l), noun: "the link " + linkText(l), after: l.Span}
	}, func(network.Link) string { return "" })
}

func linkText(l network.Link) string {
	var f []string
	for _, e := range l.Ends {
		f = append(f, e.Router+":"+e.Interface)
	}
	return strings.Join(f, " - ")
}
