package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

// verdictMarkdown is a comment for a pull request: the verdict, the findings that matter,
// and the rest folded away.
func verdictMarkdown(w io.Writer, v *gate.Verdict, o Options) error {
	var b strings.Builder
	sign := map[gate.Decision]string{gate.Allow: "✅", gate.Deny: "⛔", gate.Unknown: "⚠️"}[v.Verdict]
	fmt.Fprintf(&b, "## %s Routegate: %s\n\n%s\n", sign, v.Verdict, escapeMarkdown(v.Summary))
	for _, r := range v.Unknowns {
		fmt.Fprintf(&b, "\n### ⚠️ %s\n\n%s\n", r.Kind, escapeMarkdown(r.Message))
		markdownSources(&b, r.Sources, 2)
		if r.Hint != "" {
			fmt.Fprintf(&b, "\n*Hint:* %s\n", escapeMarkdown(r.Hint))
		}
	}
	full := fullFindings(v, o)
	for i := range v.Findings {
		if full[i] {
			markdownFinding(&b, &v.Findings[i])
		}
	}
	if folded := len(v.Findings) - len(full); folded > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n", plural(folded, "more finding"))
		for i := range v.Findings {
			if !full[i] {
				markdownFinding(&b, &v.Findings[i])
			}
		}
		b.WriteString("\n</details>\n")
	}
	if len(v.Waivers) > 0 {
		b.WriteString("\n")
		for i := range v.Waivers {
			fmt.Fprintf(&b, "- waiver %s: %s\n", escapeMarkdown(waiverWords(&v.Waivers[i])), escapeMarkdown(v.Waivers[i].Reason))
		}
	}
	b.WriteString("\n<details><summary>What changes and what it does</summary>\n\n```text\n")
	p := newPage(Options{Width: 100, All: o.All})
	p.declares = v.Intent.Declared
	p.intent(&v.Intent, o)
	p.changes(&v.Comparison, o)
	p.effects(&v.Comparison, o)
	p.footing(v, o)
	b.WriteString(strings.ReplaceAll(strings.TrimPrefix(p.b.String(), "\n"), "```", "'''"))
	b.WriteString("```\n\n</details>\n")
	if n := len(v.Standing); n > 0 {
		fmt.Fprintf(&b, "\n%s stood before this change.\n", plural(n, "finding"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownFinding(b *strings.Builder, f *gate.Finding) {
	sign := "⚠️"
	if f.Denies {
		sign = "⛔"
	}
	if f.Waived != "" {
		sign = "⭕"
	}
	fmt.Fprintf(b, "\n### %s `%s` %s\n\n%s\n", sign, f.Policy, escapeMarkdown(f.Title), escapeMarkdown(f.Message))
	if w := waived(f); w != "" {
		fmt.Fprintf(b, "\n*%s.*\n", escapeMarkdown(w))
	}
	markdownSources(b, f.Sources, 2)
	if len(f.Values) > 0 {
		b.WriteString("\n| | before | after |\n|---|---|---|\n")
		for _, x := range f.Values {
			fmt.Fprintf(b, "| %s | %s | %s |\n", escapeMarkdown(x.Name), escapeMarkdown(x.Before), escapeMarkdown(x.After))
		}
	}
	if len(f.Proof) > 0 {
		b.WriteString("\n```text\n" + fenced(f.Proof) + "```\n")
	}
	if f.Hint != "" {
		fmt.Fprintf(b, "\n*Hint:* %s\n", escapeMarkdown(f.Hint))
	}
}

func markdownSources(b *strings.Builder, sources []gate.Source, most int) {
	for i, s := range sources {
		if i == most {
			fmt.Fprintf(b, "\n… and %s\n", plural(len(sources)-i, "more place"))
			return
		}
		fmt.Fprintf(b, "\n`%s` (%s)\n\n```diff\n", place(s), s.Side)
		for _, l := range s.Lines {
			fmt.Fprintf(b, "%s\n", diffLine(l, map[string]string{"after": "+", "before": "-"}[s.Side]))
		}
		for _, l := range s.Removed {
			fmt.Fprintf(b, "%s\n", diffLine(l, "-"))
		}
		b.WriteString("```\n")
	}
}

// diffLine is a line as a diff shows it: with a sign where the change alters it.
func diffLine(l gate.Line, sign string) string {
	if !l.Changed {
		sign = " "
	}
	return sign + strings.ReplaceAll(printable(l.Text), "```", "'''")
}

// fenced are lines that cannot end the fence that they stand in.
func fenced(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.ReplaceAll(printable(l), "```", "'''") + "\n")
	}
	return b.String()
}

// escapeMarkdown keeps text from outside from becoming markup or a mention.
func escapeMarkdown(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "@", "@\u200b").Replace(printable(s))
}
