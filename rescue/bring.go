package rescue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// term is how long a router is taken for; longer than a call to a daemon may last. A dead laptop keeps others waiting no
// longer than that.
const term = 2 * time.Minute

// bring returns one router by the first of its ways that leads there. A way that breaks under way is followed by the next.
func (e *engine) bring(ctx context.Context, r bundle.Router) RouterReport {
	from := time.Now()
	out := RouterReport{Name: r.Name, Stage: r.Stage, Outcome: Unreachable, Tried: []Attempt{}}
	offered := false
	for _, w := range e.Ways {
		if ctx.Err() != nil {
			break
		}
		if !w.Offered(r) {
			continue
		}
		offered = true
		e.tell(r.Name, "trying "+w.Name())
		begun := time.Now()
		reach, end := context.WithTimeout(ctx, e.Reach)
		reached, err := w.Reach(reach, r)
		end()
		if err == nil {
			out.Way = w.Name()
			err = e.restore(ctx, r, reached, &out)
			reached.Close()
		}
		a := Attempt{Way: w.Name(), Seconds: time.Since(begun).Seconds()}
		if err != nil {
			a.Error = line(err)
		}
		out.Tried = append(out.Tried, a)
		out.Seconds = time.Since(from).Seconds()
		if err == nil {
			return out
		}
		e.tell(r.Name, w.Name()+": "+a.Error)
	}
	if out.Outcome == Unreachable {
		out.Way = ""
	}
	switch {
	case out.Detail != "":
	case ctx.Err() != nil:
		out.Outcome, out.Detail = Waiting, "interrupted before it was reached"
	case !offered:
		out.Detail = "the bundle gives no way in that this command has"
	default:
		out.Detail = "none of its ways leads there"
	}
	return out
}

func line(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// restore does it at a router that was reached. An error is for a way that broke: the next one may do better. What the router
// itself says is in the report.
func (e *engine) restore(ctx context.Context, r bundle.Router, at Reached, out *RouterReport) error {
	say := func(o Outcome, format string, args ...any) error {
		out.Outcome, out.Detail = o, fmt.Sprintf(format, args...)
		return nil
	}
	st, err := at.Status(ctx)
	if err != nil {
		return err
	}
	stored, err := at.Stored(ctx)
	if err != nil {
		return err
	}
	replacer, _ := at.(Replacer)
	has := e.Configurations
	if replacer == nil {
		has = nil
	}
	to, err := e.Selection.choose(r, st, stored, has)
	if err != nil {
		return say(Failed, "%s", err)
	}
	out.Target, out.What = to.hash, to.what
	switch {
	case to.none:
		return say(Untouched, "%s", to.what)
	case e.Record != nil && e.Record.Former != "":
		if err := at.Release(ctx, e.Record.Former); err != nil {
			return err
		}
	}
	if to.lost {
		return e.replace(ctx, r, at, replacer, to, out)
	}
	lease, err := at.Lease(ctx, e.Holder, term)
	var refusal *device.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == device.RefusedLease:
		return say(Held, "%s", others(lease))
	case errors.As(err, &refusal):
		return say(Failed, "no lease: %s", refusal.Detail)
	case err != nil:
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		_ = at.Release(last, e.Holder) // it ends by itself, too
	}()
	e.tell(r.Name, "returning to "+to.what)
	return e.follow(ctx, r, at, out, device.Restored, func(ctx context.Context) (device.Status, error) {
		return at.RestoreFor(ctx, to.hash, e.Holder, "by "+e.Holder)
	})
}

func others(l Lease) string {
	return fmt.Sprintf("%s is bringing it back since %s; their lease ends in %s unless they go on", l.Holder, l.Since.UTC().Format("15:04:05 UTC"), l.Left.Round(time.Second))
}

// replace runs the bundle's bytes where the router lost its own. That is a change, against which a lease stands, be it one's own: nobody may
// have the router, and the change that is armed keeps others off.
func (e *engine) replace(ctx context.Context, r bundle.Router, at Reached, by Replacer, to target, out *RouterReport) error {
	lease, err := at.Lease(ctx, "", 0)
	switch {
	case err != nil:
		return err
	case lease.Holder != "" && lease.Holder != e.Holder:
		out.Outcome, out.Detail = Held, others(lease)
		return nil
	case lease.Holder != "":
		if err := at.Release(ctx, e.Holder); err != nil {
			return err
		}
	}
	e.tell(r.Name, "running "+to.what)
	return e.follow(ctx, r, at, out, device.Confirmed, func(ctx context.Context) (device.Status, error) {
		return by.Replace(ctx, e.Configurations[to.hash], "rescue-"+time.Now().UTC().Format("20060102-150405.000"))
	})
}

// follow asks for the target and waits until the router says that it runs, and that this is how it ended.
func (e *engine) follow(ctx context.Context, r bundle.Router, at Reached, out *RouterReport, end device.Outcome, ask func(context.Context) (device.Status, error)) error {
	long, cancel := context.WithTimeout(ctx, e.Patience)
	defer cancel()
	st, err := ask(long)
	var failure *device.Failure
	var refusal *device.Refusal
	switch {
	case errors.As(err, &refusal):
		out.Outcome, out.Detail = Failed, "it refused: "+refusal.Detail
		return nil
	case errors.As(err, &failure):
		st = failure.Status
	case err != nil:
		out.Outcome, out.Detail = Unreachable, "the way broke while it was returning, and it may be back: "+line(err)
		return err
	}
	said := ""
	for st.Phase != device.Idle {
		if st.Detail != said {
			said = st.Detail
			e.tell(r.Name, string(st.Phase)+": "+said)
		}
		select {
		case <-long.Done():
			out.Outcome = Failed
			out.Detail = fmt.Sprintf("it is %s: %s; its agent goes on trying", st.Phase, st.Detail)
			return nil
		case <-time.After(300 * time.Millisecond):
		}
		if st, err = at.Status(long); err != nil {
			out.Outcome, out.Detail = Unreachable, "the way broke while it was returning, and it may be back: "+line(err)
			return err
		}
	}
	switch {
	case st.Outcome != end || st.Confirmed != out.Target:
		out.Outcome, out.Detail = Failed, fmt.Sprintf("it ended as %s with %s: %s", cmp.Or(string(st.Outcome), "nothing"), st.Confirmed.Short(), st.Detail)
	case strings.Contains(st.Detail, device.RunsAlready):
		out.Outcome, out.Detail = Ran, "ran it already: read back, not touched"
	default:
		out.Outcome, out.Detail = Back, "read back and verified"
	}
	return nil
}
