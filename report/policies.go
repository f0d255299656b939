package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/policies"
)

// PolicyList draws what there is to judge with: one line a policy.
func PolicyList(w io.Writer, name string, list []policies.Meta, o Options) error {
	switch name {
	case "json":
		return JSON(w, list)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	wide := 0
	for _, m := range list {
		wide = max(wide, len(m.ID))
	}
	for _, m := range list {
		level := m.Level
		if m.Disabled {
			level = "off"
		}
		title := m.Title
		if len(m.Needs) > 0 {
			title += " (needs " + strings.Join(m.Needs, ", ") + ")"
		}
		if m.User {
			title += " (" + m.File + ")"
		}
		p.wrap(fmt.Sprintf("%s  %s  ", p.paint(bold, pad(m.ID, wide)), p.paint(levelStyle(level), pad(level, 8))), wide+12, 0, title)
	}
	p.blank()
	p.para(0, 0, "hard and soft refuse a change, unknown blocks it as well, advisory is shown; what a network had before is standing, and refuses nothing")
	p.line("%s; next: routegate policy show ID", plural(len(list), "policy", "policies"))
	return p.send(w)
}

func levelStyle(level string) style {
	switch level {
	case "hard", "soft":
		return red
	case "unknown", "advisory":
		return yellow
	}
	return dim
}

// PolicyPage draws a policy's page, and what it is set to.
func PolicyPage(w io.Writer, name string, m *policies.Meta, o Options) error {
	switch name {
	case "json":
		return JSON(w, m)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	code := false
	for _, l := range strings.Split(strings.TrimRight(m.Page, "\n"), "\n") {
		switch {
		case strings.HasPrefix(l, "```"):
			code = !code
			p.line("%s", p.paint(dim, l))
		case code:
			p.line("%s", p.paint(cyan, l))
		case strings.HasPrefix(l, "#"):
			p.line("%s", p.paint(bold, strings.TrimLeft(l, "# ")))
		default:
			p.line("%s", l)
		}
	}
	p.blank()
	p.line("%s  level %s, looks at the %s", p.paint(bold, m.ID), p.paint(levelStyle(m.Level), m.Level), map[string]string{"state": "state on both sides", "change": "change itself"}[m.Scope])
	if len(m.Needs) > 0 {
		p.line("needs in routegate.yaml: %s", strings.Join(m.Needs, ", "))
	}
	for _, x := range m.Params {
		p.wrap("  "+p.paint(bold, x.Name)+" ", 3+len(x.Name), 0, strings.TrimSpace(fmt.Sprintf("= %v %s  %s", x.Value, x.Unit, x.Description)))
	}
	return p.send(w)
}

// PolicyTests draws a run of Rego tests: failures in full, the rest counted.
func PolicyTests(w io.Writer, name string, r *policies.TestReport, o Options) error {
	switch name {
	case "json":
		return JSON(w, r)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	for _, t := range r.Results {
		if t.Passed {
			continue
		}
		p.line("%s %s  %s:%d", p.paint(red|bold, "FAIL"), t.Name, t.File, t.Line)
		for _, text := range []string{t.Message, t.Output} {
			if text != "" {
				p.para(5, 0, printable(text))
			}
		}
	}
	for _, u := range r.Missed {
		p.line("%s %s:%d-%d no test reaches these lines", p.paint(yellow, "?"), u.File, u.First, u.Last)
	}
	word, s := "ok", green
	if !r.OK() {
		word, s = "FAILED", red
	}
	covered := fmt.Sprintf("%.0f %% of the lines covered", r.Coverage)
	if r.Coverage < r.Threshold {
		covered = fmt.Sprintf("%.2f %% of the lines covered, %g %% are asked for", r.Coverage, r.Threshold)
	}
	p.line("%s  %s, %d failed, %s", p.paint(s|bold, word), plural(len(r.Results), "test"), r.Failed, covered)
	return p.send(w)
}
