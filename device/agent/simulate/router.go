package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/deadman"
)

// Kind is what a crash takes.
type Kind int

const (
	KillAgent  Kind = iota // the agent's process; what it wrote stays in the page cache
	KillDaemon             // the daemon; it starts anew with what it reads at start
	Reboot                 // both, and everything that was not synced
	DiskFull               // no crash: from here the disk is full, for a while
	DiskBroken             // no crash: from here the disk fails, for a while
)

// Kinds are all of them.
var Kinds = []Kind{KillAgent, KillDaemon, Reboot, DiskFull, DiskBroken}

func (k Kind) String() string {
	return [...]string{"agent killed", "daemon killed", "reboot", "disk full", "disk broken"}[k]
}

// Router is one router: its machine with disk and clocks, its daemon, and the agent beside it.
type Router struct {
	Name string
	// Points counts the steps that the agent has taken: each is one place for a crash.
	Points int

	world  *World
	disk   *disk
	daemon *daemon
	agent  *agent.Agent // nil while it is down
	busy   bool         // within one of its agent's steps
	tick   time.Duration
	crash  func(point int, op string) (Kind, bool)
	gone   map[string]bool // sessions and prefixes that the network has lost

	boot       int
	booted     time.Duration // the world's time at boot
	skew       time.Duration // of the wall clock
	unreadable bool
	cut        bool // no message passes the management network

	promise
}

// died is what a crash throws through the agent's code.
type died struct{ kind Kind }

// Router adds a router whose daemon runs the configuration, with an agent beside it.
func (w *World) Router(name string, running device.Configuration) *Router {
	r := &Router{Name: name, world: w, boot: 1, booted: w.now - time.Hour, gone: map[string]bool{}}
	r.disk = newDisk(w.Rand, func(op string) { r.point("disk " + op) })
	r.daemon = &daemon{r: r, startup: running}
	r.daemon.start()
	r.promise.old(running)
	w.routers = append(w.routers, r)
	r.wakeUp()
	return r
}

// CrashAt crashes at the point with this number, counted from the router's beginning, once.
func (r *Router) CrashAt(point int, kind Kind) {
	r.crash = func(at int, _ string) (Kind, bool) { return kind, at == point }
}

// chance reports whether a fault comes.
func (r *Router) chance(p float64) bool { return p > 0 && r.world.Rand.Float64() < p }

func (r *Router) fault(what string) {
	r.world.Happened[what]++
	r.faulted = r.world.now
	r.world.tell("%s: %s", r.Name, what)
}

// point is a place between two steps of the agent.
func (r *Router) point(op string) {
	w, f := r.world, r.world.Faults
	w.Steps++
	r.Points++
	w.pass(time.Millisecond)
	if r.crash != nil {
		if kind, now := r.crash(r.Points, op); now {
			r.crash = nil
			w.tell("%s: at step %d (%s):", r.Name, r.Points, op)
			r.Crash(kind)
		}
	}
	switch {
	case r.chance(f.KillAgent):
		r.Crash(KillAgent)
	case r.chance(f.Reboot):
		r.Crash(Reboot)
	case r.chance(f.KillDaemon):
		r.Crash(KillDaemon)
	case r.chance(f.DiskFull):
		r.Crash(DiskFull)
	case r.chance(f.DiskBroken):
		r.Crash(DiskBroken)
	case r.chance(f.ClockUnreadable):
		r.fault("clock unreadable")
		r.unreadable = true
		w.After(w.span(20*time.Second), func() { r.unreadable = false })
	case r.chance(f.ClockJump):
		r.fault("clock set")
		r.skew += time.Duration(w.Rand.Int64N(int64(20*365*24*time.Hour))) - 10*365*24*time.Hour
	case r.chance(f.Foreign) && r.daemon.up:
		r.Foreign()
	}
}

// Foreign is somebody else at the daemon: a line comes that nobody ordered.
func (r *Router) Foreign() {
	r.fault("foreign reload")
	r.configure(Configuration(string(r.daemon.given.Files[0].Data) + fmt.Sprintf("foreign %d\n", r.daemon.started)))
}

// Configure is somebody else who gives the daemon a whole configuration.
func (r *Router) Configure(c device.Configuration) {
	r.fault("foreign reload")
	r.configure(c)
}

func (r *Router) configure(c device.Configuration) {
	before := strings.Join(r.daemon.lines, "\n")
	r.daemon.configure(c)
	r.foreign(before, c)
}

// Crash takes something down; it comes up again by itself, as systemd would have it. Within a step of the agent whose
// process ends, it does not return.
func (r *Router) Crash(kind Kind) {
	w := r.world
	r.fault(kind.String())
	switch kind {
	case KillDaemon, Reboot:
		if r.daemon.up {
			r.daemon.up = false
			after := w.span(15 * time.Second)
			if kind == Reboot {
				after += 20 * time.Second
			}
			w.After(after, func() { r.daemon.start(); r.faulted = w.now; w.tell("%s: daemon up", r.Name) })
		}
	case DiskFull:
		r.disk.full = true
		w.After(w.span(3*time.Minute), func() { r.disk.full = false; r.faulted = w.now })
	case DiskBroken:
		r.disk.broken = true
		w.After(w.span(time.Minute), func() { r.disk.broken = false; r.faulted = w.now })
	}
	if kind != KillAgent && kind != Reboot || r.agent == nil && !r.busy {
		return
	}
	r.agent = nil
	after := w.span(5 * time.Second)
	if kind == Reboot {
		r.disk.reboot()
		r.boot++
		r.booted = w.now
		after += 20 * time.Second
	}
	w.After(after, r.wakeUp)
	if r.busy {
		panic(died{kind})
	}
}

// wakeUp starts the agent's process.
func (r *Router) wakeUp() {
	if r.agent != nil || r.busy {
		return
	}
	r.world.tell("%s: agent starts", r.Name)
	ok := r.within(func() {
		a, err := agent.New(context.Background(), agent.Options{
			Router: r.Name, Driver: r.daemon, Disk: r.disk, Clock: clock{r}, Version: "simulated", Within: bound,
			Log: slog.New(teller{r}),
		})
		if err != nil {
			r.world.tell("%s: the agent does not start: %v", r.Name, err)
			r.world.After(5*time.Second, r.wakeUp)
			return
		}
		r.agent = a
		r.up = r.world.now
	})
	if ok && r.agent != nil {
		r.tick = r.world.now + r.agent.Pause()
	}
}

// within runs code of the agent; false says that its process ended in it.
func (r *Router) within(do func()) (ok bool) {
	r.busy = true
	defer func() {
		r.busy = false
		if p := recover(); p != nil {
			if _, crash := p.(died); !crash {
				panic(p)
			}
			ok = false
		}
	}()
	do()
	return true
}

// look is the agent's timer.
func (r *Router) look() {
	a := r.agent
	if r.within(func() { _ = a.Tick(context.Background()) }) {
		r.tick = max(r.world.now+a.Pause(), r.world.now+time.Millisecond)
	}
}

// Running are the lines that the daemon runs; nil while it is down.
func (r *Router) Running() []string {
	if !r.daemon.up {
		return nil
	}
	return slices.Clone(r.daemon.lines)
}

// Runs reports whether the daemon is up and runs exactly this.
func (r *Router) Runs(c device.Configuration) bool {
	return r.daemon.up && slices.Equal(r.daemon.lines, lines(c))
}

// StartsWith reports whether the daemon will read exactly this when it starts.
func (r *Router) StartsWith(c device.Configuration) bool {
	return slices.Equal(lines(r.daemon.startup), lines(c))
}

// Cut ends or allows messages over the management network.
func (r *Router) Cut(cut bool) { r.cut = cut }

// Lose takes a session or a prefix away in the network, or gives it back.
func (r *Router) Lose(name string, lost bool) { r.gone[name] = lost }

// Damage spoils a byte of every file of the disk whose name begins so; it returns how many.
func (r *Router) Damage(prefix string) (n int) {
	for name, i := range r.disk.names {
		if strings.HasPrefix(name, prefix) && len(i.seen) > 200 {
			i.seen[150] ^= 0x20
			i.synced = slices.Clone(i.seen)
			n++
		}
	}
	return n
}

func (r *Router) observe(all []string) device.Observation {
	o := device.Observation{Sessions: []device.Session{}, Routes: []device.Route{}, At: r.world.Wall()}
	for _, l := range all {
		_, l, _ = strings.Cut(l, ": ")
		kind, name, _ := strings.Cut(l, " ")
		switch {
		case kind == "session":
			o.Sessions = append(o.Sessions, device.Session{Neighbor: name, Established: !r.gone[name], State: "model"})
		case kind == "route" && !r.gone[name]:
			o.Routes = append(o.Routes, device.Route{Prefix: netip.MustParsePrefix(name)})
		}
	}
	return o
}

type clock struct{ r *Router }

func (c clock) Now() deadman.Instant {
	r := c.r
	if r.unreadable {
		return deadman.Instant{}
	}
	return deadman.Instant{Boot: fmt.Sprintf("boot-%d", r.boot), Since: r.world.now - r.booted, Wall: epoch.Add(r.world.now + r.skew)}
}

// teller prints what an agent logs.
type teller struct{ r *Router }

func (t teller) Enabled(context.Context, slog.Level) bool { return t.r.world.Log != nil }

func (t teller) Handle(_ context.Context, rec slog.Record) error {
	var b strings.Builder
	rec.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, " %s=%v", a.Key, a.Value); return true })
	t.r.world.tell("%s: agent: %s%s", t.r.Name, rec.Message, b.String())
	return nil
}

func (t teller) WithAttrs([]slog.Attr) slog.Handler { return t }
func (t teller) WithGroup(string) slog.Handler      { return t }
