package ssh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/routegate/routegate/rescue/bundle"
)

// Excess is what the credential may do on a router beyond its one command: none is as it should be.
func (w *router) Excess(ctx context.Context, r bundle.Router) ([]string, error) {
	h, err := w.connect(ctx, r)
	if err != nil {
		return nil, err
	}
	defer h.close()
	return h.excess(ctx)
}

// Excess is of the jump host and of the router behind it.
func (w *jump) Excess(ctx context.Context, r bundle.Router) ([]string, error) {
	h, err := w.connect(ctx, r)
	if err != nil {
		return nil, err
	}
	defer h.close()
	outer, err := h.behind.excess(ctx)
	if err != nil {
		return outer, err
	}
	inner, err := h.excess(ctx)
	return append(outer, inner...), err
}

// Excess is of the console server. At the console itself the credential is whoever is logged in there.
func (w *console) Excess(ctx context.Context, r bundle.Router) ([]string, error) {
	h, err := w.outside(ctx, r, "the console server")
	if err != nil {
		return nil, err
	}
	defer h.close()
	return h.excess(ctx)
}

// marker is what a shell makes of the command below, and nothing else does.
const (
	anyCommand = "echo drill-$((6*7))-done"
	marker     = "drill-42-done"
	nowhere    = "127.0.0.1:1" // tcpmux, which nobody serves
)

// excess tries another command, connections onward and back, and the forwarding of an agent.
func (h *host) excess(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var out []string
	may := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("on %s: ", h.entry)+fmt.Sprintf(format, args...))
	}
	ran, agent, err := h.another(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.entry, err)
	}
	if ran {
		may("may run any command (authorized_keys forces none)")
	}
	if agent {
		may("may forward an SSH agent (authorized_keys has no restrict)")
	}
	conn, err := h.client.DialContext(ctx, "tcp", nowhere)
	var no *ssh.OpenChannelError
	switch {
	case err == nil:
		conn.Close()
		may("may connect to %s and onward", nowhere)
	case errors.As(err, &no) && no.Reason == ssh.Prohibited:
	case errors.As(err, &no):
		may("may connect onward to anything (authorized_keys has no permitopen)")
	default:
		return out, fmt.Errorf("%s: %w", h.entry, err)
	}
	if l, err := h.client.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		may("may listen for connections back (authorized_keys has no permitlisten)")
	}
	return out, nil
}

// another asks for another command than the one that is forced, with nothing to read; ran is whether it was run.
func (h *host) another(ctx context.Context) (ran, agent bool, err error) {
	s, err := h.client.NewSession()
	if err != nil {
		return false, false, err
	}
	defer s.Close()
	if agent, err = s.SendRequest("auth-agent-req@openssh.com", true, nil); err != nil {
		return false, false, err
	}
	var said tail
	s.Stdout = &said
	if err := s.Start(anyCommand); err != nil {
		return false, agent, nil // refused
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	case <-time.After(Patience / 2):
	}
	return strings.Contains(said.text(), marker), agent, nil
}
