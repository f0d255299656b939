package canary

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/routegate/routegate/journal"
)

// Driver stands between a Machine and the world: it writes every event, with the actions that follow from it, to the
// journal, and only then has them done. Use it once.
type Driver struct {
	Machine *Machine
	Journal *journal.Journal
	Hands   *Hands
	// Changed is called after each event that counted, from one goroutine; may be nil.
	Changed func(*Machine)
	// Parallel bounds the actions that are under way at once; 0: 32.
	Parallel int

	commands chan asked
	began    time.Time
	ended    chan struct{}
}

// asked is a command with where its answer goes.
type asked struct {
	command Command
	answer  chan error
}

// ErrInterrupted is what Run returns when its context ends before the rollout: the rollout stays as it is, and the
// routers' switches end what is not confirmed.
var ErrInterrupted = errors.New("the controller was interrupted")

// NewDriver makes a driver of a machine: a new one, or one that was read from the journal.
func NewDriver(m *Machine, j *journal.Journal, h *Hands) *Driver {
	return &Driver{Machine: m, Journal: j, Hands: h, commands: make(chan asked), ended: make(chan struct{})}
}

// Tell hands a command to the running rollout and returns its answer. Safe for concurrent use.
func (d *Driver) Tell(ctx context.Context, c Command) error {
	a := asked{c, make(chan error, 1)}
	select {
	case d.commands <- a:
	case <-d.ended:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-a.answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renewal is how often the journal's lock is renewed.
const renewal = 5 * time.Second

// Run goes on with the rollout until it ends. first is the event that begins it, or that takes it over. The error is
// ErrInterrupted at the context's end, and otherwise says why the journal cannot be written: then nothing more is done.
func (d *Driver) Run(ctx context.Context, first Event) error {
	defer close(d.ended)
	// Monotonic from here on: a wall clock that is set does not move the rollout.
	d.began = time.Now()
	if d.Parallel <= 0 {
		d.Parallel = 32
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan Event, 1024) // what comes while the disk writes is written together
	slots := make(chan struct{}, d.Parallel)
	perform := func(a Action) {
		go func() {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				return
			}
			e := d.Hands.Do(ctx, a)
			select {
			case results <- e:
			case <-ctx.Done():
			}
		}()
	}
	first.At = d.now()
	if err := d.step(perform, first); err != nil {
		return err
	}
	renew := time.NewTicker(renewal)
	defer renew.Stop()
	wake := time.NewTimer(0)
	defer wake.Stop()
	for !d.Machine.Ended() {
		wait := time.Hour
		if at := d.Machine.Wake(); !at.IsZero() {
			wait = max(at.Sub(d.now()), 0)
		}
		wake.Reset(wait)
		var err error
		select {
		case <-ctx.Done():
			return d.interrupted()
		case e := <-results:
			e.At = d.now()
			batch := []Event{e}
			for more := true; more && len(batch) < cap(results); {
				select {
				case e := <-results:
					e.At = d.now()
					batch = append(batch, e)
				default:
					more = false
				}
			}
			err = d.step(perform, batch...)
		case a := <-d.commands:
			at := d.now()
			refused := d.Machine.Accepts(a.command, at)
			if refused == nil {
				err = d.step(perform, Event{At: at, Command: &a.command})
			}
			if err != nil {
				refused = err
			}
			a.answer <- refused
		case <-wake.C:
			err = d.step(perform, Event{At: d.now(), Tick: &Tick{}})
		case <-renew.C:
			err = d.Journal.Renew()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Driver) now() time.Time { return d.began.Add(time.Since(d.began)).Round(0) }

// Recorded is what a line of the journal holds of a rollout: what happened, and what is done because of it.
type Recorded struct {
	Event   Event    `json:"event"`
	Actions []Action `json:"actions,omitempty"`
}

// The kinds of lines that a rollout writes.
const (
	KindEvent       = "event"
	KindInterrupted = "interrupted"
)

// step takes events in: first the journal, then the hands.
func (d *Driver) step(perform func(Action), events ...Event) error {
	var lines []journal.Entry
	var todo []Action
	for _, e := range events {
		actions, changed := d.Machine.Step(e)
		if !changed {
			continue
		}
		lines = append(lines, journal.Entry{At: e.At, Rollout: d.Machine.plan.ID, Kind: KindEvent, Text: sentence(e, actions), Data: Recorded{e, actions}})
		todo = append(todo, actions...)
	}
	if len(lines) == 0 {
		return nil
	}
	if err := d.Journal.Append(lines...); err != nil {
		return fmt.Errorf("nothing more is done, and the routers' switches end what is not confirmed: %w", err)
	}
	d.Hands.Know(d.Machine)
	for _, a := range todo {
		perform(a)
	}
	if d.Changed != nil {
		d.Changed(d.Machine)
	}
	return nil
}

func (d *Driver) interrupted() error {
	if err := d.Journal.Append(journal.Entry{At: d.now(), Rollout: d.Machine.plan.ID, Kind: KindInterrupted,
		Text: "the controller was interrupted; the routers' switches end what is not confirmed"}); err != nil {
		return err
	}
	return ErrInterrupted
}
