// Package dump renders values of the neutral model as text, for the tests of the dialects that make
// them: golden files, and the question whether two configurations mean the same.
package dump

import (
	"fmt"
	"net/netip"
	"reflect"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// Text renders a value as indented text, zero fields left out, programs in their own language. With positions,
// every object's lines stand behind its name and marks are shown; without, two texts are
// equal when the configurations mean the same.
func Text(v any, positions bool) string {
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
		if !d.positions && !ordered[t.Elem()] && t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint32 {
			d.unordered(v, indent)
			return
		}
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

// ordered are the elements of lists whose order counts.
var ordered = map[reflect.Type]bool{
	reflect.TypeFor[network.Statement](): true, reflect.TypeFor[network.PrefixRange](): true, reflect.TypeFor[network.ASPathEntry](): true,
	reflect.TypeFor[network.CommunityEntry](): true, reflect.TypeFor[network.Step](): true,
}

// unordered renders a list whose order does not count.
func (d dumper) unordered(v reflect.Value, indent string) {
	var all []string
	for i := range v.Len() {
		var b strings.Builder
		dumper{&b, false}.value(v.Index(i), indent+"  ")
		name := ""
		if e := v.Index(i); e.Kind() == reflect.Interface {
			name = " " + e.Elem().Type().Name()
		}
		all = append(all, indent+"-"+name+":"+b.String())
	}
	sort.Strings(all)
	d.b.WriteString(strings.Join(all, ""))
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

// Difference shows the first lines that two texts do not share; "" where there are none.
func Difference(want, got string) string {
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
