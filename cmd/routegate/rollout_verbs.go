package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/rollout"
)

func (p *program) rolloutApproveCommand() *cobra.Command {
	var role, binding string
	c := &cobra.Command{
		Use:   "approve --role ROLE",
		Short: "Approve the rollout that is led on this machine",
		Long: `Approve the rollout that is led on this machine, for a role that rollout.approvers gives this
account. The approval is of what was judged, by its hash, and void once that moves. The kernel tells the
controller whose it is.`,
		Example: "  routegate rollout status\n  routegate rollout approve --role netops",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := need(c, "role"); err != nil {
				return err
			}
			d, err := p.rolloutDocument(c.Context(), "")
			if err != nil {
				return p.refusal(err)
			}
			if !strings.HasPrefix(d.Binding, binding) {
				return p.refusal(&rollout.RefusedError{Why: fmt.Sprintf("the rollout is of %.12s, not of %s: look at it again", d.Binding, binding)})
			}
			return p.order(c.Context(), canary.Approve, role, "", d.Binding)
		},
	}
	c.Flags().StringVar(&role, "role", "", "the role that is approved for")
	c.Flags().StringVar(&binding, "binding", "", "approve only this: the beginning of the hash that status shows")
	return c
}

// order tells the controller something and says what came of it.
func (p *program) order(ctx context.Context, do canary.Verb, role, reason, binding string) error {
	dir, err := p.journalDir()
	if err != nil {
		return err
	}
	d, err := rollout.Order(ctx, dir, do, role, reason, binding)
	if errors.Is(err, rollout.ErrNoController) {
		return p.refusal(&rollout.RefusedError{Why: "no controller runs: routegate rollout resume goes on with the rollout, routegate rollout abort takes it back"})
	}
	if err != nil {
		return p.refusal(err)
	}
	fmt.Fprintf(p.stdout, "%s: rollout %s: %s\n", do, d.ID, d.Summary)
	return nil
}

var verbHelp = map[canary.Verb][3]string{
	canary.Pause: {"Hold the rollout: no wave begins, and nothing is confirmed",
		`Hold the rollout: no wave begins, and nothing is confirmed. A wave that is out is watched on: it still
goes back when it gets worse, and before its switches end it is taken back unjudged, to be tried again on
resume: a router does not wait for a person.`, "  routegate rollout pause --reason 'odd latency at ams'"},
	canary.Resume: {"Go on with a rollout that is paused, or that its controller left",
		`Go on with a rollout that is paused. Where no controller leads it any more (it was interrupted, killed, or its
machine was lost), this command takes it over and leads it in the foreground: it asks every router where it
stands, says what went back by itself, and tries that again.`, "  routegate rollout resume"},
	canary.Abort: {"Take the whole change back, in reverse",
		`Take the whole change back: what is out and unconfirmed at once, then what was confirmed, the last wave first.
Where no controller leads the rollout, this command takes it over and leads it back in the foreground.`, "  routegate rollout abort --reason 'customer calls'"},
}

func (p *program) rolloutVerbCommand(do canary.Verb) *cobra.Command {
	var reason, pack string
	var outputs []string
	var all bool
	help := verbHelp[do]
	c := &cobra.Command{
		Use: string(do), Short: help[0], Long: help[1], Example: help[2],
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			dir, err := p.journalDir()
			if err != nil {
				return err
			}
			d, err := rollout.Order(c.Context(), dir, do, "", reason, "")
			switch {
			case err == nil:
				fmt.Fprintf(p.stdout, "%s: rollout %s: %s\n", do, d.ID, d.Summary)
				if pack != "" {
					fmt.Fprintln(p.stderr, "routegate: warning: --pack is for who leads the rollout: the controller that runs packs as it was told when it began")
				}
				return nil
			case errors.Is(err, os.ErrNotExist):
				return absent(dir, journal.ErrAbsent)
			case !errors.Is(err, rollout.ErrNoController):
				return p.refusal(err)
			case do == canary.Pause:
				return p.refusal(&rollout.RefusedError{Why: "no controller runs: nothing goes on that could be paused; what is unconfirmed goes back by itself"})
			}
			d, err = rollout.Continue(c.Context(), rollout.Takeover{Dir: dir, Do: do, Reason: reason, Pack: pack, Ask: p.asking()}, p.tell)
			return p.rolloutEnd(o, all, d, absent(dir, err))
		},
	}
	if do == canary.Resume {
		packFlag(c, &pack, "as the rollout was begun")
	} else {
		c.Flags().StringVar(&reason, "reason", "", "why, for those who read the journal")
	}
	p.rolloutOutput(c, &outputs, &all)
	return c
}
