package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/testdata/outages"
)

func (p *program) demoCommand() *cobra.Command {
	var pace bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Tell the whole story: an outage that is refused, a rollout that takes itself back, and a rescue",
		Long: `Replay the mechanism of the Facebook outage of 4 October 2021 on a small network of real
router configurations that is built into the program: the network before, the change, what the
simulation says that it does, the verdict, and a harmless change of the same kind that passes.

Then roll changes out on a network of GoBGP routers inside this process, with real sessions over
loopback addresses: a bad change is refused, one that meets a fault that no model knows is taken
back at its canary, a killed controller leaves a router that goes back alone, and a good change goes
through. In the end every neighbor of every router is shut, past all of that, and one command brings the
network back from a sealed bundle. The seconds shown are measured.

Nothing is needed: no root, no network, no files. It takes less than a minute.`,
		Example: "  routegate demo\n  routegate demo --pace",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.demo(c.Context(), pace)
		},
	}
	c.Flags().BoolVar(&pace, "pace", false, "pause for reading after each page of the first part")
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
	denied, err := judgeExhibit(ctx, dir, exhibit, "after", nil)
	if err != nil {
		return err
	}
	allowed, err := judgeExhibit(ctx, dir, exhibit, "benign", nil)
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
	if err := p.demoRollout(ctx); err != nil {
		return err
	}
	end := report.StoryEnd()
	return end.Draw(p.stdout, p.options(p.stdout, false))
}
