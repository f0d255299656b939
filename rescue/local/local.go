// Package local is the way in for who sits at the router itself. With the agent alive it asks the agent, over its Unix
// socket; with the agent dead it takes the agent's folder and steers the daemon in this process, as the agent would: the
// folder's lock sees to it that never both do. An agent that is started meanwhile is refused the folder, says who has it,
// and is started again and again by its supervisor until the rescue has let go.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

// Options say what is on this machine: agent.yaml's settings.
type Options struct {
	Router string
	Socket string // of the agent; "": it has none
	State  string // its folder
	// Driver makes the daemon's driver, where the agent is dead.
	Driver  func() (device.Driver, error)
	Version string
	// Make: the folder is made where it is gone. It takes a bundle, which says what the router had.
	Make bool
	Who  string       // who is told to an agent that wants the folder meanwhile: one line
	Log  *slog.Logger // nil: nothing
}

// Way is rescue.Way to this machine, whatever the bundle says of addresses.
type Way struct {
	o Options
}

var (
	_ rescue.Way      = (*Way)(nil)
	_ rescue.Replacer = (*asking)(nil)
	_ rescue.Replacer = (*steering)(nil)
)

// New makes the way; it touches nothing.
func New(o Options) *Way {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Way{o}
}

func (*Way) Name() string { return "this machine" }

// Offered is for the router that this machine is.
func (w *Way) Offered(r bundle.Router) bool { return r.Name == w.o.Router }

// starting is how long an agent that holds the folder is waited for, which opens its socket only after it has gone back.
const starting = 15 * time.Second

// Reach asks the agent, or takes its place.
func (w *Way) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	if !w.Offered(r) {
		return nil, fmt.Errorf("this machine is %s, not %s", w.o.Router, r.Name)
	}
	return w.Open(ctx)
}

// Open is Reach without a bundle: the router is the one that the settings name.
func (w *Way) Open(ctx context.Context) (rescue.Reached, error) {
	patience, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	for {
		r, err := w.ask(patience)
		if err == nil {
			return r, nil
		}
		var end *finalError
		if errors.As(err, &end) {
			return nil, err
		}
		var used *store.InUseError
		if r, err = w.steer(ctx); err == nil || !errors.As(err, &used) {
			return r, err
		}
		select {
		case <-patience.Done():
			return nil, fmt.Errorf("%s, which does not answer at %s: stop it first (systemctl stop routegate-agent), then give the same command again", used, w.o.Socket)
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// finalError is an agent that lives and cannot be asked: its place is not free.
type finalError struct{ error }

func hung(err error) error {
	return &finalError{fmt.Errorf("the agent on this machine lives and does not answer: %w; stop it first (systemctl stop routegate-agent), then give the same command again", err)}
}

// ask goes to the agent's socket.
func (w *Way) ask(ctx context.Context) (rescue.Reached, error) {
	if w.o.Socket == "" {
		return nil, errors.New("the agent has no socket")
	}
	// A socket that nobody listens on is a dead agent's, and is told at once.
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", w.o.Socket)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, err
	case errors.Is(err, fs.ErrPermission):
		return nil, &finalError{fmt.Errorf("%s: the agent's socket is root's: use sudo", w.o.Socket)}
	case err != nil:
		return nil, hung(err)
	}
	c.Close()
	a, err := agent.DialLocal(agent.Target{Address: "unix:" + w.o.Socket})
	if err != nil {
		return nil, err
	}
	st, err := a.Status(ctx)
	if err == nil && st.Router != w.o.Router {
		err = &finalError{fmt.Errorf("the agent at %s is that of %s, and the settings say %s", w.o.Socket, st.Router, w.o.Router)}
	} else if err != nil && ctx.Err() != nil {
		err = hung(err)
	}
	if err != nil {
		a.Close()
		return nil, err
	}
	return &asking{a}, nil
}

// asking is root at the agent's socket.
type asking struct{ agent.All }

// Replace is rescue.Replacer's.
func (a *asking) Replace(ctx context.Context, with device.Configuration, change string) (device.Status, error) {
	return replace(ctx, a.All, with, change)
}

// window is how long what replaces a lost configuration may take to be confirmed, which follows at once: one that dies half-way is taken back by then.
const window = 2 * time.Minute

func replace(ctx context.Context, a device.Agent, with device.Configuration, change string) (device.Status, error) {
	runs, err := a.Running(ctx)
	if err != nil {
		return device.Status{}, err
	}
	if st, err := a.Arm(ctx, device.Order{Change: change, Base: runs, Candidate: with, Window: window}); err != nil {
		return st, err
	}
	if st, err := a.Apply(ctx, change); err != nil {
		return st, err
	}
	return a.Confirm(ctx, change)
}

// steer takes the dead agent's place. What the agent left unconfirmed goes back first, as if the agent had been started.
func (w *Way) steer(ctx context.Context) (rescue.Reached, error) {
	if _, err := os.Stat(w.o.State); err != nil && !(w.o.Make && errors.Is(err, fs.ErrNotExist)) {
		// It is not made here without a bundle: where there is no folder, this is not the router, or it never had a change.
		return nil, fmt.Errorf("the agent does not answer, and its folder cannot be used: %w", err)
	}
	who := fmt.Sprintf("a rescue (%s, process %d, since %s)", w.o.Who, os.Getpid(), time.Now().UTC().Format("15:04:05 UTC"))
	disk, err := store.OpenFolderAs(w.o.State, who)
	if err != nil {
		return nil, err
	}
	driver, err := w.o.Driver()
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	patient := agent.Bounded(driver, 10*time.Second)
	a, err := agent.New(ctx, agent.Options{Router: w.o.Router, Driver: patient, Disk: disk, Clock: agent.MachineClock{},
		Version: w.o.Version + " (rescue without an agent)", Log: w.o.Log})
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s := &steering{Agent: a, disk: disk, end: end}
	s.wait.Go(func() { _ = a.Run(life) }) // what does not succeed is in the status
	return s, nil
}

// steering is this process in the agent's place.
type steering struct {
	*agent.Agent
	disk *store.Folder
	end  context.CancelFunc
	wait sync.WaitGroup
	once sync.Once
	err  error
}

// Replace is rescue.Replacer's.
func (s *steering) Replace(ctx context.Context, with device.Configuration, change string) (device.Status, error) {
	return replace(ctx, s.Agent, with, change)
}

// Close lets an agent have the folder. A way back that has not succeeded is gone on with by the agent when it is started.
func (s *steering) Close() error {
	s.once.Do(func() {
		s.end()
		s.wait.Wait()
		s.err = s.disk.Close()
	})
	return s.err
}
