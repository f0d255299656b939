package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/testdata/outages"
)

func (p *program) outagesCommand() *cobra.Command {
	var benign, all bool
	c := &cobra.Command{
		Use:   "outages [NAME]",
		Short: "The museum: outages of the past, each with what the gate says of the change",
		Long: `List the outages that are built into the program, each as a network that ran and the change that
took it down. With a name: what happened, and the gate's judgement of that change, as it is reached now.
--benign judges the change's harmless twin instead: the same network with much the same text changed.

The exit code is the verdict's: 0 allow, 1 deny, 2 unknown. Nothing is needed: no root, no network, no files.`,
		Example: `  routegate outages
  routegate outages facebook-2021
  routegate outages facebook-2021 --benign`,
		Args: atMost("NAME"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			list, err := outages.List()
			var names []string
			for _, x := range list {
				names = append(names, x.Name+"\t"+x.Title)
			}
			if err != nil || len(args) > 0 {
				names = nil
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			list, err := outages.List()
			if err != nil {
				return err
			}
			o := p.options(p.stdout, all)
			if len(args) == 0 {
				return report.Museum(p.stdout, list, o)
			}
			for i := range list {
				if list[i].Name == args[0] {
					return p.exhibit(c.Context(), &list[i], benign, o)
				}
			}
			return &usageError{fmt.Errorf("no outage is called %q: routegate outages lists them", args[0]), c.CommandPath()}
		},
	}
	c.Flags().BoolVar(&benign, "benign", false, "judge the harmless twin of the change")
	c.Flags().BoolVar(&all, "all", false, "show every finding, change and example")
	return c
}

// exhibit tells an outage and judges its change.
func (p *program) exhibit(ctx context.Context, x *outages.Exhibit, benign bool, o report.Options) error {
	dir, remove, err := outages.Extract(x.Name)
	if err != nil {
		return err
	}
	defer remove()
	after := "after"
	if benign {
		after = "benign"
	}
	bar := p.startProgress()
	v, err := judgeExhibit(ctx, dir, x.Name, after, bar.report)
	bar.end()
	if err != nil {
		return err
	}
	if err := report.History(p.stdout, x, o); err != nil {
		return err
	}
	if err := report.Verdict(p.stdout, "text", v, o); err != nil {
		return err
	}
	if code := v.ExitCode(); code != exitSafe {
		return exitCode(code)
	}
	return nil
}

// judgeExhibit judges a change of an exhibit that was written into a folder.
func judgeExhibit(ctx context.Context, dir, name, after string, progress func(string, int, int)) (*gate.Verdict, error) {
	v, err := gate.Check(ctx, gate.Options{Before: filepath.Join(dir, "before"), After: filepath.Join(dir, after), Progress: progress, Version: version()})
	if err != nil {
		return nil, fmt.Errorf("exhibit %s/%s: %w", name, after, err)
	}
	// The temporary folders mean nothing to the reader.
	v.Before.Where, v.After.Where = "testdata/outages/"+name+"/before", "testdata/outages/"+name+"/"+after
	return v, nil
}
