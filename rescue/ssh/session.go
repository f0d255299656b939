package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/routegate/routegate/rescue/stdio"
)

// session is the rescue's command, speaking.
type session struct {
	*stdio.Client
	host *host
}

// command starts the command on the router and waits for its hello. The host is the session's, and closed when that fails.
func (h *host) command(ctx context.Context, command string) (*session, error) {
	s, err := h.client.NewSession()
	if err != nil {
		h.close()
		return nil, fmt.Errorf("%s opens no session: %s", h.entry, printable(err.Error()))
	}
	in, err := s.StdinPipe()
	if err != nil {
		h.close()
		return nil, fmt.Errorf("%s: %w", h.entry, err)
	}
	var said tail
	out, to := io.Pipe()
	s.Stdout, s.Stderr = to, &said
	if err := s.Start(command); err != nil {
		h.close()
		return nil, fmt.Errorf("%s runs no command: %s", h.entry, printable(err.Error()))
	}
	go func() { to.CloseWithError(ended(s.Wait())) }()
	c, err := stdio.Open(ctx, out, in, func() error {
		h.close()
		return out.Close()
	})
	if err != nil {
		var nobody *stdio.NotThereError
		if text := said.text(); errors.As(err, &nobody) && text != "" {
			nobody.Said = append(nobody.Said, text)
		}
		return nil, fmt.Errorf("%s: %w", h.entry, err)
	}
	return &session{c, h}, nil
}

// ended is how a command ended, for a person.
func ended(err error) error {
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case err == nil:
		return io.EOF
	case errors.As(err, &exit) && exit.Signal() != "":
		return fmt.Errorf("the command was ended by signal %s", printable(exit.Signal()))
	case errors.As(err, &exit) && exit.ExitStatus() == 127:
		return errors.New("the command is not found (exit code 127)")
	case errors.As(err, &exit):
		return fmt.Errorf("the command ended with exit code %d", exit.ExitStatus())
	case errors.As(err, &missing):
		return errors.New("the connection died")
	}
	return err
}

// tail keeps the end of what was written, and when.
type tail struct {
	mu   sync.Mutex
	kept []byte
	last time.Time
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept, t.last = append(t.kept, p...), time.Now()
	if n := len(t.kept) - 400; n > 0 {
		t.kept = t.kept[n:]
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return printable(string(t.kept))
}

// quiet waits until nothing was written for a while, no longer than the longest.
func (t *tail) quiet(ctx context.Context, while, longest time.Duration) {
	for start := time.Now(); time.Since(start) < longest && ctx.Err() == nil; time.Sleep(while / 10) {
		t.mu.Lock()
		last := t.last
		t.mu.Unlock()
		if last.Before(start) {
			last = start
		}
		if time.Since(last) >= while {
			return
		}
	}
}

// typed opens the router's console with a command on the console server and types the rescue's command at the shell
// there. Whatever stands on the line already is wiped out first (Ctrl-U), and nothing that runs there is interrupted.
func (h *host) typed(ctx context.Context, opens, command string) (*session, error) {
	fail := func(format string, args ...any) (*session, error) {
		h.close()
		return nil, fmt.Errorf("%s: %w", h.entry, fmt.Errorf(format, args...))
	}
	s, err := h.client.NewSession()
	if err != nil {
		return fail("opens no session: %w", err)
	}
	// A dumb terminal, wide enough that no line is wrapped.
	if err := s.RequestPty("dumb", 24, 4096, ssh.TerminalModes{ssh.ECHO: 0}); err != nil {
		return fail("gives no terminal, which a console needs: %w", err)
	}
	in, err := s.StdinPipe()
	if err != nil {
		return fail("%w", err)
	}
	var said tail
	out, to := io.Pipe()
	s.Stdout = io.MultiWriter(&said, to)
	if err := s.Start(opens); err != nil {
		return fail("does not open the console: %w", err)
	}
	go func() { to.CloseWithError(ended(s.Wait())) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		if err := typeAt(ctx, in, &said, command); err != nil {
			cancel(err)
		}
	}()
	c, err := stdio.Open(ctx, out, in, func() error {
		h.close()
		return out.Close()
	})
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("the console behind %s: %w", h.entry, err)
	}
	return &session{c, h}, nil
}

// errLogin is a console at which nobody is logged in.
var errLogin = errors.New("it asks for a login, and the bundle has no password for one: log in there, and run routegate rollback --local")

func typeAt(ctx context.Context, in io.Writer, said *tail, command string) error {
	said.quiet(ctx, time.Second/2, 5*time.Second)
	if _, err := io.WriteString(in, "\x15\r"); err != nil {
		return err
	}
	said.quiet(ctx, time.Second/2, 5*time.Second)
	end := strings.ToLower(said.text())
	if strings.HasSuffix(end, "login:") || strings.HasSuffix(end, "password:") {
		return errLogin
	}
	if ctx.Err() != nil {
		return nil
	}
	_, err := io.WriteString(in, command+"\r")
	return err
}
