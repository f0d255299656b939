package diff

import (
	"net/netip"
	"reflect"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
)

// fieldChange is one field of an object that differs.
type fieldChange struct {
	Field string // the Go path below the object, as network.Marks has it: "Families.IPv4Unicast.Import"
	Path  string // the path as people read it: "ipv4-unicast/import"
	Last  string // the last Go field name
	// Before and After are the values; invalid where a list has no such element.
	Before, After reflect.Value
}

// fieldReporter collects the leaves at which go-cmp finds a difference.
type fieldReporter struct {
	path  cmp.Path
	found []fieldChange
}

func (r *fieldReporter) PushStep(s cmp.PathStep) { r.path = append(r.path, s) }
func (r *fieldReporter) PopStep()                { r.path = r.path[:len(r.path)-1] }

func (r *fieldReporter) Report(res cmp.Result) {
	if res.Equal() {
		return
	}
	var field, path []string
	last := ""
	for _, s := range r.path {
		switch s := s.(type) {
		case cmp.StructField:
			if embedded[s.Name()] {
				continue
			}
			last = s.Name()
			field = append(field, last)
			if last != "Families" {
				path = append(path, kebab(last))
			}
		case cmp.SliceIndex:
			if i := s.Key(); i >= 0 && last == "Families" && i < network.NumFamilies {
				f := network.Families[i]
				field = append(field, [...]string{"IPv4Unicast", "IPv6Unicast"}[f])
				path = append(path, f.String())
			}
		}
	}
	b, a := r.path.Last().Values()
	r.found = append(r.found, fieldChange{Field: strings.Join(field, "."), Path: strings.Join(path, "/"), Last: last, Before: b, After: a})
}

// embedded structs whose name is no step of a path.
var embedded = map[string]bool{"Pos": true}

// fields compares two objects of one type and returns the fields that differ, in the
// order of the type's definition. Positions and what is compared elsewhere are left out;
// values such as references and chains are compared whole, by meaning.
func fields(before, after any, opts ...cmp.Option) []fieldChange {
	r := &fieldReporter{}
	cmp.Equal(before, after, append(opts, leafOptions, cmp.Reporter(r))...)
	return r.found
}

// same reports whether two objects are equal but for their positions.
func same[T any](before, after T) bool { return cmp.Equal(before, after, leafOptions) }

// leafOptions say what a value is and what does not count.
var leafOptions = cmp.Options{
	cmp.Comparer(func(network.Span, network.Span) bool { return true }),
	cmp.Comparer(func(network.Marks, network.Marks) bool { return true }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b network.Ref) bool { return a.Name == b.Name }),
	cmp.Comparer(func(a, b network.RemoteAS) bool { return a == b }),
	cmp.Comparer(func(a, b network.LocalAS) bool { return a == b }),
	cmp.Comparer(func(a, b network.Aggregator) bool { return a == b }),
	cmp.Comparer(func(a, b network.BGPDistance) bool { return a == b }),
	cmp.Comparer(func(a, b network.OSPFDistance) bool { return a == b }),
	whole(func(a, b network.PolicyChain) bool {
		if len(a.Policies) != len(b.Policies) || a.Default != b.Default {
			return false
		}
		for i := range a.Policies {
			if a.Policies[i].Name != b.Policies[i].Name {
				return false
			}
		}
		return true
	}),
	whole(func(a, b *network.MaximumPrefix) bool {
		return pointee(a, b, func(a, b network.MaximumPrefix) bool { a.Span, b.Span = zero, zero; return a == b })
	}),
	whole(func(a, b *network.ConditionalAdvertisement) bool {
		return pointee(a, b, func(a, b network.ConditionalAdvertisement) bool {
			return a.Advertise.Name == b.Advertise.Name && a.Condition.Name == b.Condition.Name && a.NonExist == b.NonExist
		})
	}),
	whole(func(a, b *network.DefaultOriginate) bool {
		return pointee(a, b, func(a, b network.DefaultOriginate) bool { return a.Policy.Name == b.Policy.Name })
	}),
	whole(func(a, b *network.OSPFDefaultOriginate) bool {
		return pointee(a, b, func(a, b network.OSPFDefaultOriginate) bool {
			return a.Always == b.Always && a.MetricType == b.MetricType && a.Policy.Name == b.Policy.Name && reflect.DeepEqual(a.Metric, b.Metric)
		})
	}),
	whole(func(a, b *uint32) bool { return pointee(a, b, func(a, b uint32) bool { return a == b }) }),
	whole(func(a, b *bool) bool { return pointee(a, b, func(a, b bool) bool { return a == b }) }),
	whole(func(a, b *network.Origin) bool {
		return pointee(a, b, func(a, b network.Origin) bool { return a == b })
	}),
	whole(func(a, b []network.Step) bool { return equalSlices(a, b) }),
	whole(func(a, b []uint32) bool { return equalSlices(a, b) }),
	whole(func(a, b []netip.Addr) bool { return equalSlices(a, b) }),
	whole(func(a, b []netip.Prefix) bool { return equalSlices(a, b) }),
	whole(func(a, b []string) bool { return equalSlices(a, b) }),
	whole(func(a, b network.ASPath) bool { return a.String() == b.String() }),
	whole(func(a, b []network.Community) bool { return equalSlices(a, b) }),
	whole(func(a, b []network.LargeCommunity) bool { return equalSlices(a, b) }),
	whole(func(a, b []network.ExtCommunity) bool { return equalSlices(a, b) }),
}

var zero network.Span

// whole makes a type a leaf: compared by f and reported as one value.
func whole[T any](f func(a, b T) bool) cmp.Option { return cmp.Comparer(f) }

func pointee[T any](a, b *T, f func(a, b T) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return f(*a, *b)
}

func equalSlices[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// ignoring leaves out fields of one struct type that are compared elsewhere.
func ignoring(of any, names ...string) cmp.Option {
	t := reflect.TypeOf(of)
	return cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		if !ok || len(p) < 2 || p.Index(-2).Type() != t {
			return false
		}
		for _, n := range names {
			if f.Name() == n {
				return true
			}
		}
		return false
	}, cmp.Ignore())
}

// kebab turns a Go field name into the spelling of paths: MaximumPrefix is
// maximum-prefix, ASPathSet is as-path-set.
func kebab(name string) string {
	if s, ok := spelled[name]; ok {
		return s
	}
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 {
			prev := name[i-1]
			next := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if prev < 'A' || prev > 'Z' || next {
				b.WriteByte('-')
			}
		}
		if upper {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// spelled are the names that the rule gets wrong.
var spelled = map[string]string{
	"AllowASIn": "allowas-in", "AllowASInOrigin": "allowas-in-origin", "SuppressFIBPending": "suppress-fib-pending",
	"PrefixListIn": "prefix-list-in", "AS": "as", "RemoteAS": "remote-as", "LocalAS": "local-as",
	"ASOverride": "as-override", "RemovePrivateAS": "remove-private-as", "RejectASSets": "reject-as-sets",
	"HasArea": "area-on-interface", "ResolveViaDefault": "resolve-via-default", "RouterIDRule": "router-id-rule",
	"UnsuppressMap": "unsuppress-map", "TTLSecurityHops": "ttl-security-hops",
}
