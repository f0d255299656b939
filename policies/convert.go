package policies

import (
	"reflect"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// field is one field of a struct as the input document has it.
type field struct {
	index     int
	name      string
	key       *ast.Term
	omitEmpty bool
}

var fieldsOf sync.Map // reflect.Type -> []field

func structFields(t reflect.Type) []field {
	if f, ok := fieldsOf.Load(t); ok {
		return f.([]field)
	}
	var out []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, field{i, name, ast.StringTerm(name), options == "omitempty"})
	}
	fieldsOf.Store(t, out)
	return out
}

// term makes a Rego value of a Go value, as its JSON would be, without the detour over text. A nil
// slice is an empty list: a policy may always iterate and count.
func term(v reflect.Value) *ast.Term {
	switch v.Kind() {
	case reflect.String:
		return ast.InternedTerm(v.String())
	case reflect.Bool:
		return ast.InternedTerm(v.Bool())
	case reflect.Float64, reflect.Float32:
		if f := v.Float(); f != float64(int(f)) {
			return ast.FloatNumberTerm(f)
		}
		return ast.InternedTerm(int(v.Float()))
	case reflect.Slice, reflect.Array:
		list := make([]*ast.Term, v.Len())
		for i := range list {
			list[i] = term(v.Index(i))
		}
		return ast.ArrayTerm(list...)
	case reflect.Map:
		items := make([][2]*ast.Term, 0, v.Len())
		for it := v.MapRange(); it.Next(); {
			items = append(items, [2]*ast.Term{ast.StringTerm(it.Key().String()), term(it.Value())})
		}
		return ast.ObjectTerm(items...) // objects are ordered by key whatever the order of insertion
	case reflect.Struct:
		fields := structFields(v.Type())
		items := make([][2]*ast.Term, 0, len(fields))
		for _, f := range fields {
			x := v.Field(f.index)
			if f.omitEmpty && x.IsZero() {
				continue
			}
			items = append(items, [2]*ast.Term{f.key, term(x)})
		}
		return ast.ObjectTerm(items...)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return ast.NullTerm()
		}
		return term(v.Elem())
	}
	if v.CanInt() {
		return ast.InternedTerm(int(v.Int()))
	}
	if v.CanUint() {
		return ast.InternedTerm(int(v.Uint()))
	}
	return ast.NullTerm()
}

// document is the input for one evaluation: in, with the parameters of the engine and, for
// policies of scope "state", one side of it.
type document struct {
	fields map[string]*ast.Term
}

func newDocument(in *Input, params map[string]any, at []RouterParams) *document {
	v := reflect.ValueOf(in).Elem()
	d := &document{fields: map[string]*ast.Term{}}
	for _, f := range structFields(v.Type()) {
		if f.name != "state" && f.name != "params" && f.name != "params_at" {
			d.fields[f.name] = term(v.Field(f.index))
		}
	}
	d.fields["params"] = term(reflect.ValueOf(params))
	d.fields["params_at"] = term(reflect.ValueOf(at))
	return d
}

// value is the document; side is "before", "after", or "" for a policy about the change.
func (d *document) value(side string) ast.Value {
	o := ast.NewObject()
	for _, name := range sortedKeys(d.fields) {
		o.Insert(ast.InternedTerm(name), d.fields[name])
	}
	if side != "" {
		o.Insert(ast.InternedTerm("state"), d.fields[side])
	}
	return o
}
