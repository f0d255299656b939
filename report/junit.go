package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitProblem `xml:"failure,omitempty"`
		Error   *junitProblem `xml:"error,omitempty"`
		Skipped *junitSkipped `xml:"skipped,omitempty"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// verdictJUnit is the XML that CI systems show as tests: the verdict itself, every finding (one
// that refuses is a failure), every reason for an unknown verdict (an error), and
// the policies that did not apply (skipped).
func verdictJUnit(w io.Writer, v *gate.Verdict, _ Options) error {
	s := junitSuite{Name: "routegate " + v.Network}
	whole := junitCase{Class: "routegate", Name: "verdict", Output: v.Summary}
	switch v.Verdict {
	case gate.Deny:
		whole.Failure = &junitProblem{Message: v.Summary, Type: "deny"}
	case gate.Unknown:
		whole.Error = &junitProblem{Message: v.Summary, Type: "unknown"}
	}
	s.Cases = append(s.Cases, whole)
	for _, r := range v.Unknowns {
		s.Cases = append(s.Cases, junitCase{Class: "routegate.unknown", Name: r.Kind + ": " + r.Message,
			Error: &junitProblem{Message: r.Message, Type: r.Kind, Text: junitText(r.Sources, nil, r.Hint)}})
	}
	for _, f := range v.Findings {
		c := junitCase{Class: strings.ReplaceAll(f.Policy, "/", "."), Name: f.Message}
		text := junitText(f.Sources, f.Proof, f.Hint)
		if f.Denies {
			c.Failure = &junitProblem{Message: f.Message, Type: f.Policy, Text: text}
		} else {
			c.Output = f.Level + ": " + f.Message + note(waived(&f)) + "\n" + text
		}
		s.Cases = append(s.Cases, c)
	}
	for _, n := range v.NotApplied {
		s.Cases = append(s.Cases, junitCase{Class: strings.ReplaceAll(n.Policy, "/", "."), Name: "applies", Skipped: &junitSkipped{n.Why}})
	}
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitText(sources []gate.Source, proof []string, hint string) string {
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "%s (%s)\n", place(s), s.Side)
		for _, l := range s.Lines {
			fmt.Fprintf(&b, "%5d  %s\n", l.Number, printable(l.Text))
		}
	}
	for _, l := range proof {
		fmt.Fprintln(&b, printable(l))
	}
	if hint != "" {
		fmt.Fprintln(&b, "hint: "+hint)
	}
	return b.String()
}
