package stdio

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
)

// Silence is how long a client hears nothing before it takes the connection for dead: several of the server's beats.
const Silence = 15 * time.Second

// tries is how often a call is repeated whose line was garbled.
const tries = 3

// Client asks a server. Its calls are made one at a time. Where no answer came, the error is device.ErrUnreachable and the
// client is Broken: what was asked may have been done.
type Client struct {
	Router  string // what the server calls itself
	Program string // its version of routegate

	out    io.Writer
	end    func() error
	heard  chan reply    // replies, and an end
	broken chan struct{} // closed when the streams are given up
	once   sync.Once
	id     string
	count  int

	mu   sync.Mutex
	why  error    // why heard ended
	over bool     // nothing more will be heard
	said []string // the last lines that were not of the protocol
}

var _ rescue.Reached = (*Client)(nil)

// NotThereError is a command that ended, or said other things, before it spoke the protocol.
type NotThereError struct {
	Said []string // the last lines it wrote, with what is no text taken out
	Err  error
}

func (e *NotThereError) Error() string {
	if len(e.Said) == 0 {
		return fmt.Sprintf("no routegate answers there: %v", e.Err)
	}
	return fmt.Sprintf("no routegate answers there: %v; it said %q", e.Err, strings.Join(e.Said, " / "))
}

func (e *NotThereError) Unwrap() error { return e.Err }

// unheardError is a call without an answer.
type unheardError struct{ why error }

func (e *unheardError) Error() string   { return e.why.Error() }
func (e *unheardError) Unwrap() []error { return []error{device.ErrUnreachable, e.why} }

// Open waits for a server's hello, within the context. close ends the streams: reading returns then; Close calls it, and so does
// Open when it fails.
func Open(ctx context.Context, in io.Reader, out io.Writer, close func() error) (*Client, error) {
	c := &Client{out: out, end: close, heard: make(chan reply), broken: make(chan struct{}), id: rand.Text()[:8]}
	go c.listen(in)
	for {
		r, err := c.hear(ctx)
		if err != nil {
			c.hangUp()
			if errors.Is(err, device.ErrUnreachable) {
				err = &NotThereError{Said: c.noise(), Err: err}
			}
			return nil, err
		}
		if r.V != Version {
			c.hangUp()
			return nil, fmt.Errorf("the routegate there speaks version %d of the rescue's protocol, this one %d", r.V, Version)
		}
		if r.Hello != nil {
			c.Router, c.Program = r.Hello.Router, r.Hello.Program
			return c, nil
		}
	}
}

// hangUp ends the streams; what is still said is passed over.
func (c *Client) hangUp() {
	c.once.Do(func() {
		close(c.broken)
		_ = c.end()
	})
}

// Broken reports whether the streams are of no use any more: open new ones and call again.
func (c *Client) Broken() bool {
	select {
	case <-c.broken:
		return true
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

func (c *Client) listen(in io.Reader) {
	l := newLines(in, largestLine)
	defer close(c.heard)
	for {
		line, err := l.next()
		if err != nil {
			c.mu.Lock()
			c.why, c.over = err, true
			c.mu.Unlock()
			return
		}
		var r reply
		switch err := decode(sayMark, line, &r); {
		case errors.Is(err, errNoise):
			c.note(line)
			continue
		case err != nil:
			r = reply{V: Version, Garbled: true}
		}
		select {
		case c.heard <- r:
		case <-c.broken:
			return
		}
	}
}

// note keeps what else was said, for the message to a person.
func (c *Client) note(line []byte) {
	text := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, string(line[:min(len(line), 200)])))
	if text == "" || strings.Contains(text, askMark) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said = append(c.said, text); len(c.said) > 4 {
		c.said = c.said[1:]
	}
}

func (c *Client) noise() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.said...)
}

// hear is the next reply. The error wraps device.ErrUnreachable where none comes.
func (c *Client) hear(ctx context.Context) (reply, error) {
	silent := time.NewTimer(Silence)
	defer silent.Stop()
	select {
	case r, ok := <-c.heard:
		if ok {
			return r, nil
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.why == nil || errors.Is(c.why, io.EOF) {
			return reply{}, &unheardError{errors.New("the connection ended")}
		}
		return reply{}, &unheardError{c.why}
	case <-silent.C:
		return reply{}, &unheardError{fmt.Errorf("nothing was heard for %s", Silence)}
	case <-ctx.Done():
		return reply{}, &unheardError{context.Cause(ctx)}
	}
}

// call asks, and asks again where noise ran into a line.
func (c *Client) call(ctx context.Context, q request) (reply, error) {
	q.V = Version
	for try := 1; ; try++ {
		c.count++
		q.ID = fmt.Sprintf("%s-%d", c.id, c.count)
		r, err := c.ask(ctx, q)
		if err != nil || !r.Garbled {
			return r, err
		}
		if try == tries {
			return reply{}, &unheardError{fmt.Errorf("%d lines were garbled on their way", tries)}
		}
	}
}

func (c *Client) ask(ctx context.Context, q request) (reply, error) {
	line, err := encode(askMark, q)
	if err != nil {
		return reply{}, err
	}
	if len(line) > largestAsk {
		return reply{}, &device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf("the call is of %d bytes, at most %d are taken: shorten the reason", len(line), largestAsk)}
	}
	stop := context.AfterFunc(ctx, c.hangUp) // a write to a dead connection may never return
	_, err = c.out.Write(line)
	stop()
	if err != nil {
		c.hangUp()
		return reply{}, &unheardError{err}
	}
	for {
		r, err := c.hear(ctx)
		switch {
		case err != nil:
			// Whether an answer is still on its way is not known: what comes next could be of any call.
			c.hangUp()
			return reply{}, err
		case r.Garbled, r.ID == q.ID:
			return r, nil
		}
		// A beat, a second hello, or the answer to a call that was given up.
	}
}

func (c *Client) Status(ctx context.Context) (device.Status, error) {
	return c.status(ctx, request{Call: callStatus})
}

func (c *Client) RestoreFor(ctx context.Context, to device.Hash, holder, reason string) (device.Status, error) {
	return c.status(ctx, request{Call: callRestore, To: to, Holder: holder, Reason: reason})
}

func (c *Client) status(ctx context.Context, q request) (device.Status, error) {
	r, err := c.call(ctx, q)
	if err == nil {
		err = r.Error.err()
	}
	if err == nil && r.Status == nil {
		err = fmt.Errorf("%w: the answer to %s says nothing", device.ErrUnreachable, q.Call)
	}
	if err != nil {
		return device.Status{}, err
	}
	return r.Status.device(), nil
}

func (c *Client) Stored(ctx context.Context) ([]device.Stored, error) {
	r, err := c.call(ctx, request{Call: callStored})
	if err == nil {
		err = r.Error.err()
	}
	return fromStored(r.Stored), err
}

func (c *Client) Lease(ctx context.Context, holder string, term time.Duration) (rescue.Lease, error) {
	r, err := c.call(ctx, request{Call: callLease, Holder: holder, TermMS: term.Milliseconds()})
	if err == nil {
		err = r.Error.err()
	}
	return r.Lease.rescue(), err
}

func (c *Client) Release(ctx context.Context, holder string) error {
	r, err := c.call(ctx, request{Call: callRelease, Holder: holder})
	if err == nil {
		err = r.Error.err()
	}
	return err
}

// Close tells the server that it is done, so that a console's shell is left as it was found, and ends the streams.
func (c *Client) Close() error {
	defer c.hangUp()
	if c.Broken() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = c.call(ctx, request{Call: callEnd})
	return nil
}
