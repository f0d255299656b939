package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// IntentEffect is one kind of thing that a change is meant to do.
type IntentEffect string

// The effects that change.yaml can declare.
const (
	IntentWithdraw     IntentEffect = "withdraw"      // a route goes, or packets do not arrive any more
	IntentAnnounce     IntentEffect = "announce"      // a route comes, or packets arrive that did not
	IntentMove         IntentEffect = "move"          // a route has other next hops, or packets arrive elsewhere
	IntentAttributes   IntentEffect = "attributes"    // a route has the same next hops and other BGP attributes
	IntentSessionUp    IntentEffect = "session-up"    // a BGP session comes up
	IntentSessionDown  IntentEffect = "session-down"  // a BGP session goes down, or is removed
	IntentSessionReset IntentEffect = "session-reset" // a BGP session starts anew
	IntentConfigure    IntentEffect = "configure"     // a path of the configuration changes
)

// IntentEffects are all of them, in the order of the manual.
var IntentEffects = []IntentEffect{
	IntentWithdraw, IntentAnnounce, IntentMove, IntentAttributes, IntentSessionUp, IntentSessionDown, IntentSessionReset, IntentConfigure,
}

// OfRoutes reports an effect that is declared with prefixes.
func (e IntentEffect) OfRoutes() bool {
	return slices.Contains([]IntentEffect{IntentWithdraw, IntentAnnounce, IntentMove, IntentAttributes}, e)
}

// Intent is what a change declares of itself: change.yaml. Read-only.
type Intent struct {
	Path         string // as it was asked for
	Text         []byte
	Summary      string // what the change is for; may be empty
	Ticket       string // where it is discussed; may be empty
	Declarations []Declaration
}

// Declaration is one effect that a change is meant to have.
type Declaration struct {
	Name     string // unique
	Effect   IntentEffect
	Prefixes []network.PrefixRange // of effects on routes: never empty there, and empty elsewhere
	// At are routers, or role:, site:, group: of routegate.yaml; empty: anywhere.
	At []string
	// Neighbors are keys of neighbors, routers, AS64600, provider, peer, customer, or outside. On an effect on routes they make it
	// one that neighbors outside see; without them it is about the routers' own tables.
	Neighbors []string
	Paths     []string // of configure: a path covers what is below it, and * any text
	Span      network.Span
}

// Outside reports a declaration about what neighbors outside see.
func (d *Declaration) Outside() bool { return d.Effect.OfRoutes() && len(d.Neighbors) > 0 }

type (
	docIntent struct {
		Summary string           `mapstructure:"summary"`
		Ticket  string           `mapstructure:"ticket"`
		Effects []docDeclaration `mapstructure:"effects"`
	}
	docDeclaration struct {
		Name      string            `mapstructure:"name"`
		Effect    string            `mapstructure:"effect"`
		Prefixes  []rangeOfPrefixes `mapstructure:"prefixes"`
		At        []string          `mapstructure:"at"`
		Neighbors []string          `mapstructure:"neighbors"`
		Paths     []string          `mapstructure:"paths"`
	}
)

// ReadIntent reads the declared intent of a change from before to after, from a file of its own.
func ReadIntent(path string, before, after *Snapshot) (*Intent, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{Path: path, Msg: errors.Unwrap(err).Error(), Hint: "`routegate check --propose-intent` writes one", Err: err}
	}
	return ParseIntent(path, text, before, after)
}

// ParseIntent reads the text of a change.yaml: strictly, as routegate.yaml is. Routers that it names must be in
// one of the snapshots, and roles, sites and groups in one of their routegate.yaml.
func ParseIntent(path string, text []byte, before, after *Snapshot) (*Intent, error) {
	r := &intentReader{path: path, known: placesOf(before, after)}
	var err error
	if r.keys, err = decodeDocument(path, text, &r.doc); err != nil {
		return nil, err
	}
	if _, ok := r.keys.at["effects"]; !ok {
		return nil, &Error{Path: path, Msg: "effects: what the change is meant to do is missing", Hint: "effects: [] declares that no route and no session changes"}
	}
	in := &Intent{Path: path, Text: text, Summary: r.doc.Summary, Ticket: r.doc.Ticket}
	names := map[string]int{}
	for i := range r.doc.Effects {
		d := r.declaration(i)
		if first, ok := names[d.Name]; ok {
			if r.doc.Effects[i].Name != "" && r.doc.Effects[first].Name != "" {
				r.fail(fmt.Sprintf("effects[%d].name", i), "", "%s is declared twice", d.Name)
			}
			d.Name = fmt.Sprintf("%s (%d)", d.Name, i+1)
		}
		names[d.Name] = i
		in.Declarations = append(in.Declarations, d)
	}
	if err := first(r.errs); err != nil {
		return nil, err
	}
	return in, nil
}

// intentReader turns one document into an Intent.
type intentReader struct {
	path  string
	keys  *keyed
	doc   docIntent
	known []string // routers, and role:, site:, group: with their names; sorted
	errs  []*Error
}

func (r *intentReader) fail(path, hint, format string, args ...any) {
	at := r.keys.at[path]
	r.errs = append(r.errs, &Error{Path: r.path, Line: at.line, Column: at.column, Msg: r.keys.plain(path) + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

// declaration checks one entry.
func (r *intentReader) declaration(i int) Declaration {
	x, at := &r.doc.Effects[i], fmt.Sprintf("effects[%d]", i)
	place := r.keys.at[at]
	d := Declaration{
		Name: x.Name, Effect: IntentEffect(x.Effect), At: x.At, Neighbors: x.Neighbors, Paths: x.Paths,
		Span: network.Span{File: r.path, First: int32(place.line), Last: int32(max(place.last, place.line))},
	}
	for _, p := range x.Prefixes {
		d.Prefixes = append(d.Prefixes, network.PrefixRange(p))
	}
	if !slices.Contains(IntentEffects, d.Effect) {
		var known []string
		for _, e := range IntentEffects {
			known = append(known, string(e))
		}
		if x.Effect == "" {
			r.fail(at, "as in {effect: withdraw, prefixes: [203.0.113.0/24], at: [edge1]}", "effect: what happens is missing; one of %s", strings.Join(known, ", "))
		} else {
			r.fail(at+".effect", suggest(x.Effect, known), "there is no effect %q", x.Effect)
		}
		return d
	}
	r.fits(at, "prefixes", len(d.Prefixes), d.Effect, d.Effect.OfRoutes(), "as in prefixes: [203.0.113.0/24, 10.0.0.0/8 le 24, 2001:db8::/32 orlonger]")
	r.fits(at, "paths", len(d.Paths), d.Effect, d.Effect == IntentConfigure, "as in paths: [bgp/neighbor 10.0.0.1]; `routegate diff -o json` names them")
	if len(d.Neighbors) > 0 && (d.Effect == IntentMove || d.Effect == IntentConfigure) {
		r.fail(at+".neighbors", "neighbors are those of a session, or those outside that see a route", "%s has no neighbors", d.Effect)
	}
	for j, name := range d.At {
		if !slices.Contains(r.known, name) {
			r.fail(fmt.Sprintf("%s.at[%d]", at, j), suggest(name, r.known), "%s is neither a router, nor role:, site: or group: of one", name)
		}
	}
	if d.Name == "" {
		d.Name = d.describe()
	}
	return d
}

// fits checks that a list is there exactly where the effect needs it.
func (r *intentReader) fits(at, key string, n int, effect IntentEffect, needed bool, hint string) {
	switch {
	case needed && n == 0:
		r.fail(at, hint, "%s: %s are missing", effect, key)
	case !needed && n > 0:
		r.fail(at+"."+key, "", "%s has no %s", effect, key)
	}
}

// describe names a declaration that has no name of its own: "withdraw 203.0.113.0/24 and 2 more at edge1".
func (d *Declaration) describe() string {
	var what []string
	for _, p := range d.Prefixes {
		what = append(what, RangeText(p))
	}
	what = append(what, d.Paths...)
	if !d.Effect.OfRoutes() {
		what = append(what, d.Neighbors...)
	}
	out := string(d.Effect)
	add := func(lead string, list []string) {
		switch n := len(list); {
		case n > 2:
			out += fmt.Sprintf(" %s%s and %d more", lead, list[0], n-1)
		case n > 0:
			out += " " + lead + strings.Join(list, " and ")
		}
	}
	add("", what)
	add("at ", d.At)
	if d.Outside() {
		add("to ", d.Neighbors)
	}
	return out
}

// placesOf are the routers of both sides, and the roles, sites and groups that they have.
func placesOf(sides ...*Snapshot) []string {
	var out []string
	for _, s := range sides {
		for _, r := range s.Network.Routers {
			out = append(out, r.Name)
		}
		for _, d := range s.Network.Env.Devices {
			for _, x := range [][2]string{{"role:", d.Role}, {"site:", d.Site}, {"group:", d.Group}} {
				if x[1] != "" {
					out = append(out, x[0]+x[1])
				}
			}
		}
	}
	return sortedUnique(out)
}
