package rescue_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

const old, bad = device.Hash("sha256:01d0"), device.Hash("sha256:bad0")

// router is one that ways lead to: it runs something, has had something, and may have faults.
type router struct {
	mu     sync.Mutex
	runs   device.Hash
	holder string
	at     time.Time // of the restore
	by     []string  // who restored it
	deaf   map[string]bool
	dies   int           // so many restores break the way
	full   bool          // its disk refuses
	takes  time.Duration // a restore
	had    []device.Stored
}

type network struct {
	began   time.Time
	routers map[string]*router
}

// way is rescue.Way by a name.
type way struct {
	name string
	n    *network
	only []string // routers that the bundle gives it for; nil: all
}

func (w way) Name() string { return w.name }
func (w way) Offered(r bundle.Router) bool {
	return w.only == nil || slices.Contains(w.only, r.Name)
}
func (w way) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	x := w.n.routers[r.Name]
	if x.deaf[w.name] {
		<-ctx.Done()
		return nil, errors.New("no answer")
	}
	return &reached{x}, nil
}

type reached struct{ r *router }

func (x *reached) status() device.Status {
	return device.Status{Phase: device.Idle, Outcome: device.Restored, Confirmed: x.r.runs}
}
func (x *reached) Status(context.Context) (device.Status, error) {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	return x.status(), nil
}
func (x *reached) Stored(context.Context) ([]device.Stored, error) { return x.r.had, nil }
func (x *reached) Lease(_ context.Context, holder string, term time.Duration) (device.Lease, error) {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	l := device.Lease{Holder: x.r.holder, Left: term}
	if x.r.holder != "" && x.r.holder != holder {
		return l, &device.Refusal{Code: device.RefusedLease, Detail: "held"}
	}
	x.r.holder, l.Holder = holder, holder
	return l, nil
}
func (x *reached) Release(_ context.Context, holder string) error {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	if x.r.holder == holder {
		x.r.holder = ""
	}
	return nil
}

// may says why a restore is not begun; nil where it is.
func (x *reached) may(holder string) error {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	switch {
	case x.r.holder != holder:
		return &device.Refusal{Code: device.RefusedLease, Detail: "not yours"}
	case x.r.full:
		return &device.Refusal{Code: device.RefusedStorage, Detail: "no space left on device"}
	case x.r.dies > 0:
		x.r.dies--
		return device.ErrUnreachable
	}
	return nil
}

func (x *reached) RestoreFor(ctx context.Context, to device.Hash, holder, _ string) (device.Status, error) {
	if err := x.may(holder); err != nil {
		return device.Status{}, err
	}
	select { // without the lock: virtual time stands still while somebody waits for one
	case <-ctx.Done():
		return device.Status{}, ctx.Err()
	case <-time.After(x.r.takes):
	}
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	st := x.status()
	if x.r.runs == to {
		st.Detail = device.RunsAlready
		return st, nil
	}
	x.r.runs, x.r.at = to, time.Now()
	x.r.by = append(x.r.by, holder)
	return x.status(), nil
}
func (x *reached) Close() error { return nil }

// world is n routers that run what is bad, and the options that bring them back by two ways.
func world(n int) (*network, rescue.Options) {
	w := &network{began: time.Now(), routers: map[string]*router{}}
	o := rescue.Options{Network: "test", Holder: "ann", Reach: 5 * time.Second, Patience: 10 * time.Second}
	for i := range n {
		name := fmt.Sprintf("r%02d", i)
		w.routers[name] = &router{runs: bad, deaf: map[string]bool{}, takes: time.Second, had: []device.Stored{{Hash: bad, Change: "c-2"}, {Hash: old, Change: "before c-2"}}}
		o.Routers = append(o.Routers, bundle.Router{Name: name, History: []bundle.Entry{{Hash: old, At: w.began}}})
	}
	o.Ways = []rescue.Way{way{"agent", w, nil}, way{"ssh", w, nil}}
	return w, o
}

func outcomes(r *rescue.Report) (out []string) {
	for _, x := range r.Routers {
		out = append(out, string(x.Outcome)+" by "+x.Way)
	}
	return out
}

// TestOrderOfWays: the first way that leads there is taken, after its time; none other is tried. What is back is then only verified.
func TestOrderOfWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := world(2)
		w.routers["r01"].deaf["agent"] = true
		r := rescue.Run(t.Context(), o)
		if got := outcomes(r); !slices.Equal(got, []string{"back by agent", "back by ssh"}) || len(r.Routers[0].Tried) != 1 || len(r.Routers[1].Tried) != 2 || r.ExitCode() != 0 {
			t.Errorf("%q, %+v", got, r.Routers)
		}
		if w.routers["r01"].runs != old || w.routers["r01"].holder != "" {
			t.Errorf("%+v", w.routers["r01"])
		}
		if r = rescue.Run(t.Context(), o); !slices.Equal(outcomes(r), []string{"ran by agent", "ran by ssh"}) || len(w.routers["r00"].by) != 1 {
			t.Errorf("the second time: %q, restored by %q", outcomes(r), w.routers["r00"].by)
		}
	})
}

// TestPace: stages follow one another, no more than AtOnce are under way, and Pace lies between two.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := world(6)
		for i := range o.Routers {
			o.Routers[i].Stage = i / 4
		}
		o.AtOnce = 2
		rescue.Run(t.Context(), o)
		var at []time.Duration
		for _, r := range o.Routers {
			at = append(at, w.routers[r.Name].at.Sub(w.began))
		}
		if want := []time.Duration{1e9, 1e9, 2e9, 2e9, 3e9, 3e9}; !slices.Equal(at, want) {
			t.Errorf("two at once, two stages: back after %v, want %v", at, want)
		}
		w, o = world(3)
		o.Pace = 10 * time.Second
		rescue.Run(t.Context(), o)
		if d := w.routers["r02"].at.Sub(w.routers["r00"].at); d != 20*time.Second {
			t.Errorf("%v between the first and the third, want 20 s", d)
		}
	})
}

// TestHalfUnreachable: those that can be reached are back in spite of the others, which are tried once more and named; exit code 1.
func TestHalfUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := world(20)
		for i, r := range o.Routers {
			if i%2 == 1 {
				w.routers[r.Name].deaf = map[string]bool{"agent": true, "ssh": true}
			}
		}
		r := rescue.Run(t.Context(), o)
		good, lost, _ := r.Counts()
		if good != 10 || lost != 10 || r.ExitCode() != 1 || r.Routers[1].Outcome != rescue.Unreachable || len(r.Routers[1].Tried) != 4 {
			t.Errorf("%d good, %d not, exit %d: %+v", good, lost, r.ExitCode(), r.Routers[1])
		}
		if r.Seconds > 120 {
			t.Errorf("%.0f s for two ways of 5 s, twice, eight at once", r.Seconds)
		}
	})
}

// TestDiesHalfWay: a router whose way breaks while it returns is followed by the next way; one that breaks by all is not called back.
func TestDiesHalfWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := world(2)
		w.routers["r00"].dies, w.routers["r01"].dies = 1, 100
		r := rescue.Run(t.Context(), o)
		if r.Routers[0].Outcome != rescue.Back || r.Routers[0].Way != "ssh" {
			t.Errorf("%+v", r.Routers[0])
		}
		if r.Routers[1].Good() || !strings.Contains(r.Routers[1].Detail, "it may be back") || r.ExitCode() != 1 {
			t.Errorf("%+v", r.Routers[1])
		}
	})
}

// TestDiskFull: a router whose disk is full refuses, which no other way changes; one whose disk is ours stops nothing.
func TestDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := world(2)
		w.routers["r00"].full = true
		r := rescue.Run(t.Context(), o)
		if r.Routers[0].Outcome != rescue.Failed || !strings.Contains(r.Routers[0].Detail, "no space left") || len(r.Routers[0].Tried) != 1 || r.Routers[1].Outcome != rescue.Back {
			t.Errorf("%+v", r.Routers)
		}
	})
	record, err := rescue.OpenRecord(t.TempDir(), "test", "all", "ann", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	record.Close() // nothing can be written any more
	w, o := world(1)
	w.routers["r00"].takes, o.Record = 0, record
	if r := rescue.Run(t.Context(), o); r.ExitCode() != 0 || len(r.Notes) != 1 {
		t.Errorf("a record that takes nothing: %q, notes %q", outcomes(r), r.Notes)
	}
}

// TestTwoPeople: a router that another has is held and named; once they let go it is brought back. Nobody restores for the other.
func TestTwoPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ann := world(6)
		ben := ann
		ben.Holder = "ben"
		var wg sync.WaitGroup
		var reports [2]*rescue.Report
		for i, o := range []rescue.Options{ann, ben} {
			wg.Go(func() { reports[i] = rescue.Run(t.Context(), o) })
		}
		wg.Wait()
		for name, r := range w.routers {
			if r.runs != old || len(r.by) != 1 {
				t.Errorf("%s runs %s, restored by %q", name, r.runs, r.by)
			}
		}
		w.routers["r00"].runs, w.routers["r00"].holder = bad, "carl"
		r := rescue.Run(t.Context(), ann)
		if r.Routers[0].Outcome != rescue.Held || !strings.Contains(r.Routers[0].Detail, "carl is bringing it back") || w.routers["r00"].runs != bad || w.routers["r00"].holder != "carl" {
			t.Errorf("%+v", r.Routers[0])
		}
	})
}

// TestResume: Ctrl-C leaves routers that were not begun as they are, gives leases back, and the same command goes on under the same id.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	open := func() *rescue.Record {
		t.Helper()
		now = now.Add(time.Second) // a record is called by its second and its process
		r, err := rescue.OpenRecord(dir, "test", "all", "ann", now)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	w, o := world(4)
	for _, r := range w.routers {
		r.takes = 0
	}
	o.AtOnce, o.Record = 1, open()
	o.Holder = o.Record.Holder
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o.Told = func(e rescue.Event) {
		if e.End != nil && e.Router == "r01" {
			stop()
		}
	}
	first := rescue.Run(ctx, o)
	o.Record.Close()
	if !first.Interrupted || w.routers["r03"].runs != bad {
		t.Fatalf("interrupted %v: %q", first.Interrupted, outcomes(first))
	}
	again := open()
	if !again.Resumed || again.ID != first.ID || !again.Done["r00"] || again.Done["r03"] || again.Holder != o.Holder {
		t.Errorf("%+v, first was %s", again, first.ID)
	}
	o.Record, o.Told = again, nil
	r := rescue.Run(t.Context(), o)
	again.Close()
	if r.ExitCode() != 0 || r.ID != first.ID || r.Routers[0].Outcome != rescue.Ran || r.Routers[3].Outcome != rescue.Back {
		t.Errorf("%q", outcomes(r))
	}
	for name, x := range w.routers {
		if x.holder != "" || len(x.by) != 1 {
			t.Errorf("%s is held by %q, was restored by %q", name, x.holder, x.by)
		}
	}
	if last := open(); last.Resumed {
		t.Error("what has ended is gone on with")
	} else {
		last.Close()
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%d records, %v", len(names), err)
	}
}

// TestResumedByAnother: the leases of who left it are not in the way, and others are told the name of who has it now.
func TestResumedByAnother(t *testing.T) {
	w, o := world(1)
	dir := t.TempDir()
	open := func(who string) *rescue.Record {
		t.Helper()
		r, err := rescue.OpenRecord(dir, "test", "all", who, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	bert := open("bert")
	x := w.routers["r00"]
	x.holder, x.takes = bert.Holder, 0 // he is dead, and his lease is not
	bert.Close()
	o.Record = open("carl")
	defer o.Record.Close()
	o.Holder = o.Record.Holder
	if r := rescue.Run(t.Context(), o); r.ExitCode() != 0 || len(x.by) != 1 || !strings.HasPrefix(x.by[0], "carl, ") {
		t.Errorf("%q, restored by %q", outcomes(r), x.by)
	}
}

// TestProbes: all back and a probe silent is exit code 1; it is asked until it answers.
func TestProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, o := world(1)
		o.Routers[0].Probes = []bundle.Probe{{Address: netip.MustParseAddrPort("203.0.113.53:53")}}
		asked := 0
		o.Dial = func(context.Context, netip.AddrPort) (net.Conn, error) {
			if asked++; asked < 5 {
				return nil, errors.New("refused")
			}
			near, _ := net.Pipe()
			return near, nil
		}
		if r := rescue.Run(t.Context(), o); r.ExitCode() != 0 || len(r.Probes) != 1 || r.Probes[0].Seconds != 2 {
			t.Errorf("%+v", r.Probes)
		}
		o.Dial = func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, errors.New("refused") }
		if r := rescue.Run(t.Context(), o); r.ExitCode() != 1 || r.Probes[0].Error != "refused" {
			t.Errorf("%+v", r.Probes)
		}
	})
}
