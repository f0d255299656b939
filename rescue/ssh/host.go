package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// host is a server that let the credential in.
type host struct {
	entry  entry
	client *ssh.Client
	behind *host // the jump host that led here
}

func (h *host) close() {
	_ = h.client.Close()
	if h.behind != nil {
		h.behind.close()
	}
}

// HostKeyError is a server that showed another key than the bundle's: nothing was sent to it.
type HostKeyError struct {
	Host  string   // who should be there
	Shown string   // the fingerprint; "" where it has no key of the bundle's kinds
	Want  []string // the bundle's fingerprints
}

func (e *HostKeyError) Error() string {
	shown := "has no host key of the kind that the bundle has"
	if e.Shown != "" {
		shown = "shows the host key " + e.Shown
	}
	return fmt.Sprintf("%s %s; the bundle has %s: another machine, or it was installed anew since the bundle was packed", e.Host, shown, strings.Join(e.Want, ", "))
}

// RefusedError is a server that did not let the credential in.
type RefusedError struct{ Host, User string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s refuses the credential for the user %q", e.Host, e.User)
}

// connect opens a TCP connection to a literal address and enters the server there.
func (in *entrance) connect(ctx context.Context, e entry) (*host, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := in.dial(ctx, e.Address)
	if err != nil {
		return nil, noAnswer(ctx, e, err)
	}
	return enter(ctx, conn, e, in.key)
}

func noAnswer(ctx context.Context, e entry, err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s: no SSH server listens there", e)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return fmt.Errorf("%s: there is no route to it", e)
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%s: no answer", e)
	}
	return fmt.Errorf("%s: no answer: %w", e, err)
}

// onward enters a server through this one.
func (h *host) onward(ctx context.Context, e entry, key ssh.Signer) (*host, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := h.client.DialContext(ctx, "tcp", e.Address.String())
	var no *ssh.OpenChannelError
	switch {
	case errors.As(err, &no) && no.Reason == ssh.Prohibited:
		return nil, fmt.Errorf("%s refuses to lead on to %s: %s", h.entry, e.Address, printable(no.Message))
	case errors.As(err, &no):
		return nil, fmt.Errorf("%s gets no answer from %s: %s", h.entry, e.Address, printable(no.Message))
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s gets no answer from %s within %s", h.entry, e.Address, Patience)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", h.entry, err)
	}
	inner, err := enter(ctx, conn, e, key)
	if err != nil {
		return nil, err
	}
	inner.behind = h
	return inner, nil
}

// enter proves who is at the other end, and shows the credential then.
func enter(ctx context.Context, conn net.Conn, e entry, key ssh.Signer) (*host, error) {
	keys, err := parseHostKeys(e.HostKeys)
	if err == nil && e.User == "" {
		err = errors.New("the bundle names no user")
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", e, err)
	}
	var other *HostKeyError
	config := &ssh.ClientConfig{
		User: e.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyAlgorithms: algorithms(keys),
		ClientVersion: "SSH-2.0-routegate",
		HostKeyCallback: func(_ string, _ net.Addr, shown ssh.PublicKey) error {
			if slices.ContainsFunc(keys, func(k ssh.PublicKey) bool { return bytes.Equal(k.Marshal(), shown.Marshal()) }) {
				return nil
			}
			other = &HostKeyError{Host: e.String(), Shown: ssh.FingerprintSHA256(shown), Want: fingerprints(keys)}
			return other
		},
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, e.Address.String(), config)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	var kex *ssh.AlgorithmNegotiationError
	switch {
	case err == nil:
		return &host{entry: e, client: ssh.NewClient(c, channels, requests)}, nil
	case other != nil:
		err = other
	case errors.As(err, &kex) && strings.Contains(err.Error(), "host key"):
		err = &HostKeyError{Host: e.String(), Want: fingerprints(keys)}
	case strings.Contains(err.Error(), "unable to authenticate"):
		err = &RefusedError{e.String(), e.User}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("%s: no SSH server answered within %s", e, Patience)
	default:
		err = fmt.Errorf("%s: %w", e, err)
	}
	conn.Close()
	return nil, err
}

func parseHostKeys(lines []string) ([]ssh.PublicKey, error) {
	if len(lines) == 0 {
		return nil, errors.New("the bundle has no host key")
	}
	var out []ssh.PublicKey
	for _, l := range lines {
		k, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(l))
		if err != nil || len(bytes.TrimSpace(rest)) > 0 {
			return nil, fmt.Errorf("the bundle's host key %.40q is none, want a line like ssh-ed25519 AAAA...", l)
		}
		out = append(out, k)
	}
	return out, nil
}

// algorithms make a server show a key of a kind that the bundle has, where it has several.
func algorithms(keys []ssh.PublicKey) []string {
	var out []string
	for _, k := range keys {
		kinds := []string{k.Type()}
		if k.Type() == ssh.KeyAlgoRSA {
			kinds = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		for _, a := range kinds {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

func fingerprints(keys []ssh.PublicKey) []string {
	var out []string
	for _, k := range keys {
		out = append(out, ssh.FingerprintSHA256(k))
	}
	return out
}

// printable is another machine's word, fit for a person's terminal.
func printable(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 200)]
}
