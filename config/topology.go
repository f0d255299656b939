package config

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/routegate/routegate/network"
)

// topology is what topology.clab.yml says, in containerlab's format: its nodes and
// who is wired to whom. Everything else in the file (images, binds, labels) is about
// starting a lab and is not read.
type topology struct {
	kind  map[string]string // node to its kind; "" where none is stated
	wires []wire
}

// wire is one entry of topology.links.
type wire struct {
	ends [2]network.End
	span network.Span
}

// shared reports a node whose links are one segment: containerlab's bridges.
func (t *topology) shared(node string) bool {
	return t.kind[node] == "bridge" || t.kind[node] == "ovs-bridge"
}

// readTopology reads topology.clab.yml; nil without one.
func readTopology(ctx context.Context, src source, paths []string) (*topology, error) {
	if !slices.Contains(paths, topologyFile) {
		return nil, nil
	}
	text, err := src.read(ctx, topologyFile)
	if err != nil {
		return nil, err
	}
	return parseTopology(text)
}

func topologyError(n *yaml.Node, hint, format string, args ...any) error {
	return &Error{Path: topologyFile, Line: n.Line, Column: n.Column, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// child finds a key of a mapping; nil when it is not there.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}

func parseTopology(text []byte) (*topology, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, (&keyed{path: topologyFile}).syntax(err)
	}
	if len(doc.Content) == 0 {
		return nil, &Error{Path: topologyFile, Msg: "the file is empty", Hint: "want containerlab's topology.nodes and topology.links"}
	}
	top := child(resolve(doc.Content[0]), "topology")
	if top == nil {
		return nil, &Error{Path: topologyFile, Line: doc.Content[0].Line, Msg: "there is no topology", Hint: "want containerlab's format: topology.nodes and topology.links"}
	}
	t := &topology{kind: map[string]string{}}
	if err := t.readNodes(top); err != nil {
		return nil, err
	}
	links := child(top, "links")
	if links == nil {
		return t, nil
	}
	if links.Kind != yaml.SequenceNode {
		return nil, topologyError(links, `as in - endpoints: ["r1:eth1", "r2:eth1"]`, "links: want a list")
	}
	seen := map[network.End]int{}
	for _, l := range links.Content {
		w, ok, err := t.readLink(resolve(l))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, e := range w.ends {
			if line, ok := seen[e]; ok && !t.shared(e.Router) {
				return nil, topologyError(l, fmt.Sprintf("it is wired in line %d already", line), "%s:%s has two wires", e.Router, e.Interface)
			}
			seen[e] = l.Line
		}
		t.wires = append(t.wires, w)
	}
	return t, nil
}

// readNodes reads the nodes' kinds, with those of their groups and the default.
func (t *topology) readNodes(top *yaml.Node) error {
	nodes := child(top, "nodes")
	if nodes == nil {
		return nil
	}
	if nodes.Kind != yaml.MappingNode {
		return topologyError(nodes, "", "nodes: want node names and their settings")
	}
	fallback := ""
	if k := child(child(top, "defaults"), "kind"); k != nil {
		fallback = k.Value
	}
	for i := 0; i+1 < len(nodes.Content); i += 2 {
		name, node := nodes.Content[i].Value, resolve(nodes.Content[i+1])
		kind := fallback
		if g := child(node, "group"); g != nil {
			if k := child(child(child(top, "groups"), g.Value), "kind"); k != nil {
				kind = k.Value
			}
		}
		if k := child(node, "kind"); k != nil {
			kind = k.Value
		}
		t.kind[name] = kind
	}
	return nil
}

// outside are what an endpoint may name beside nodes: the machine that runs the lab.
var outside = map[string]bool{"host": true, "mgmt-net": true, "macvlan": true, "vxlan": true, "dummy": true}

// readLink reads one link, in the short form (endpoints: ["a:eth1", "b:eth1"]) or the extended
// one (type: veth, endpoints: [{node, interface}]). Links that leave the lab (type: host, mgmt-net,
// macvlan, vxlan, dummy) wire no two nodes: ok is false.
func (t *topology) readLink(l *yaml.Node) (w wire, ok bool, err error) {
	w.span = network.Span{File: topologyFile, First: int32(l.Line), Last: int32(lastLine(l))}
	if k := child(l, "type"); k != nil && k.Value != "veth" {
		if outside[k.Value] || strings.HasPrefix(k.Value, "vxlan") {
			return w, false, nil
		}
		return w, false, topologyError(k, "veth, host, mgmt-net, macvlan, vxlan, vxlan-stitch or dummy", "unknown type of link %s", k.Value)
	}
	ends := child(l, "endpoints")
	if ends == nil || ends.Kind != yaml.SequenceNode || len(ends.Content) != 2 {
		at := l
		if ends != nil {
			at = ends
		}
		return w, false, topologyError(at, `as in endpoints: ["r1:eth1", "r2:eth1"]`, "a link has two endpoints")
	}
	for i, e := range ends.Content {
		e = resolve(e)
		var node, face string
		if e.Kind == yaml.MappingNode {
			if n := child(e, "node"); n != nil {
				node = n.Value
			}
			if n := child(e, "interface"); n != nil {
				face = n.Value
			}
		} else {
			node, face, _ = strings.Cut(e.Value, ":")
		}
		if node == "" || face == "" {
			return w, false, topologyError(e, `as in "r1:eth1"`, "an endpoint is a node and an interface")
		}
		if outside[node] {
			return w, false, nil
		}
		if _, known := t.kind[node]; !known && len(t.kind) > 0 {
			return w, false, topologyError(e, suggest(node, sortedKeys(t.kind)), "topology.nodes has no node %s", node)
		}
		w.ends[i] = network.End{Router: node, Interface: face}
	}
	return w, true, nil
}
