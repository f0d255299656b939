package policies

import "reflect"

// InputSchema describes Input as JSON Schema 2020-12, without descriptions;
// docs/schema/input.schema.json has the same with them, and a test holds the two together.
func InputSchema() map[string]any {
	defs := map[string]any{}
	s := objectSchema(reflect.TypeFor[Input](), defs)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = "https://routegate.github.io/schema/input/v1"
	s["title"] = "routegate.input/v1"
	s["$defs"] = defs
	return s
}

// typeSchema is the schema as OPA's type checker reads it: nested instead of
// referred to, with each policy's parameters.
func typeSchema(policies []declared) map[string]any {
	s := objectSchema(reflect.TypeFor[Input](), nil)
	params := map[string]any{}
	for _, d := range policies {
		for _, p := range d.meta.Params {
			_, kind := plain(p.Default)
			params[p.Name] = paramSchema[kind]
		}
	}
	all := map[string]any{"type": "object", "properties": params, "additionalProperties": false}
	s["properties"].(map[string]any)["params"] = all
	at := objectSchema(reflect.TypeFor[RouterParams](), nil)
	at["properties"].(map[string]any)["params"] = all
	s["properties"].(map[string]any)["params_at"] = map[string]any{"type": "array", "items": at}
	return s
}

var paramSchema = map[string]map[string]any{
	"number":        {"type": "number"},
	"boolean":       {"type": "boolean"},
	"text":          {"type": "string"},
	"list of texts": {"type": "array", "items": map[string]any{"type": "string"}},
}

// schemaOf describes one type; with defs, structs are named there and referred to.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs)}
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs)
	case reflect.Interface:
		return map[string]any{}
	case reflect.Struct:
		if defs == nil {
			return objectSchema(t, nil)
		}
		if _, ok := defs[t.Name()]; !ok {
			defs[t.Name()] = nil // named before its fields are walked
			defs[t.Name()] = objectSchema(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	s := map[string]any{"type": "integer"}
	if t.Kind() == reflect.Uint32 {
		s["minimum"] = 0
	}
	return s
}

func objectSchema(t reflect.Type, defs map[string]any) map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, f := range structFields(t) {
		ft := t.Field(f.index).Type
		s := schemaOf(ft, defs)
		switch {
		case f.omitEmpty:
		case ft.Kind() == reflect.Pointer:
			s = map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
			fallthrough
		default:
			required = append(required, f.name)
		}
		properties[f.name] = s
	}
	return map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}
}
