package gobgp

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/go-viper/mapstructure/v2"
	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/viper"
)

// Format is what gobgpd takes a file for, by its name: yaml, json, or toml where the suffix says nothing (its default for
// --config-type).
func Format(name string) string {
	switch path.Ext(name) {
	case ".yaml", ".yml":
		return "yaml"
	case ".json":
		return "json"
	}
	return "toml"
}

// decode reads the file as oc.ReadConfigfile does (viper, then UnmarshalExact into GoBGP's
// types), from memory; the defaults, which depend on the machine there, are filled in later.
func decode(src Source) (*oc.BgpConfigSet, *node, error) {
	f := Format(src.Path)
	v := viper.New()
	v.SetConfigType(f)
	if err := v.ReadConfig(bytes.NewReader(src.Text)); err != nil {
		return nil, nil, syntaxError(src, f, err)
	}
	var root *node
	var err error
	if f == "toml" {
		root, err = readTOML(src.Text)
	} else {
		root, err = readYAML(src.Text, f == "json")
	}
	if err != nil {
		return nil, nil, syntaxError(src, f, err)
	}
	if bad, known := root.unknown(reflect.TypeFor[oc.BgpConfigSet]()); bad != nil {
		where := bad.parentPath()
		if where != "" {
			where = " in " + where
		}
		return nil, nil, &Error{Path: src.Path, Line: bad.line, Column: bad.column,
			Msg: fmt.Sprintf("unknown key %s%s: gobgpd refuses the file", bad.key, where), Hint: nearest(bad.key, known)}
	}
	conf := &oc.BgpConfigSet{}
	if err := v.UnmarshalExact(conf); err != nil {
		return nil, nil, valueError(src, root, err)
	}
	return conf, root, nil
}

// lists are the places where gobgpd wants a list, though its decoder would take a single table for one
// (extractArray in pkg/config/oc).
func (p *parser) lists(n *node) bool {
	for _, k := range []*node{n.get("neighbors"), n.get("policy-definitions"), n.get("statements"), n.get("afi-safis")} {
		if k != nil && !k.list && !k.scalar && (k.key != "afi-safis" || strings.HasPrefix(k.path(), "neighbors[")) {
			p.fail(k, "as in [["+k.key+"]] of TOML", "%s: want a list, not one table", k.path())
		}
	}
	for _, k := range n.kids {
		if p.err == nil {
			p.lists(k)
		}
	}
	return p.err == nil
}

// syntaxError finds the position in a decoder's error.
func syntaxError(src Source, format string, err error) error {
	e := &Error{Path: src.Path, Msg: "not " + strings.ToUpper(format) + ": " + strings.TrimPrefix(err.Error(), "While parsing config: ")}
	var te *toml.DecodeError
	if errors.As(err, &te) {
		e.Line, e.Column = te.Position()
		e.Msg = "not TOML: " + strings.TrimPrefix(te.Error(), "toml: ")
		return e
	}
	if at := strings.Index(e.Msg, "line "); at >= 0 {
		var line int
		if n, _ := fmt.Sscanf(e.Msg[at:], "line %d", &line); n == 1 {
			e.Line = line
			_, rest, _ := strings.Cut(e.Msg[at:], ": ")
			e.Msg = "not " + strings.ToUpper(format) + ": " + rest
		}
	}
	return e
}

// valueError finds the position of a value that does not fit its type.
func valueError(src Source, root *node, err error) error {
	e := &Error{Path: src.Path, Msg: strings.ReplaceAll(err.Error(), "\n", " ")}
	var d *mapstructure.DecodeError
	if !errors.As(err, &d) {
		return e
	}
	for {
		var inner *mapstructure.DecodeError
		if !errors.As(d.Unwrap(), &inner) {
			break
		}
		d = inner
	}
	n := root.find(d.Name())
	e.Line, e.Column = n.line, n.column
	e.Msg = fmt.Sprintf("%s: %s", d.Name(), d.Unwrap())
	var p *mapstructure.ParseError
	var u *mapstructure.UnconvertibleTypeError
	switch {
	case errors.As(d, &p):
		e.Msg = fmt.Sprintf("%s: want %s, not %s", d.Name(), kindName(p.Expected.Type()), n.text)
	case errors.As(d, &u):
		e.Msg = fmt.Sprintf("%s: want %s", d.Name(), kindName(u.Expected.Type()))
	}
	return e
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "a table"
	}
	return "a number (" + t.Kind().String() + ")"
}

// nearest names the known key that a misspelt one was meant to be.
func nearest(key string, known []string) string {
	best, near := "", 1+len(key)/2
	low := strings.ReplaceAll(strings.ToLower(key), "_", "-")
	for _, k := range known {
		if k == "state" {
			continue
		}
		d := levenshtein.ComputeDistance(low, k)
		if strings.HasPrefix(k, low) || strings.HasPrefix(low, k) {
			d = min(d, 1)
		}
		if d < near {
			best, near = k, d
		}
	}
	if best == "" && len(known) == 0 {
		return ""
	}
	if best == "" {
		return "known here: " + strings.Join(known, ", ")
	}
	return "did you mean " + best + "?"
}
