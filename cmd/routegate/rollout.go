package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/rollout"
)

func (p *program) rolloutCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rollout",
		Short: "Let an allowed change out, one wave of routers at a time, and take it back by itself",
		Long: `Let an allowed change out under a dead man's switch: one wave of routers at a time is armed,
changed, watched and then confirmed; whatever does not go as the simulation said takes the
whole change back, in reverse. A router that nobody confirms goes back by itself, whatever
has become of this program and of the network.

start leads the rollout in the foreground. status, approve, pause, resume and abort work from
any other terminal of the same machine. docs/rollout.md is the manual.`,
		Example: `  routegate check --before git:main --after . -o json=verdict.json
  routegate rollout start --verdict verdict.json --dry-run
  routegate rollout start --verdict verdict.json
  routegate rollout status`,
		RunE: group,
		Args: cobra.ArbitraryArgs,
	}
	c.PersistentFlags().StringVar(&p.journal, "journal", "", "the journal's folder (default $ROUTEGATE_JOURNAL, else $XDG_STATE_HOME/routegate/journal)")
	c.AddCommand(p.rolloutStartCommand(), p.rolloutStatusCommand(), p.rolloutApproveCommand(),
		p.rolloutVerbCommand(canary.Pause), p.rolloutVerbCommand(canary.Resume), p.rolloutVerbCommand(canary.Abort))
	return c
}

// journalDir is the folder of the journal.
func (p *program) journalDir() (string, error) {
	if p.journal != "" {
		return p.journal, nil
	}
	if dir := os.Getenv("ROUTEGATE_JOURNAL"); dir != "" {
		return dir, nil
	}
	dir, err := stateDir("journal")
	if err != nil {
		return "", fmt.Errorf("--journal is missing, and there is no home folder: %w", err)
	}
	return dir, nil
}

// stateDir is a folder for what this program keeps for an account.
func stateDir(name string) (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "routegate", name), nil
}

// refusal draws what kept a rollout from going on: one line, exit 1.
func (p *program) refusal(err error) error {
	var refused *rollout.RefusedError
	if errors.As(err, &refused) {
		fmt.Fprintf(p.stderr, "routegate: %s\n", refused.Why)
		return exitCode(exitRefused)
	}
	return err
}

type rolloutStartFlags struct {
	o       rollout.Options
	outputs []string
	dryRun  bool
	all     bool
}

func (p *program) rolloutStartCommand() *cobra.Command {
	var f rolloutStartFlags
	c := &cobra.Command{
		Use:   "start --verdict FILE | --before DIR|git:REF --after DIR|git:REF",
		Short: "Begin a rollout, and lead it to its end",
		Long: `Begin a rollout and lead it to its end, in the foreground. It takes the verdict of a check
(-o json=FILE), or makes one from --before and --after; anything but a fresh allow is
refused: a verdict is bound to the hashes of both snapshots and of the policies.

--dry-run shows the waves, the bake and what will be watched, and touches nothing.

Before anything is touched each router's agent must answer, what runs must be what was
judged and, where the rescue bundle is to be packed (--pack), all that this needs must be there:
a packing that fails at the end leaves the rollout confirmed, and is said. Ctrl-C leaves the rollout as it stands: what is unconfirmed goes back by itself at its
deadline; resume goes on with it, abort takes it back.

Exit codes: 0 completed; 1 refused (nothing was touched) or rolled back; 2 anything else.`,
		Example: `  routegate rollout start --verdict verdict.json --dry-run
  routegate rollout start --verdict verdict.json --ca ca.pem --certificate controller.pem --key controller.key
  routegate rollout start --before git:main --after . -o json=rollout.json`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error { return p.rolloutStart(c, f) },
	}
	c.Flags().StringVar(&f.o.Verdict, "verdict", "", "the verdict of routegate check -o json=FILE")
	c.Flags().StringVar(&f.o.Before, "before", "", "without a verdict: the snapshot that runs")
	c.Flags().StringVar(&f.o.After, "after", "", "without a verdict: the snapshot that is proposed")
	c.Flags().StringVar(&f.o.Change, "change", "", "without a verdict: a file with the change's declared intent (default: change.yaml of the proposed snapshot)")
	ruleFlags(c, &f.o.Rules)
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, and touch nothing")
	c.Flags().StringSliceVar(&f.o.AcceptLoss, "accept-loss", nil, "routers whose loss the protected prefixes need not survive")
	c.Flags().StringVar(&f.o.Identity.CA, "ca", "", "the authority that agents' certificates are of (default: rollout.agents.ca in routegate.yaml)")
	c.Flags().StringVar(&f.o.Identity.Certificate, "certificate", "", "this controller's certificate, of the role controller")
	c.Flags().StringVar(&f.o.Identity.Key, "key", "", "its key")
	packFlag(c, &f.o.Pack, "rollout.pack in routegate.yaml")
	p.rolloutOutput(c, &f.outputs, &f.all)
	return c
}

func packFlag(c *cobra.Command, to *string, otherwise string) {
	c.Flags().StringVar(to, "pack", "", "once the rollout is confirmed, make the rescue bundle anew by this plan (rescue.yaml); none: do not (default: "+otherwise+")")
}

func (p *program) rolloutOutput(c *cobra.Command, outputs *[]string, all *bool) {
	c.Flags().StringArrayVarP(outputs, "output", "o", nil, "FORMAT[=FILE], repeatable: text, json (routegate.rollout/v1)")
	c.Flags().BoolVar(all, "all", false, "show everything that happened")
}

func (p *program) rolloutStart(c *cobra.Command, f rolloutStartFlags) error {
	outputs, err := p.outputs(c, f.outputs, []string{"text", "json"})
	if err != nil {
		return err
	}
	if f.o.Verdict != "" && f.o.Before+f.o.After != "" {
		return &usageError{errors.New("--verdict names both snapshots: --before and --after go without it"), c.CommandPath()}
	}
	if f.o.Verdict != "" && f.o.Change != "" {
		return &usageError{errors.New("--verdict is of a change whose intent was declared to check: --change goes without it"), c.CommandPath()}
	}
	if f.o.Verdict == "" {
		if f.o.Before+f.o.After == "" {
			return &usageError{errors.New("--verdict is missing (or --before and --after)"), c.CommandPath()}
		}
		if err := need(c, "before", "after"); err != nil {
			return err
		}
	}
	if f.o.Dir, err = p.journalDir(); err != nil {
		return err
	}
	bar := p.startProgress()
	f.o.Progress, f.o.Version, f.o.DryRun = bar.report, version(), f.dryRun
	f.o.Ask = p.asking()
	r, err := rollout.Begin(c.Context(), f.o)
	bar.end()
	if err != nil {
		return p.refusal(err)
	}
	if !p.quiet {
		fmt.Fprintf(p.stderr, "routegate: %s\n", r.Drill)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(p.stderr, "routegate: warning: %s\n", w)
	}
	if f.dryRun {
		return p.drawRollout(outputs, f.all, r.Document())
	}
	d, err := r.Run(c.Context(), p.tell)
	return p.rolloutEnd(outputs, f.all, d, err)
}

func (p *program) drawRollout(outputs []output, all bool, d *canary.Document) error {
	return p.write(outputs, all, func(w io.Writer, format string, o report.Options) error { return report.Rollout(w, format, d, o) })
}

// tell writes what happens in a rollout as it happens.
func (p *program) tell(n canary.Note) {
	if !p.quiet {
		fmt.Fprintf(p.stderr, "%s  %s\n", n.At.UTC().Format("15:04:05Z"), n.Text)
	}
}

// rolloutEnd draws where a rollout stands when its controller ends.
func (p *program) rolloutEnd(outputs []output, all bool, d *canary.Document, err error) error {
	if d == nil {
		return p.refusal(err)
	}
	if e := p.drawRollout(outputs, all, d); e != nil {
		return e
	}
	if !d.Pack.Good() {
		fmt.Fprintf(p.stderr, "routegate: every router is confirmed, but the rescue bundle does not have all of it; by hand: %s\n", d.Pack.Command)
	}
	switch {
	case errors.Is(err, canary.ErrInterrupted):
		fmt.Fprintln(p.stderr, "routegate: interrupted: what is unconfirmed goes back by itself; routegate rollout resume goes on, routegate rollout abort takes it back")
		return exitCode(exitUnknown)
	case err != nil:
		return err
	case d.ExitCode() != exitSafe:
		return exitCode(d.ExitCode())
	}
	return nil
}

func (p *program) rolloutStatusCommand() *cobra.Command {
	var outputs []string
	var all bool
	c := &cobra.Command{
		Use:   "status [ROLLOUT]",
		Short: "Where a rollout stands: the last one, or the one named",
		Long: `Where a rollout stands, by its journal: it works whether a controller leads it or not, and
asks no router. The exit code says whether that could be told, not how the rollout went.`,
		Example: "  routegate rollout status\n  routegate rollout status -o json | jq .phase",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			d, err := p.rolloutDocument(c.Context(), one(args))
			if err != nil {
				return p.refusal(err)
			}
			return p.drawRollout(o, all, d)
		},
	}
	p.rolloutOutput(c, &outputs, &all)
	return c
}

func one(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// rolloutDocument reads the journal or, where it is not this account's to read, asks the controller.
func (p *program) rolloutDocument(ctx context.Context, id string) (*canary.Document, error) {
	dir, err := p.journalDir()
	if err != nil {
		return nil, err
	}
	d, err := rollout.Status(dir, id)
	if errors.Is(err, os.ErrPermission) {
		return rollout.Order(ctx, dir, "status", "", "", "")
	}
	return d, absent(dir, err)
}

func absent(dir string, err error) error {
	if errors.Is(err, journal.ErrAbsent) {
		return fmt.Errorf("no journal is in %s: no rollout was begun there (--journal names another folder)", dir)
	}
	return err
}
