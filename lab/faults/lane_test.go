package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/lab/labtest"
)

// lane is one network in which faults follow each other: core, and a router that changes.
type lane struct {
	t      testing.TB
	m      *labtest.Managed
	router string
	driver device.Driver
	files  [2]map[string]string // of both sides
	side   int                  // that runs

	controller *exec.Cmd
	said       bytes.Buffer
	journal    string
	count      int
}

// sides are the snapshots, by what runs and what is to run; with core's change in names.
var sides = [2]string{"a", "b"}

func newLane(t testing.TB, router string) *lane {
	t.Helper()
	l := &lane{t: t, router: router, m: labtest.UpManaged(t, before(router))}
	l.driver = l.m.Driver(t, router)
	l.files = [2]map[string]string{before(router), edited(t, before(router), router)}
	for i, name := range sides {
		l.m.Write(t, name, l.files[i])
		l.m.Write(t, name+"-core", edited(t, l.files[i], "core"))
	}
	return l
}

// outcome is how one fault ended.
type outcome struct {
	runs   string        // old or new
	result canary.Result // the rollout's
	over   time.Duration // how long after a deadline the switch still had not ended
	missed bool          // the step did not come, so that nothing was tried
	broken []string      // promises
}

// run begins a rollout, has the fault at the step, and follows it to its end.
func (l *lane) run(s step, k kind, delay time.Duration) (o outcome) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	awaitSession(l.t, l.driver)
	l.count++
	l.journal = filepath.Join(l.m.Dir, fmt.Sprintf("journal-%d", l.count))
	l.said.Reset()
	to, more := sides[1-l.side], []string(nil)
	if s.core {
		to, more = to+"-core", []string{"--accept-loss", "core"} // who else originates the service
	}
	ended := l.start(append([]string{"rollout", "start", "--before", sides[l.side], "--after", to}, more...)...)
	clock := l.watchDeadlines(ctx)
	mended := make(chan error, 1)
	var wg sync.WaitGroup
	struck, aborted, journal := false, s.abort == nil, newTail(l.journal)
	for !struck {
		select {
		case <-ended:
			// What came last may hold the step all the same.
			ended = nil
		default:
			time.Sleep(glance)
		}
		for _, r := range journal.next() {
			if !aborted && s.abort(r, l.router) {
				aborted = true
				wg.Go(l.abort)
			}
			if !struck && aborted && s.is(r, l.router) {
				struck = true
				time.Sleep(delay)
				if err := k.strike(ctx, l); err != nil {
					o.broken = append(o.broken, fmt.Sprintf("the fault: %v", err))
				}
				go func() { mended <- l.mend(ctx, k) }()
			}
		}
		if ended == nil && !struck {
			o.missed = true
			mended <- nil
			break
		}
	}
	if ended != nil {
		l.await(ctx, ended, &o)
	}
	wg.Wait() // where the controller died first, who aborts has led the rollout
	if k.alone {
		time.Sleep(window + 2*time.Second) // nobody comes
		l.isWhole(ctx, s, &o)
	}
	if err := <-mended; err != nil {
		o.broken = append(o.broken, fmt.Sprintf("mending: %v", err))
	}
	l.finish(ctx, &o)
	o.over = clock()
	if o.over > late {
		o.broken = append(o.broken, fmt.Sprintf("unconfirmed %v after its deadline", o.over.Round(100*time.Millisecond)))
	}
	l.judge(ctx, &o)
	return o
}

// late is how long after its deadline a router may be on its way back: what died is started again after a second, and an adapter
// takes some to apply and to read back on a machine with other work.
const late = 15 * time.Second

func (l *lane) mend(ctx context.Context, k kind) error {
	if k.mend == nil {
		return nil
	}
	time.Sleep(k.lasts)
	return k.mend(ctx, l)
}

// start starts the program in the operator's namespace as the controller.
func (l *lane) start(args ...string) chan error {
	l.t.Helper()
	cmd, err := l.m.Routegate(args...)
	must(l.t, err)
	cmd.Env = append(cmd.Env, "ROUTEGATE_JOURNAL="+l.journal)
	cmd.Stdout, cmd.Stderr = &l.said, &l.said
	must(l.t, cmd.Start())
	l.controller = cmd
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended
}

func (l *lane) abort() {
	cmd, err := l.m.Routegate("rollout", "abort", "--reason", "a person says so")
	if err == nil {
		cmd.Env = append(cmd.Env, "ROUTEGATE_JOURNAL="+l.journal)
		_ = cmd.Run() // its answer is in the journal
	}
}

func (l *lane) await(ctx context.Context, ended chan error, o *outcome) {
	select {
	case <-ended:
	case <-ctx.Done():
		o.broken = append(o.broken, "the controller does not end")
		_ = l.controller.Process.Kill()
		<-ended
	}
}

// finish has a controller go on with a rollout that was left, until it has ended.
func (l *lane) finish(ctx context.Context, o *outcome) {
	for range 3 {
		if d := l.document(); d != nil && d.Phase == string(canary.Ended) {
			o.result = canary.Result(d.Result)
			return
		} else if d == nil {
			o.result = "not begun"
			return
		}
		l.await(ctx, l.start("rollout", "resume"), o)
	}
	o.broken = append(o.broken, "the rollout does not end")
}

// document is where the rollout stands, by its journal; nil where there is none.
func (l *lane) document() *canary.Document {
	cmd, err := l.m.Routegate("rollout", "status", "-o", "json")
	must(l.t, err)
	cmd.Env = append(cmd.Env, "ROUTEGATE_JOURNAL="+l.journal)
	out, err := cmd.Output()
	d := &canary.Document{}
	if err != nil || json.Unmarshal(out, d) != nil {
		return nil
	}
	return d
}

// isWhole: a router that nobody commands any more runs the old or the confirmed new configuration.
func (l *lane) isWhole(ctx context.Context, s step, o *outcome) {
	st, err := l.m.Status(l.router)
	if err != nil || st.Phase != device.Idle {
		o.broken = append(o.broken, fmt.Sprintf("left alone, its agent says %q, %v", st.Phase, err))
		return
	}
	confirmed := false // a change before this rollout says nothing
	if d := l.document(); d != nil && strings.HasPrefix(st.Change, d.ID+"/") {
		// A way back that is taken back leaves what had been confirmed.
		confirmed = (st.Outcome == device.Confirmed) != strings.Contains(st.Change, "/back")
	}
	is, want := l.runs(ctx), l.side
	if confirmed {
		want = 1 - l.side
	}
	if is != want && !(s.abort != nil && is == l.side) {
		o.broken = append(o.broken, fmt.Sprintf("left alone, its agent says %q (%s), and it runs side %d", st.Outcome, st.Detail, is))
	}
}

// runs says which side's configuration the router runs, by the driver's model; -1: neither.
func (l *lane) runs(ctx context.Context) int {
	for side := range l.files {
		if left, err := l.driver.Differences(ctx, configuration(l.files[side], l.router)); err == nil && len(left) == 0 {
			return side
		}
	}
	return -1
}

// judge looks at the router when all is over: at its daemon, at what that starts with, at its agent, and at what was said.
func (l *lane) judge(ctx context.Context, o *outcome) {
	bad := func(format string, args ...any) { o.broken = append(o.broken, fmt.Sprintf(format, args...)) }
	st := awaitAgent(l.t, l.m, l.router)
	if st.Phase != device.Idle {
		bad("when all is over its agent is %s: %s", st.Phase, st.Detail)
	}
	is := l.runs(ctx)
	if is < 0 {
		for side := range l.files {
			left, err := l.driver.Differences(ctx, configuration(l.files[side], l.router))
			bad("it runs neither: side %d: %v, %v", side, left, err)
		}
		return
	}
	if got := l.startsWith(); got != is {
		bad("it runs side %d, and starts with side %d", is, got)
	}
	o.runs = "old"
	if is != l.side {
		o.runs = "new"
	}
	switch {
	case o.result == canary.Completed && o.runs != "new",
		(o.result == canary.Returned || o.result == canary.Refused) && o.runs != "old":
		bad("the rollout says %s, and the router runs %s", o.result, o.runs)
	}
	l.side = is
	// Where core changes too the rollout is aborted, and core is on its old configuration, unless a controller that was killed was
	// aborted too late and the next one had completed it.
	old := configuration(l.files[is], "core")
	if left, err := l.m.Driver(l.t, "core").Differences(ctx, old); err != nil || len(left) > 0 {
		if err != nil || o.result != canary.Completed {
			bad("core: %v, %v", left, err)
		}
		must(l.t, l.m.Driver(l.t, "core").Apply(ctx, old))
	}
}

// startsWith is the side of the file that the daemon reads when it starts.
func (l *lane) startsWith() int {
	text, err := os.ReadFile(filepath.Join(l.m.Folder(l.t, l.router), filepath.Base(file[l.router].name)))
	must(l.t, err)
	if strings.Contains(string(text), "198.51.100.0/24") {
		return 1
	}
	return 0
}

// watchDeadlines asks the agent again and again, and says in the end by how much a change was over its deadline and not ended.
func (l *lane) watchDeadlines(ctx context.Context) func() time.Duration {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan time.Duration, 1)
	go func() {
		var worst time.Duration
		deadline := map[string]time.Time{}
		for ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
			st, err := l.m.Status(l.router)
			if err != nil || st.Phase == device.Idle || st.Phase == device.Confirming {
				continue
			}
			if _, ok := deadline[st.Change]; !ok {
				deadline[st.Change] = time.Now().Add(st.Remaining)
			}
			worst = max(worst, time.Since(deadline[st.Change]))
		}
		over <- worst
	}()
	return func() time.Duration { cancel(); return <-over }
}
