package corpus

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/routegate/routegate/gate"
)

// Outcome is what the gate said of a change.
type Outcome struct {
	*Change
	// Verdict is nil where the proposed files could not be read, which Refusal says: that is no allow either.
	Verdict *gate.Verdict
	Refusal error
}

// Passes reports whether the change may go out.
func (o *Outcome) Passes() bool { return o.Verdict != nil && o.Verdict.Verdict == gate.Allow }

// Remarked reports whether some policy has a finding on the change.
func (o *Outcome) Remarked() bool { return o.Verdict != nil && len(o.Verdict.Findings) > 0 }

// Why is why the change may not go out, in a few words.
func (o *Outcome) Why() string {
	switch {
	case o.Refusal != nil:
		return "unreadable: " + o.Refusal.Error()
	case o.Passes():
		return ""
	}
	for i := range o.Verdict.Findings {
		if f := &o.Verdict.Findings[i]; f.Denies {
			return f.Policy + ": " + f.Message
		}
	}
	for _, u := range o.Verdict.Unknowns {
		return "unknown, " + u.Kind + ": " + u.Message
	}
	return o.Verdict.Summary
}

// Run asks the gate about every change, some at once, below a folder that is the caller's to remove; outcomes are in the order of
// the changes. The policies are the library's, with what each network sets of its own. An error is of the disk, or ctx's end.
func Run(ctx context.Context, dir string, changes []*Change, progress func(done int)) ([]*Outcome, error) {
	before := map[*Network]string{}
	for _, c := range changes {
		if _, there := before[c.Network]; there {
			continue
		}
		where := filepath.Join(dir, "before", c.Network.Name)
		if err := c.Network.Files.Write(where); err != nil {
			return nil, err
		}
		before[c.Network] = where
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := make([]*Outcome, len(changes))
	next := make(chan int)
	var done sync.WaitGroup
	var told sync.Mutex
	finished := 0
	for range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			for i := range next {
				o, err := check(ctx, filepath.Join(dir, "after", strconv.Itoa(i)), before[changes[i].Network], changes[i])
				if err != nil {
					stop(err)
					continue
				}
				out[i] = o
				told.Lock()
				finished++
				progress(finished)
				told.Unlock()
			}
		})
	}
	for i := range changes {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	done.Wait()
	return out, context.Cause(ctx)
}

// day is when all checks take place: what the gate says must not depend on when it is asked.
var day = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// check asks the gate about one change, in a folder that it makes and removes.
func check(ctx context.Context, dir, before string, c *Change) (*Outcome, error) {
	defer os.RemoveAll(dir)
	if err := c.After.Write(dir); err != nil {
		return nil, err
	}
	v, err := gate.Check(ctx, gate.Options{Before: before, After: dir, Workers: 1, Now: day})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return &Outcome{Change: c, Verdict: v, Refusal: err}, nil
}
