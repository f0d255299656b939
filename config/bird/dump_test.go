package bird

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"github.com/routegate/routegate/network"
)

// dump renders a value as indented text, zero fields left out, programs in their own language. With
// positions, every object's lines stand behind its name and marks are shown.
func dump(v any, positions bool) string {
	var b strings.Builder
	d := dumper{&b, positions}
	d.value(reflect.ValueOf(v), "")
	return b.String()
}

type dumper struct {
	b         *strings.Builder
	positions bool
}

var (
	stringer = reflect.TypeFor[fmt.Stringer]()
	spanType = reflect.TypeFor[network.Span]()
	markType = reflect.TypeFor[network.Marks]()
)

func (d dumper) value(v reflect.Value, indent string) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	t := v.Type()
	switch {
	case t == reflect.TypeFor[netip.Addr](), t == reflect.TypeFor[netip.Prefix](), t.Implements(stringer) && t.Kind() != reflect.Struct:
		fmt.Fprintf(d.b, " %v\n", v.Interface())
	case t == reflect.TypeFor[network.Program]():
		p := v.Interface().(network.Program)
		fmt.Fprintf(d.b, "\n%s%s\n", indent, strings.ReplaceAll(strings.TrimSpace(p.String()), "\n", "\n"+indent))
	case t.Kind() == reflect.Struct:
		if f := v.FieldByName("Span"); f.IsValid() && f.Type() == spanType && d.positions {
			fmt.Fprintf(d.b, " @%v", strings.TrimPrefix(f.Interface().(network.Span).String(), "devices/r1/"))
		}
		d.b.WriteByte('\n')
		d.fields(v, indent)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		d.b.WriteByte('\n')
		for i := range v.Len() {
			e := v.Index(i)
			if t.Kind() == reflect.Array && e.IsZero() {
				continue
			}
			name := fmt.Sprint(i)
			if t.Kind() == reflect.Array && v.Len() == network.NumFamilies {
				name = network.Family(i).String()
			} else if e.Kind() == reflect.Interface {
				name += " " + e.Elem().Type().Name()
			}
			fmt.Fprintf(d.b, "%s- %s:", indent, name)
			d.value(e, indent+"  ")
		}
	default:
		fmt.Fprintf(d.b, " %v\n", v.Interface())
	}
}

func (d dumper) fields(v reflect.Value, indent string) {
	t := v.Type()
	for i := range t.NumField() {
		f := v.Field(i)
		switch {
		case !t.Field(i).IsExported(), f.IsZero(), f.Type() == spanType, (f.Kind() == reflect.Slice || f.Kind() == reflect.Map) && f.Len() == 0:
			continue
		case f.Type() == reflect.TypeFor[network.Pos]():
			if d.positions {
				fmt.Fprintf(d.b, "%sat: %v\n", indent, strings.TrimPrefix(f.Field(0).Interface().(network.Span).String(), "devices/r1/"))
			}
			continue
		case f.Type() == markType:
			if !d.positions {
				continue
			}
			fmt.Fprintf(d.b, "%sMarks:", indent)
			for _, m := range f.Interface().(network.Marks) {
				fmt.Fprintf(d.b, " %s@%v", m.Field, m.Span.First)
			}
			d.b.WriteByte('\n')
			continue
		case t.Field(i).Name == "Files":
			continue
		}
		fmt.Fprintf(d.b, "%s%s:", indent, t.Field(i).Name)
		d.value(f, indent+"  ")
	}
}

// difference shows the first lines that two texts do not share.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; i < len(a) || i < len(b); i++ {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			from := max(0, i-6)
			return fmt.Sprintf("line %d:\n--- want\n%s\n--- got\n%s", i+1, strings.Join(a[min(from, len(a)):min(i+6, len(a))], "\n"),
				strings.Join(b[min(from, len(b)):min(i+6, len(b))], "\n"))
		}
	}
	return ""
}
