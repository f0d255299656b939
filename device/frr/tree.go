package frr

import (
	"slices"
	"strings"
)

// node is a line of a configuration with the lines of its block below it. The root has no text.
type node struct {
	text string
	kids []*node
}

// parse reads what `show running-config` prints: blocks are indented, and end with exit. Lines that say of the block above
// them what another block of the same name says (zebra's and ospfd's part of one interface) are joined.
func parse(text string) *node {
	root := &node{}
	type level struct {
		n      *node
		indent int
	}
	stack := []level{{root, -1}}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		body := strings.TrimLeft(line, " ")
		if body == "" || body[0] == '!' || body == "end" || ending(body) {
			continue
		}
		indent := len(line) - len(body)
		for stack[len(stack)-1].indent >= indent {
			stack = stack[:len(stack)-1]
		}
		n := stack[len(stack)-1].n.kid(body)
		stack = append(stack, level{n, indent})
	}
	return root
}

// ending reports the lines that close a block.
func ending(s string) bool { return s == "exit" || strings.HasPrefix(s, "exit-") }

// kid finds or makes the line.
func (n *node) kid(text string) *node {
	if k := n.find(text); k != nil {
		return k
	}
	k := &node{text: text}
	n.kids = append(n.kids, k)
	return k
}

func (n *node) find(text string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.text == text {
			return k
		}
	}
	return nil
}

// clone is a copy that shares nothing.
func (n *node) clone() *node {
	c := &node{text: n.text}
	for _, k := range n.kids {
		c.kids = append(c.kids, k.clone())
	}
	return c
}

// equal reports whether both say the same, in whatever order.
func (n *node) equal(m *node) bool { return len(difference(n, m)) == 0 }

// without removes lines of the top level and blocks of interfaces that say nothing.
func (n *node) without(drop func(line string) bool) *node {
	n.kids = slices.DeleteFunc(n.kids, func(k *node) bool {
		return drop(k.text) || len(k.kids) == 0 && strings.HasPrefix(k.text, "interface ")
	})
	return n
}

// own are lines that say what each vtysh says of itself: no daemon keeps what a configuration says there.
var own = []string{"frr version", "hostname", "domainname", "service integrated-vtysh-config", "no service integrated-vtysh-config"}

// machine are lines that follow from the machine. They count only where the candidate states them.
var machine = []string{"ip forwarding", "ipv6 forwarding"}

// silent tells which lines to pass over in a comparison with the candidate.
func silent(candidate string) func(line string) bool {
	drop := slices.Clone(own)
	for _, m := range machine {
		stated := false
		for line := range strings.Lines(candidate) {
			stated = stated || begins(strings.TrimPrefix(strings.TrimSpace(line), "no "), m)
		}
		if !stated {
			drop = append(drop, m, "no "+m)
		}
	}
	return func(line string) bool {
		return slices.ContainsFunc(drop, func(u string) bool { return begins(line, u) })
	}
}

// begins reports whether the line has these words first.
func begins(line, words string) bool {
	return line == words || strings.HasPrefix(line, words+" ")
}

// operation is one line to be added or removed, within the blocks that lead to it.
type operation struct {
	path   []string // the lines of the blocks around it
	text   string
	remove bool
	whole  *node // the block that is added, where the line begins one
	short  int   // how many of its last words the removal leaves out
}

// key names the line by its place.
func (o operation) key() string { return strings.Join(append(slices.Clone(o.path), o.text), "\x00") }

// shorter is the removal with less of the line repeated: some commands take only what they set and no value. Never
// so short that it would take away a neighbor or a whole list.
func shorter(command string, words int) string {
	w := strings.Fields(command)
	least := 3
	if len(w) > 1 && w[1] == "neighbor" || len(w) > 1 && w[1] == "ip" {
		least = 4
	}
	if len(w) <= least || w[0] != "no" {
		return command
	}
	return strings.Join(w[:max(least, len(w)-words)], " ")
}

// difference is what leads from one tree to another: additions in the order of the second, removals in the order of the first.
func difference(from, to *node) []operation { return differences(nil, nil, from, to) }

func differences(all []operation, path []string, from, to *node) []operation {
	for _, f := range from.kids {
		if to.find(f.text) == nil {
			if len(f.kids) > 0 && !removable(f.text) {
				all = differences(all, append(slices.Clone(path), f.text), f, &node{})
				continue
			}
			all = append(all, operation{path: path, text: f.text, remove: true})
		}
	}
	for _, t := range to.kids {
		f := from.find(t.text)
		switch {
		case f != nil:
			all = differences(all, append(slices.Clone(path), t.text), f, t)
		default:
			all = append(all, operation{path: path, text: t.text, whole: t})
		}
	}
	return all
}

// removable reports whether a block goes away with one command. FRR removes interfaces and VRFs only while the system has
// none of the name, and an address family has no command of its own.
func removable(block string) bool {
	for _, b := range []string{"interface", "address-family", "line", "vrf", "vnc", "exit"} {
		if begins(block, b) {
			return false
		}
	}
	return true
}

// negation is the command that takes a line away.
func negation(line string) string {
	if rest, ok := strings.CutPrefix(line, "no "); ok {
		return rest
	}
	w := strings.Fields(line)
	if len(w) >= 3 && w[0] == "neighbor" && w[2] == "remote-as" {
		return "no neighbor " + w[1] // the AS is what makes a neighbor
	}
	if len(w) >= 3 && w[0] == "neighbor" && w[2] == "interface" {
		return "no neighbor " + w[1] + " interface"
	}
	return "no " + line
}

// write prints lines below their blocks, and leaves each block that is not a policy's: the entries of route-maps that follow one
// another without an exit between them are committed together.
func write(b *strings.Builder, path []string, lines ...string) {
	for i, p := range path {
		b.WriteString(strings.Repeat(" ", i) + p + "\n")
	}
	for _, l := range lines {
		b.WriteString(strings.Repeat(" ", len(path)) + l + "\n")
	}
	for i := len(path) - 1; i >= 0; i-- {
		if !begins(path[i], "route-map") {
			b.WriteString(strings.Repeat(" ", i) + closing(path[i]) + "\n")
		}
	}
}

// closing is the line that ends a block.
func closing(block string) string {
	switch {
	case begins(block, "address-family"):
		return "exit-address-family"
	case begins(block, "vrf"):
		return "exit-vrf"
	}
	return "exit"
}
