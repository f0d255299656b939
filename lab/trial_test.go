package lab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/lab/random"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// What can come of a network. Only equal counts as agreement.
const (
	equal     = "equal"
	explained = "explained"         // differences that lab.Differs lists, and no others
	arrival   = "arrival order"     // differences where the prediction says that the first comer decides, and no others
	unsettled = "does not converge" // says the prediction
	different = "different"
	broken    = "broken" // no prediction, or no lab
)

// outcome is what came of one network.
type outcome struct {
	unexplained []lab.Difference
	notes       []string
	explained   map[string]int // by name of the entry of lab.Differs
	timing      int
	unsettled   bool
	// What the daemons do where the prediction says that the network does not settle. ROUTEGATE_LAB_UNSETTLED=1 boots such too.
	stands, moves bool
	stood         time.Duration // after the boot, when the tables moved last
}

func (o *outcome) verdict() string {
	switch {
	case o.unsettled:
		return unsettled
	case len(o.unexplained) > 0:
		return different
	case len(o.explained) > 0:
		return explained
	case o.timing > 0:
		return arrival
	}
	return equal
}

// summary is the outcome in a few words.
func (o *outcome) summary() string {
	switch {
	case o.stands:
		return "the daemons stand still"
	case o.moves:
		return "the daemons move on, too"
	}
	var words []string
	kinds := map[string]int{}
	for _, d := range o.unexplained {
		kinds[kindOf(d)]++
	}
	for kind, n := range kinds {
		words = append(words, fmt.Sprintf("%d %s", n, kind))
	}
	for name, n := range o.explained {
		words = append(words, fmt.Sprintf("%d #%s", n, name))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// trialLimit bounds one network: the prediction, the boot, the waiting, for hold times too where a session loses its way.
const trialLimit = 4*time.Minute + lab.LongestHold

// try boots a network and compares it, for as long as patience says while it differs.
func try(ctx context.Context, s *random.Snapshot, patience time.Duration) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	run, err := labtest.MakeRunDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(run)
	dir := filepath.Join(run, "snapshot")
	if err := s.Write(dir); err != nil {
		return nil, err
	}
	return tryFolder(ctx, s.Name, dir, run, patience)
}

func tryFolder(ctx context.Context, name, dir, run string, patience time.Duration) (*outcome, error) {
	snap, err := config.Load(ctx, dir, config.Options{})
	if err != nil {
		return nil, err
	}
	out := &outcome{explained: map[string]int{}}
	for _, r := range snap.Network.Routers {
		for i := range r.Files {
			for _, n := range r.Files[i].Notes {
				out.notes = append(out.notes, fmt.Sprintf("%s: %s: %s", n.Span, n.Text, n.Reason))
			}
		}
	}
	want, err := predict(ctx, snap.Network)
	if err != nil {
		return nil, err
	}
	if !want.Converged {
		out.unsettled = true
		out.notes = append(out.notes, fmt.Sprintf("does not converge: %v %v", want.Oscillating, want.OscillatingPrefixes))
		if os.Getenv("ROUTEGATE_LAB_UNSETTLED") != "1" {
			return out, nil
		}
	}
	plan, err := lab.MakePlan(snap.Network)
	if err != nil {
		return nil, err
	}
	l, err := lab.Up(ctx, plan, filepath.Join(run, "l"))
	if err != nil {
		return nil, err
	}
	defer l.Down()
	booted := time.Now()
	if err := l.AwaitSessions(ctx, want, 30*time.Second); err != nil {
		return nil, err
	}
	quiet := plan.Quiet()
	restless := l.Settle(ctx, quiet, 40*time.Second)
	if restless != nil && !errors.Is(restless, lab.ErrRestless) {
		return nil, restless
	} else if restless != nil {
		out.notes = append(out.notes, restless.Error())
	}
	if waited, err := l.AwaitEnds(ctx, want, lab.LongestHold); err != nil {
		return nil, err
	} else if waited {
		out.notes = append(out.notes, "waited for the hold times of sessions that have lost their way")
		if restless = l.Settle(ctx, quiet, 40*time.Second); restless != nil && !errors.Is(restless, lab.ErrRestless) {
			return nil, restless
		}
	}
	out.stood = time.Since(booted) - quiet
	if out.unsettled {
		out.stands, out.moves = restless == nil, restless != nil
		return out, nil
	}
	judged, _, err := judge(ctx, l, plan, want, patience)
	if err != nil {
		return nil, err
	}
	for _, line := range l.Rejected {
		out.notes = append(out.notes, "rejected by the daemon: "+line)
	}
	for _, d := range judged {
		switch {
		case d.Timing:
			out.timing++
			out.notes = append(out.notes, d.String())
		case d.Known != "":
			out.explained[d.Known]++
			out.notes = append(out.notes, fmt.Sprintf("#DIFFERS %s: %s", d.Known, d))
		default:
			out.unexplained = append(out.unexplained, d.Difference)
		}
	}
	if to := os.Getenv("ROUTEGATE_LAB_LOGS"); to != "" && len(out.unexplained) > 0 {
		to = filepath.Join(to, name)
		if err := os.RemoveAll(to); err != nil {
			return nil, err
		}
		if err := l.CopyFiles(to); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// predictLimit: a prediction that takes longer than this for a handful of routers has gone astray.
const predictLimit = 30 * time.Second

func predict(ctx context.Context, n *network.Network) (*routing.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, predictLimit)
	defer cancel()
	return routing.Solve(ctx, n, routing.Options{Fresh: true})
}
