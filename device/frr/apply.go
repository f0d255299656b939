package frr

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/compare"
	"github.com/routegate/routegate/device/process"
)

// Running is one file, frr.conf, as vtysh writes it. It fails where one of the daemons does not answer, for its part would be
// missing.
func (d *Driver) Running(ctx context.Context) (device.Configuration, error) {
	_, now, err := d.running(ctx)
	if err != nil {
		return device.Configuration{}, err
	}
	return device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(now)}}}, nil
}

// running is what all daemons run, and their names.
func (d *Driver) running(ctx context.Context) (names []string, now string, err error) {
	if names, err = daemons(ctx, d.o.sockets()); err != nil {
		return nil, "", err
	}
	now, err = d.vty().running(ctx)
	return names, now, err
}

// readable refuses a configuration in which nothing stands: to apply it would take everything away.
func (d *Driver) readable(c device.Configuration) error {
	if strings.Trim(text(c), "!\n ") == "" {
		return errors.New("the configuration is empty: it has no file that ends in .conf, or nothing stands in it")
	}
	_, err := d.read("candidate", text(c))
	return err
}

// Check has vtysh read the candidate, and rehearses the way to it from what runs. It needs what FRR's own daemons need: root,
// and the right to make a network namespace.
func (d *Driver) Check(ctx context.Context, candidate device.Configuration) error {
	if err := d.readable(candidate); err != nil {
		return err
	}
	want := text(candidate)
	refused, err := d.vty().syntax(ctx, want)
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		return refusedError(candidate, refused)
	}
	names, now, err := d.running(ctx)
	if err != nil {
		return err
	}
	_, err = d.rehearse(ctx, names, now, candidate)
	return err
}

// Apply gives the daemons the rehearsed steps, one after the other, and reads back what they run. It stops at the first line
// that is refused. Where no rehearsal is possible (it must not stand in the way back) the steps are computed from the texts
// alone; the candidate has to be written as FRR writes it then, as what Running read is.
func (d *Driver) Apply(ctx context.Context, to device.Configuration) error {
	if err := d.readable(to); err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	names, now, err := d.running(ctx)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	r, err := d.rehearse(ctx, names, now, to)
	switch {
	case errors.Is(err, errNoStage):
		drop := silent(text(to))
		r = &rehearsal{steps: steps(parse(now).without(drop), parse(text(to)).without(drop), nil)}
	case err != nil:
		return fmt.Errorf("nothing was touched: %w", err)
	}
	for i, s := range r.steps {
		refused, err := d.vty().load(ctx, s.text)
		if err == nil {
			_, err = daemons(ctx, d.o.sockets())
		}
		switch {
		case err != nil:
			return d.failed(ctx, to, fmt.Errorf("step %d of %d (%s): %w", i+1, len(r.steps), s.name, err))
		case len(s.unexpected(refused)) > 0:
			refused = s.unexpected(refused)
			return d.failed(ctx, to, fmt.Errorf("step %d of %d (%s): FRR refuses %s%s, which it took in the rehearsal", i+1, len(r.steps), s.name, refused[0].Text, andMore(len(refused)-1)))
		}
		if s.settle {
			if err := pause(ctx, delayTimer(now)); err != nil {
				return d.failed(ctx, to, fmt.Errorf("step %d of %d (%s): %w", i+1, len(r.steps), s.name, err))
			}
		}
	}
	left, err := d.Differences(ctx, to)
	switch {
	case err != nil:
		return &device.StateError{Err: fmt.Errorf("all %d steps were taken, and reading back failed: %w", len(r.steps), err), Unreachable: true}
	case len(left) > 0:
		return &device.StateError{Err: errors.New("all steps were taken, and FRR does not run the candidate"), Left: left}
	}
	return nil
}

// failed says what is known after a step that did not succeed.
func (d *Driver) failed(ctx context.Context, to device.Configuration, err error) error {
	left, readErr := d.Differences(ctx, to)
	return &device.StateError{Err: err, Unreachable: readErr != nil, Left: left}
}

// delayTimer is how long bgpd waits before it takes in route-maps that changed, with one second more for its own timer: 5 s
// where the configuration does not say otherwise. With 0 bgpd never does, and waiting is in vain.
func delayTimer(running string) time.Duration {
	wait := 5
	for line := range strings.Lines(running) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "bgp route-map delay-timer "); ok {
			if n, err := strconv.Atoi(rest); err == nil {
				wait = n
			}
		}
	}
	if wait == 0 {
		return 0
	}
	return time.Duration(wait+1) * time.Second
}

func pause(ctx context.Context, t time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(t):
		return nil
	}
}

// Differences compares by the model; lines outside of it, and what the model does not tell apart, by what FRR itself writes for
// both. Where no rehearsal is possible the lines outside of the model are compared as they stand.
func (d *Driver) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	names, now, err := d.running(ctx)
	if err != nil {
		return nil, err
	}
	stated := text(want)
	drop := silent(stated)
	canonical, stageErr := d.canonical(ctx, names, want)
	if stageErr == nil {
		stated = canonical
	} else if !errors.Is(stageErr, errNoStage) && ctx.Err() != nil {
		return nil, stageErr
	}
	meant, err := d.read("wanted", strip(stated, drop))
	if err != nil {
		return nil, err
	}
	runs, err := d.read("running", strip(now, drop))
	if err != nil {
		return nil, err
	}
	left := compare.Routers(meant, runs)
	if len(left) > 0 || stageErr != nil {
		return left, nil
	}
	for _, o := range difference(parse(now).without(drop), parse(canonical).without(drop)) {
		x := device.Difference{Path: strings.Join(append(o.path[:len(o.path):len(o.path)], "line"), " / "), Want: o.text}
		if o.remove {
			x.Want, x.Running = "", o.text
		}
		left = append(left, x)
	}
	return left, nil
}

// Persist writes the configuration to the file that the daemons read when they start, as one text.
func (d *Driver) Persist(ctx context.Context, c device.Configuration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return device.ReplaceFile(d.o.ConfigFile, []byte(text(c)))
}

// Incarnation holds each daemon's process and the content of the running configuration: FRR keeps no count of its changes.
// A configuration that was changed and changed back between two readings is not noticed.
func (d *Driver) Incarnation(ctx context.Context) (string, error) {
	names, now, err := d.running(ctx)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, n := range names {
		pid, started, err := process.Listener(ctx, filepath.Join(d.o.sockets(), n+".vty"))
		if err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("%s=%d@%s", n, pid, started))
	}
	return fmt.Sprintf("%s config=%.16x", strings.Join(parts, " "), sha256.Sum256([]byte(now))), nil
}
