package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
)

type checkFlags struct {
	before, after, change string
	outputs               []string
	all                   bool
	timeout               time.Duration
	failures              []string
	propose               bool
	rules                 gate.Rules
}

func (p *program) checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check --before DIR|git:REF --after DIR|git:REF",
		Short: "Judge a change: allow (exit 0), deny (1) or unknown (2)",
		Long: `Judge the change from one snapshot to another: what changes, what that does to
routes, and which policies it breaks. The exit code is the verdict: 0 allow, 1 deny,
2 unknown. Unknown blocks as deny does: the gate never lets pass what it cannot judge.

--failures tries every single failure on both sides: after the change, no single link (links) or
router (routers) may take a protected prefix from a source of its reachable-from. What failed
without the change as well is standing. Without the flag, failures in routegate.yaml decides.

change.yaml in the proposed snapshot, or --change, declares what the change is meant to do: what of it
does not happen refuses the change, and what happens beside it is told.

--propose-intent prints a draft of that file, for a person to edit. The exit code is the verdict's all the
same; an empty change.yaml, as the shell leaves it for the draft, is none.

-o FORMAT[=FILE] writes the verdict in other forms, as often as wanted; files are replaced
in one step. Formats: text, json, github, markdown, sarif, html, junit.`,
		Example: `  routegate check --before git:main --after .
  routegate check --before running/ --after candidate/ --all
  routegate check --before none --after newnet/
  routegate check --before git:main --after . --failures links,routers
  routegate check --before git:main --after . --change change-4711.yaml
  routegate check --before git:main --after . --propose-intent > change.yaml
  routegate check --before git:main --after . --policies acme.tar.gz --policies-key acme.pem
  routegate check --before git:origin/main --after . -o github -o json=verdict.json -o markdown=comment.md`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error { return p.check(c, f) },
	}
	c.Flags().StringVar(&f.before, "before", "", "the snapshot that runs: a folder, git:REF[:FOLDER], or none for a new network")
	c.Flags().StringVar(&f.after, "after", "", "the snapshot that is proposed")
	c.Flags().StringVar(&f.change, "change", "", "a file with the change's declared intent (default: change.yaml of the proposed snapshot)")
	c.Flags().BoolVar(&f.propose, "propose-intent", false, "print a draft of change.yaml instead of the report: all that the change does")
	failureFlag(c, &f.failures)
	ruleFlags(c, &f.rules)
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "FORMAT[=FILE], repeatable")
	c.Flags().BoolVar(&f.all, "all", false, "show every finding, change and example")
	c.Flags().DurationVar(&f.timeout, "timeout", 10*time.Minute, "give up after this long, with an unknown verdict; 0: never")
	return c
}

func (p *program) check(c *cobra.Command, f checkFlags) error {
	if err := need(c, "before", "after"); err != nil {
		return err
	}
	outputs, err := p.outputs(c, f.outputs, report.Formats())
	if err != nil {
		return err
	}
	var propose func(string)
	draft := ""
	if f.propose {
		if f.change != "" {
			return &usageError{fmt.Errorf("--propose-intent writes what --change reads: one of them"), c.CommandPath()}
		}
		toStdout := func(o output) bool { return o.file == "" }
		if i := slices.IndexFunc(outputs, toStdout); i >= 0 && len(outputs) == len(f.outputs) {
			return &usageError{fmt.Errorf("-o %s: standard output has the draft; the verdict needs a file: -o %[1]s=FILE", outputs[i].format), c.CommandPath()}
		}
		outputs = slices.DeleteFunc(outputs, toStdout)
		propose = func(text string) { draft = text }
	}
	kinds, err := gate.ParseFailures(f.failures)
	if err != nil {
		return &usageError{fmt.Errorf("--failures: %w", err), c.CommandPath()}
	}
	bar := p.startProgress()
	v, err := gate.Check(c.Context(), gate.Options{
		Before: f.before, After: f.after, Change: f.change, Rules: f.rules, Draft: propose, Timeout: f.timeout, Failures: kinds, Progress: bar.report, Version: version(),
	})
	bar.end()
	if err != nil {
		return err
	}
	if f.propose {
		fmt.Fprint(p.stdout, draft)
		if draft == "" {
			fmt.Fprintln(p.stderr, "routegate: no draft: the effects of the change are not known")
		}
		fmt.Fprintf(p.stderr, "routegate: %s: %s\n", v.Verdict, v.Summary)
	}
	if err := p.write(outputs, f.all, func(w io.Writer, format string, o report.Options) error {
		return report.Verdict(w, format, v, o)
	}); err != nil {
		return err
	}
	if code := v.ExitCode(); code != exitSafe {
		return exitCode(code)
	}
	return nil
}

// failureFlag adds --failures.
func failureFlag(c *cobra.Command, words *[]string) {
	c.Flags().StringSliceVar(words, "failures", nil, "single failures to try: links, routers, both with a comma between, or none (default: as failures in routegate.yaml says)")
	completeFailures(c)
}

// completeFailures completes the words of --failures, also behind a comma.
func completeFailures(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("failures", func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		done := ""
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			done = typed[:i+1]
		}
		var out []string
		for _, w := range gate.FailureWords() {
			if done == "" || w != "none" && !slices.Contains(strings.Split(done, ","), w) {
				out = append(out, done+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
}
