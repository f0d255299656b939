package gate

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// quotedLines is how many lines of one source the document holds: a screen.
const quotedLines = 20

// quoter quotes lines of one snapshot.
type quoter struct {
	side  string
	other *quoter             // the other snapshot; nil where there is only one
	files map[string][]string // by path: the lines, split when first asked for
	text  map[string][]byte
	diffs map[string]*lineDiff // by path: this side as a, the other as b; nil where they are the same
	// environment is the path of routegate.yaml: what the change does not alter there says what is wanted, and is named without being quoted.
	environment string
}

// newQuoters quote both sides of a change.
func newQuoters(before, after *config.Snapshot) quoters {
	q := quoters{newQuoter("before", before), newQuoter("after", after)}
	q.before.other, q.after.other = q.after, q.before
	return q
}

func newQuoter(side string, s *config.Snapshot) *quoter {
	q := &quoter{side: side, files: map[string][]string{}, text: map[string][]byte{}, diffs: map[string]*lineDiff{}}
	for _, r := range s.Network.Routers {
		for i := range r.Files {
			q.text[r.Files[i].Path] = r.Files[i].Text
		}
	}
	for _, f := range s.Policies {
		q.text[f.Path] = f.Text
	}
	if s.Waivers != nil {
		q.text[s.Waivers.Path] = s.Waivers.Text
	}
	if s.Change != nil {
		q.text[s.Change.Path] = s.Change.Text
	}
	if s.Environment != nil {
		q.environment, q.text[s.Environment.Path] = s.Environment.Path, s.Environment.Text
	}
	return q
}

func (q *quoter) lines(file string) []string {
	if l, ok := q.files[file]; ok {
		return l
	}
	var l []string
	if b, ok := q.text[file]; ok {
		for _, line := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
			l = append(l, strings.TrimSuffix(string(line), "\r"))
		}
	}
	q.files[file] = l
	return l
}

// diff aligns a file with the other side's; nil where they are the same.
func (q *quoter) diff(file string) *lineDiff {
	if q.other == nil {
		return nil
	}
	d, ok := q.diffs[file]
	if !ok {
		if !bytes.Equal(q.text[file], q.other.text[file]) {
			d = diffLines(q.lines(file), q.other.lines(file))
		}
		q.diffs[file] = d
	}
	return d
}

// changed reports whether the other side does not have a line.
func (q *quoter) changed(file string, n int) bool {
	d := q.diff(file)
	return d != nil && n >= 1 && n <= len(d.onlyA) && d.onlyA[n-1]
}

// narrow cuts a span of several lines down to those that the change alters, if there are any: an
// interface of ten lines is quoted for the one that is new.
func (q *quoter) narrow(s network.Span) network.Span {
	out := network.Span{File: s.File}
	for n := s.First; n <= s.Last; n++ {
		if q.changed(s.File, int(n)) {
			out = out.Join(network.At(s.File, int(n)))
		}
	}
	if out.First == 0 {
		return s
	}
	return out
}

// alters reports that the change touches a line of a span.
func (q *quoter) alters(s network.Span) bool {
	for n := s.First; n <= s.Last; n++ {
		if q.changed(s.File, int(n)) {
			return true
		}
	}
	return false
}

// removed are the lines that stood inside of a span of the after side, and that the change takes away.
func (q *quoter) removed(s network.Span) []Line {
	out := []Line{}
	if q.side != "after" || q.diff(s.File) == nil {
		return out
	}
	d, lines := q.other.diff(s.File), q.other.lines(s.File)
	for i, gone := range d.onlyA {
		if gone && d.anchor[i] > int(s.First) && d.anchor[i] <= int(s.Last)+1 && len(out) < quotedLines {
			out = append(out, Line{i + 1, mask(lines[i]), true})
		}
	}
	return out
}

// source quotes a span; ok is false for the zero span.
func (q *quoter) source(s network.Span) (Source, bool) {
	if s.IsZero() {
		return Source{}, false
	}
	removed := q.removed(s)
	s = q.narrow(s)
	out := Source{Side: q.side, File: s.File, First: int(s.First), Last: int(max(s.First, s.Last)), Lines: []Line{}, Removed: removed}
	if s.File == q.environment && len(removed) == 0 && !q.alters(s) {
		return out, true
	}
	lines := q.lines(s.File)
	for n := out.First; n >= 1 && n <= out.Last && n <= len(lines) && len(out.Lines) < quotedLines; n++ {
		out.Lines = append(out.Lines, Line{n, mask(lines[n-1]), q.changed(s.File, n)})
	}
	out.Context = q.context(s.File, out.First)
	return out, true
}

// context is the block that an indented line stands in: the nearest line above with less indentation.
func (q *quoter) context(file string, first int) *Line {
	lines := q.lines(file)
	if first < 2 || first > len(lines) {
		return nil
	}
	own := indent(lines[first-1])
	if own == 0 {
		return nil
	}
	for n := first - 1; n >= 1; n-- {
		t := strings.TrimSpace(lines[n-1])
		if t == "" || t == "!" || strings.HasPrefix(t, "#") {
			continue
		}
		if indent(lines[n-1]) < own {
			return &Line{n, mask(lines[n-1]), q.changed(file, n)}
		}
	}
	return nil
}

func indent(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }

// sources quotes several spans, without repeating one.
func (q *quoter) sources(spans ...network.Span) []Source {
	out := []Source{}
	seen := map[network.Span]bool{}
	for _, s := range spans {
		if src, ok := q.source(s); ok && !seen[s] {
			seen[s] = true
			out = append(out, src)
		}
	}
	return out
}

// quoters quote lines of either side.
type quoters struct{ before, after *quoter }

// of is the quoter of a side.
func (q quoters) of(side string) *quoter {
	if side == "before" {
		return q.before
	}
	return q.after
}

// policySpan quotes what a policy points at.
func (q quoters) policySpans(spans []policies.Span) []Source {
	out := []Source{}
	seen := map[policies.Span]bool{}
	for _, s := range joined(spans) {
		if seen[s] {
			continue
		}
		seen[s] = true
		if src, ok := q.of(s.Side).source(network.Span{File: s.File, First: int32(s.First), Last: int32(s.Last)}); ok {
			out = append(out, src)
		}
	}
	return out
}

// joined makes one span of those that follow each other line by line.
func joined(spans []policies.Span) []policies.Span {
	var out []policies.Span
	for _, s := range spans {
		if n := len(out) - 1; n >= 0 && out[n].Side == s.Side && out[n].File == s.File && s.First > 0 && s.First == out[n].Last+1 {
			out[n].Last = s.Last
			continue
		}
		out = append(out, s)
	}
	return out
}

// both quotes the before and the after side of one change.
func (q quoters) both(before, after network.Span) []Source {
	return append(q.before.sources(before), q.after.sources(after)...)
}

// secret finds what must never be printed: the word after password, key and their like in any
// dialect (FRR `neighbor X password S`, `ip ospf message-digest-key 1 md5 S`, `snmp-server community S`;
// GoBGP `auth-password = "S"`).
var secret = regexp.MustCompile(`(?i)((?:^|[\s"'_-])(?:password|passwd|secret|md5|authentication-key|key-string|snmp-server community|auth-password)["']?\s*[=: ]\s*(?:[078] )?)("[^"]*"|'[^']*'|\S+)`)

// mask replaces secrets.
func mask(line string) string { return secret.ReplaceAllString(line, "${1}(secret)") }
