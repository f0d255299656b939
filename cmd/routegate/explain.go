package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
)

func (p *program) explainCommand() *cobra.Command {
	var before, after, change string
	var outputs, failing []string
	var timeout time.Duration
	var rules gate.Rules
	c := &cobra.Command{
		Use:   "explain [FINDING] --before DIR|git:REF --after DIR|git:REF",
		Short: "Tell how a change comes to what is held against it, router by router",
		Long: `Judge a change as check does, and follow each finding from the changed line to what comes of it: the
line, the policy entry, the session or the interface, router by router, with both tables at the end. A
new route is followed to what held it back before, a single failure through what is left then, traffic
that loads a link along its new way.

FINDING is a policy's id or a number, in the order of the verdict's findings; without it all of them are
explained. At most three examples of a finding are followed; those that come about alike are one. The
exit code is the verdict's: 0 allow, 1 deny, 2 unknown.`,
		Example: `  routegate explain --before git:main --after .
  routegate explain blast/protected-prefix --before git:main --after .
  routegate explain 2 --before running/ --after candidate/ -o json=why.json`,
		Args: atMost("FINDING"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := need(c, "before", "after"); err != nil {
				return err
			}
			kinds, err := gate.ParseFailures(failing)
			if err != nil {
				return &usageError{fmt.Errorf("--failures: %w", err), c.CommandPath()}
			}
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			which := ""
			if len(args) > 0 {
				which = args[0]
			}
			bar := p.startProgress()
			v, all, err := gate.Explain(c.Context(), gate.Options{Before: before, After: after, Change: change, Failures: kinds, Rules: rules, Timeout: timeout, Progress: bar.report, Version: version()}, which)
			bar.end()
			if err != nil {
				return err
			}
			if err := p.write(out, true, func(w io.Writer, format string, o report.Options) error {
				return report.Explanations(w, format, v, all, o)
			}); err != nil {
				return err
			}
			if code := v.ExitCode(); code != exitSafe {
				return exitCode(code)
			}
			return nil
		},
	}
	c.Flags().StringVar(&before, "before", "", "the snapshot that runs: a folder, git:REF[:FOLDER], or none for a new network")
	c.Flags().StringVar(&after, "after", "", "the snapshot that is proposed")
	c.Flags().StringVar(&change, "change", "", "a file with the change's declared intent (default: change.yaml of the proposed snapshot)")
	ruleFlags(c, &rules)
	failureFlag(c, &failing)
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	c.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "give up after this long, with an unknown verdict; 0: never")
	return c
}
