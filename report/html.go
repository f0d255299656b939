package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

//go:embed page.html
var pageHTML string

// verdictPage is parsed once; the template escapes all text by where it stands.
var verdictPage = template.Must(template.New("verdict").Funcs(template.FuncMap{
	"place": place, "upper": func(d gate.Decision) string { return strings.ToUpper(string(d)) }, "plural": plural, "printable": printable, "empty": empty,
	"sign": func(side string, l gate.Line) string {
		switch {
		case !l.Changed:
			return "same"
		case side == "before":
			return "gone"
		}
		return "new"
	},
	"rest": func(count, shown int) int { return count - shown },
}).Parse(pageHTML))

// htmlView is what the page shows: the document, and the parts that the text report draws.
type htmlView struct {
	*gate.Verdict
	Changed, Does, Rests string
}

// verdictHTML is one page for a browser or a printer that needs nothing else: no script, no font, no picture.
func verdictHTML(w io.Writer, v *gate.Verdict, o Options) error {
	part := func(draw func(p *page)) string {
		p := newPage(Options{Width: 110, All: true})
		draw(p)
		// Its first lines are a blank and the heading, which the page has itself.
		text := strings.TrimPrefix(p.b.String(), "\n")
		return text
	}
	o.All = true
	return verdictPage.Execute(w, htmlView{
		Verdict: v,
		Changed: part(func(p *page) { p.changes(&v.Comparison, o) }),
		Does: part(func(p *page) {
			p.declares = v.Intent.Declared
			p.effects(&v.Comparison, o)
			p.failures(&v.Failures, o)
			p.intent(&v.Intent, o)
			p.waivers(v, o)
			p.capacity(&v.Capacity, o)
		}),
		Rests: part(func(p *page) { p.footing(v, o) }),
	})
}
