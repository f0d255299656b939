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

// DenyInBand refuses ways whose first hop does not leave by the interface of the management network. The kernel is asked for its
// route; no packet is sent.
func DenyInBand(management string) (func(rescue.Way, bundle.Router) string, error) {
	if _, err := net.InterfaceByName(management); err != nil {
		return nil, fmt.Errorf("the management network's interface %s: %w", management, err)
	}
	return func(w rescue.Way, r bundle.Router) string {
		at := address(w, r)
		by, err := leavesBy(at)
		switch {
		case err != nil:
			return fmt.Sprintf("in-band is denied, and there is no other route to %s: %v", at, err)
		case by != management:
			return fmt.Sprintf("in-band is denied, and %s is reached by %s, not by %s", at, by, management)
		}
		return ""
	}, nil
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
