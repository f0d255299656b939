package lab

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
)

// Leg puts the operator's namespace on the in-band network as well: an interface of its own to a router, with an address at either end, which
// both are in one subnet, and routes through the router. The router's end is not in its configuration.
func (l *Lab) Leg(ctx context.Context, router string, at, far netip.Prefix, routes ...netip.Prefix) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	if !l.managed {
		return fmt.Errorf("lab: there is no management network")
	}
	ns, near := l.prefix+n.Name, "leg-"+n.Name
	w := &wiring{l: l, inside: map[string]*bytes.Buffer{}}
	fmt.Fprintf(&w.global, "link add leg0 netns %s type veth peer name %s netns %s\n", ns, near, l.station())
	w.in(ns, "addr add %s dev leg0", far)
	w.in(ns, "link set dev leg0 up")
	w.in(l.station(), "addr add %s dev %s", at, near)
	w.in(l.station(), "link set dev %s up", near)
	for _, p := range routes {
		w.in(l.station(), "route add %s via %s", p, far.Addr())
	}
	return w.build(ctx)
}

// Laptop is a namespace that the operator's alone leads on from: an interface with an address at either end, both in one subnet, and no route beyond
// it. It returns what starts a command there. Call it once, after Manage.
func (l *Lab) Laptop(ctx context.Context, at, far netip.Prefix) (enter []string, err error) {
	if !l.managed {
		return nil, fmt.Errorf("lab: there is no management network")
	}
	l.lent = true
	ns := l.laptop()
	if err := run(ctx, "ip", "netns", "add", ns); err != nil {
		return nil, err
	}
	w := &wiring{l: l, inside: map[string]*bytes.Buffer{}}
	fmt.Fprintf(&w.global, "link add up0 netns %s type veth peer name laptop netns %s\n", ns, l.station())
	w.in(ns, "link set lo up")
	w.in(ns, "addr add %s dev up0", at)
	w.in(ns, "link set dev up0 up")
	w.in(l.station(), "addr add %s dev laptop", far)
	w.in(l.station(), "link set dev laptop up")
	return []string{"ip", "netns", "exec", ns}, w.build(ctx)
}

func (l *Lab) laptop() string { return l.prefix + "lp" }

// Within calls a function in a router's namespace: a socket that it opens is the router's, and stays so. What the function starts besides (goroutines,
// processes) is not there.
func (l *Lab) Within(router string, do func() error) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		// The thread is never given back: it ends with this goroutine.
		runtime.LockOSThread()
		done <- func() error {
			ns, err := os.Open("/run/netns/" + l.prefix + n.Name)
			if err != nil {
				return err
			}
			defer ns.Close()
			if err := setns(ns.Fd()); err != nil {
				return fmt.Errorf("setns: %w", err)
			}
			return do()
		}()
	}()
	return <-done
}
