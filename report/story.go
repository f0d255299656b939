package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/routegate/routegate/gate"
)

// Step is one page of a story told in the terminal.
type Step struct {
	Title string
	Text  []string // paragraphs; one that begins with a blank is shown as it is
	draw  func(p *page, o Options)
}

// Draw writes the step.
func (s *Step) Draw(w io.Writer, o Options) error {
	p := newPage(o)
	p.blank()
	p.line("%s", p.paint(bold|cyan, "── "+s.Title+" "+strings.Repeat("─", max(3, min(p.width, 100)-4-len([]rune(s.Title))))))
	for _, t := range s.Text {
		p.blank()
		if strings.HasPrefix(t, " ") {
			p.line("%s", p.paint(dim, t))
			continue
		}
		p.para(0, 0, t)
	}
	if s.draw != nil {
		s.draw(p, o)
	}
	return p.send(w)
}

// Reading is how long a person needs for the step: four words a second, and some more for tables.
func (s *Step) Reading() time.Duration {
	words := len(strings.Fields(strings.Join(s.Text, " ")))
	d := time.Duration(words) * time.Second / 4
	if s.draw != nil {
		d += 4 * time.Second
	}
	return min(d, 20*time.Second)
}

const facebookMap = `  dc1-fa1  dc1-fa2                   dc2-fa1  dc2-fa2     two data centres
       \    /                             \    /
         bb1 ───────────────────────────── bb2
          │   ╲                         ╱   │
          │       ╲                 ╱       │
          │           ╲         ╱           │            the backbone: six links
          │           ╱         ╲           │
          │       ╱                 ╲       │
          │   ╱                         ╲   │
         bb3 ───────────────────────────── bb4
       /    \                             /    \
  iad-e1    mia-e1                   ams-e1    lhr-e1     four edges, with the DNS servers`

// FacebookStory tells the outage of 4 October 2021 with the gate's own findings about the
// exhibit: the change that caused it, and its harmless twin.
func FacebookStory(denied, allowed *gate.Verdict) []Step {
	t := denied.Effects.Totals
	return []Step{
		{Title: "4 October 2021, 15:39 UTC", Text: []string{
			"Facebook, Instagram and WhatsApp disappear for six hours. During routine maintenance somebody runs a command that is meant to assess the capacity of the backbone. It takes down every link of it. An audit tool should have stopped the command, and had a bug.",
			"The second blow is the worse one: the DNS sites at the edge withdraw their routes when they cannot reach a data centre. Now none of them can. The names vanish from the Internet, and with them the tools, the badges and the remote access that people needed to repair it.",
			"The next pages replay that mechanism on a small network of real FRRouting configurations. Everything that they say about it, the gate has computed from the files.",
		}},
		{Title: "The network as it runs", Text: []string{
			" " + strings.ReplaceAll(facebookMap, "\n", "\n "),
			fmt.Sprintf("%s, %d lines of configuration, %s, %s announced to transit providers and peers. Every edge announces the DNS prefixes 192.0.2.0/24 and 198.51.100.0/24 only while it sees a data centre: FRRouting's conditional advertisement, `advertise-map DNS exist-map DC-ALIVE`. It is there for safety: a site that is cut off should not attract questions that it cannot answer.",
				plural(denied.Before.Routers, "router"), denied.Before.Lines, plural(t.Sessions, "established BGP session end"), plural(t.PrefixesOutside, "prefix", "prefixes")),
		}},
		{Title: "The change", Text: []string{
			"Drain the backbone: shut its links down, for a measurement. The text looks harmless, and no line of it mentions DNS or BGP.",
		}, draw: func(p *page, o Options) { p.changes(&denied.Comparison, o) }},
		{Title: "What the gate computes", Text: facebookEvents(denied), draw: func(p *page, o Options) {
			p.blank()
			p.outside(&denied.Effects, o)
			p.reachability(&denied.Effects, o)
		}},
		{Title: "The verdict", draw: func(p *page, o Options) { p.judgement(denied, o) }},
		{Title: "The harmless twin", Text: []string{
			"A gate that refuses everything is of no use. The same work on one link of the six leaves the backbone whole: the routes move, and nothing is lost.",
		}, draw: func(p *page, o Options) {
			p.changes(&allowed.Comparison, o)
			p.blank()
			p.wrap(p.paint(verdictStyle(allowed.Verdict)|bold, strings.ToUpper(string(allowed.Verdict)))+"  ", len(allowed.Verdict)+2, bold, allowed.Summary)
		}},
	}
}

// StoryEnd is the last page of a story: how to go on.
func StoryEnd() Step {
	return Step{Title: "Your own network", Text: []string{
		"Put the configurations into a folder, one folder a router, and compare what runs with what is proposed:",
		"   mynet/devices/edge1/frr.conf\n   mynet/devices/core1/gobgpd.toml\n   mynet/routegate.yaml               optional: what you own, protect, and who your neighbors are",
		"   routegate check --before git:main --after mynet",
	}}
}

// judgement is the verdict with its findings.
func (p *page) judgement(v *gate.Verdict, o Options) {
	p.blank()
	s := verdictStyle(v.Verdict)
	p.wrap(p.paint(s|bold, strings.ToUpper(string(v.Verdict)))+"  ", len(v.Verdict)+2, bold, v.Summary)
	p.unknowns(v, o)
	p.findings(v, o)
}

// facebookEvents tells what follows from what, in the order in which the routers would notice.
func facebookEvents(v *gate.Verdict) []string {
	e := &v.Effects
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	inside, gone, prefixes := 0, 0, []string{}
	for _, s := range e.Sessions {
		if s.Remote != "" && (s.Kind == "lost" || s.Kind == "removed") {
			inside++
		}
	}
	for _, x := range e.Outside {
		if x.Kind == "withdrawn" && x.Everywhere {
			gone += x.Count
			prefixes = append(prefixes, x.Prefixes...)
		}
	}
	say("At once: the links go down, OSPF finds no other way, and %s across the backbone lose their path and end.", plural(inside, "iBGP session"))
	say("Within a second: %d of %d routes in the network's tables are gone. The edges have no route to the data centres' prefixes 10.10.0.0/16 and 10.20.0.0/16.", e.Totals.RoutesWithdrawn, e.Totals.Routes)
	if gone > 0 {
		say("Within a minute: the conditional advertisement timer runs at every edge, finds no route that its exist-map accepts, and withdraws %s from every provider and peer. Nobody outside has a route to the DNS servers any more: the servers are up, and cannot be asked.", strings.Join(prefixes, " and "))
	}
	for i := range v.Findings {
		if strings.HasPrefix(v.Findings[i].Policy, "management/") && v.Findings[i].Denies {
			say("And then: %s", v.Findings[i].Message)
			break
		}
	}
	return out
}
