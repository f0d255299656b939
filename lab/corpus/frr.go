package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// frrList is an entry of a list that FRR orders by its sequence numbers.
var frrList = regexp.MustCompile(`^((?:ip|ipv6) prefix-list|bgp (?:large-)?community-list (?:standard|expanded)|bgp as-path access-list) (\S+) seq (\d+) (permit|deny) (.*)$`)

// listEntry is one line of such a list.
type listEntry struct {
	line               int
	list, name         string
	seq                int
	action, what, text string
}

func (e *listEntry) with(seq int, what string) string {
	return fmt.Sprintf("%s %s seq %d %s %s", e.list, e.name, seq, e.action, what)
}

// frrLists are the entries of all lists, by list, each in the order of its sequence numbers.
func (d *draft) frrLists() [][]listEntry {
	var out [][]listEntry
	at := map[string]int{}
	for _, p := range d.places(frrList) {
		e := listEntry{p.line, p.m[1], p.m[2], number(p.m[3]), p.m[4], p.m[5], p.m[0]}
		key := e.list + " " + e.name
		if _, seen := at[key]; !seen {
			at[key] = len(out)
			out = append(out, nil)
		}
		out[at[key]] = append(out[at[key]], e)
	}
	for _, l := range out {
		slices.SortFunc(l, func(a, b listEntry) int { return a.seq - b.seq })
	}
	return out
}

// frrLists of one sort that are worth an edit, one of them drawn.
func (d *draft) frrListOf(fit func([]listEntry) bool) ([]listEntry, bool) {
	all := slices.DeleteFunc(d.frrLists(), func(l []listEntry) bool { return !fit(l) })
	if len(all) == 0 {
		return nil, false
	}
	return one(d.random, all), true
}

// mapEntry is one entry of a route-map.
type mapEntry struct {
	span
	name, action string
	seq          int
	body         []string // without exit, trimmed
}

var frrMap = regexp.MustCompile(`^route-map (\S+) (permit|deny) (\d+)$`)

// frrMaps are the entries of all route-maps that run straight through (no call, continue or on-match), by route-map, in the order of their sequence numbers.
func (d *draft) frrMaps() [][]mapEntry {
	lines := d.lines()
	at := map[string]int{}
	var out [][]mapEntry
	crooked := map[string]bool{}
	for _, p := range d.places(frrMap) {
		e := mapEntry{span{p.line, p.line + 1}, p.m[1], p.m[2], number(p.m[3]), nil}
		for ; e.end < len(lines) && strings.HasPrefix(lines[e.end], " "); e.end++ {
			word := strings.TrimSpace(lines[e.end])
			e.body = append(e.body, word)
			if first, _, _ := strings.Cut(word, " "); first == "call" || first == "continue" || first == "on-match" {
				crooked[e.name] = true
			}
		}
		if _, seen := at[e.name]; !seen {
			at[e.name] = len(out)
			out = append(out, nil)
		}
		out[at[e.name]] = append(out[at[e.name]], e)
	}
	for _, m := range out {
		slices.SortFunc(m, func(a, b mapEntry) int { return a.seq - b.seq })
	}
	return slices.DeleteFunc(out, func(m []mapEntry) bool { return crooked[m[0].name] })
}

func (d *draft) frrMapOf(fit func([]mapEntry) bool) ([]mapEntry, bool) {
	all := slices.DeleteFunc(d.frrMaps(), func(m []mapEntry) bool { return !fit(m) })
	if len(all) == 0 {
		return nil, false
	}
	return one(d.random, all), true
}

// frrHead is the line that begins an entry.
func (e *mapEntry) head(seq int) string {
	return fmt.Sprintf("route-map %s %s %d", e.name, e.action, seq)
}

// sets reports whether the entry alters what it permits.
func (e *mapEntry) sets() bool {
	return slices.ContainsFunc(e.body, func(l string) bool { return strings.HasPrefix(l, "set ") })
}

// frrRename gives a name another one wherever it follows one of some words: where it is defined, and where it is referred to.
func (d *draft) frrRename(old, new string, after ...string) {
	re := regexp.MustCompile(`(^|\s)(` + strings.Join(after, "|") + `) ` + regexp.QuoteMeta(old) + `(\s|$)`)
	lines := d.lines()
	for i, l := range lines {
		lines[i] = re.ReplaceAllString(l, "${1}${2} "+new+"${3}")
	}
	d.set(lines)
}

// chunks are the runs of lines between lines of a single "!": blocks, and lists in one piece. The first one, which names the router, and
// the last are not among them.
func (d *draft) frrChunks() []span {
	var out []span
	first := 0
	for _, p := range d.places(frrBreak) {
		if first > 0 && p.line > first {
			out = append(out, span{first, p.line})
		}
		first = p.line + 1
	}
	return out
}

var frrBreak = regexp.MustCompile(`^!$`)

// frrInsert puts a block between two others.
func (d *draft) frrInsert(block ...string) bool {
	chunks := d.frrChunks()
	if len(chunks) == 0 {
		return false
	}
	d.set(slices.Insert(d.lines(), one(d.random, chunks).first, append(block, "!")...))
	return true
}

// frrBGP is the BGP block, with the line from which on neighbors are in an address family.
type frrBGP struct {
	span
	as     string
	family int // the line "address-family ipv4 unicast"
}

var (
	frrRouter   = regexp.MustCompile(`^router bgp (\d+)$`)
	frrFamily   = regexp.MustCompile(`^ address-family ipv4 unicast$`)
	frrNeighbor = regexp.MustCompile(`^ neighbor (\d+\.\d+\.\d+\.\d+) (remote-as|peer-group) (\S+)$`)
)

func (d *draft) frrBGP() (frrBGP, bool) {
	routers, families := d.places(frrRouter), d.places(frrFamily)
	if len(routers) != 1 || len(families) != 1 {
		return frrBGP{}, false
	}
	lines := d.lines()
	b := frrBGP{span{routers[0].line, routers[0].line + 1}, routers[0].m[1], families[0].line}
	for b.end < len(lines) && strings.HasPrefix(lines[b.end], " ") {
		b.end++
	}
	return b, b.first < b.family && b.family < b.end
}

// frrOutside are the addresses of the router's neighbors whose AS is nobody's in the network.
func (d *draft) frrOutside() []string {
	var out []string
	for _, p := range d.places(frrNeighbor) {
		if p.m[2] == "remote-as" && !d.network.ours(p.m[3]) {
			out = append(out, p.m[1])
		}
	}
	return out
}
