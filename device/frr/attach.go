package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// attach parts what is no definition into what lets less through and what lets more through.
func attach(from, to *node, ops []operation) (tighten, loosen []operation) {
	ops = replaced(withoutRemoved(from, to, ops))
	for _, o := range ops {
		switch {
		case !o.remove && fresh(from, o):
			loosen = append(loosen, o)
		case o.tightens():
			tighten = append(tighten, o)
		default:
			loosen = append(loosen, o)
		}
	}
	// What is taken away goes from the end to the beginning: members before their group, VRFs before the default instance.
	slices.SortStableFunc(tighten, removalsFirst)
	n := slices.IndexFunc(tighten, func(o operation) bool { return !o.remove })
	if n < 0 {
		n = len(tighten)
	}
	slices.Reverse(tighten[:n])
	// A neighbor is activated in a family when its filters there stand.
	slices.SortStableFunc(loosen, func(a, b operation) int { return activation(a.text) - activation(b.text) })
	return tighten, loosen
}

func removalsFirst(a, b operation) int {
	rank := map[bool]int{true: 0, false: 1}
	return rank[a.remove] - rank[b.remove]
}

func activation(line string) int {
	if w := strings.Fields(line); len(w) == 3 && w[0] == "neighbor" && w[2] == "activate" {
		return 1
	}
	return 0
}

// tightens reports whether the operation lets less through: a filter that is attached, an announcement that ends.
func (o operation) tightens() bool {
	line, add := o.text, !o.remove
	if rest, ok := strings.CutPrefix(line, "no "); ok {
		line, add = rest, !add
	}
	switch {
	case begins(line, "ip route"), begins(line, "ipv6 route"):
		return add // the new way stands before the old one goes
	case filters(line):
		return add
	}
	return !add
}

var filtering = []string{"route-map", "prefix-list", "filter-list", "distribute-list", "maximum-prefix", "shutdown", "ttl-security", "password"}

func filters(line string) bool {
	w := strings.Fields(line)
	return len(w) >= 3 && w[0] == "neighbor" && slices.Contains(filtering, w[2]) || line == "bgp ebgp-requires-policy"
}

// subject is the neighbor or group that a line is about.
func subject(line string) (string, bool) {
	w := strings.Fields(strings.TrimPrefix(line, "no "))
	if len(w) >= 3 && w[0] == "neighbor" {
		return w[1], true
	}
	return "", false
}

// instance finds the block of the BGP instance that the operation is in.
func instance(n *node, o operation) *node {
	if len(o.path) == 0 || !begins(o.path[0], "router bgp") {
		return nil
	}
	return n.find(o.path[0])
}

// declares reports whether the line makes a neighbor or a peer group.
func declares(line string) bool {
	w := strings.Fields(line)
	return len(w) >= 3 && w[0] == "neighbor" && (w[2] == "remote-as" || w[2] == "interface" || w[2] == "peer-group")
}

func declared(bgp *node, name string) bool {
	return bgp != nil && slices.ContainsFunc(bgp.kids, func(k *node) bool {
		s, ok := subject(k.text)
		return ok && s == name && declares(k.text)
	})
}

// fresh reports whether the operation is about a neighbor that is not there yet.
func fresh(from *node, o operation) bool {
	s, ok := subject(o.text)
	return ok && len(o.path) > 0 && begins(o.path[0], "router bgp") && !declared(instance(from, o), s)
}

// withoutRemoved leaves one command for a neighbor that goes: everything about it goes with it.
func withoutRemoved(from, to *node, ops []operation) (left []operation) {
	done := map[string]bool{}
	for _, o := range ops {
		s, ok := subject(o.text)
		if !ok || !o.remove || instance(from, o) == nil || declared(instance(to, o), s) || !declared(instance(from, o), s) {
			left = append(left, o)
			continue
		}
		if key := o.path[0] + "\x00" + s; !done[key] && len(o.path) == 1 && declares(o.text) {
			done[key] = true
			left = append(left, o)
		}
	}
	return left
}

// replaced drops removals of what another line of the same slot takes the place of: between the two commands there would be
// no filter, or no neighbor.
func replaced(ops []operation) []operation {
	type where struct{ path, slot string }
	added := map[where]bool{}
	at := func(o operation) where { return where{strings.Join(o.path, "\n"), slot(o.text)} }
	for _, o := range ops {
		if !o.remove {
			added[at(o)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(o operation) bool { return o.remove && added[at(o)] })
}

// single are the settings of a neighbor that hold one value.
var single = []string{"remote-as", "route-map", "prefix-list", "filter-list", "distribute-list", "description", "update-source", "ebgp-multihop",
	"ttl-security", "maximum-prefix", "maximum-prefix-out", "weight", "local-as", "password", "advertisement-interval", "allowas-in", "port",
	"unsuppress-map", "default-originate", "advertise-map", "timers"}

// slot is what a line sets, without the value: two lines of one slot do not stand side by side.
func slot(line string) string {
	w := strings.Fields(line)
	switch {
	case len(w) >= 3 && w[0] == "neighbor" && slices.Contains(single, w[2]):
		s := strings.Join(w[:3], " ")
		if w[2] == "timers" && len(w) > 3 && w[3] == "connect" {
			s += " connect"
		}
		if end := w[len(w)-1]; end == "in" || end == "out" {
			s += " " + end
		}
		return s
	case len(w) >= 2 && (w[0] == "network" && !slices.Contains(w, "area") || w[0] == "aggregate-address"):
		return w[0] + " " + w[1]
	case len(w) >= 2 && w[0] == "redistribute":
		s := w[0] + " " + w[1]
		if len(w) > 2 && numeric(w[2]) {
			s += " " + w[2]
		}
		return s
	case w[0] == "ip" && len(w) > 1 && (w[1] == "route" || w[1] == "address"), w[0] == "ipv6" && len(w) > 1 && (w[1] == "route" || w[1] == "address"),
		w[0] == "network", w[0] == "area", w[0] == "range", len(w) > 2 && w[1] == "confederation", w[0] == "no", w[0] == "neighbor", w[0] == "router":
		return line
	}
	n := len(w)
	for n > 1 && numeric(w[n-1]) {
		n--
	}
	return strings.Join(w[:n], " ")
}

func numeric(s string) bool {
	if _, err := strconv.ParseUint(s, 10, 64); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// newNeighbor is a neighbor that the change brings: it is built shut and opened when everything of it stands.
type newNeighbor struct {
	block string
	name  string
	shut  bool // the candidate leaves it shut
}

// opening lists the new neighbors, in the candidate's order.
func opening(from, to *node) (all []newNeighbor) {
	for _, b := range to.kids {
		if !begins(b.text, "router bgp") {
			continue
		}
		was := from.find(b.text)
		for _, k := range b.kids {
			name, ok := subject(k.text)
			if !ok || !declares(k.text) || len(strings.Fields(k.text)) == 3 || group(b, name) || declared(was, name) ||
				slices.ContainsFunc(all, func(n newNeighbor) bool { return n.block == b.text && n.name == name }) {
				continue
			}
			shut := slices.ContainsFunc(b.kids, func(k *node) bool { return begins(k.text, "neighbor "+name+" shutdown") })
			all = append(all, newNeighbor{b.text, name, shut})
		}
	}
	return all
}

func group(bgp *node, name string) bool { return bgp.find("neighbor "+name+" peer-group") != nil }

// emitNew writes operations, with the new neighbors shut as soon as they are there.
func emitNew(ops []operation, open []newNeighbor) string {
	var b strings.Builder
	block, done := "", map[newNeighbor]bool{}
	for line := range strings.Lines(emit(ops)) {
		b.WriteString(line)
		body := strings.TrimSpace(line)
		if !strings.HasPrefix(line, " ") {
			block = body
		}
		name, ok := subject(body)
		if !ok || !declares(body) {
			continue
		}
		for _, n := range open {
			if n.block == block && n.name == name && !done[n] {
				done[n] = true
				b.WriteString(" neighbor " + name + " shutdown\n")
			}
		}
	}
	return b.String()
}

// opened opens the new neighbors.
func opened(open []newNeighbor) string {
	var b strings.Builder
	for _, n := range open {
		if !n.shut {
			write(&b, []string{n.block}, "no neighbor "+n.name+" shutdown")
		}
	}
	return b.String()
}
