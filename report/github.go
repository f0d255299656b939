package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

// verdictGitHub writes workflow commands: GitHub shows each at its line of the pull
// request. Its paths are relative to the repository, which the snapshot's folder leads to.
func verdictGitHub(w io.Writer, v *gate.Verdict, _ Options) error {
	var b strings.Builder
	for _, r := range v.Unknowns {
		annotate(&b, v, "error", "routegate: "+r.Kind, printable(r.Message)+hint(r.Hint), r.Sources)
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		command := "warning"
		switch {
		case f.Denies:
			command = "error"
		case f.Level == "shadow", f.Waived != "":
			command = "notice"
		}
		annotate(&b, v, command, f.Policy+": "+f.Title, printable(f.Message)+note(waived(f))+hint(f.Hint), f.Sources)
	}
	command := "notice"
	if v.Verdict != gate.Allow {
		command = "error"
	}
	annotate(&b, v, command, "routegate: "+string(v.Verdict), v.Summary, nil)
	_, err := io.WriteString(w, b.String())
	return err
}

// note is a remark in brackets.
func note(text string) string {
	if text == "" {
		return ""
	}
	return " (" + printable(text) + ")"
}

func hint(h string) string {
	if h == "" {
		return ""
	}
	return "\nHint: " + printable(h)
}

// annotate writes one command; an annotation shows one place: that on the after side is in the change.
func annotate(b *strings.Builder, v *gate.Verdict, command, title, message string, sources []gate.Source) {
	b.WriteString("::" + command + " ")
	if s, ok := pick(sources); ok && s.Side == "after" {
		fmt.Fprintf(b, "file=%s,", escapeProperty(repositoryPath(v, s)))
		if s.First > 0 {
			fmt.Fprintf(b, "line=%d,endLine=%d,", s.First, max(s.First, s.Last))
		}
	}
	fmt.Fprintf(b, "title=%s::%s\n", escapeProperty(title), escapeData(message))
}

// pick chooses the source to point at: the first on the after side, else the first.
func pick(sources []gate.Source) (gate.Source, bool) {
	for _, s := range sources {
		if s.Side == "after" {
			return s, true
		}
	}
	if len(sources) > 0 {
		return sources[0], true
	}
	return gate.Source{}, false
}

// repositoryPath is the file's path seen from where the gate ran: the snapshot's folder and
// the path in it. git:REF:FOLDER names the folder inside of the repository.
func repositoryPath(v *gate.Verdict, s gate.Source) string {
	where := v.After.Where
	if s.Side == "before" {
		where = v.Before.Where
	}
	if rest, ok := strings.CutPrefix(where, "git:"); ok {
		_, where, _ = strings.Cut(rest, ":")
	}
	where = strings.Trim(strings.TrimPrefix(where, "./"), "/")
	if where == "" || where == "." {
		return s.File
	}
	return where + "/" + s.File
}

func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
