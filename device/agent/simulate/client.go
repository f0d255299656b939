package simulate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
)

// Client is the router's agent over the simulated management network: requests and answers get lost, and requests come
// again later. An answer that was lost takes a minute to be missed.
func (r *Router) Client() device.Agent { return &client{r} }

type client struct{ r *Router }

var errLost = fmt.Errorf("simulated network: %w", device.ErrUnreachable)

// call delivers one message.
func call[T any](c *client, name string, do func(*agent.Agent) (T, error)) (out T, err error) {
	r, w := c.r, c.r.world
	w.pass(time.Duration(1+w.Rand.IntN(5)) * time.Millisecond)
	if r.cut || r.chance(w.Faults.LoseRequest) {
		w.tell("%s: %s is lost", r.Name, name)
		w.pass(5 * time.Second)
		return out, errLost
	}
	if r.chance(w.Faults.Repeat) {
		w.Happened["message repeated"]++
		var again func()
		again = func() {
			if r.busy { // this is within a step of that agent, which cannot go on before this returns
				w.After(100*time.Millisecond, again)
				return
			}
			w.tell("%s: %s comes again", r.Name, name)
			_, _ = deliver(c, name, do)
		}
		w.After(w.span(3*time.Minute), again)
	}
	out, err = deliver(c, name, do)
	if r.cut || r.chance(w.Faults.LoseReply) {
		w.tell("%s: the answer to %s is lost", r.Name, name)
		w.pass(5 * time.Second)
		return *new(T), errLost
	}
	return out, err
}

func deliver[T any](c *client, name string, do func(*agent.Agent) (T, error)) (out T, err error) {
	r, w := c.r, c.r.world
	a := r.agent
	if a == nil || r.busy {
		return out, errLost
	}
	if !r.within(func() { out, err = do(a) }) {
		return *new(T), errLost
	}
	r.tick = w.now + a.Pause()
	w.tell("%s: %s: %+v %v", r.Name, name, out, err)
	return out, err
}

func (c *client) Close() error { return nil }

func (c *client) Status(ctx context.Context) (device.Status, error) {
	return call(c, "status", func(a *agent.Agent) (device.Status, error) { return a.Status(ctx) })
}

func (c *client) Running(ctx context.Context) (device.Configuration, error) {
	return call(c, "running", func(a *agent.Agent) (device.Configuration, error) { return a.Running(ctx) })
}

func (c *client) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	return call(c, "differences", func(a *agent.Agent) ([]device.Difference, error) { return a.Differences(ctx, want) })
}

func (c *client) Observe(ctx context.Context) (device.Observation, error) {
	return call(c, "observe", func(a *agent.Agent) (device.Observation, error) { return a.Observe(ctx) })
}

func (c *client) Stored(ctx context.Context) ([]device.Stored, error) {
	return call(c, "stored", func(a *agent.Agent) ([]device.Stored, error) { return a.Stored(ctx) })
}

func (c *client) Arm(ctx context.Context, order device.Order) (device.Status, error) {
	return call(c, "arm "+order.Change, func(a *agent.Agent) (device.Status, error) {
		deadline := c.r.deadline
		c.r.arming(order)
		st, err := a.Arm(ctx, order)
		if err != nil {
			c.r.deadline = deadline
		}
		return st, err
	})
}

func (c *client) Apply(ctx context.Context, change string) (device.Status, error) {
	return call(c, "apply "+change, func(a *agent.Agent) (device.Status, error) { return a.Apply(ctx, change) })
}

func (c *client) Confirm(ctx context.Context, change string) (device.Status, error) {
	return call(c, "confirm "+change, func(a *agent.Agent) (st device.Status, err error) {
		// Until it is answered it may have been done.
		before := c.r.confirming(change)
		st, err = a.Confirm(ctx, change)
		var refusal *device.Refusal
		var failure *device.Failure
		switch {
		case err == nil:
			c.r.confirmed(change)
		case before: // an earlier one is not answered yet: the agent's word on the change's end will be the answer
		case errors.As(err, &refusal) && refusal.Code != device.RefusedStorage, errors.As(err, &failure):
			c.r.unconfirmed(change)
		}
		return st, err
	})
}

func (c *client) Revert(ctx context.Context, change, reason string) (device.Status, error) {
	return call(c, "revert "+change, func(a *agent.Agent) (device.Status, error) { return a.Revert(ctx, change, reason) })
}

func (c *client) Restore(ctx context.Context, to device.Hash, reason string) (device.Status, error) {
	return call(c, "restore "+to.Short(), func(a *agent.Agent) (device.Status, error) {
		c.r.restoring(to)
		st, err := a.Restore(ctx, to, reason)
		if err == nil {
			c.r.restored(to)
		}
		return st, err
	})
}
