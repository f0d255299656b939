package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/journal"
)

// lease is how long another machine waits for a controller that it does not hear of.
const lease = 30 * time.Second

// Run begins the rollout and leads it until it ends, or until the context does. told is called with each thing that
// happened, for people; may be nil. The document is where it stands then.
func (r *Rollout) Run(ctx context.Context, told func(canary.Note)) (*canary.Document, error) {
	j, err := open(r.o.Dir)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	lines, err := journal.Read(r.o.Dir)
	if err != nil && !errors.Is(err, journal.ErrAbsent) {
		return nil, err
	}
	if all := canary.Rollouts(lines); len(all) > 0 {
		last := all[len(all)-1]
		m, err := canary.Replay(lines, last)
		if err != nil {
			return nil, err
		}
		if !m.Ended() {
			return nil, refuse("rollout %s has not ended: routegate rollout resume goes on with it, routegate rollout abort takes it back", last)
		}
	}
	for _, name := range sortedKeys(r.objects) {
		if _, err := j.Put(r.objects[name]); err != nil {
			return nil, err
		}
	}
	r.objects = nil
	d, err := lead(ctx, r.o.Dir, j, &canary.Machine{}, r.Plan, canary.Event{Start: r.Plan}, nil, told)
	if err == nil {
		r.packing.after(ctx, j, d, told)
	}
	return d, err
}

func sortedKeys(m map[string][]byte) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func open(dir string) (*journal.Journal, error) {
	account, err := Account()
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(dir, journal.Options{Owner: owner(account), Lease: lease})
	var held *journal.HeldError
	if errors.As(err, &held) {
		return nil, refuse("another controller leads a rollout: %s (process %d on %s) since %s", held.Owner, held.PID, held.Host, held.Since.UTC().Format(time.RFC3339))
	}
	return j, err
}

// Takeover is what a person asks of a rollout that its controller left.
type Takeover struct {
	Dir    string      // the journal's folder
	ID     string      // the rollout; "": the journal's last
	Do     canary.Verb // resume leads it to its end, abort back
	Reason string
	Pack   string // as Options.Pack; "": as the rollout was begun
	Ask    func(prompt string) ([]byte, error)
}

// Continue takes a rollout over that its controller left, and leads it on.
func Continue(ctx context.Context, o Takeover, told func(canary.Note)) (*canary.Document, error) {
	j, err := open(o.Dir)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	m, err := replay(o.Dir, o.ID)
	if err != nil {
		return nil, err
	}
	if m.Ended() {
		return nil, fmt.Errorf("rollout %s: %w: %s", m.Plan().ID, canary.ErrEnded, m.Document(time.Now()).Summary)
	}
	account, err := Account()
	if err != nil {
		return nil, err
	}
	x, err := o.packing(ctx, m.Plan(), told)
	if err != nil {
		return nil, err
	}
	var then *canary.Command
	if o.Do == canary.Abort || m.Paused() {
		then = &canary.Command{Do: o.Do, By: account, Reason: o.Reason}
	}
	d, err := lead(ctx, o.Dir, j, m, m.Plan(), canary.Event{Takeover: &canary.Takeover{By: account}}, then, told)
	if err == nil {
		x.after(ctx, j, d, told)
	}
	return d, err
}

// lead runs a machine with everything that it needs around it.
func lead(ctx context.Context, dir string, j *journal.Journal, m *canary.Machine, p *canary.Plan, first canary.Event, then *canary.Command, told func(canary.Note)) (*canary.Document, error) {
	agents, err := dial(p)
	if err != nil {
		return nil, err
	}
	defer agents.close()
	w, err := watch(ctx, p)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	if first.Start != nil { // who takes a rollout over has deadlines to keep
		if err := w.ready(ctx, p, reconnect, told); err != nil {
			return nil, err
		}
	}
	h := &canary.Hands{Plan: p, Agent: agents.of, Store: store{dir, j}, Signals: append(canary.Predicted(p.LossPercent), w.signals...),
		Verify: func(ctx context.Context) (string, error) { return bindingNow(ctx, p) }}
	d := canary.NewDriver(m, j, h)
	said := len(m.Notes())
	board := &board{}
	d.Changed = func(m *canary.Machine) {
		for ; said < len(m.Notes()); said++ {
			if told != nil {
				told(m.Notes()[said])
			}
		}
		board.set(m.Document(time.Now()))
	}
	c, err := listen(dir, d, board)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if then != nil {
		go d.Tell(ctx, *then) // its answer is in the journal; it is refused where the takeover has ended the rollout
	}
	err = d.Run(ctx, first)
	return m.Document(time.Now()), err
}

// bindingNow names what both snapshots are now.
func bindingNow(ctx context.Context, p *canary.Plan) (string, error) {
	b, err := gate.BindingOf(ctx, fromRoot(p, p.Before), fromRoot(p, p.After), gate.Rules(p.Rules))
	return b.Hash, err
}

// fromRoot is a snapshot of a plan, which may be resumed from elsewhere.
func fromRoot(p *canary.Plan, where string) string {
	if strings.HasPrefix(where, "git:") || filepath.IsAbs(where) {
		return where
	}
	return filepath.Join(p.Root, where)
}

// agents are the connections to agents, made when they are first needed.
type agents struct {
	identity agent.Identity
	address  map[string]string

	mu   sync.Mutex
	open map[string]device.Agent
}

func dial(p *canary.Plan) (*agents, error) {
	id, err := agent.ReadIdentity(p.Identity.CA, p.Identity.Certificate, p.Identity.Key)
	if err != nil {
		return nil, fmt.Errorf("the credential for agents: %w", err)
	}
	a := &agents{identity: id, address: map[string]string{}, open: map[string]device.Agent{}}
	for _, r := range p.Routers {
		a.address[r.Name] = r.Address
	}
	for _, s := range p.Watched {
		a.address[s.Name] = s.Address
	}
	return a, nil
}

func (a *agents) of(router string) (device.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x := a.open[router]; x != nil {
		return x, nil
	}
	address, ok := a.address[router]
	if !ok {
		return nil, fmt.Errorf("router %s has no agent", router)
	}
	x, err := agent.Dial(context.Background(), agent.Target{Router: router, Address: address, Identity: a.identity})
	if err != nil {
		return nil, err
	}
	a.open[router] = x
	return x, nil
}

func (a *agents) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.open {
		x.Close()
	}
}

// replay makes the machine of a rollout anew: the one named, or the journal's last.
func replay(dir, id string) (*canary.Machine, error) {
	lines, err := journal.Read(dir)
	if err != nil {
		return nil, err
	}
	return replayed(lines, id)
}

func replayed(lines []journal.Line, id string) (*canary.Machine, error) {
	id, err := Latest(lines, id)
	if err != nil {
		return nil, err
	}
	return canary.Replay(lines, id)
}

// Status is where a rollout of a journal stands, by the journal alone: it works whether a controller runs or not.
func Status(dir, id string) (*canary.Document, error) {
	held, err := journal.Held(dir) // first: what a controller wrote before it ended is among the lines
	if err != nil {
		return nil, err
	}
	lines, err := journal.Read(dir)
	if err != nil {
		return nil, err
	}
	m, err := replayed(lines, id)
	if err != nil {
		return nil, err
	}
	d := m.Document(time.Now())
	if m.Ended() {
		last, err := Latest(lines, "")
		packed(lines, d, held != nil && last == d.ID)
		return d, err
	}
	if held != nil {
		d.Controller = fmt.Sprintf("%s, process %d", held.Owner, held.PID)
	}
	return d, nil
}

// Lines are a journal's lines, of one rollout or ("") of all.
func Lines(dir, id string) ([]journal.Line, error) {
	lines, err := journal.Read(dir)
	if err != nil || id == "" {
		return lines, err
	}
	if id, err = Latest(lines, id); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(lines, func(l journal.Line) bool { return l.Rollout != id }), nil
}

// board is the last document, for whoever asks over the socket.
type board struct {
	mu  sync.Mutex
	doc json.RawMessage
}

func (b *board) set(d *canary.Document) {
	text, err := json.Marshal(d)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.doc = text
}

func (b *board) get() json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.doc
}
