// Package drill walks the whole way of a rescue and changes nothing: it reaches every router of a bundle by each of its ways,
// proves who is there, compares what can be returned to with what the bundle says, and looks whether the credential could do
// more than it should. Out comes a report of what would not have worked.
//
// What it does not show: that a restore itself succeeds, since none is made.
package drill

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

// Schema names the report's form.
const Schema = "routegate.drill/v1"

// Kind is of the journal's lines that a drill is stamped with; their data is a Report.
const Kind = "rescue-drill"

// Report is what a drill found. A value.
type Report struct {
	Schema   string    `json:"schema"`
	Network  string    `json:"network"`
	Serial   uint64    `json:"serial"` // of the bundle
	At       time.Time `json:"at"`
	Seconds  float64   `json:"seconds"`
	Denied   []string  `json:"denied"` // what the drill did without, and how
	DeniedBy Means     `json:"denied_by,omitempty"`
	Routers  []Router  `json:"routers"`
	Problems []string  `json:"problems"` // of the bundle or of all routers
}

// Router is one router's part.
type Router struct {
	Name string `json:"name"`
	Ways []Way  `json:"ways"`
}

// Way is one way that the bundle offers.
type Way struct {
	Name     string   `json:"name"`
	Reached  bool     `json:"reached"`
	Seconds  float64  `json:"seconds"`
	Problems []string `json:"problems"`
}

// Works reports a drill after which nothing is to be mended.
func (r *Report) Works() bool {
	if len(r.Problems) > 0 {
		return false
	}
	for _, x := range r.Routers {
		if len(x.Ways) == 0 || slices.ContainsFunc(x.Ways, func(w Way) bool { return len(w.Problems) > 0 || !w.Reached }) {
			return false
		}
	}
	return true
}

// Lost are the routers that no way led to.
func (r *Report) Lost() []string {
	var out []string
	for _, x := range r.Routers {
		if !slices.ContainsFunc(x.Ways, func(w Way) bool { return w.Reached }) {
			out = append(out, x.Name)
		}
	}
	return out
}

// Summary is one sentence.
func (r *Report) Summary() string {
	ways, bad := 0, 0
	for _, x := range r.Routers {
		for _, w := range x.Ways {
			if ways++; !w.Reached || len(w.Problems) > 0 {
				bad++
			}
		}
	}
	switch lost := r.Lost(); {
	case len(lost) > 0:
		return fmt.Sprintf("%d of %d routers could not have been brought back by any way", len(lost), len(r.Routers))
	case bad > 0:
		return fmt.Sprintf("every router is reached; %d of %d ways have something to mend", bad, ways)
	case len(r.Problems) > 0:
		return "every way works; the bundle has something to mend"
	}
	return fmt.Sprintf("%d routers are reached by all of their %d ways", len(r.Routers), ways)
}

// Stamp is the line of the journal: the summary, and how the drill was kept off what it was denied.
func (r *Report) Stamp() string {
	switch r.DeniedBy {
	case ByNamespace:
		return r.Summary() + "; it was cut off by a network namespace"
	case ByProcess:
		return r.Summary() + "; it was cut off within its process only"
	}
	return r.Summary()
}

// limited is a way that can be asked whether its credential may do too much.
type limited interface {
	Excess(ctx context.Context, router bundle.Router) ([]string, error)
}

// Options are what a drill is given.
type Options struct {
	Contents *bundle.Contents
	Ways     []rescue.Way
	// Refuse says why a way may not be walked, "" where it may; nil: all may.
	Refuse func(way rescue.Way, router bundle.Router) string
	Cut    *Cut // of this process; nil: nothing is denied
	At     time.Time
	// Workers are how many routers are visited at once; 0: ten.
	Workers  int
	Patience time.Duration // with one way; 0: a minute
	Progress func(done, total int)
}

// Run makes the drill. It ends with the context, and what was not tried says so.
func Run(ctx context.Context, o Options) *Report {
	if o.Workers <= 0 {
		o.Workers = 10
	}
	if o.Patience <= 0 {
		o.Patience = time.Minute
	}
	c := o.Contents
	start := time.Now()
	out := &Report{Schema: Schema, Network: c.Network, Serial: c.Serial, At: o.At.UTC(), Denied: []string{}, Problems: []string{}, Routers: make([]Router, len(c.Routers))}
	var wait sync.WaitGroup
	var mu sync.Mutex
	done := 0
	next := make(chan int)
	for range o.Workers {
		wait.Go(func() {
			for i := range next {
				out.Routers[i] = o.visit(ctx, c.Routers[i])
				mu.Lock()
				if done++; o.Progress != nil {
					o.Progress(done, len(c.Routers))
				}
				mu.Unlock()
			}
		})
	}
	for i := range c.Routers {
		next <- i
	}
	close(next)
	wait.Wait()
	if len(c.Credential.SSHKey) == 0 {
		out.Problems = append(out.Problems, "the bundle has no SSH key: with an agent dead, only its router's own console is left")
	}
	if o.Cut != nil {
		o.Cut.stamp(out)
	}
	out.Seconds = time.Since(start).Seconds()
	return out
}

func (o *Options) visit(ctx context.Context, r bundle.Router) Router {
	out := Router{Name: r.Name, Ways: []Way{}}
	for _, w := range o.Ways {
		if w.Offered(r) {
			out.Ways = append(out.Ways, o.walk(ctx, w, r))
		}
	}
	return out
}

// walk is one way to one router.
func (o *Options) walk(ctx context.Context, w rescue.Way, r bundle.Router) (out Way) {
	out = Way{Name: w.Name(), Problems: []string{}}
	bad := func(format string, args ...any) { out.Problems = append(out.Problems, fmt.Sprintf(format, args...)) }
	start := time.Now()
	defer func() { out.Seconds = time.Since(start).Seconds() }()
	if o.Refuse != nil {
		if why := o.Refuse(w, r); why != "" {
			bad("%s", why)
			return out
		}
	}
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	x, err := w.Reach(ctx, r)
	if err != nil {
		bad("%v", err)
		return out
	}
	out.Reached = true
	st, err := x.Status(ctx)
	switch {
	case err != nil:
		bad("status: %v", err)
	case st.Phase == device.Stuck:
		bad("its switch is stuck: %s", st.Detail)
	}
	if stored, err := x.Stored(ctx); err != nil {
		bad("stored configurations: %v", err)
	} else {
		out.Problems = append(out.Problems, compare(r, stored)...)
	}
	if err := x.Close(); err != nil {
		bad("%v", err)
	}
	l, ok := w.(limited)
	if !ok {
		return out
	}
	excess, err := l.Excess(ctx, r)
	for _, e := range excess {
		bad("the credential can do too much: %s", e)
	}
	if err != nil {
		bad("whether the credential can do too much could not be seen: %v", err)
	}
	return out
}

// compare is what differs between the configurations that the bundle says the router can return to and those that it has.
func compare(r bundle.Router, stored []device.Stored) []string {
	var out []string
	for _, e := range r.History {
		if !slices.ContainsFunc(stored, func(s device.Stored) bool { return s.Hash == e.Hash }) {
			out = append(out, fmt.Sprintf("the router has no more the configuration %s of %s, which the bundle has", e.Hash.Short(), nameOf(e.Change)))
		}
	}
	if len(stored) > 0 && !slices.ContainsFunc(r.History, func(e bundle.Entry) bool { return e.Hash == stored[0].Hash }) {
		out = append(out, fmt.Sprintf("the bundle does not have the router's newest configuration %s of %s: pack it anew", stored[0].Hash.Short(), nameOf(stored[0].Change)))
	}
	return out
}

func nameOf(change string) string {
	if change == "" {
		return "an unnamed change"
	}
	return "change " + change
}
