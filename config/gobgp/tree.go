package gobgp

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/routegate/routegate/network"
)

// node is one value of the file with its position: a mapping, a list, or a scalar.
type node struct {
	key    string // lower case, as viper has it; "" for a list's element
	parent *node
	kids   []*node
	list   bool
	scalar bool
	text   string // a scalar's value

	line, column, last int

	state   network.Support
	affects network.Affects
	reason  string
}

// child finds or makes a mapping's entry.
func (n *node) child(key string) *node {
	key = strings.ToLower(key)
	for _, k := range n.kids {
		if k.key == key {
			return k
		}
	}
	return n.add(key)
}

// add appends an entry or an element.
func (n *node) add(key string) *node {
	k := &node{key: strings.ToLower(key), parent: n}
	n.kids = append(n.kids, k)
	return k
}

// at sets a node's position and stretches those around it.
func (n *node) at(line, column, last int) {
	if n.line == 0 || line < n.line {
		n.line, n.column = line, column
	}
	for m := n; m != nil && m.parent != nil; m = m.parent {
		if m.line == 0 {
			m.line, m.column = line, column
		}
		m.last = max(m.last, last, line)
	}
}

// get follows keys; nil where one is not there.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		if n == nil {
			return nil
		}
		var found *node
		for _, k := range n.kids {
			if k.key == key {
				found = k
			}
		}
		n = found
	}
	return n
}

// item is a list's element; a scalar where a list is meant is a list of one.
func (n *node) item(i int) *node {
	if n == nil {
		return nil
	}
	if !n.list && i == 0 {
		return n
	}
	if i < len(n.kids) && n.list {
		return n.kids[i]
	}
	return nil
}

// walk visits the node and everything below.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, k := range n.kids {
		k.walk(visit)
	}
}

// path is where the node is, as mapstructure names it: neighbors[0].config.peer-as.
func (n *node) path() string {
	if n.parent == nil {
		return ""
	}
	up := n.parent.path()
	if n.parent.list {
		for i, k := range n.parent.kids {
			if k == n {
				return fmt.Sprintf("%s[%d]", up, i)
			}
		}
	}
	if up == "" {
		return n.key
	}
	return up + "." + n.key
}

// parentPath names the enclosing block.
func (n *node) parentPath() string {
	if n.parent == nil {
		return ""
	}
	return n.parent.path()
}

// find gives the node at a path, or the nearest one above.
func (n *node) find(path string) *node {
	best, length := n, 0
	n.walk(func(k *node) {
		kp := k.path()
		if len(kp) > length && (path == kp || strings.HasPrefix(path, kp+".") || strings.HasPrefix(path, kp+"[")) {
			best, length = k, len(kp)
		}
	})
	return best
}

// unknown finds the first key that the type does not have, with the keys that it has.
func (n *node) unknown(t reflect.Type) (bad *node, known []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice && n.list:
		for _, k := range n.kids {
			if bad, known := k.unknown(t.Elem()); bad != nil {
				return bad, known
			}
		}
	case t.Kind() == reflect.Slice && !n.scalar:
		return n.unknown(t.Elem()) // a single table stands for a list of one
	case t.Kind() == reflect.Struct && !n.list && !n.scalar:
		for _, k := range n.kids {
			var field reflect.Type
			known = known[:0]
			for i := range t.NumField() {
				tag := t.Field(i).Tag.Get("mapstructure")
				known = append(known, tag)
				if strings.EqualFold(tag, k.key) {
					field = t.Field(i).Type
				}
			}
			if field == nil {
				return k, known
			}
			if bad, known := k.unknown(field); bad != nil {
				return bad, known
			}
		}
	}
	return nil, nil
}
