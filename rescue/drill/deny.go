package drill

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/direct"
	"github.com/routegate/routegate/rescue/ssh"
)

// errDenied is what a resolver says that is denied.
var errDenied = errors.New("the drill denies DNS")

// DenyDNS refuses every look-up of this process from now on; asked is how many there were. It is for the process of a drill,
// which does nothing else.
func DenyDNS() (asked func() int64) {
	var n atomic.Int64
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		n.Add(1)
		return nil, errDenied
	}}
	return n.Load
}

// Management is the interface of this machine by which its management network is reached.
type Management struct{ name string }

// ManagementBy looks whether there is such an interface.
func ManagementBy(name string) (*Management, error) {
	if _, err := net.InterfaceByName(name); err != nil {
		return nil, fmt.Errorf("the management network's interface %s: %w", name, err)
	}
	return &Management{name}, nil
}

// Refuse says why an address is not reached by the management network, "" where it is: its first hop leaves by another
// interface. The kernel is asked for its route; no packet is sent.
func (m *Management) Refuse(at netip.AddrPort) string {
	by, err := leavesBy(at)
	switch {
	case err != nil:
		return fmt.Sprintf("in-band is denied, and there is no other route to %s: %v", at, err)
	case by != m.name:
		return fmt.Sprintf("in-band is denied, and %s is reached by %s, not by %s", at, by, m.name)
	}
	return ""
}

// Dial connects by a socket that is bound to the interface: the kernel sends nothing by another, whatever becomes of routes.
func (m *Management) Dial(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Control: m.bind}
	return d.DialContext(ctx, "tcp", at.String())
}

// bindable is why sockets cannot be bound to the interface: before Linux 5.7 that was root's.
func (m *Management) bindable() error {
	l := net.ListenConfig{Control: m.bind}
	c, err := l.ListenPacket(context.Background(), "udp", ":0")
	if err != nil {
		return err
	}
	return c.Close()
}

// address is where a way begins.
func address(w rescue.Way, r bundle.Router) netip.AddrPort {
	switch w.Name() {
	case direct.Name:
		return r.Agent.Address
	case ssh.RouterName:
		return r.SSH.Address
	}
	return r.Console.Address
}

// leavesBy is the interface that the kernel would send by: a UDP socket that is connected sends nothing, and has the address
// of that interface.
func leavesBy(to netip.AddrPort) (string, error) {
	c, err := net.Dial("udp", to.String())
	if err != nil {
		return "", err
	}
	defer c.Close()
	own := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
	all, err := net.Interfaces()
	if err != nil {
		return "", err
	}
	for _, i := range all {
		addresses, err := i.Addrs()
		if err != nil {
			return "", err
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == own {
				return i.Name, nil
			}
		}
	}
	return "", fmt.Errorf("no interface has the address %s", own)
}
