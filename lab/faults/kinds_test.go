package faults

import (
	"context"
	"errors"
	"time"
)

// kind is something that breaks.
type kind struct {
	name string
	// strike breaks it, and mend puts it right after it has lasted; nil where nobody does.
	strike, mend func(ctx context.Context, l *lane) error
	lasts        time.Duration
	// alone: the controller is killed and nobody goes on until the switches have ended what was out.
	alone bool
}

// down is how long a service manager or a machine takes to start again what died.
const down = time.Second

// window is from arming to the deadline, with the settings that the lab has: the bake, and twice the margin.
const window = 13 * time.Second

// holdTime is that of core's sessions.
const holdTime = 6 * time.Second

var kinds = []kind{
	{name: "controller killed, resumed", strike: killController},
	{name: "controller killed, left", strike: killController, alone: true},
	{name: "agent killed", lasts: down,
		strike: func(_ context.Context, l *lane) error { return l.m.KillAgent(l.router) },
		mend:   func(_ context.Context, l *lane) error { return l.m.StartAgent(l.router) }},
	{name: "daemon killed", lasts: down,
		strike: func(_ context.Context, l *lane) error { return l.m.KillDaemon(l.router) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.StartDaemons(ctx, l.router) }},
	{name: "in-band network cut", lasts: 5 * time.Second,
		strike: func(ctx context.Context, l *lane) error { return l.m.Lab.CutInBand(ctx, l.router, true) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.Lab.CutInBand(ctx, l.router, false) }},
	{name: "management network cut", lasts: window + 3*time.Second,
		strike: func(ctx context.Context, l *lane) error { return l.m.Lab.CutManagement(ctx, l.router, true) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.Lab.CutManagement(ctx, l.router, false) }},
	{name: "in-band network loses all, silently", lasts: holdTime + 3*time.Second,
		strike: func(ctx context.Context, l *lane) error { return l.m.Lab.LoseInBand(ctx, l.router, true) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.Lab.LoseInBand(ctx, l.router, false) }},
	{name: "in-band network slow", lasts: 5 * time.Second,
		strike: func(ctx context.Context, l *lane) error { return l.m.Lab.SlowInBand(ctx, l.router, true) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.Lab.SlowInBand(ctx, l.router, false) }},
	{name: "management network slow", lasts: window + 3*time.Second,
		strike: func(ctx context.Context, l *lane) error { return l.m.Lab.SlowManagement(ctx, l.router, true) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.Lab.SlowManagement(ctx, l.router, false) }},
	{name: "agent stalls", lasts: 4 * time.Second,
		strike: func(_ context.Context, l *lane) error { return l.m.StallAgent(l.router, true) },
		mend:   func(_ context.Context, l *lane) error { return l.m.StallAgent(l.router, false) }},
	{name: "daemon stalls", lasts: 4 * time.Second,
		strike: func(_ context.Context, l *lane) error { return l.m.StallDaemon(l.router, true) },
		mend:   func(_ context.Context, l *lane) error { return l.m.StallDaemon(l.router, false) }},
	{name: "router rebooted", lasts: down,
		strike: func(ctx context.Context, l *lane) error { return l.m.PowerOff(ctx, l.router) },
		mend:   func(ctx context.Context, l *lane) error { return l.m.PowerOn(ctx, l.router) }},
}

func killController(_ context.Context, l *lane) error {
	if l.controller == nil {
		return errors.New("there is no controller")
	}
	return l.controller.Process.Kill()
}
