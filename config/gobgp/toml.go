package gobgp

import (
	"github.com/pelletier/go-toml/v2/unstable"
)

// readTOML builds the tree of a TOML document that go-toml has accepted.
func readTOML(text []byte) (*node, error) {
	p := &unstable.Parser{}
	p.Reset(text)
	root := &node{}
	table := root
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			table = descend(p, root, e.Key(), false)
		case unstable.ArrayTable:
			table = descend(p, root, e.Key(), true)
		case unstable.KeyValue:
			tomlKeyValue(p, table, e)
		}
	}
	return root, p.Error()
}

// descend finds the table that a header names; element makes a new element of the last key's list.
// A key that names a list of tables means its last element (TOML 1.0, array of tables).
func descend(p *unstable.Parser, n *node, keys unstable.Iterator, element bool) *node {
	for keys.Next() {
		k := keys.Node()
		pos := p.Shape(k.Raw).Start
		n = n.child(string(k.Data))
		n.at(pos.Line, pos.Column, pos.Line)
		if keys.IsLast() && element {
			n.list = true
			n = n.add("")
			n.at(pos.Line, pos.Column, pos.Line)
			continue
		}
		if n.list && len(n.kids) > 0 {
			n = n.kids[len(n.kids)-1]
			n.at(pos.Line, pos.Column, pos.Line)
		}
	}
	return n
}

func tomlKeyValue(p *unstable.Parser, n *node, e *unstable.Node) {
	keys := e.Key()
	for keys.Next() {
		k := keys.Node()
		pos := p.Shape(k.Raw).Start
		n = n.child(string(k.Data))
		n.at(pos.Line, pos.Column, pos.Line)
	}
	tomlValue(p, n, e.Value())
}

func tomlValue(p *unstable.Parser, n *node, v *unstable.Node) {
	if v.Raw.Length > 0 {
		s := p.Shape(v.Raw)
		n.at(s.Start.Line, s.Start.Column, s.End.Line)
	} else if n.line == 0 && n.parent != nil {
		// Booleans in an array carry no position: they stand where the one before does, or later.
		n.at(n.parent.last, n.parent.column, n.parent.last)
	}
	switch v.Kind {
	case unstable.Array:
		n.list = true
		for it := v.Children(); it.Next(); {
			tomlValue(p, n.add(""), it.Node())
		}
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			tomlKeyValue(p, n, it.Node())
		}
	default:
		n.scalar, n.text = true, string(v.Data)
	}
}
