package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/isolation"
)

// Means is how a drill is kept off what it is denied; "": nothing is.
type Means string

const (
	// ByNamespace: the kernel has no route for the drill's process, and connections are made for it outside.
	ByNamespace Means = "namespace"
	// ByProcess: the drill's process refuses by itself.
	ByProcess Means = "process"
)

// Deny is what a drill is to do without.
type Deny struct {
	DNS        bool
	Management string // the interface of the management network: in-band is denied; "": it is not
	// Args, Stdout and Stderr are of this program, which is run once more in a network namespace.
	Args           []string
	Stdout, Stderr io.Writer
}

// Cut is a process that is kept off what its drill is denied.
type Cut struct {
	// Ended: the drill was made by a process in a network namespace, which ended with Exit. There is nothing left to do.
	Ended bool
	Exit  int

	means   Means
	denied  []string
	network *isolation.Network
	refuse  func(netip.AddrPort) string
	asked   func() int64
}

// CutOff runs this program once more in a network namespace, where it comes by here again; or, where there is no namespace to be
// had, has this process refuse what is denied.
func CutOff(ctx context.Context, d Deny) (*Cut, error) {
	network, err := isolation.Inside()
	switch {
	case err != nil:
		return nil, err
	case network != nil:
		return d.inside(network), nil
	case !d.DNS && d.Management == "":
		return &Cut{}, nil
	}
	o := isolation.Options{Args: d.Args, Stdout: d.Stdout, Stderr: d.Stderr, Dial: rescue.TCP}
	if d.Management != "" {
		m, err := ManagementBy(d.Management)
		if err != nil {
			return nil, err
		}
		o.Refuse, o.Dial = m.Refuse, m.Dial
		if err := m.bindable(); err != nil {
			return d.process(o.Refuse, &isolation.ImpossibleError{Why: err}), nil
		}
	}
	exit, err := isolation.Run(ctx, o)
	var no *isolation.ImpossibleError
	if errors.As(err, &no) {
		return d.process(o.Refuse, no), nil
	}
	return &Cut{Ended: true, Exit: exit}, err
}

func (d *Deny) inside(n *isolation.Network) *Cut {
	c := &Cut{means: ByNamespace, network: n, asked: DenyDNS()}
	c.denied = append(c.denied, "DNS: the drill runs in a network namespace without interfaces, and look-ups are refused")
	if d.Management != "" {
		c.denied = append(c.denied, "the in-band network: connections are made outside the namespace, to the bundle's addresses, by sockets bound to "+d.Management)
	}
	return c
}

// process is the fallback; why there is no namespace is said.
func (d *Deny) process(refuse func(netip.AddrPort) string, why error) *Cut {
	c := &Cut{means: ByProcess, refuse: refuse}
	if d.DNS {
		c.asked = DenyDNS()
		c.denied = append(c.denied, fmt.Sprintf("DNS: look-ups are refused in this process (%v)", why))
	}
	if refuse != nil {
		c.denied = append(c.denied, fmt.Sprintf("the in-band network: no way is walked that leaves by another interface than %s (%v)", d.Management, why))
	}
	return c
}

// Dial connects for the ways; nil: the system does.
func (c *Cut) Dial() rescue.Dial {
	if c.network == nil {
		return nil
	}
	return c.network.Dial
}

// Context ends with the process outside the namespace as well, if there is one.
func (c *Cut) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if c.network != nil {
		go func() {
			select {
			case <-c.network.Gone():
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// Refusals say why a way may not be walked. Where connections are made outside the namespace, the addresses of the bundle are
// declared there, and from then on no other can be connected to.
func (c *Cut) Refusals(b *bundle.Contents) (func(rescue.Way, bundle.Router) string, error) {
	refuse := c.refuse
	if c.network != nil {
		refused := map[netip.AddrPort]string{}
		for _, r := range b.Routers {
			for _, at := range []netip.AddrPort{r.Agent.Address, r.SSH.Address, r.Console.Address} {
				if _, known := refused[at]; known || !at.IsValid() {
					continue
				}
				why, err := c.network.Declare(at)
				if err != nil {
					return nil, err
				}
				refused[at] = why
			}
		}
		refuse = func(at netip.AddrPort) string { return refused[at] }
	}
	if refuse == nil {
		return nil, nil
	}
	return func(w rescue.Way, r bundle.Router) string { return refuse(address(w, r)) }, nil
}

// stamp says in a report what the drill did without, how, and whether it missed it.
func (c *Cut) stamp(r *Report) {
	r.DeniedBy = c.means
	r.Denied = append(r.Denied, c.denied...)
	if c.asked == nil {
		return
	}
	if n := c.asked(); n > 0 {
		r.Problems = append(r.Problems, fmt.Sprintf("names were looked up %d times: something still needs DNS", n))
	}
}
