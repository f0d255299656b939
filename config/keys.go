package config

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// A routegate.yaml is decoded by viper, which knows neither lines nor the case of
// keys. So its codec reads the text as YAML nodes: it checks every key against
// the document's types, remembers where each value stands, and hands viper plain
// values in which mappings with free keys (routers' names, interfaces, parameters)
// have become lists.

// freeKey is the name under which a free key enters its list element.
const freeKey = "(key)"

// place is where a value stands, and how it is written.
type place struct {
	line, column int
	last         int // the last line of the value
	text         string
}

// keyed is the codec, and afterwards the positions.
type keyed struct {
	path   string
	schema reflect.Type
	at     map[string]place // by mapstructure's name: announcements[0].prefixes[1]
	nodes  int
}

// Encode is never called; viper's codec interface has it.
func (k *keyed) Encode(map[string]any) ([]byte, error) {
	return nil, fmt.Errorf("%s is read, never written", k.path)
}

// Decode fills out with the document's plain values.
func (k *keyed) Decode(text []byte, out map[string]any) error {
	k.at = map[string]place{}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return k.syntax(err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return nil
	}
	root := resolve(doc.Content[0])
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return &Error{Path: k.path, Line: root.Line, Column: root.Column, Msg: "want keys and values", Hint: "as in `network: example`"}
	}
	v, err := k.value(root, k.schema, "")
	if err != nil {
		return err
	}
	for key, x := range v.(map[string]any) {
		out[key] = x
	}
	return nil
}

// syntax turns yaml's "yaml: line 3: did not find ..." into an Error.
func (k *keyed) syntax(err error) error {
	e := &Error{Path: k.path, Err: err, Hint: "the file is not YAML"}
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(msg, "line %d:", &line); n == 1 {
		_, msg, _ = strings.Cut(msg, ": ")
		e.Line = line
	}
	e.Msg = msg
	return e
}

// resolve follows an alias to what it names.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func lastLine(n *yaml.Node) int {
	last := n.Line + strings.Count(n.Value, "\n")
	for _, c := range n.Content {
		if c.Kind != yaml.AliasNode {
			last = max(last, lastLine(c))
		}
	}
	return last
}

// fail is an error at a node.
func (k *keyed) fail(n *yaml.Node, hint, format string, args ...any) error {
	return &Error{Path: k.path, Line: n.Line, Column: n.Column, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// value is the plain value of a node that is to become a t.
func (k *keyed) value(n *yaml.Node, t reflect.Type, path string) (any, error) {
	// Aliases to aliases grow exponentially; nobody writes such a file by hand.
	if k.nodes++; k.nodes > 1<<20 {
		return nil, k.fail(n, "does it nest aliases?", "the file has more than a million values")
	}
	at := n
	n = resolve(n)
	if _, ok := k.at[path]; !ok {
		k.at[path] = place{at.Line, at.Column, lastLine(n), n.Value}
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil
	}
	isLeaf := t == nil || t.PkgPath() != "" && !strings.HasPrefix(t.Name(), "doc")
	switch {
	case !isLeaf && t.Kind() == reflect.Struct:
		return k.mapping(n, t, path)
	case !isLeaf && t.Kind() == reflect.Slice && freeKeyed(t.Elem()):
		return k.freeMapping(n, t.Elem(), path)
	case !isLeaf && t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			return nil, k.fail(n, "write [A, B], also around a single one", "%s: want a list", k.plain(path))
		}
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			v, err := k.value(c, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	if n.Kind == yaml.MappingNode {
		return nil, k.fail(n, "", "%s: want one value, not keys and values", k.plain(path))
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!timestamp" {
		return n.Value, nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, k.fail(n, "", "%s: %s", k.plain(path), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return v, nil
}

// plain is a path as the file's author knows it: devices.edge1.role for devices[0].role.
func (k *keyed) plain(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == ']' {
			open := strings.LastIndexByte(path[:i], '[')
			if at, ok := k.at[path[:i+1]+"."+freeKey]; ok && open >= 0 {
				s := b.String()
				b.Reset()
				b.WriteString(s[:strings.LastIndexByte(s, '[')] + "." + at.text)
				continue
			}
		}
		b.WriteByte(path[i])
	}
	out := strings.ReplaceAll(b.String(), ".value[", "[")
	return strings.TrimSuffix(strings.TrimSuffix(out, ".value"), "."+freeKey)
}

// freeKeyed reports a struct whose first field takes a free key.
func freeKeyed(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("mapstructure") == freeKey
}

// pairs are the keys and values of a mapping, merge keys (<<) applied; a key that stands twice is
// an error.
func (k *keyed) pairs(n *yaml.Node, path string) ([][2]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, k.fail(n, "", "%s: want keys and values", k.plain(path))
	}
	var out, merged [][2]*yaml.Node
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			m, err := k.pairs(resolve(val), path)
			if err != nil {
				return nil, err
			}
			merged = append(merged, m...)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return nil, k.fail(key, "", "a key must be a word")
		}
		if line, ok := seen[key.Value]; ok {
			return nil, k.fail(key, fmt.Sprintf("it stands in line %d already", line), "%s stands twice", k.plain(join(path, key.Value)))
		}
		seen[key.Value] = key.Line
		out = append(out, [2]*yaml.Node{key, val})
	}
	for _, m := range merged {
		if _, ok := seen[m[0].Value]; !ok {
			seen[m[0].Value] = m[0].Line
			out = append(out, m)
		}
	}
	return out, nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// mapping reads keys that the type names.
func (k *keyed) mapping(n *yaml.Node, t reflect.Type, path string) (any, error) {
	pairs, err := k.pairs(n, path)
	if err != nil {
		return nil, err
	}
	fields, names := map[string]reflect.Type{}, []string{}
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("mapstructure"); tag != "" && tag != freeKey {
			fields[tag], names = t.Field(i).Type, append(names, tag)
		}
	}
	out := map[string]any{}
	for _, p := range pairs {
		key := p[0].Value
		ft, ok := fields[key]
		if !ok {
			what := "unknown key " + key
			if path != "" {
				what += " in " + k.plain(path)
			}
			return nil, k.fail(p[0], suggest(key, names), "%s", what)
		}
		if out[key], err = k.value(p[1], ft, join(path, key)); err != nil {
			return nil, err
		}
		at := k.at[join(path, key)]
		at.line, at.column = p[0].Line, p[0].Column
		k.at[join(path, key)+"."] = at
	}
	return out, nil
}

// freeMapping makes a list of a mapping whose keys are free.
func (k *keyed) freeMapping(n *yaml.Node, t reflect.Type, path string) (any, error) {
	pairs, err := k.pairs(n, path)
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(pairs))
	for i, p := range pairs {
		elem := fmt.Sprintf("%s[%d]", path, i)
		k.at[elem+"."+freeKey] = place{p[0].Line, p[0].Column, lastLine(resolve(p[1])), p[0].Value}
		k.at[elem] = k.at[elem+"."+freeKey]
		var m map[string]any
		if t.NumField() == 2 && t.Field(1).Tag.Get("mapstructure") == "value" {
			v, err := k.value(p[1], t.Field(1).Type, elem+".value")
			if err != nil {
				return nil, err
			}
			m = map[string]any{"value": v}
		} else if node := resolve(p[1]); node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
			m = map[string]any{}
		} else {
			v, err := k.mapping(node, t, elem)
			if err != nil {
				return nil, err
			}
			m = v.(map[string]any)
		}
		m[freeKey] = p[0].Value
		list = append(list, m)
	}
	return list, nil
}

// suggest names the nearest known key, or lists them all where none is near.
func suggest(key string, known []string) string {
	best, near := "", 1+len(key)/2
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	low := strings.ReplaceAll(strings.ToLower(key), "_", "-")
	for _, k := range sorted {
		d := levenshtein.ComputeDistance(low, k)
		if strings.HasPrefix(k, low) || strings.HasPrefix(low, k) {
			d = min(d, 1)
		}
		if d < near {
			best, near = k, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if len(sorted) == 0 {
		return ""
	}
	return "known: " + strings.Join(sorted, ", ")
}
