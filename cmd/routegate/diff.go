package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
)

type diffFlags struct {
	outputs       []string
	all, exitCode bool
}

func (p *program) diffCommand() *cobra.Command {
	var f diffFlags
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Show what changes and what that does to routes, without a verdict",
		Long: `Show what changes between two snapshots and what that does: configuration by meaning
(not by text), sessions, routes, announcements to the outside, reachability. No policy is asked.`,
		Example: "  routegate diff git:main .\n  routegate diff running/ candidate/ --all\n  routegate diff a/ b/ --exit-code && echo same",
		Args:    exactly("BEFORE", "AFTER"),
		RunE: func(c *cobra.Command, args []string) error {
			outputs, err := p.outputs(c, f.outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			bar := p.startProgress()
			d, err := gate.Compare(c.Context(), gate.Options{Before: args[0], After: args[1], Progress: bar.report})
			bar.end()
			if err != nil {
				return err
			}
			if err := p.write(outputs, f.all, func(w io.Writer, format string, o report.Options) error {
				return report.Difference(w, format, d, o)
			}); err != nil {
				return err
			}
			if f.exitCode && d.Differs() {
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	c.Flags().BoolVar(&f.all, "all", false, "show every change and example")
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit 1 when anything changes, as git diff does")
	return c
}
