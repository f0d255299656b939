package agent

import (
	"context"
	"time"

	"github.com/routegate/routegate/device/agent/deadman"
)

// leaving is how long an agent that is asked to stop tries to return a router whose change is not confirmed.
const leaving = 45 * time.Second

// Run keeps the time until the context ends. An unconfirmed change is then taken back before Run returns: with the agent
// gone, nobody would.
func (a *Agent) Run(ctx context.Context) error {
	for {
		timer := time.NewTimer(a.Pause())
		select {
		case <-ctx.Done():
			timer.Stop()
			return a.Leave(ctx)
		case <-a.changed:
			timer.Stop()
		case <-timer.C:
			if err := a.Tick(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// Leave takes back what is unconfirmed, for an agent that is about to end; the context may have ended already.
func (a *Agent) Leave(ctx context.Context) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
	defer cancel()
	_, err := a.request(last, true, func() deadman.Event {
		return deadman.Revert{Stopping: true, Now: a.o.Clock.Now()}
	})
	return err
}

// Pause is the time to the next Tick.
func (a *Agent) Pause() time.Duration {
	now := a.o.Clock.Now()
	a.mu.Lock()
	at, ok := a.view.Wake(now)
	a.mu.Unlock()
	switch {
	case !ok:
		return time.Hour
	case !now.Readable():
		return time.Second
	}
	// A timer of the process does not count sleep, and a clock may jump: look often.
	return min(max(at-now.Since, 0), time.Second)
}

// Tick lets the switch see the time. Run calls it; so does who keeps a time of its own.
func (a *Agent) Tick(ctx context.Context) error {
	tick := func() deadman.Event { return deadman.Tick{Now: a.o.Clock.Now()} }
	now := a.o.Clock.Now()
	a.mu.Lock()
	unconfirmed, left := a.view.Unconfirmed(), a.view.Status(now).Remaining
	a.mu.Unlock()
	if unconfirmed && left > 0 {
		// Up to the deadline others may have their time; after it nobody may.
		patient, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		if _, err := a.request(patient, false, tick); err == nil || patient.Err() == nil || ctx.Err() != nil {
			return err
		}
	}
	_, err := a.request(ctx, unconfirmed, tick)
	return err
}
