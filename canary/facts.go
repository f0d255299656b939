package canary

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/device"
)

// section is a part of an Observation that a daemon tells, or does not tell.
type section uint8

const (
	sessions section = iota
	routes
	advertised
	received
)

// fact is the name of one thing in a section: a session, a prefix, a prefix on a session.
type fact struct {
	vrf, neighbor string
	prefix        netip.Prefix
}

func (f fact) String() string {
	var out []string
	if f.prefix.IsValid() {
		out = append(out, f.prefix.String())
	}
	if f.neighbor != "" {
		out = append(out, f.neighbor)
	}
	if f.vrf != "" {
		out = append(out, "vrf "+f.vrf)
	}
	return strings.Join(out, " ")
}

func (f fact) compare(g fact) int {
	if c := strings.Compare(f.vrf, g.vrf); c != 0 {
		return c
	}
	if c := f.prefix.Compare(g.prefix); c != 0 {
		return c
	}
	return strings.Compare(f.neighbor, g.neighbor)
}

// facts are the values of one section; nil where it is not told.
type facts map[fact]value

// value is what is said of a fact; the zero value: nothing, it is not there.
type value struct {
	there bool
	text  string   // for a person
	path  string   // of a route: its AS path
	hops  []string // and its next hops, where they count
}

func factsOf(o device.Observation, s section) facts {
	switch s {
	case sessions:
		if o.Sessions == nil {
			return nil
		}
		out := facts{}
		for _, x := range o.Sessions {
			v := value{there: x.Established, text: x.State}
			if x.Established {
				v.text = "established"
			}
			out[fact{vrf: x.VRF, neighbor: neighborName(x.Neighbor)}] = v
		}
		return out
	case routes:
		if o.Routes == nil {
			return nil
		}
		out := facts{}
		for _, x := range o.Routes {
			v := value{there: true, path: x.ASPath, hops: x.NextHops, text: routeText(x)}
			if x.Own {
				v.hops = nil // daemons write it in different ways
			}
			out[fact{vrf: x.VRF, prefix: x.Prefix}] = v
		}
		return out
	case advertised:
		return exchanged(o.Advertised)
	}
	return exchanged(o.Received)
}

func exchanged(all []device.Exchange) facts {
	if all == nil {
		return nil
	}
	out := facts{}
	for _, x := range all {
		for _, p := range x.Prefixes {
			out[fact{vrf: x.VRF, neighbor: neighborName(x.Neighbor), prefix: p}] = value{there: true, text: "there"}
		}
	}
	return out
}

// neighborName makes one spelling of a neighbor's: addresses have many.
func neighborName(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().String()
	}
	return s
}

func routeText(r device.Route) string {
	if r.Own {
		return "of its own"
	}
	out := "via " + strings.Join(r.NextHops, ", ")
	if r.ASPath != "" {
		out += ", AS path " + r.ASPath
	}
	return out
}

// same reports whether two values mean the same. Next hops count only where both sides know some.
func same(a, b value) bool {
	return a.there == b.there && a.path == b.path && (len(a.hops) == 0 || len(b.hops) == 0 || slices.Equal(a.hops, b.hops))
}

// surprise is a fact that is not what it should be.
type surprise struct {
	fact      fact
	want, got value
	predicted bool // the simulation says that the wave changes it; else that it does not
}

func (s surprise) String() string {
	words := func(v value) string {
		switch {
		case v.text != "":
			return v.text
		case v.there:
			return "there"
		}
		return "gone"
	}
	why := "was"
	if s.predicted {
		why = "predicted"
	}
	return fmt.Sprintf("%s: %s, %s %s", s.fact, words(s.got), why, words(s.want))
}

// compared is a section of one router held against what was to be expected of it.
type compared struct {
	told      bool
	checked   int        // facts that the simulation knows
	surprises []surprise // among those, in the order of the facts
	strangers int        // facts that only the daemon knows
	lost      int        // of those, gone since the wave began
}

// compare holds what is seen now against what was to be expected: what the simulation says that the wave changes is to be
// as it says, and what it says that the wave leaves alone is to be as it was. What the simulation does not know at all (the
// routes of an Internet that nobody wrote down) comes and goes by itself: only its loss is counted.
func compare(baseline, before, after, now device.Observation, s section) compared {
	was, without, with, is := factsOf(baseline, s), factsOf(before, s), factsOf(after, s), factsOf(now, s)
	out := compared{told: is != nil && was != nil && without != nil && with != nil}
	if !out.told {
		return out
	}
	for f := range union(without, with) {
		out.checked++
		want, predicted := was[f], false
		if !same(without[f], with[f]) {
			want, predicted = with[f], true
		}
		if got := is[f]; !same(want, got) {
			out.surprises = append(out.surprises, surprise{f, want, got, predicted})
		}
	}
	for f, v := range was {
		if _, a := without[f]; a {
			continue
		}
		if _, b := with[f]; b || !v.there {
			continue
		}
		out.strangers++
		if !is[f].there {
			out.lost++
		}
	}
	slices.SortFunc(out.surprises, func(a, b surprise) int { return a.fact.compare(b.fact) })
	return out
}

func union(a, b facts) map[fact]bool {
	out := map[fact]bool{}
	for f := range a {
		out[f] = true
	}
	for f := range b {
		out[f] = true
	}
	return out
}
