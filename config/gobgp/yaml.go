package gobgp

import (
	"bytes"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what aliases can blow a document up to.
const maxNodes = 1 << 20

// readYAML builds the tree of a YAML document; of a JSON one too, which is YAML once its
// tabs are blanks: JSON has none inside of strings, and positions stay.
func readYAML(text []byte, isJSON bool) (*node, error) {
	if isJSON {
		text = bytes.ReplaceAll(text, []byte{'\t'}, []byte{' '})
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	root := &node{}
	if len(doc.Content) == 0 {
		return root, nil
	}
	count := 0
	return root, yamlValue(root, doc.Content[0], doc.Content[0], &count)
}

// yamlValue fills a node; at is where the value stands, which for an alias is not where it is defined.
func yamlValue(n *node, v, at *yaml.Node, count *int) error {
	if *count++; *count > maxNodes {
		return errors.New("the document nests its aliases too deeply")
	}
	for v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	inside := v == at
	if n.parent != nil {
		last := at.Line
		if inside {
			last += strings.Count(strings.TrimSuffix(v.Value, "\n"), "\n")
			if v.Kind == yaml.ScalarNode && v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				last++
			}
		}
		n.at(at.Line, at.Column, last)
	}
	place := func(c *yaml.Node) *yaml.Node {
		if inside {
			return c
		}
		return at
	}
	switch v.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(v.Content); i += 2 {
			key, val := v.Content[i], v.Content[i+1]
			if key.Tag == "!!merge" {
				if err := yamlMerge(n, val, place(key), count); err != nil {
					return err
				}
				continue
			}
			k := n.child(key.Value)
			k.kids, k.list, k.scalar = nil, false, false
			k.at(place(key).Line, place(key).Column, place(key).Line)
			if err := yamlValue(k, val, place(val), count); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		n.list = true
		for _, c := range v.Content {
			if err := yamlValue(n.add(""), c, place(c), count); err != nil {
				return err
			}
		}
	default:
		n.scalar, n.text = true, v.Value
	}
	return nil
}

// yamlMerge applies `<<: *anchor`, which does not overwrite what stands in the mapping itself.
func yamlMerge(n *node, v, at *yaml.Node, count *int) error {
	for v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	sources := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		sources = v.Content
	}
	for _, s := range sources {
		from := &node{parent: n}
		if err := yamlValue(from, s, at, count); err != nil {
			return err
		}
		for _, k := range from.kids {
			if n.get(k.key) == nil {
				k.parent = n
				n.kids = append(n.kids, k)
			}
		}
	}
	return nil
}
