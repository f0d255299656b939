package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/testdata/outages"
)

func (p *program) demoCommand() *cobra.Command {
	var noWait bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Tell the outage of 4 October 2021: the network, the change, what it does, the verdict",
		Long: `Replay the mechanism of the Facebook outage of 4 October 2021 on a small network of real
router configurations that is built into the program: the network before, the change, what the
simulation says that it does, the verdict, and a harmless change of the same kind that passes.
Nothing is needed: no root, no network, no files.`,
		Example: "  routegate demo\n  routegate demo --no-wait",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			_, tty := isTerminal(p.stdout)
			return p.demo(c.Context(), tty && !noWait)
		},
	}
	c.Flags().BoolVar(&noWait, "no-wait", false, "do not pause for reading")
	return c
}

// demo runs the gate on the exhibit and tells what it finds. The story's numbers are the verdict's.
func (p *program) demo(ctx context.Context, pace bool) error {
	const exhibit = "facebook-2021"
	dir, remove, err := outages.Extract(exhibit)
	if err != nil {
		return err
	}
	defer remove()
	judge := func(after string) (*gate.Verdict, error) {
		v, err := gate.Check(ctx, gate.Options{Before: filepath.Join(dir, "before"), After: filepath.Join(dir, after), Version: version()})
		if err != nil {
			return nil, fmt.Errorf("exhibit %s/%s: %w", exhibit, after, err)
		}
		// The temporary folders mean nothing to the reader.
		v.Before.Where, v.After.Where = "testdata/outages/"+exhibit+"/before", "testdata/outages/"+exhibit+"/"+after
		return v, nil
	}
	denied, err := judge("after")
	if err != nil {
		return err
	}
	allowed, err := judge("benign")
	if err != nil {
		return err
	}
	for _, step := range report.FacebookStory(denied, allowed) {
		if err := step.Draw(p.stdout, p.options(p.stdout, false)); err != nil {
			return err
		}
		if !pace {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(step.Reading()):
		}
	}
	if denied.Verdict != gate.Deny || allowed.Verdict != gate.Allow {
		return fmt.Errorf("exhibit %s: judged %s and its harmless twin %s, want deny and allow: this is a defect of routegate", exhibit, denied.Verdict, allowed.Verdict)
	}
	return nil
}
