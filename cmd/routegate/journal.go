package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/rollout"
)

func (p *program) journalCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "journal",
		Short: "The record of every decision and step of the rollouts",
		Long: `The record of every decision and step of the rollouts: JSON lines that are only ever appended, each with
the hash of the one before, each on the disk before what it announces was begun.`,
		Example: "  routegate journal show\n  routegate journal verify",
		RunE:    group,
		Args:    cobra.ArbitraryArgs,
	}
	c.PersistentFlags().StringVar(&p.journal, "journal", "", "the journal's folder (default $ROUTEGATE_JOURNAL, else $XDG_STATE_HOME/routegate/journal)")
	var format string
	show := &cobra.Command{
		Use:   "show [ROLLOUT]",
		Short: "Every line, or those of one rollout",
		Long: `Every line of the journal, or those of one rollout (last: the last one). With -o json the lines themselves, one JSON
document a line, with all that was seen and done.`,
		Example: "  routegate journal show last\n  routegate journal show -o json | jq 'select(.data.event.look)'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return &usageError{fmt.Errorf("-o %s: unknown format: want text or json", format), c.CommandPath()}
			}
			dir, err := p.journalDir()
			if err != nil {
				return err
			}
			lines, err := rollout.Lines(dir, one(args))
			var broken *journal.BrokenError
			if err != nil && !errors.As(err, &broken) {
				return absent(dir, err)
			}
			if e := report.Journal(p.stdout, format, lines, p.options(p.stdout, true)); e != nil {
				return e
			}
			if broken != nil {
				fmt.Fprintf(p.stderr, "routegate: %v\n", broken)
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	show.Flags().StringVarP(&format, "output", "o", "text", "text or json")
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Find any line that was altered, removed, moved or cut off (exit 1)",
		Long: `Find any line of the journal that was altered, removed or moved, and lines that are missing at its end: exit 1. A last
line that a crash cut off while it was written is no such thing: what it announced was not begun.

The chain holds against whoever alters some of the files, and not against one who writes all of them anew: keep the last
hash, which this prints, somewhere else against that.`,
		Example: "  routegate journal verify --journal /var/lib/routegate/journal",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.journalDir()
			if err != nil {
				return err
			}
			r, err := journal.Verify(dir)
			if err != nil {
				return absent(dir, err)
			}
			if err := report.JournalReport(p.stdout, r, p.options(p.stdout, true)); err != nil {
				return err
			}
			if len(r.Broken) > 0 {
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	c.AddCommand(show, verify)
	return c
}
