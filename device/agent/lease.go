package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
)

// lease is who is bringing the router back. It is on the disk too, so that an agent and a rescue that does without it, one
// after the other, know of the same one; a disk that does not take it (it may be full) is no reason to refuse a rescue,
// and the lease is then this process's alone. Another boot ends it.
type lease struct {
	Holder string          `json:"holder"`
	Since  time.Time       `json:"since"` // of the wall clock, for people
	From   deadman.Instant `json:"from"`
	Term   time.Duration   `json:"term"`
}

const (
	leaseNote     = "lease"
	longestLease  = time.Hour
	longestHolder = 200
)

var (
	_ device.Rescuer = (*Agent)(nil)
	_ device.Archive = (*Agent)(nil)
)

// asker is who asks, as far as a lease is concerned.
type asker struct {
	controller bool
	rescue     bool
	holder     string
}

var (
	anybody    = asker{}
	controller = asker{controller: true}
)

// left is how long it lasts; nothing where the clock cannot be read or is another boot's: a lease must not lock out for ever.
func (l lease) left(now deadman.Instant) time.Duration {
	if l.Holder == "" || !now.Readable() || now.Boot != l.From.Boot || now.Since < l.From.Since {
		return 0
	}
	return max(l.Term-(now.Since-l.From.Since), 0)
}

func (l lease) told(now deadman.Instant) device.Lease {
	left := l.left(now)
	if left == 0 {
		return device.Lease{}
	}
	return device.Lease{Holder: l.Holder, Since: l.Since, Left: left}
}

func (a *Agent) readLease() lease {
	data, err := a.store.Note(leaseNote)
	var l lease
	if err == nil {
		err = json.Unmarshal(data, &l)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			a.o.Log.Warn("the lease of a rescue cannot be read, and counts as ended", "error", err)
		}
		return lease{}
	}
	return l
}

// against says that a lease stands against who asks.
func (a *Agent) against(who asker) error {
	a.leasing.Lock()
	defer a.leasing.Unlock()
	l := a.leased.told(a.o.Clock.Now())
	if l.Holder == "" || !who.controller && !who.rescue || who.rescue && l.Holder == who.holder {
		return nil
	}
	return taken(l)
}

func taken(l device.Lease) error {
	return &device.Refusal{Code: device.RefusedLease, Detail: fmt.Sprintf("%s is bringing this router back since %s (by the router's clock); the lease ends in %s unless it is prolonged",
		l.Holder, l.Since.UTC().Format("15:04:05 UTC"), l.Left.Round(time.Second))}
}

// Lease waits for no daemon. Whose it is is told at once. Where nobody has it, what goes forward is cut short and over before the lease
// stands; a way back is not waited for, since all that is asked of a controller is refused there already.
func (a *Agent) Lease(ctx context.Context, holder string, term time.Duration) (device.Lease, error) {
	switch {
	case holder == "":
	case len(holder) > longestHolder || slices.ContainsFunc([]byte(holder), func(b byte) bool { return b < ' ' || b == 0x7f }):
		return device.Lease{}, &device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf("the holder of a lease: want one line of at most %d bytes", longestHolder)}
	case term < time.Second || term > longestLease:
		return device.Lease{}, &device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf("a lease of %v: want 1s to %v", term, longestLease)}
	}
	l, wait, err := a.lease(ctx, holder, term, false)
	if wait == nil {
		return l, err
	}
	a.hurry(1)
	defer a.hurry(-1)
	for wait != nil {
		select {
		case a.turn <- struct{}{}:
			l, _, err := a.lease(ctx, holder, term, true)
			a.give()
			return l, err
		case <-wait:
			l, wait, err = a.lease(ctx, holder, term, false)
		case <-ctx.Done():
			return device.Lease{}, context.Cause(ctx)
		}
	}
	return l, err
}

// lease answers, or gives back what to wait for where that takes the turn, or another step of the switch. turn: the caller has it.
func (a *Agent) lease(ctx context.Context, holder string, term time.Duration, turn bool) (device.Lease, <-chan struct{}, error) {
	a.leasing.Lock()
	defer a.leasing.Unlock()
	now := a.o.Clock.Now()
	have := a.leased.told(now)
	switch {
	case holder == "":
		return have, nil, nil
	case have.Holder != "" && have.Holder != holder:
		return have, nil, taken(have)
	case !now.Readable():
		return device.Lease{}, nil, &device.Refusal{Code: device.RefusedInvalid, Detail: "the machine's clock or boot id cannot be read: a lease would not end"}
	case have.Holder == "" && !turn:
		if wait := a.forward(); wait != nil {
			return have, wait, nil
		}
	}
	l := lease{Holder: holder, Since: now.Wall, From: now, Term: term}
	if have.Holder == holder {
		l.Since = have.Since
	}
	a.setLease(ctx, l)
	return l.told(now), nil, nil
}

// forward is nil on a way back; else it is closed by the switch's next step.
func (a *Agent) forward() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch a.view.Status(deadman.Instant{}).Phase {
	case device.Reverting, device.Stuck:
		return nil
	}
	return a.moved
}

// setLease is for who has leasing.
func (a *Agent) setLease(ctx context.Context, l lease) {
	a.leased = l
	var data []byte
	if l.Holder != "" {
		data, _ = json.Marshal(l) // it holds nothing that cannot be
	}
	if err := a.store.SetNote(leaseNote, data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.o.Log.WarnContext(ctx, "the disk does not take the lease of a rescue: it ends with this process", "error", err)
	}
}

func (a *Agent) Release(ctx context.Context, holder string) error {
	a.leasing.Lock()
	defer a.leasing.Unlock()
	if holder != "" && a.leased.Holder == holder {
		a.setLease(ctx, lease{})
	}
	return nil
}

// RestoreFor returns to a stored configuration for the holder of the lease, or for anybody where there is none.
func (a *Agent) RestoreFor(ctx context.Context, to device.Hash, holder, reason string) (device.Status, error) {
	return a.requestFor(ctx, true, asker{rescue: true, holder: holder}, func() deadman.Event {
		_, err := a.store.Load(to)
		had := slices.ContainsFunc(a.sw.Record().History, func(e deadman.Entry) bool { return e.Hash == to })
		return deadman.Restore{Hash: to, Reason: reason, Stored: err == nil && had, Now: a.o.Clock.Now()}
	})
}

// Recall reads a configuration that the router has had.
func (a *Agent) Recall(_ context.Context, h device.Hash) (device.Configuration, error) {
	if !slices.ContainsFunc(a.history(), func(e deadman.Entry) bool { return e.Hash == h }) {
		return device.Configuration{}, &device.Refusal{Code: device.RefusedUnknown, Detail: fmt.Sprintf("the router has not had a configuration %s", h.Short())}
	}
	c, err := a.store.Load(h)
	if err != nil {
		return device.Configuration{}, &device.Refusal{Code: device.RefusedStorage, Detail: err.Error()}
	}
	return c, nil
}
