package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/runbook"
)

//go:embed runbook.html
var runbookHTML string

// runbookPage is parsed once; the template escapes all text by where it stands.
var runbookPage = template.Must(template.New("runbook").Funcs(template.FuncMap{
	"printable": printable, "plural": plural, "next": func(i int) int { return i + 1 }, "entry": runbookEntry, "secrets": func() string { return runbookSecrets },
}).Parse(runbookHTML))

// runbookSecrets is what a page says of itself.
const runbookSecrets = "This page holds no key, no passphrase and no configuration (configurations hold passwords): what it names are addresses, accounts, fingerprints and hashes. Who has it alone gets in nowhere, and knows where to knock: keep it like the key of the cage, and destroy the one before it."

// Runbook draws the printed page of a rescue: text, or html, complete in itself.
func Runbook(w io.Writer, format string, b *runbook.Page, o Options) error {
	if format == "html" {
		return runbookPage.Execute(w, b)
	}
	p := newPage(o)
	p.line("%s", p.paint(bold, fmt.Sprintf("RESCUE OF %s, BY HAND", strings.ToUpper(printable(b.Network)))))
	p.para(0, 0, fmt.Sprintf("Of bundle %d, made %s. A later bundle needs a later page.", b.Serial, b.Created.Format("2006-01-02 15:04 UTC")))
	p.blank()
	for _, n := range b.Notes {
		p.para(0, bold, printable(n))
	}
	p.para(0, dim, runbookSecrets)
	p.blank()
	p.runbookSteps(b.First)
	p.line("%s", p.paint(bold, "THE ROUTERS, IN THE ORDER IN WHICH THEY RETURN"))
	p.blank()
	width, driver := 6, 6
	for _, r := range b.Routers {
		width, driver = max(width, len(printable(r.Name))), max(driver, len(r.Driver))
	}
	for _, r := range b.Routers {
		p.line("  [ ] stage %d  %s  %s  %s  by: ______  at: __:__", r.Stage, pad(printable(r.Name), width), pad(r.Driver, driver), r.Target.Hash.Short())
	}
	for _, r := range b.Routers {
		p.blank()
		p.line("%s", p.paint(bold, strings.Repeat("=", min(p.width, 100))))
		p.line("%s  stage %d, %s", p.paint(bold, printable(r.Name)), r.Stage, printable(strings.TrimSpace(r.Driver+" "+r.Role)))
		if r.Place != "" {
			p.para(0, 0, "stands at "+printable(r.Place))
		}
		p.para(0, 0, "returns to "+printable(runbookEntry(r.Target)))
		for _, e := range r.Older {
			p.para(0, dim, "older: "+printable(runbookEntry(e)))
		}
		p.blank()
		p.runbookSteps(r.Steps)
	}
	p.blank()
	p.line("%s", p.paint(bold, strings.Repeat("=", min(p.width, 100))))
	p.runbookSteps(b.Last)
	return p.send(w)
}

func runbookEntry(e bundle.Entry) string {
	return fmt.Sprintf("%s, of %s (%s)", e.Hash.Short(), e.At.UTC().Format("2006-01-02 15:04 UTC"), cmp.Or(e.Change, "no change is named"))
}

// runbookSteps draws steps; commands are never folded, and begin with $.
func (p *page) runbookSteps(steps []runbook.Step) {
	for i, s := range steps {
		p.wrap(p.paint(bold, fmt.Sprintf("[ ] %d. ", i+1)), 7, bold, printable(s.Title))
		for _, x := range s.Parts {
			if x.Text != "" {
				p.para(7, 0, printable(x.Text))
			}
			for _, c := range x.Commands {
				p.line("       %s %s", p.paint(dim, "$"), p.paint(cyan, printable(c)))
			}
			for _, c := range x.Seen {
				p.line("         %s %s", p.paint(dim, "shows"), printable(c))
			}
		}
		p.blank()
	}
}
