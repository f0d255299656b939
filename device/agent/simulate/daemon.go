package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
)

// daemon is a model of a routing daemon and of its driver: a configuration is its lines, and an apply goes line by line,
// removals first, as real reloads do. It may end half-way, with an error or with the daemon's death.
type daemon struct {
	r       *Router
	up      bool
	startup device.Configuration // what it reads when it starts
	given   device.Configuration // what it was given last as a whole
	lines   []string             // what it runs, sorted
	deaf    bool                 // it says yes to everything and does nothing
	starts  int                  // how often it started
	started int                  // how often it started or was configured by others
}

var (
	errDown = &device.StateError{Err: errors.New("connection refused"), Unreachable: true}
	errHang = errors.New("the daemon did not answer in time")
)

func lines(c device.Configuration) []string {
	var out []string
	for _, f := range c.Sorted().Files {
		for l := range strings.Lines(string(f.Data)) {
			if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
				out = append(out, f.Name+": "+l)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (d *daemon) start() {
	d.up = true
	d.starts++
	d.given, d.lines = d.startup, lines(d.startup)
	d.started++
}

// configure is somebody else's reload.
func (d *daemon) configure(c device.Configuration) {
	d.given, d.lines = c, lines(c)
	d.started++
}

// call is the beginning of every call: it takes time, and the daemon may be down, die or hang.
func (d *daemon) call(ctx context.Context, op string) error {
	d.r.point("daemon " + op)
	d.r.world.pass(10 * time.Millisecond)
	if d.r.chance(d.r.world.Faults.Hang) {
		d.r.fault("hang in " + op)
		d.r.hangs = true
		d.r.world.pass(min(within(ctx), 2*time.Minute))
		d.r.hangs = false
		return errHang
	}
	if !d.up {
		return errDown
	}
	return nil
}

func (d *daemon) Running(ctx context.Context) (device.Configuration, error) {
	if err := d.call(ctx, "running"); err != nil {
		return device.Configuration{}, err
	}
	// The daemon writes it in its own way: the same meaning, other bytes.
	byFile := map[string][]string{}
	for _, l := range d.lines {
		name, line, _ := strings.Cut(l, ": ")
		byFile[name] = append(byFile[name], line)
	}
	var c device.Configuration
	for name, ls := range byFile {
		c.Files = append(c.Files, device.File{Name: name, Data: []byte("# running\n" + strings.Join(ls, "\n") + "\n")})
	}
	c = c.Sorted()
	d.r.knows(c)
	return c, nil
}

func (d *daemon) Check(ctx context.Context, c device.Configuration) error {
	if err := d.call(ctx, "check"); err != nil {
		return err
	}
	for _, l := range lines(c) {
		if strings.HasSuffix(l, ": refused") {
			return fmt.Errorf("%s: unknown command", l)
		}
	}
	return nil
}

func (d *daemon) Apply(ctx context.Context, to device.Configuration) error {
	if err := d.call(ctx, "apply"); err != nil {
		return err
	}
	if d.deaf {
		return nil
	}
	want := lines(to)
	defer d.orphaned(want)
	step := func(op string) error {
		d.r.point("daemon apply " + op)
		d.r.world.pass(20 * time.Millisecond)
		if !d.up {
			return errDown
		}
		if d.r.chance(d.r.world.Faults.ApplyFails) {
			d.r.fault("refused line")
			return &device.StateError{Err: errors.New(op + ": refused"), Left: d.left(want)}
		}
		return nil
	}
	for _, l := range slices.Clone(d.lines) {
		if _, ok := slices.BinarySearch(want, l); ok {
			continue
		}
		if err := step("no " + l); err != nil {
			return err
		}
		if i, ok := slices.BinarySearch(d.lines, l); ok {
			d.lines = slices.Delete(slices.Clone(d.lines), i, i+1)
		}
	}
	for _, l := range want {
		i, ok := slices.BinarySearch(d.lines, l)
		if ok {
			continue
		}
		if strings.HasSuffix(l, ": late refused") {
			return &device.StateError{Err: errors.New(l + ": refused when all is done"), Left: d.left(want)}
		}
		if err := step(l); err != nil {
			return err
		}
		if i, ok = slices.BinarySearch(d.lines, l); !ok {
			d.lines = slices.Insert(slices.Clone(d.lines), i, l)
		}
	}
	d.given = to
	d.r.point("daemon applied")
	return nil
}

// orphaned: where the agent is killed in the middle of an apply, the program that it had started to give the daemon the
// lines may live on and end its work a little later, as vtysh does.
func (d *daemon) orphaned(want []string) {
	p := recover()
	if p == nil {
		return
	}
	if x, ok := p.(died); ok && x.kind == KillAgent && d.up && d.r.world.Rand.IntN(2) == 0 {
		alive := d.starts
		d.r.world.After(d.r.world.span(1500*time.Millisecond), func() {
			if d.up && d.starts == alive {
				d.r.fault("orphan ends its work")
				d.lines = slices.DeleteFunc(slices.Clone(want), func(l string) bool { return strings.HasSuffix(l, ": late refused") })
			}
		})
	}
	panic(p)
}

func (d *daemon) left(want []string) []device.Difference {
	var out []device.Difference
	for _, l := range want {
		if _, ok := slices.BinarySearch(d.lines, l); !ok {
			out = append(out, device.Difference{Path: "line", Want: l})
		}
	}
	for _, l := range d.lines {
		if _, ok := slices.BinarySearch(want, l); !ok {
			out = append(out, device.Difference{Path: "line", Running: l})
		}
	}
	return out
}

func (d *daemon) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	if err := d.call(ctx, "differences"); err != nil {
		return nil, err
	}
	return d.left(lines(want)), nil
}

func (d *daemon) Persist(ctx context.Context, c device.Configuration) error {
	if err := d.call(ctx, "persist"); err != nil && !errors.Is(err, errDown) {
		return err // a file is written whether the daemon is up or not
	}
	if d.r.disk.full || d.r.disk.broken {
		return errors.New("no room for what the daemon starts with")
	}
	d.startup = c
	d.r.persisted(c)
	d.r.point("daemon persisted")
	return nil
}

func (d *daemon) Incarnation(ctx context.Context) (string, error) {
	if err := d.call(ctx, "incarnation"); err != nil {
		return "", err
	}
	return fmt.Sprint(d.started), nil
}

// Observe: a line "session NAME" is a session that is up, "route PREFIX" a best route, unless the world took it away.
func (d *daemon) Observe(ctx context.Context) (device.Observation, error) {
	if err := d.call(ctx, "observe"); err != nil {
		return device.Observation{}, err
	}
	return d.r.observe(d.lines), nil
}
