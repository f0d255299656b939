package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/gate"
)

// settings are those of routegate.yaml with the defaults filled in.
type settings struct {
	gate.RolloutSettings
	verdictAge  time.Duration
	lossPercent int
}

// What holds where routegate.yaml says nothing.
const (
	defaultBake       = time.Minute
	defaultMargin     = time.Minute
	defaultPace       = 10 * time.Second
	defaultPatience   = 5 * time.Minute
	defaultGuard      = time.Minute
	defaultMaxWave    = 10
	defaultVerdictAge = 24 * time.Hour
	defaultLoss       = 10 // percent
	defaultPort       = 7443
)

// defaultSignals are the built-in signals.
var defaultSignals = []canary.SignalSetting{
	{Name: canary.SignalProtected, Interval: 2 * time.Second, Delay: time.Second, FailureLimit: 2, NoDataLimit: 5},
	{Name: canary.SignalSessions, Interval: 5 * time.Second, Delay: 5 * time.Second, FailureLimit: 3, NoDataLimit: 5},
	{Name: canary.SignalRoutes, Interval: 10 * time.Second, Delay: 10 * time.Second, FailureLimit: 2, NoDataLimit: 3},
	{Name: canary.SignalAnnouncements, Interval: 10 * time.Second, Delay: 10 * time.Second, FailureLimit: 2, NoDataLimit: 3},
}

func settingsOf(s *gate.Stages) settings {
	x := settings{RolloutSettings: s.Settings(), verdictAge: defaultVerdictAge, lossPercent: defaultLoss}
	or := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	or(&x.Bake, defaultBake)
	or(&x.Margin, defaultMargin)
	or(&x.Patience, defaultPatience)
	if !x.HasPace {
		x.Pace = defaultPace
	}
	if !x.HasGuard {
		x.Guard = defaultGuard
	}
	if x.MaxWave == 0 {
		x.MaxWave = defaultMaxWave
	}
	if x.VerdictAge > 0 {
		x.verdictAge = x.VerdictAge
	}
	if x.HasLossPercent {
		x.lossPercent = x.LossPercent
	}
	if x.Agents.Port == 0 {
		x.Agents.Port = defaultPort
	}
	return x
}

// signals are the settings of all signals; one that nobody knows is an error.
func (x *settings) signals() ([]canary.SignalSetting, error) {
	w := x.watches()
	out := slices.Concat(defaultSignals, w.signals())
	for _, s := range x.Signals {
		i := slices.IndexFunc(out, func(d canary.SignalSetting) bool { return d.Name == s.Name })
		if i < 0 {
			return nil, fmt.Errorf("%s:%d: rollout.signals: there is no signal %s here; there are %s", s.Span.File, s.Span.First, s.Name, names(out))
		}
		d := &out[i]
		if s.Interval != nil {
			d.Interval = *s.Interval
		}
		if s.Delay != nil {
			d.Delay = *s.Delay
		}
		if s.FailureLimit != nil {
			d.FailureLimit = *s.FailureLimit
		}
		if s.NoDataLimit != nil {
			d.NoDataLimit = *s.NoDataLimit
		}
	}
	return out, nil
}

func names(all []canary.SignalSetting) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// bake is how long a wave is watched: as asked for, and no shorter than the timers that the change can wake.
func (x *settings) bake(timers []gate.StageTimer) canary.Bake {
	b := canary.Bake{For: x.Bake, Timers: []canary.Timer{}}
	var slowest time.Duration
	for _, t := range timers {
		b.Timers = append(b.Timers, canary.Timer{Name: t.Name, For: t.For, Routers: t.Routers})
		if t.First {
			b.Least += t.For
		} else {
			slowest = max(slowest, t.For)
		}
	}
	b.Least += slowest
	b.For = max(b.For, b.Least)
	return b
}

func (x *settings) freezes() []canary.Freeze {
	out := []canary.Freeze{}
	for _, f := range x.Freezes {
		out = append(out, canary.Freeze(f))
	}
	return out
}
