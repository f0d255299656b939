package stdio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
)

// Options of a server.
type Options struct {
	Router  string // the router's name, which the client compares with the bundle's
	Program string // the version of routegate
	// Idle is how long to wait for a call; 0: five minutes. A server in a dead agent's place keeps the agent from its
	// folder meanwhile.
	Idle time.Duration
	// Beat is how often a server that works says so; 0: every two seconds.
	Beat time.Duration
}

// ErrIdle is the end of a server that was asked nothing for too long.
var ErrIdle = errors.New("nobody asked anything")

// Serve answers calls until the input ends, the client says that it is done (both nil), the context ends or nobody asks
// (ErrIdle). What was begun is ended first, and so is what the context interrupts: the caller must not let SIGHUP or SIGPIPE
// end the process. Only one call is worked on at a time.
func Serve(ctx context.Context, in io.Reader, out io.Writer, r rescue.Reached, o Options) error {
	if o.Idle <= 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Beat <= 0 {
		o.Beat = 2 * time.Second
	}
	s := &server{o: o, r: r, out: out}
	s.greet()
	asked := make(chan request, 8)
	over := make(chan struct{})
	defer close(over)
	var ended error
	go func() {
		defer close(asked)
		ended = s.read(in, asked, over)
	}()
	for {
		select {
		case q, ok := <-asked:
			if !ok {
				return ended
			}
			if q.Call == callEnd {
				s.say(reply{ID: q.ID})
				return nil
			}
			s.answer(ctx, q)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(o.Idle):
			return ErrIdle
		}
	}
}

type server struct {
	o Options
	r rescue.Reached

	mu      sync.Mutex
	out     io.Writer
	greeted time.Time
}

// say writes a line. An output that is gone is found by the input's end; what is under way goes on.
func (s *server) say(r reply) {
	r.V = Version
	line, err := encode(sayMark, r)
	if err != nil || len(line) > largestLine {
		line, _ = encode(sayMark, reply{V: Version, ID: r.ID, Error: &problem{Kind: "unreachable", Detail: fmt.Sprintf("the answer is of %d bytes, more than %d", len(line), largestLine)}})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.out.Write(line)
}

func (s *server) greet() {
	s.mu.Lock()
	again := time.Since(s.greeted) < time.Second/2
	if !again {
		s.greeted = time.Now()
	}
	s.mu.Unlock()
	if !again {
		s.say(reply{Hello: &hello{s.o.Router, s.o.Program}})
	}
}

// read hands on what is asked. A line that is none of the protocol's is somebody's who types the command at a console at
// which it still runs, because nothing hung up when the last connection died: it is greeted.
func (s *server) read(in io.Reader, asked chan<- request, over <-chan struct{}) error {
	l := newLines(in, largestAsk)
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var q request
		switch err := decode(askMark, line, &q); {
		case errors.Is(err, errNoise):
			if len(line) > 0 {
				s.greet()
			}
			continue
		case err != nil:
			s.say(reply{Garbled: true})
			continue
		case q.V != Version:
			s.say(reply{ID: q.ID, Error: toProblem(&device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf("a call of version %d, this routegate speaks version %d", q.V, Version)})})
			continue
		}
		select {
		case asked <- q:
		case <-over:
			return nil
		}
	}
}

// answer does what is asked, and says that it lives meanwhile.
func (s *server) answer(ctx context.Context, q request) {
	// A caller that hangs up stops nothing half-way.
	ctx = context.WithoutCancel(ctx)
	done := make(chan reply, 1)
	go func() { done <- s.call(ctx, q) }()
	beat := time.NewTicker(s.o.Beat)
	defer beat.Stop()
	for {
		select {
		case r := <-done:
			s.say(r)
			return
		case <-beat.C:
			s.say(reply{Still: true})
		}
	}
}

func (s *server) call(ctx context.Context, q request) reply {
	out := reply{ID: q.ID}
	var err error
	switch q.Call {
	case callStatus:
		var st device.Status
		if st, err = s.r.Status(ctx); err == nil {
			out.Status = toStatus(st)
		}
	case callStored:
		var all []device.Stored
		if all, err = s.r.Stored(ctx); err == nil {
			out.Stored = toStored(all)
		}
	case callLease:
		// Who holds it is told with the refusal.
		var l rescue.Lease
		l, err = s.r.Lease(ctx, q.Holder, ms(q.TermMS))
		out.Lease = toLease(l)
	case callRelease:
		err = s.r.Release(ctx, q.Holder)
	case callRestore:
		var st device.Status
		if st, err = s.r.RestoreFor(ctx, q.To, q.Holder, q.Reason); err == nil {
			out.Status = toStatus(st)
		}
	default:
		err = &device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf("no call %.40q: a rescue may status, stored, lease, release and restore", q.Call)}
	}
	out.Error = toProblem(err)
	return out
}
