// Package report draws what people and other programs read from the gate's
// documents: one file a format, each drawn from the document and from nothing
// else, so that the terminal, the JSON and the pull request cannot disagree.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/routegate/routegate/gate"
)

// Options say how a report is drawn. The zero value is plain text of 100 columns.
type Options struct {
	Width int  // columns; 0: 100
	Color bool // ANSI colours
	All   bool // every finding and example in full
}

// format draws one verdict.
type format struct {
	name, about string
	draw        func(io.Writer, *gate.Verdict, Options) error
}

// formats are all there are, in the order in which help texts list them.
var formats = []format{
	{"text", "for people", verdictText},
	{"json", "the whole document, " + gate.VerdictSchema, verdictJSON},
	{"github", "GitHub workflow commands: annotations on the lines of the change", verdictGitHub},
	{"markdown", "a comment for a pull request", verdictMarkdown},
	{"sarif", "SARIF 2.1.0 for code scanning", verdictSARIF},
	{"html", "one page for a browser or a printer, complete in itself", verdictHTML},
	{"junit", "JUnit XML: one test case a finding", verdictJUnit},
}

// Formats lists the names of the formats of a verdict.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Verdict draws a verdict in the format named.
func Verdict(w io.Writer, name string, v *gate.Verdict, o Options) error {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("output format %q: want one of %s", name, strings.Join(Formats(), ", "))
	}
	return formats[i].draw(w, v, o)
}
