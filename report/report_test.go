package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/testdata/outages"
)

// exhibits are verdicts of every kind of outage, and of the harmless twins.
func exhibits(t *testing.T) map[string]*gate.Verdict {
	t.Helper()
	out := map[string]*gate.Verdict{}
	for _, name := range []string{"facebook-2021", "cloudflare-2022", "cloudflare-2026", "verizon-2019"} {
		dir, remove, err := outages.Extract(name)
		if err != nil {
			t.Fatal(err)
		}
		defer remove()
		for _, side := range []string{"after", "benign"} {
			v, err := gate.Check(t.Context(), gate.Options{Before: dir + "/before", After: dir + "/" + side})
			if err != nil {
				t.Fatal(err)
			}
			v.Before.Where, v.After.Where = name+"/before", name+"/"+side
			out[name+"/"+side] = v
		}
	}
	return out
}

func drawn(t *testing.T, format string, v *gate.Verdict, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Verdict(&b, format, v, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTextFits: no line is wider than the terminal, but for single words that are.
func TestTextFits(t *testing.T) {
	for name, v := range exhibits(t) {
		for _, width := range []int{60, 80, 100, 132} {
			for _, all := range []bool{false, true} {
				for _, l := range strings.Split(drawn(t, "text", v, Options{Width: width, All: all}), "\n") {
					if n := utf8.RuneCountInString(l); n > width && len(strings.Fields(l)) > 4 {
						t.Errorf("%s: %d columns where there are %d: %q", name, n, width, l)
					}
				}
			}
		}
	}
}

// TestTenSeconds: the verdict comes first and last, and without --all the report is not long.
func TestTenSeconds(t *testing.T) {
	for name, v := range exhibits(t) {
		lines := strings.Split(strings.TrimRight(drawn(t, "text", v, Options{}), "\n"), "\n")
		word := strings.ToUpper(string(v.Verdict))
		if !strings.HasPrefix(lines[0], word+"  ") {
			t.Errorf("%s: the first line is %q", name, lines[0])
		}
		last := strings.Join(lines[max(0, len(lines)-2):], " ")
		if !strings.Contains(last, word+"  ") || !strings.Contains(last, "routegate ") {
			t.Errorf("%s: the last lines name no verdict and no command: %q", name, last)
		}
		if len(lines) > 150 {
			t.Errorf("%s: %d lines are more than anybody reads", name, len(lines))
		}
	}
}

// TestNothingIsHiddenFromAll: --all shows the sentence of every finding.
func TestNothingIsHiddenFromAll(t *testing.T) {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for name, v := range exhibits(t) {
		text := squeeze(drawn(t, "text", v, Options{All: true}))
		for _, f := range append(append([]gate.Finding{}, v.Findings...), v.Standing...) {
			if !strings.Contains(text, squeeze(f.Message)) {
				t.Errorf("%s: --all does not show %q", name, f.Message)
			}
		}
	}
}

func TestColoursOnlyOnRequest(t *testing.T) {
	for name, v := range exhibits(t) {
		if strings.Contains(drawn(t, "text", v, Options{All: true}), "\x1b") {
			t.Errorf("%s: escape sequences without colour", name)
		}
		colored := drawn(t, "text", v, Options{Color: true})
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colour", name)
		}
		if plain := stripColors(colored); plain != drawn(t, "text", v, Options{}) {
			t.Errorf("%s: colours change the text", name)
		}
	}
}

func stripColors(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == 0x1b {
			for s[i] != 'm' {
				i++
			}
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// TestFormatsAreWellFormed: other programs can read them, and they carry every finding.
func TestFormatsAreWellFormed(t *testing.T) {
	for name, v := range exhibits(t) {
		var doc gate.Verdict
		d := json.NewDecoder(strings.NewReader(drawn(t, "json", v, Options{})))
		d.DisallowUnknownFields()
		if err := d.Decode(&doc); err != nil || doc.Verdict != v.Verdict {
			t.Errorf("%s: json: %v", name, err)
		}
		var log sarifLog
		if err := json.Unmarshal([]byte(drawn(t, "sarif", v, Options{})), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != len(v.Findings)+len(v.Unknowns) {
			t.Errorf("%s: sarif: %v", name, err)
		}
		var suite junitSuite
		if err := xml.Unmarshal([]byte(drawn(t, "junit", v, Options{})), &suite); err != nil {
			t.Errorf("%s: junit: %v", name, err)
		}
		want := v.Counts.Denying
		if v.Verdict == gate.Deny {
			want++ // the verdict itself
		}
		if suite.Failures != want || suite.Tests != len(suite.Cases) {
			t.Errorf("%s: junit counts %d failures of %d, want %d", name, suite.Failures, suite.Tests, want)
		}
		for _, l := range strings.Split(strings.TrimRight(drawn(t, "github", v, Options{}), "\n"), "\n") {
			if !strings.HasPrefix(l, "::error ") && !strings.HasPrefix(l, "::warning ") && !strings.HasPrefix(l, "::notice ") {
				t.Errorf("%s: github: not a workflow command: %q", name, l)
			}
		}
		page := drawn(t, "html", v, Options{})
		for _, outside := range []string{"<script", "src=", "<link", "url(", "@import"} {
			if strings.Contains(page, outside) {
				t.Errorf("%s: html: the page needs more than itself: %s", name, outside)
			}
		}
		if n := strings.Count(page, "<article"); n != len(v.Findings)+len(v.Standing)+len(v.Unknowns) || strings.Count(page, "</article>") != n {
			t.Errorf("%s: html: %d articles", name, n)
		}
		for _, f := range v.Findings {
			if !strings.Contains(drawn(t, "markdown", v, Options{}), "`"+f.Policy+"`") {
				t.Errorf("%s: markdown: no finding of %s", name, f.Policy)
			}
		}
	}
}

// TestConfigurationTextIsTamed: what stands in a configuration moves no cursor and makes no markup.
func TestConfigurationTextIsTamed(t *testing.T) {
	evil := "description \x1b[2J\x07 ``` @everyone <script>\r\n::error::x"
	v := &gate.Verdict{Verdict: gate.Deny, Summary: "x", Findings: []gate.Finding{{
		Policy: "a/b", Level: "hard", Status: "new", Denies: true, Message: evil, Hint: evil, Proof: []string{evil},
		Sources: []gate.Source{{Side: "after", File: "devices/r/frr.conf", First: 1, Last: 1, Lines: []gate.Line{{Number: 1, Text: evil}}}},
	}}}
	for _, format := range Formats() {
		text := drawn(t, format, v, Options{All: true})
		if strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("%s passes control characters on", format)
		}
		if format == "github" && strings.Count(text, "\n::") > 1 {
			t.Errorf("github: configuration text makes a workflow command: %q", text)
		}
		if format == "html" && strings.Contains(text, "<script") {
			t.Error("html: configuration text makes markup")
		}
		if format == "markdown" {
			for i, part := range strings.Split(text, "```") {
				if i%2 == 0 && (strings.Contains(part, "<script>") || strings.Contains(part, "@everyone")) {
					t.Errorf("markdown: configuration text makes markup: %q", part)
				}
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := Verdict(io.Discard, "yaml", &gate.Verdict{}, Options{}); err == nil || !strings.Contains(err.Error(), "text, json, github") {
		t.Errorf("error %v names no formats", err)
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 100, "one two three"},
		{"a-very-long-word b", 5, "a-very-long-word|b"},
		{"", 5, ""},
		{"  blanks   between  ", 50, "blanks between"},
		{"Übergröße für alle", 10, "Übergröße|für alle"},
	} {
		if got := strings.Join(fold(c.text, c.width), "|"); got != c.want {
			t.Errorf("fold(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"a/b": "a/b", "git:main": "git:main", "my net": "'my net'", "": "''", "it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestRepositoryPath(t *testing.T) {
	for _, c := range []struct{ where, want string }{
		{".", "devices/r/frr.conf"}, {"./nets/ams/", "nets/ams/devices/r/frr.conf"}, {"git:main", "devices/r/frr.conf"}, {"git:main:nets/ams", "nets/ams/devices/r/frr.conf"},
	} {
		v := &gate.Verdict{}
		v.After.Where = c.where
		if got := repositoryPath(v, gate.Source{Side: "after", File: "devices/r/frr.conf"}); got != c.want {
			t.Errorf("in snapshot %s: %s, want %s", c.where, got, c.want)
		}
	}
}

// TestCutWords: half a prefix is another prefix, so that a sentence ends between two words.
func TestCutWords(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"lose 12 destinations, for example 10.0.0.0/32", 60, "lose 12 destinations, for example 10.0.0.0/32"},
		{"lose 12 destinations, for example 10.0.0.0/32", 44, "lose 12 destinations, for example …"},
		{"lose 12 destinations, for example 10.0.0.0/32", 23, "lose 12 destinations …"},
		{"averylongwordwithoutanyspace at all", 12, "averylongwo…"},
	} {
		if got := cutWords(c.text, c.width); got != c.want {
			t.Errorf("cut to %d: %q, want %q", c.width, got, c.want)
		}
	}
}
