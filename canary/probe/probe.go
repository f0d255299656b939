// Package probe looks at services from where their users are: an echo comes back (ICMP), a connection is taken (TCP), a
// name is answered (DNS), a page has the status that it should (HTTP). Each is a canary.Signal.
//
// Nothing here resolves a name on its own: targets are literal addresses, since the change that is watched may be the one
// that takes DNS away.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/routegate/routegate/canary"
)

// Kind is what is asked.
type Kind string

const (
	ICMP Kind = "icmp"
	TCP  Kind = "tcp"
	DNS  Kind = "dns"
	HTTP Kind = "http"
)

// Vantage is where a probe leaves from: an address, an interface, or both of the machine that the controller runs on. The
// zero value is wherever the machine's routes lead.
type Vantage struct {
	Name      string
	Source    netip.Addr
	Interface string // Linux: needs root or CAP_NET_RAW
}

// Target is one thing to ask, again and again.
type Target struct {
	Name string // in reports, e.g. "dns-ams"
	Kind Kind
	// Address is whom to ask. The port belongs to TCP, DNS (53) and HTTP; without one HTTP and DNS take their own.
	Address netip.Addr
	Port    uint16
	// Query is the name that a DNS server is asked for (its A and AAAA records), which must have an answer.
	Query string
	// URL is what HTTP asks for: its host stands in the Host header and in TLS, and is never resolved. Status is what must
	// come back; 0 is any below 400.
	URL    string
	Status int

	From Vantage
	// Count is how many are sent a look, Loss the share of them that may fail (0 to 1), Slow how long an answer may take
	// in the middle of all; 0 is no limit.
	Count   int
	Loss    float64
	Slow    time.Duration
	Timeout time.Duration // of one; 0 is one second
}

// Signal asks all its targets a look. It keeps nothing between two looks; it may be used by one goroutine at a time.
type Signal struct {
	name    string
	targets []Target
}

var _ canary.Signal = (*Signal)(nil)

// New makes a signal of targets. It returns an error for a target that makes no sense.
func New(name string, targets []Target) (*Signal, error) {
	for i := range targets {
		if err := targets[i].check(); err != nil {
			return nil, fmt.Errorf("probe %s: %w", targets[i].Name, err)
		}
	}
	return &Signal{name: name, targets: targets}, nil
}

func (t *Target) check() error {
	switch {
	case t.Name == "":
		return errors.New("needs a name")
	case !t.Address.IsValid():
		return errors.New("needs a literal address")
	case t.Kind != ICMP && t.Kind != TCP && t.Kind != DNS && t.Kind != HTTP:
		return fmt.Errorf("kind %q is none of icmp, tcp, dns, http", t.Kind)
	case t.Kind == TCP && t.Port == 0:
		return errors.New("tcp needs a port")
	case t.Kind == DNS && t.Query == "":
		return errors.New("dns needs a name to ask for")
	case t.Kind == HTTP && t.URL == "":
		return errors.New("http needs a URL")
	case t.Loss < 0 || t.Loss >= 1:
		return fmt.Errorf("a loss of %g is not between 0 and 1: it could not fail", t.Loss)
	case t.Count < 0 || t.Slow < 0 || t.Timeout < 0:
		return errors.New("numbers and times are not negative")
	case t.From.Source.IsValid() && t.From.Source.Is4() != t.Address.Is4():
		return fmt.Errorf("leaves from %s and goes to %s: one is IPv4, the other IPv6", t.From.Source, t.Address)
	}
	return nil
}

// Name is the word by which settings call the signal.
func (s *Signal) Name() string { return s.name }

// Measure asks every target at once.
func (s *Signal) Measure(ctx context.Context, _ canary.Watch) []canary.Measurement {
	out := make([]canary.Measurement, len(s.targets))
	done := make(chan int)
	for i := range s.targets {
		go func() {
			out[i] = s.targets[i].look(ctx)
			done <- i
		}()
	}
	for range s.targets {
		<-done
	}
	return out
}

// tried is how one attempt ended: err nil is an answer. Unable is an attempt that this machine could not make, which says
// nothing of the target.
type tried struct {
	took   time.Duration
	err    error
	unable bool
}

func (t *Target) look(ctx context.Context) canary.Measurement {
	m := canary.Measurement{Subject: t.Name}
	if t.From.Name != "" {
		m.Subject += " from " + t.From.Name
	}
	var all []tried
	if t.Kind == ICMP {
		all = t.echo(ctx)
	} else {
		for range max(1, t.Count) {
			one, cancel := context.WithTimeout(ctx, t.timeout())
			start := time.Now()
			err := t.ask(one)
			all = append(all, tried{took: time.Since(start), err: err, unable: err != nil && unable(err)})
			cancel()
			if ctx.Err() != nil {
				break
			}
		}
	}
	m.Outcome, m.Value = t.judge(all, ctx.Err())
	return m
}

func (t *Target) timeout() time.Duration {
	if t.Timeout == 0 {
		return time.Second
	}
	return t.Timeout
}

func (t *Target) ask(ctx context.Context) error {
	switch t.Kind {
	case TCP:
		c, err := t.dial(ctx, "tcp", t.Port)
		if err != nil {
			return err
		}
		return c.Close()
	case DNS:
		return t.resolve(ctx)
	case HTTP:
		return t.fetch(ctx)
	}
	return fmt.Errorf("no probe of kind %s", t.Kind)
}

// dial connects to the target from the vantage point.
func (t *Target) dial(ctx context.Context, network string, port uint16) (net.Conn, error) {
	var d net.Dialer
	if a := t.From.Source; a.IsValid() {
		if network == "udp" {
			d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
		} else {
			d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
		}
	}
	if t.From.Interface != "" {
		d.Control = func(_, _ string, c syscall.RawConn) error { return bindTo(c, t.From.Interface) }
	}
	return d.DialContext(ctx, network, netip.AddrPortFrom(t.Address, port).String())
}

// unable tells an attempt that could not be made (no permission, no such source address or interface) from one that was
// not answered.
func unable(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.ENODEV) ||
		errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, errNoBinding)
}

var errNoBinding = errors.New("this system cannot bind a probe to an interface")
