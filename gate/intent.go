package gate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// readIntent reads what the change declares of itself: the file of Options.Change, else change.yaml of the proposed
// side. One that stands unchanged on both sides belongs to an earlier change, and says nothing of this one.
func (p *pipeline) readIntent() error {
	before, after := p.snapshots[0], p.snapshots[1]
	var in *config.Intent
	var err error
	switch own := after.Change; {
	case p.o.Change != "":
		in, err = config.ReadIntent(p.o.Change, before, after)
	case own == nil, p.o.Draft != nil && len(bytes.TrimSpace(own.Text)) == 0:
		return nil
	case before.Change != nil && bytes.Equal(before.Change.Text, own.Text):
		p.out.Warnings = append(p.out.Warnings, own.Path+" is the same before and after: it belongs to an earlier change, and is not read")
		return nil
	default:
		in, err = config.ParseIntent(own.Path, own.Text, before, after)
	}
	if err != nil {
		return fmt.Errorf("declared intent: %w", err)
	}
	p.quoters.after.text[in.Path] = in.Text
	p.intent = newIntent(in, before.Network, after.Network)
	return nil
}

// happening is one effect of a change, as change.yaml can declare it.
type happening struct {
	effect   config.IntentEffect
	outside  bool // a neighbor outside sees it
	router   string
	neighbor string // of sessions, and outside
	remote   string // the router at the other end of a session
	as       uint32
	relation string
	prefix   netip.Prefix
	path     string // of configuration
	span     network.Span
	isAfter  bool // span is of the after side
}

// intent holds what is declared against what happens. A nil one declares nothing. Not safe for concurrent use while it counts.
type intent struct {
	file       *config.Intent
	declared   []*declared
	configures bool // some path of configuration is declared: then all of them are to be
}

// declared is one declaration with what happened of it.
type declared struct {
	*config.Declaration
	at        map[string][]int // the places of At that a router belongs to
	ranges    rangeIndex
	paths     []*regexp.Regexp
	hits      [][]bool // by prefix range (one for effects without), and place (one without At)
	neighbors []bool
	met       []bool // of paths
	count     int
	examples  []string
}

func newIntent(in *config.Intent, sides ...*network.Network) *intent {
	out := &intent{file: in}
	members := membersOf(sides...)
	for i := range in.Declarations {
		d := &declared{Declaration: &in.Declarations[i], at: map[string][]int{}}
		for j, name := range d.At {
			if !strings.Contains(name, ":") {
				d.at[name] = append(d.at[name], j)
			}
			for _, m := range members {
				if m.place == name {
					for r := range m.routers {
						d.at[r] = append(d.at[r], j)
					}
				}
			}
		}
		for _, r := range d.Prefixes {
			d.ranges.add(r)
		}
		for _, path := range d.Paths {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(path), `\*`, ".*")
			d.paths = append(d.paths, regexp.MustCompile("^"+pattern+"(/.*)?$"))
		}
		for range max(1, len(d.Prefixes)) {
			d.hits = append(d.hits, make([]bool, max(1, len(d.At))))
		}
		d.neighbors, d.met = make([]bool, len(d.Neighbors)), make([]bool, len(d.Paths))
		out.configures = out.configures || d.Effect == config.IntentConfigure
		out.declared = append(out.declared, d)
	}
	return out
}

// names reports whether a word of change.yaml means the neighbor of a happening.
func (h *happening) names(word string) bool {
	switch {
	case word == h.neighbor, strings.HasPrefix(word, "AS") && word == fmt.Sprintf("AS%d", h.as):
		return true
	case h.remote != "":
		return word == h.remote
	}
	return word == "outside" || word != "" && word == h.relation
}

// match says which ranges, places, neighbors and paths of a declaration a happening is of; ok is false for none.
func (d *declared) match(h *happening) (ranges, places, neighbors, paths []int, ok bool) {
	if d.Effect != h.effect || d.Effect.OfRoutes() && d.Outside() != h.outside {
		return
	}
	if places = d.at[h.router]; len(d.At) == 0 {
		places = []int{0}
	}
	if ranges = []int{0}; d.Effect.OfRoutes() {
		ranges = d.ranges.of(h.prefix)
	}
	for i, word := range d.Neighbors {
		if h.names(word) {
			neighbors = append(neighbors, i)
		}
	}
	for i, p := range d.paths {
		if p.MatchString(h.path) {
			paths = append(paths, i)
		}
	}
	ok = len(places) > 0 && len(ranges) > 0 && (len(d.Neighbors) == 0 || len(neighbors) > 0) && (len(d.Paths) == 0 || len(paths) > 0)
	return
}

// explain names the declarations that a happening is of.
func (in *intent) explain(h happening) []string {
	out := []string{}
	for _, d := range in.declared {
		if _, _, _, _, ok := d.match(&h); ok {
			out = append(out, d.Name)
		}
	}
	return out
}

// explained names the declarations that a change of behaviour is of.
func explained[T any](p *pipeline, of func(*T) happening, c *T) []string {
	if p.intent == nil {
		return []string{}
	}
	return p.intent.explain(of(c))
}

// count notes that something happens, and reports whether any declaration explains it.
func (in *intent) count(h *happening) bool {
	explained := false
	for _, d := range in.declared {
		ranges, places, neighbors, paths, ok := d.match(h)
		if !ok {
			continue
		}
		explained = true
		d.count++
		if len(d.examples) < 10 {
			if text := h.text(); !slices.Contains(d.examples, text) {
				d.examples = append(d.examples, text)
			}
		}
		for _, r := range ranges {
			for _, p := range places {
				d.hits[r][p] = true
			}
		}
		for _, n := range neighbors {
			d.neighbors[n] = true
		}
		for _, p := range paths {
			d.met[p] = true
		}
	}
	return explained
}

// text names what happens, for examples.
func (h *happening) text() string {
	var what string
	switch {
	case h.path != "":
		what = h.path
	case h.prefix.IsValid():
		what = h.prefix.String()
	default:
		what = h.neighbor
	}
	if h.router != "" {
		what += " at " + h.router
	}
	if h.outside {
		what += " to " + h.neighbor
	}
	return what
}

// missing says what of a declaration does not happen: by prefix range and place, then by neighbor and path.
func (d *declared) missing() []string {
	out := []string{}
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if d.count == 0 {
		return []string{"nothing of it"}
	}
	for i, row := range d.hits {
		for j, hit := range row {
			switch {
			case hit:
			case d.Effect.OfRoutes() && len(d.At) > 0:
				add("%s at %s", config.RangeText(d.Prefixes[i]), d.At[j])
			case d.Effect.OfRoutes():
				add("%s", config.RangeText(d.Prefixes[i]))
			case len(d.At) > 0:
				add("anything at %s", d.At[j])
			}
		}
	}
	for i, hit := range d.neighbors {
		if !hit {
			add("with %s", d.Neighbors[i])
		}
	}
	for i, hit := range d.met {
		if !hit {
			add("%s", d.Paths[i])
		}
	}
	return out
}

// sha is the digest of the declared intent.
func (in *intent) sha() string {
	sum := sha256.Sum256(in.file.Text)
	return hex.EncodeToString(sum[:])
}

// routeIntents and sessionIntents are the declarable effects of what diff tells apart.
var (
	routeIntents = map[diff.RouteKind]config.IntentEffect{
		diff.RouteWithdrawn: config.IntentWithdraw, diff.RouteNew: config.IntentAnnounce, diff.RouteMoved: config.IntentMove, diff.RouteAttributes: config.IntentAttributes,
	}
	reachIntents = map[diff.ReachKind]config.IntentEffect{
		diff.ReachLost: config.IntentWithdraw, diff.ReachPartial: config.IntentWithdraw, diff.ReachGone: config.IntentWithdraw,
		diff.ReachGained: config.IntentAnnounce, diff.ReachMoved: config.IntentMove,
	}
	sessionIntents = map[diff.SessionKind]config.IntentEffect{
		diff.SessionLost: config.IntentSessionDown, diff.SessionRemoved: config.IntentSessionDown,
		diff.SessionGained: config.IntentSessionUp, diff.SessionReset: config.IntentSessionReset,
	}
)
