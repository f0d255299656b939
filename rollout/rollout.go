// Package rollout joins the rooms that a rollout needs and that know nothing of each other: the gate's simulation, the
// agents over the management network, the canary's state machine, and the journal. A verdict and settings come in; out
// comes a rollout that runs, or a reason why not.
//
// It stands between the command line and canary because canary must know neither simulation nor network, and a command
// has no logic of its own.
package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/journal"
)

// RefusedError is a rollout that is not begun: nothing was touched. One line.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// Options are what a rollout is asked to do.
type Options struct {
	// Verdict is the file of a verdict (check -o json=FILE); or Before and After are checked first.
	Verdict       string
	Before, After string
	Change        string // without a verdict: a file with the declared intent; "": the snapshot's change.yaml
	Rules         gate.Rules
	AcceptLoss    []string
	Identity      canary.Identity                     // the command line's; empty fields are routegate.yaml's
	Dir           string                              // the journal's folder
	Pack          string                              // the plan by which the rescue bundle is made anew once confirmed; "": routegate.yaml's; PackNothing: none
	Ask           func(prompt string) ([]byte, error) // asks a person for a passphrase, before anything is touched; nil where nobody can be asked
	DryRun        bool                                // the plan alone: no credential is needed
	Workers       int
	Version       string
	Progress      func(stage string, done, total int)
	Now           func() time.Time
}

// Account is who runs this program, as the operating system has it.
func Account() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("who is asking is not known: %w", err)
	}
	return u.Username, nil
}

// owner is an account with its machine.
func owner(account string) string {
	host, err := os.Hostname()
	if err != nil {
		return account
	}
	return account + "@" + host
}

// verdict reads or makes the verdict, and refuses all but a fresh allow.
func (o *Options) verdict(ctx context.Context) (*gate.Verdict, error) {
	if o.Verdict == "" {
		v, err := gate.Check(ctx, gate.Options{Before: o.Before, After: o.After, Change: o.Change, Rules: o.Rules, Workers: o.Workers, Progress: o.Progress, Version: o.Version})
		if err != nil {
			return nil, err
		}
		return v, allowed(v, fmt.Sprintf("check --before %s --after %s", o.Before, o.After))
	}
	text, err := os.ReadFile(o.Verdict)
	if err != nil {
		return nil, fmt.Errorf("--verdict: %w", err)
	}
	v := &gate.Verdict{}
	if err := json.Unmarshal(text, v); err != nil {
		return nil, fmt.Errorf("--verdict: %s is no verdict: %w (routegate check -o json=FILE writes one)", o.Verdict, err)
	}
	if v.Schema != gate.VerdictSchema {
		return nil, fmt.Errorf("--verdict: %s is of the schema %q, want %q (routegate check -o json=FILE writes one)", o.Verdict, v.Schema, gate.VerdictSchema)
	}
	o.Before, o.After = v.Before.Where, v.After.Where
	return v, allowed(v, o.Verdict)
}

func allowed(v *gate.Verdict, what string) error {
	switch {
	case v.Verdict != gate.Allow:
		return refuse("the verdict is %s (%s): %s", v.Verdict, what, v.Summary)
	case v.Binding.Hash == "":
		return refuse("the verdict (%s) does not say what it is of: an older version wrote it; check again", what)
	}
	return nil
}

// fresh refuses a verdict of something else than what is there now, or one that is too old.
func fresh(v *gate.Verdict, s *gate.Stages, age time.Duration, now time.Time) error {
	b, is := v.Binding, s.Binding
	if b != is {
		what := "the policies or their settings have"
		switch {
		case b.After != is.After:
			what = v.After.Where + " has"
		case b.Before != is.Before:
			what = v.Before.Where + " has"
		}
		return refuse("the verdict is stale: %s changed since it was given (%.12s then, %.12s now); check again", what, b.Hash, is.Hash)
	}
	if v.Run != nil && now.Sub(v.Run.Started) > age {
		return refuse("the verdict is stale: it was given %s ago, and rollout.verdict-age is %s; check again", now.Sub(v.Run.Started).Round(time.Second), age)
	}
	return nil
}

// store is a journal's objects.
type store struct {
	dir string
	j   *journal.Journal
}

func (s store) Put(data []byte) (string, error) { return s.j.Put(data) }
func (s store) Get(name string) ([]byte, error) { return journal.Object(s.dir, name) }

// Begin makes the plan of a rollout, with everything that it needs kept in memory: nothing is touched, and nothing is
// written until Run.
func Begin(ctx context.Context, o Options) (*Rollout, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	v, err := o.verdict(ctx)
	if err != nil {
		return nil, err
	}
	s, err := gate.NewStages(ctx, gate.Options{Before: o.Before, After: o.After, Rules: o.Rules, Workers: o.Workers, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	set := settingsOf(s)
	if err := fresh(v, s, set.verdictAge, o.Now()); err != nil {
		return nil, err
	}
	r, err := plan(ctx, o, s, set)
	if err == nil {
		r.Plan.Waivers = waiversOf(v)
	}
	return r, err
}

// waiversOf are those that let findings of the verdict pass.
func waiversOf(v *gate.Verdict) (out []canary.Waiver) {
	for i := range v.Waivers {
		if w := &v.Waivers[i]; w.Lifts > 0 {
			out = append(out, canary.Waiver{Name: w.Name, Policy: w.Policy, Reason: w.Reason, Owner: w.Owner, ApprovedBy: w.ApprovedBy, Expires: w.Expires, Lifts: w.Lifts})
		}
	}
	return out
}

// Latest is the rollout of a journal that is meant: the one named, or the last one.
func Latest(lines []journal.Line, id string) (string, error) {
	all := canary.Rollouts(lines)
	switch {
	case len(all) == 0:
		return "", errors.New("the journal knows no rollout; routegate rollout start begins one")
	case id == "", id == "last":
		return all[len(all)-1], nil
	case !slices.Contains(all, id):
		return "", fmt.Errorf("the journal knows no rollout %q; the last one is %s", id, all[len(all)-1])
	}
	return id, nil
}
