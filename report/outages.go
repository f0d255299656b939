package report

import (
	"io"
	"regexp"

	"github.com/routegate/routegate/testdata/outages"
)

// grade is the mark of where a fact is from.
var grade = regexp.MustCompile(` ?\[[PES][^\]]*\]`)

// Museum lists exhibits.
func Museum(w io.Writer, all []outages.Exhibit, o Options) error {
	p := newPage(o)
	for _, x := range all {
		p.line("%s  %s", p.paint(bold, x.Name), p.paint(dim, x.Title+", "+x.Dialects))
		p.para(2, 0, x.Mechanism)
	}
	p.blank()
	p.line("%s; next: routegate outages NAME", plural(len(all), "outage"))
	return p.send(w)
}

// History tells an outage before its verdict.
func History(w io.Writer, x *outages.Exhibit, o Options) error {
	p := newPage(o)
	p.line("%s", p.paint(bold, x.Title))
	for i, text := range x.Happened {
		if i == 3 && !o.All {
			break
		}
		p.para(2, 0, grade.ReplaceAllString(text, ""))
	}
	p.blank()
	p.para(0, dim, "rebuilt in testdata/outages/"+x.Name+": "+x.Mechanism)
	p.blank()
	return p.send(w)
}
