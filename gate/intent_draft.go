package gate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/routegate/routegate/config"
)

const (
	// draftGroups bounds the declarations of one effect in a draft: what is over becomes one that names no router.
	draftGroups = 12
	// draftSets bounds the sets of prefixes, and the paths, of one declaration: above, wider ones stand for them.
	draftSets = 24
)

// draftEntry is one declaration of a draft.
type draftEntry struct {
	effect        config.IntentEffect
	outside       bool
	at, neighbors []string
	paths         []string
	prefixes      []netip.Prefix
	elsewhere     []string // routers that the comment names, where at is empty
	whom          []string // the neighbors outside in words: provider AS64600
}

// draft writes a change.yaml that declares all that happens, for a person to shorten. Checked with it, the
// change breaks no policy about its intent.
func (p *pipeline) draft() string {
	var b strings.Builder
	b.WriteString("# A draft: all that the simulation says this change does. Keep what is meant and delete the rest;\n")
	b.WriteString("# `routegate check` then tells what happens beside it.\n")
	fmt.Fprintf(&b, "# before: %s, after: %s\n", oneLine(p.snapshots[0].Where), oneLine(p.snapshots[1].Where))
	b.WriteString("#summary: what the change is for\n#ticket: where it is discussed\n")
	entries := p.draftEntries()
	if len(entries) == 0 {
		b.WriteString("effects: []   # no route and no session changes\n")
		return b.String()
	}
	b.WriteString("effects:\n")
	members := membersOf(p.before.net, p.after.net)
	for i := range entries {
		p.draftEntry(&b, &entries[i], members)
	}
	return b.String()
}

// draftEntries groups what happens: sessions by neighbors, routes by where, configuration by paths.
func (p *pipeline) draftEntries() []draftEntry {
	type subject struct {
		effect  config.IntentEffect
		outside bool
		prefix  netip.Prefix
		router  string // of sessions and configuration
	}
	type places struct{ routers, neighbors, paths, whom map[string]bool }
	var by groups[subject, places]
	p.eachHappening(func(h *happening) {
		s := subject{effect: h.effect, outside: h.outside, prefix: h.prefix}
		if !h.effect.OfRoutes() {
			s.router = h.router
		}
		x, old := by.get(s)
		if !old {
			*x = places{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
		}
		note(x.routers, h.router)
		note(x.neighbors, h.neighbor)
		note(x.paths, h.path)
		if h.outside {
			note(x.whom, strings.TrimSpace(fmt.Sprintf("%s AS%d", h.relation, h.as)))
		}
	})
	var out groups[string, draftEntry]
	for _, s := range by.order {
		x := by.by[s]
		e := draftEntry{effect: s.effect, outside: s.outside, at: sortedNames(x.routers), neighbors: sortedNames(x.neighbors), paths: fewPaths(sortedNames(x.paths)), whom: sortedNames(x.whom)}
		key := fmt.Sprintf("%s %v %q %q", e.effect, e.outside, e.at, e.neighbors)
		if !s.effect.OfRoutes() {
			key = fmt.Sprintf("%s %q %q", e.effect, e.neighbors, e.paths)
		}
		g, old := out.get(key)
		switch {
		case !old:
			*g = e
		case !s.effect.OfRoutes() && len(g.at) > 0 && len(e.at) > 0:
			g.at = append(g.at, e.at...)
		case !s.effect.OfRoutes():
			g.at = nil // of routegate.yaml and links as well
		}
		if s.effect.OfRoutes() {
			g.prefixes = append(g.prefixes, s.prefix)
		}
	}
	list := out.values()
	slices.SortStableFunc(list, func(a, b draftEntry) int {
		order := func(e draftEntry) int {
			return 2*slices.Index(config.IntentEffects, e.effect) + map[bool]int{true: 0, false: 1}[e.outside]
		}
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(len(b.prefixes)*len(b.at), len(a.prefixes)*len(a.at)))
	})
	return fewEntries(sameSets(list))
}

// sameSets makes one declaration of those whose prefixes are so many that the same wide sets stand for them: the sets happen at the
// routers of each.
func sameSets(list []draftEntry) []draftEntry {
	var by groups[string, draftEntry]
	for i, e := range list {
		key := fmt.Sprint(i)
		if sets, wider := prefixSets(e.prefixes); wider {
			key = fmt.Sprint(e.effect, e.outside, sets)
		}
		g, old := by.get(key)
		if !old {
			*g = e
			continue
		}
		g.join(e)
	}
	return by.values()
}

// join adds another declaration of the same effect.
func (e *draftEntry) join(other draftEntry) {
	e.prefixes = append(e.prefixes, other.prefixes...)
	for _, s := range [][2]*[]string{{&e.at, &other.at}, {&e.neighbors, &other.neighbors}, {&e.whom, &other.whom}} {
		*s[0] = append(*s[0], *s[1]...)
		slices.Sort(*s[0])
		*s[0] = slices.Compact(*s[0])
	}
}

// fewEntries makes one declaration of the smallest ones of an effect on routes, where they are too many to be read.
func fewEntries(list []draftEntry) []draftEntry {
	var out []draftEntry
	n := 0
	for _, e := range list {
		last := len(out) - 1
		if last < 0 || out[last].effect != e.effect || out[last].outside != e.outside {
			n = 0
		}
		if n++; n < draftGroups || !e.effect.OfRoutes() {
			out = append(out, e)
			continue
		}
		if n == draftGroups {
			rest := draftEntry{effect: e.effect, outside: e.outside}
			if e.outside {
				rest.neighbors = []string{"outside"}
			}
			out = append(out, rest)
			last++
		}
		g := &out[last]
		g.prefixes, g.elsewhere = append(g.prefixes, e.prefixes...), append(g.elsewhere, e.at...)
		g.whom = append(g.whom, e.whom...)
	}
	for i := range out {
		for _, s := range []*[]string{&out[i].at, &out[i].elsewhere, &out[i].whom} {
			slices.Sort(*s)
			*s = slices.Compact(*s)
		}
	}
	return out
}

// fewPaths leaves out paths below others, and cuts them at their first step where they are too many.
func fewPaths(paths []string) []string {
	if len(paths) > draftSets {
		for i, p := range paths {
			paths[i], _, _ = strings.Cut(p, "/")
		}
		slices.Sort(paths)
	}
	var out []string
	for _, p := range paths {
		if n := len(out); n > 0 && (p == out[n-1] || strings.HasPrefix(p, out[n-1]+"/")) {
			continue
		}
		out = append(out, p)
	}
	return out
}

func (p *pipeline) draftEntry(b *strings.Builder, e *draftEntry, members []memberRouters) {
	sets, wider := prefixSets(e.prefixes)
	var what []string
	if e.effect.OfRoutes() {
		what = append(what, count(len(distinctPrefixes(e.prefixes)), "prefix", "prefixes"))
	}
	if n := len(e.paths); n > 0 {
		what = append(what, count(n, "path", "paths")+" of the configuration")
	}
	routers := e.at
	if len(routers) == 0 {
		routers = e.elsewhere
	}
	at := draftPlaces(e.at, members)
	if len(routers) > 0 {
		what = append(what, "at "+p.routersInWords(routers))
	}
	if e.outside {
		what = append(what, "as neighbors outside see it: "+inWords(e.whom))
	}
	if len(what) == 0 {
		what = []string{"routegate.yaml and links"}
	}
	fmt.Fprintf(b, "  # %s\n", oneLine(strings.Join(what, " ")))
	if wider {
		b.WriteString("  # The sets are wider than what happens: they would be too many to be read. Narrow them.\n")
	}
	if len(at) == 0 && len(routers) > 0 {
		b.WriteString("  # Anywhere: the routers would be too many to be read. Name those that are meant.\n")
	}
	fmt.Fprintf(b, "  - effect: %s\n", e.effect)
	yamlList(b, "at", at)
	yamlList(b, "neighbors", e.neighbors)
	yamlList(b, "prefixes", sets)
	yamlList(b, "paths", e.paths)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// routersInWords names routers with what routegate.yaml knows of them.
func (p *pipeline) routersInWords(routers []string) string {
	var out []string
	for _, name := range routers {
		d := p.after.net.Env.Device(name)
		if about := strings.Trim(d.Role+", "+d.Site, ", "); about != "" {
			name += " (" + about + ")"
		}
		out = append(out, name)
	}
	return inWords(out)
}

// inWords names the first of a list.
func inWords(list []string) string {
	if len(list) > 7 {
		list = append(slices.Clone(list[:6]), fmt.Sprintf("and %d more", len(list)-6))
	}
	return strings.Join(list, ", ")
}

func note(set map[string]bool, word string) {
	if word != "" {
		set[word] = true
	}
}

// yamlList writes a list, over several lines where it is long; an empty one is left out.
func yamlList(b *strings.Builder, key string, list []string) {
	if len(list) == 0 {
		return
	}
	line := fmt.Sprintf("    %s: [", key)
	indent := strings.Repeat(" ", len(line))
	for i, word := range yamlWords(list) {
		if i > 0 {
			line += ","
			if len(line)+len(word) > 98 {
				b.WriteString(line + "\n")
				line = indent
			} else {
				line += " "
			}
		}
		line += word
	}
	b.WriteString(line + "]\n")
}

// plainYAML is what YAML reads as the same text without quotes.
var plainYAML = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9._-]+|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(/[0-9]+( (orlonger|ge [0-9]+|le [0-9]+))*)?)$`)

func yamlWords(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if !plainYAML.MatchString(s) || slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) {
			quoted, err := json.Marshal(s)
			if err != nil {
				quoted = fmt.Appendf(nil, "%q", s)
			}
			s = string(quoted)
		}
		out = append(out, s)
	}
	return out
}

// oneLine keeps names from ending a comment.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
