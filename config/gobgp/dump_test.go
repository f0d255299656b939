package gobgp

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/routegate/routegate/network"
)

// dump renders a router as indented lines: every field that is not zero, in the order of
// the types, and the ledger line by line.
func dump(r *network.Router) string {
	var b strings.Builder
	c := *r
	c.Files = nil
	value(&b, reflect.ValueOf(c), 0)
	for _, f := range r.Files {
		lines := strings.Split(string(f.Text), "\n")
		for i, s := range f.Support {
			fmt.Fprintf(&b, "%4d %-13s %s\n", i+1, s, lines[i])
		}
		for _, n := range f.Notes {
			fmt.Fprintf(&b, "%s [%s] %q: %s (%s)\n", n.Span, n.Context, n.Text, n.Reason, n.Affects)
		}
	}
	return b.String()
}

func value(b *strings.Builder, v reflect.Value, depth int) {
	pad := strings.Repeat("  ", depth)
	t := v.Type()
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() {
			continue
		}
		field(b, pad+t.Field(i).Name, f, depth)
	}
}

func field(b *strings.Builder, name string, f reflect.Value, depth int) {
	for f.Kind() == reflect.Pointer || f.Kind() == reflect.Interface {
		if f.Kind() == reflect.Interface {
			name += " " + f.Elem().Type().Name()
		}
		f = f.Elem()
	}
	if s, ok := f.Interface().(fmt.Stringer); ok {
		fmt.Fprintf(b, "%s = %s\n", name, s)
		return
	}
	switch f.Kind() {
	case reflect.Struct:
		fmt.Fprintln(b, name)
		value(b, f, depth+1)
	case reflect.Slice, reflect.Array:
		for i := range f.Len() {
			if !f.Index(i).IsZero() {
				field(b, fmt.Sprintf("%s[%d]", name, i), f.Index(i), depth)
			}
		}
	default:
		fmt.Fprintf(b, "%s = %v\n", name, f)
	}
}
