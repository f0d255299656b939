package simulate

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
)

// Grace is how long an agent may take to come back once its deadline is past, it and its daemon are up, and nothing has
// gone wrong for that long: the longest pause between two attempts, and the attempt.
const Grace = 45 * time.Second

// promise is what a router owes, known from what was asked of it and answered: it runs the configuration that stands, or
// one whose confirmation or return is not answered yet; anything else only until the deadline.
type promise struct {
	settled  string            // what stands
	maybe    map[string]string // by "confirm CHANGE" or "restore HASH": asked, and no answer yet
	others   map[string]bool   // what somebody else gave the daemon while nothing was unconfirmed
	changes  map[string]device.Order
	hashes   map[device.Hash]string
	deadline time.Duration // of the change armed last
	faulted  time.Duration // when something went wrong last
	up       time.Duration // since when the agent's process runs
	hangs    bool          // the daemon does not answer
	told     map[string]bool
	seen     device.Status // what the agent said last, at rest
}

func meaning(c device.Configuration) string { return strings.Join(lines(c), "\n") }

func (p *promise) old(c device.Configuration) {
	p.settled = meaning(c)
	p.maybe, p.others = map[string]string{}, map[string]bool{}
	p.told = map[string]bool{}
	p.changes, p.hashes = map[string]device.Order{}, map[device.Hash]string{}
}

func (p *promise) knows(c device.Configuration) { p.hashes[c.Hash()] = meaning(c) }

func (p *promise) stands(m string) bool {
	return m == p.settled || p.others[m] || slices.Contains(slices.Collect(maps.Values(p.maybe)), m)
}

func (r *Router) arming(o device.Order) {
	r.knows(o.Base)
	r.knows(o.Candidate)
	if _, again := r.changes[o.Change]; !again {
		r.changes[o.Change] = o
	}
	r.deadline = max(r.deadline, r.world.now+o.Window)
}

// confirming: from here the candidate may stand.
func (r *Router) confirming(change string) (before bool) {
	_, before = r.maybe["confirm "+change]
	if o, ok := r.changes[change]; ok {
		r.maybe["confirm "+change] = meaning(o.Candidate)
	}
	return before
}

func (r *Router) confirmed(change string) {
	o, ok := r.changes[change]
	if !ok {
		r.world.breaks("%s: %s is confirmed, which nobody armed", r.Name, change)
		return
	}
	r.settle(meaning(o.Candidate))
}

func (r *Router) settle(m string) {
	r.settled = m
	clear(r.maybe)
	// What somebody else did after the agent had read back is not the agent's: it may stay.
	now := strings.Join(r.daemon.lines, "\n")
	maps.DeleteFunc(r.others, func(other string, _ bool) bool { return other != now })
}

func (r *Router) unconfirmed(change string) { delete(r.maybe, "confirm "+change) }

func (r *Router) restoring(h device.Hash) {
	if m, ok := r.hashes[h]; ok {
		r.maybe["restore "+string(h)] = m
		r.faulted = r.world.now // it takes its time: what runs on the way is no broken promise
	}
}

func (r *Router) restored(h device.Hash) {
	m, ok := r.hashes[h]
	if !ok {
		r.world.breaks("%s: restored %s, which it never had", r.Name, h.Short())
		return
	}
	r.settle(m)
}

// foreign notes another's configuration. On top of what stands it may stay; on top of what is unconfirmed it may not.
func (r *Router) foreign(before string, c device.Configuration) {
	if r.stands(before) {
		r.others[meaning(c)] = true
	}
}

// persisted holds what the daemon will start with against what stands.
func (r *Router) persisted(c device.Configuration) {
	if m := meaning(c); !r.stands(m) {
		r.world.breaks("%s: the daemon will start with what nobody confirmed:\n%s", r.Name, m)
	}
}

// watch is asked after every step.
func (r *Router) watch() {
	w := r.world
	if r.agent != nil && !r.busy {
		st, _ := r.agent.Status(context.Background())
		r.hear(st)
	}
	if r.hangs || r.daemon.deaf {
		r.faulted = w.now
	}
	if !r.daemon.up || r.agent == nil {
		return
	}
	since := max(r.deadline, r.faulted, r.up)
	if w.now-since < Grace {
		return
	}
	if m := strings.Join(r.daemon.lines, "\n"); !r.stands(m) && m != meaning(r.daemon.startup) {
		if !r.told[m] {
			r.told[m] = true
			w.breaks("%s: unconfirmed %v past its deadline: it runs\n%s", r.Name, (w.now - r.deadline).Round(time.Second), m)
		}
	}
}

// hear takes the agent at its word, where it says how a change ended.
func (r *Router) hear(st device.Status) {
	if st.Phase != device.Idle || st.Change == r.seen.Change && st.Outcome == r.seen.Outcome && st.Confirmed == r.seen.Confirmed {
		r.seen.Phase = st.Phase
		return
	}
	r.seen = st
	switch st.Outcome {
	case device.Reverted:
		delete(r.maybe, "confirm "+st.Change)
	case device.Confirmed:
		if _, asked := r.maybe["confirm "+st.Change]; asked {
			r.confirmed(st.Change)
		} else if o, ok := r.changes[st.Change]; !ok || meaning(o.Candidate) != r.settled {
			r.world.breaks("%s: %s is confirmed, which nobody confirmed", r.Name, st.Change)
		}
	case device.Restored:
		if _, asked := r.maybe["restore "+string(st.Confirmed)]; asked {
			r.restored(st.Confirmed)
		}
	}
}

// Verdict is the end of the promise, asked when nothing goes wrong any more and time enough has passed: the agent is at
// rest, and the router runs, and starts with, what stands. It returns what is wrong.
func (r *Router) Verdict() []string {
	var out []string
	if r.agent == nil || !r.daemon.up {
		return append(out, r.Name+": agent or daemon is down")
	}
	st, err := r.agent.Status(context.Background())
	if err != nil || st.Phase != device.Idle {
		out = append(out, r.Name+": the agent is "+string(st.Phase)+": "+st.Detail)
	}
	m := strings.Join(r.daemon.lines, "\n")
	start := meaning(r.daemon.startup)
	switch {
	case r.stands(m):
	case len(r.others) > 0 && m == start: // somebody else's configuration was not kept over a restart
	default:
		out = append(out, r.Name+": runs what does not stand:\n"+m+"\nwhat stands:\n"+r.settled)
	}
	if len(r.others) == 0 && len(r.maybe) == 0 && start != r.settled {
		out = append(out, r.Name+": starts with what does not stand:\n"+start+"\nwhat stands:\n"+r.settled)
	}
	return out
}

// Settled is what stands, as the lines of the daemon's model.
func (r *Router) Settled() string { return r.promise.settled }
