// Package bird drives BIRD 2 through its control socket on the router's own machine: it has BIRD configure itself from a
// candidate file with BIRD's own undo armed, compares what BIRD tells with the candidate, and confirms to BIRD then.
//
// BIRD does not print its configuration. What it runs is known by when it read it, which BIRD does tell.
package bird

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/compare"
	"github.com/routegate/routegate/network"
)

// Options say where the daemon of one router is. The zero value is Debian's BIRD.
type Options struct {
	Router     string // its name, for messages and observations
	Socket     string // the control socket; "" is /run/bird/bird.ctl
	ConfigFile string // what bird reads when it starts; "" is /etc/bird/bird.conf
	// StateDir is where candidates lie while BIRD runs them; it must outlive this process, and BIRD's user must be able to
	// read there. "" is the folder routegate beside ConfigFile.
	StateDir string
	// Undo is when BIRD goes back by itself if this process dies between having it configure and confirming; 0 is a minute.
	// BIRD counts in seconds.
	Undo time.Duration
}

// Driver is a device.Driver. Its calls are made one at a time.
type Driver struct {
	o           Options
	seen        status // that Incarnation was asked for last
	incarnation string
}

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver {
	if o.Router == "" {
		o.Router = "this router"
	}
	if o.Socket == "" {
		o.Socket = "/run/bird/bird.ctl"
	}
	if o.ConfigFile == "" {
		o.ConfigFile = "/etc/bird/bird.conf"
	}
	if o.StateDir == "" {
		o.StateDir = filepath.Join(filepath.Dir(o.ConfigFile), "routegate")
	}
	if o.Undo == 0 {
		o.Undo = time.Minute
	}
	return &Driver{o: o}
}

// Running is what BIRD was given, or what stands on disk where it read that. It fails where neither is certain: where a file was
// changed after BIRD read it.
func (d *Driver) Running(ctx context.Context) (device.Configuration, error) {
	s, err := askStatus(ctx, d.o.Socket)
	if err != nil {
		return device.Configuration{}, err
	}
	return d.runs(s)
}

// Check has BIRD read the candidate without taking it (`configure check`).
func (d *Driver) Check(ctx context.Context, candidate device.Configuration) error {
	if _, err := d.read(candidate); err != nil {
		return err
	}
	folder, err := d.prepare(candidate)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return d.configure(ctx, folder, "configure check "+strconv.Quote(filepath.Join(folder, mainFile)))
}

// configure sends a command that reads a file; what BIRD refuses in it is named by the candidate's own file.
func (d *Driver) configure(ctx context.Context, folder, command string) error {
	_, err := ask(ctx, d.o.Socket, command)
	var no *refusal
	if errors.As(err, &no) {
		return fmt.Errorf("BIRD refuses the candidate: %w", &refusal{within(no.text, folder)})
	}
	return err
}

// Apply has BIRD configure itself from the candidate, with its own undo armed; waits until BIRD shows what the candidate says; and
// confirms. Where that fails BIRD is told to undo at once. The file that BIRD starts with is not touched.
func (d *Driver) Apply(ctx context.Context, to device.Configuration) error {
	model, err := d.read(to)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	before, err := askStatus(ctx, d.o.Socket)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	folder, err := d.prepare(to)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	r, err := d.readRecord()
	if err != nil {
		r = record{} // it is about what ran before, which ends here
	}
	r.Pending, r.Asked, r.Boot = folder, time.Now(), before.reboot
	if err := d.writeRecord(r); err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	seconds := max(1, int(d.o.Undo/time.Second))
	err = d.configure(ctx, folder, fmt.Sprintf("configure %s timeout %d", strconv.Quote(filepath.Join(folder, mainFile)), seconds))
	var no *refusal
	if errors.As(err, &no) {
		r.Pending = ""
		return errors.Join(fmt.Errorf("nothing was touched: %w", err), d.writeRecord(r))
	}
	if err != nil {
		return &device.StateError{Err: fmt.Errorf("%w (BIRD goes back by itself within %d s if it had begun)", err, seconds), Unreachable: true}
	}
	after, err := d.taken(ctx, before)
	if err != nil {
		return &device.StateError{Err: fmt.Errorf("%w (BIRD goes back by itself within %d s if it had begun)", err, seconds), Unreachable: true}
	}
	r.Pending = ""
	r.Given = append(r.Given, given{after.reboot, after.reconfigured, folder})
	if err := d.writeRecord(r); err != nil {
		return d.undo(ctx, to, err)
	}
	if err := d.await(ctx, to, model); err != nil {
		return d.undo(ctx, to, err)
	}
	if _, err := ask(ctx, d.o.Socket, "configure confirm"); err != nil {
		return d.undo(ctx, to, err)
	}
	return nil
}

// taken waits until BIRD says that it runs what it read after the status before.
func (d *Driver) taken(ctx context.Context, before status) (status, error) {
	for {
		s, err := askStatus(ctx, d.o.Socket)
		switch {
		case err != nil:
			return s, err
		case !sameTime(s.reboot, before.reboot):
			return s, fmt.Errorf("BIRD was started anew at %s, while it configured itself", s.reboot)
		case s.up && !s.same(before):
			return s, nil
		}
		if err := pause(ctx); err != nil {
			return s, err
		}
	}
}

// await waits until BIRD's protocols are those of the model: protocols that restart go down first.
func (d *Driver) await(ctx context.Context, c device.Configuration, model *network.Router) error {
	for start := time.Now(); ; {
		left, err := d.contradictions(ctx, c, model)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return nil
		}
		if time.Since(start) > d.o.Undo/2 {
			return fmt.Errorf("BIRD took the candidate and shows something else: %s", left[0])
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(100 * time.Millisecond):
		return nil
	}
}

// undo has BIRD go back at once, and says what is known then.
func (d *Driver) undo(ctx context.Context, to device.Configuration, err error) error {
	if _, e := ask(ctx, d.o.Socket, "configure undo"); e != nil {
		return &device.StateError{Err: errors.Join(err, e), Unreachable: true}
	}
	left, e := d.Differences(ctx, to)
	return &device.StateError{Err: err, Left: left, Unreachable: e != nil}
}

// Differences compares what BIRD was given with what is wanted, by the model, and both with the protocols that BIRD shows.
func (d *Driver) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	meant, err := d.read(want)
	if err != nil {
		return nil, err
	}
	now, err := d.Running(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := d.read(now)
	if err != nil {
		return nil, fmt.Errorf("what BIRD was given: %w", err)
	}
	left := compare.Routers(meant, runs)
	shown, err := d.contradictions(ctx, want, meant)
	if err != nil {
		return nil, err
	}
	for _, x := range shown {
		if !slices.ContainsFunc(left, func(y device.Difference) bool { return x.Path == y.Path }) {
			left = append(left, x)
		}
	}
	return left, nil
}

// contradictions are the facts that BIRD shows and that are not the configuration's: its BGP protocols and whom they speak to.
func (d *Driver) contradictions(ctx context.Context, c device.Configuration, model *network.Router) (left []device.Difference, err error) {
	shown, err := d.protocols(ctx)
	if err != nil {
		return nil, err
	}
	var want []*network.Neighbor
	listens := false
	for _, v := range model.VRFs {
		if v.BGP != nil {
			want, listens = append(want, v.BGP.Neighbors...), listens || len(v.BGP.Listen) > 0
		}
	}
	for _, n := range want {
		i := slices.IndexFunc(shown, func(p protocol) bool { return p.name == n.Name })
		path := "bgp/neighbor " + n.Key()
		if i < 0 {
			left = append(left, device.Difference{Path: path, Want: "protocol " + n.Name})
			continue
		}
		p := shown[i]
		if a, err := netip.ParseAddr(p.neighbor); err == nil && n.Address.IsValid() && a.WithZone("") != n.Address.WithZone("") {
			left = append(left, device.Difference{Path: path + "/address", Want: n.Address.String(), Running: p.neighbor})
		}
		if as, err := strconv.ParseUint(p.remoteAS, 10, 32); err == nil && n.RemoteAS.Kind == network.RemoteASNumber && uint32(as) != n.RemoteAS.Number {
			left = append(left, device.Difference{Path: path + "/remote-as", Want: strconv.FormatUint(uint64(n.RemoteAS.Number), 10), Running: p.remoteAS})
		}
	}
	for _, p := range shown {
		if p.kind == "BGP" && !dynamic.MatchString(p.name) && !mentions(c, p.name) && !listens {
			left = append(left, device.Difference{Path: "bgp/neighbor " + p.neighbor, Running: "protocol " + p.name})
		}
	}
	return left, nil
}

// Persist writes the files that BIRD reads when it starts: those that are included first, the main one last.
func (d *Driver) Persist(ctx context.Context, c device.Configuration) error {
	main, others, err := split(c)
	if err != nil {
		return err
	}
	if _, err := d.read(c); err != nil {
		return err
	}
	home := filepath.Dir(d.o.ConfigFile)
	for _, f := range others {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return fmt.Errorf("a file of the configuration is called %q: want a name below %s", f.Name, home)
		}
		to := filepath.Join(home, filepath.FromSlash(f.Name))
		if err := d.folders(filepath.Dir(to)); err != nil {
			return err
		}
		if err := device.ReplaceFile(to, f.Data); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return device.ReplaceFile(d.o.ConfigFile, main.Data)
}

// Incarnation is when BIRD started and when it read the configuration that it runs: any reload that BIRD takes shows, by whomever.
// A reload that BIRD refuses does not show, though it disarms BIRD's own undo.
func (d *Driver) Incarnation(ctx context.Context) (string, error) {
	s, err := askStatus(ctx, d.o.Socket)
	if err != nil {
		return "", err
	}
	if !s.same(d.seen) {
		d.incarnation = "reboot=" + s.reboot + " reconfigured=" + s.reconfigured
	}
	d.seen = s // a slow slew is followed
	return d.incarnation, nil
}
