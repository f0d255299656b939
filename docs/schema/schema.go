// Package schema holds the JSON Schemas of the documents that routegate writes, and holds them to the Go types in tests:
// every field, its type, and its comment as the description.
package schema

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Hold compares the schema in a file with the type of a document, whose package's folder is the current one; with update
// it writes the file anew. A field without a comment is an error: the documents are documented. enums are the values of
// fields at the top.
func Hold(t testing.TB, file string, document reflect.Type, title string, enums map[string][]string, update bool) {
	t.Helper()
	s := writer{t: t, comments: fieldComments(t), defs: map[string]any{}}
	root := s.object(document)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://github.com/routegate/routegate/" + strings.TrimPrefix(file, "../")
	root["title"] = title
	properties := root["properties"].(map[string]any)
	properties["schema"].(map[string]any)["const"] = title
	for name, values := range enums {
		properties[name].(map[string]any)["enum"] = values
	}
	root["$defs"] = s.defs
	want, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if update {
		if err := os.WriteFile(file, append(want, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(got)) != string(want) {
		t.Errorf("%s is not what the types say; go test -run Schema -update in their package writes it", file)
	}
}

type writer struct {
	t        testing.TB
	comments map[string]string // "Type.Field" to comment
	defs     map[string]any
}

func (s *writer) object(typ reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	s.fields(typ, properties, &required)
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

func (s *writer) fields(typ reflect.Type, properties map[string]any, required *[]string) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			s.fields(f.Type, properties, required)
			continue
		}
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			s.t.Errorf("%s.%s has no JSON name", typ.Name(), f.Name)
			continue
		}
		if _, twice := properties[name]; twice {
			s.t.Errorf("%s: two fields are called %q", typ.Name(), name)
		}
		comment := s.comments[typ.Name()+"."+f.Name]
		if comment == "" {
			s.t.Errorf("%s.%s is not documented", typ.Name(), f.Name)
		}
		p := s.value(f.Type)
		p["description"] = comment
		properties[name] = p
		if !strings.Contains(rest, "omitempty") {
			*required = append(*required, name)
		}
	}
}

func (s *writer) value(typ reflect.Type) map[string]any {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case typ.Kind() == reflect.Pointer:
		return s.value(typ.Elem())
	case typ.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": s.value(typ.Elem())}
	case typ.Kind() == reflect.Struct:
		if _, done := s.defs[typ.Name()]; !done {
			s.defs[typ.Name()] = nil // against circles
			s.defs[typ.Name()] = s.object(typ)
		}
		return map[string]any{"$ref": "#/$defs/" + typ.Name()}
	case typ.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	case typ.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case typ.Kind() == reflect.Float64:
		return map[string]any{"type": "number"}
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Uint32:
		return map[string]any{"type": "integer"}
	}
	s.t.Fatalf("type %s has no place in the document", typ)
	return nil
}

// fieldComments reads the comments of this package's struct fields.
func fieldComments(t testing.TB) map[string]string {
	out := map[string]string{}
	fset := token.NewFileSet()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), ".go") || strings.HasSuffix(n.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, n.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			last := ""
			for _, field := range st.Fields.List {
				text := strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
				if text == "" {
					text = last // one comment over a block of fields
				}
				last = text
				for _, name := range field.Names {
					out[spec.Name.Name+"."+name.Name] = text
				}
			}
			return true
		})
	}
	return out
}
