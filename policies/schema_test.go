package policies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
)

const schemaFile = "../docs/schema/input.schema.json"

// The published schema says of the input what the Go types say, with their comments as
// descriptions: every field has one.
func TestInputSchemaIsInStep(t *testing.T) {
	schema := InputSchema()
	comments := typeComments(t)
	describe(t, "Input", schema, comments)
	for name, def := range schema["$defs"].(map[string]any) {
		describe(t, name, def.(map[string]any), comments)
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(schema); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll("../docs/schema", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(schemaFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s differs from the types: go test ./policies -run InStep -update", schemaFile)
	}
}

// describe adds the comments of a type and of its fields.
func describe(t *testing.T, name string, def map[string]any, comments map[string]string) {
	t.Helper()
	if comments[name] == "" {
		t.Errorf("type %s has no comment", name)
	}
	def["description"] = comments[name]
	for field, s := range def["properties"].(map[string]any) {
		text := comments[name+"."+field]
		if text == "" {
			t.Errorf("%s.%s has no comment", name, field)
		}
		s.(map[string]any)["description"] = text
	}
}

// typeComments reads the comments of the input's types and fields ("Type", "Type.json_name").
func typeComments(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range []string{"input.go", "input_flowspec.go", "input_intent.go", "input_services.go", "input_waivers.go", "rpki.go", "state.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok || d.Tok != token.TYPE {
				return true
			}
			spec := d.Specs[0].(*ast.TypeSpec)
			out[spec.Name.Name] = sentence(spec.Name.Name, d.Doc.Text())
			for _, field := range spec.Type.(*ast.StructType).Fields.List {
				text := field.Comment.Text()
				if text == "" {
					text = field.Doc.Text()
				}
				_, tag, _ := strings.Cut(field.Tag.Value, `json:"`)
				tag = strings.TrimRight(tag, "`\"")
				tag, _, _ = strings.Cut(tag, ",")
				out[spec.Name.Name+"."+tag] = sentence(field.Names[0].Name, text)
			}
			return false
		})
	}
	return out
}

// sentence takes the Go name out of a comment: "Deliberate: the change ..." and "Deliberate is ...".
func sentence(name, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, lead := range []string{name + ": ", name + " is ", name + " are "} {
		text = strings.TrimPrefix(text, lead)
	}
	return text
}

// Documents as the gate writes them are what the schema describes; others are not.
func TestInputDocumentsFollowTheSchema(t *testing.T) {
	schema := InputSchema()
	delete(schema, "$schema") // OPA's validator knows older drafts by name; what is used here is the same in all
	full := network20()
	side := full.After
	full.State = &side
	wrong := decodeJSON(t, &Input{})
	wrong["change"].(map[string]any)["items"] = 3
	more := decodeJSON(t, &Input{})
	more["surprise"] = true
	less := decodeJSON(t, &Input{})
	delete(less, "effects")
	for _, c := range []struct {
		name  string
		doc   any
		valid bool
	}{
		{"an empty input", decodeJSON(t, &Input{}), true},
		{"twenty routers", decodeJSON(t, full), true},
		{"a number for a list", wrong, false},
		{"a field that is not known", more, false},
		{"without effects", less, false},
	} {
		rs, err := rego.New(
			rego.Query("x = json.match_schema(input.doc, input.schema)"),
			rego.Input(map[string]any{"doc": c.doc, "schema": schema}),
		).Eval(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		answer := rs[0].Bindings["x"].([]any)
		if answer[0].(bool) != c.valid {
			t.Errorf("%s: valid is %v: %v", c.name, answer[0], answer[1])
		}
	}
}

// decodeJSON gives the document as policies see it.
func decodeJSON(t *testing.T, in *Input) map[string]any {
	t.Helper()
	d := newDocument(in, map[string]any{}, nil)
	side := ""
	if in.State != nil {
		side = in.State.Side
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(fmt.Sprint(d.value(side))), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
