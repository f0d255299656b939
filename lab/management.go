package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
)

// managementDevice is the interface of every router that is on the management network, and not in its configuration.
const managementDevice = "mgmt0"

// station is the namespace from which the routers are managed.
func (l *Lab) station() string { return l.prefix + "mg" }

// Manage builds the management network beside the in-band one: a namespace for the operator with the stations of
// routegate.yaml as its addresses, and an interface with its management address in every router that routegate.yaml gives one. No
// route leads from one network into the other. Call it once, after Up.
func (l *Lab) Manage(ctx context.Context) error {
	env := &l.Plan.Net.Env
	within := func(a netip.Addr) (netip.Prefix, error) {
		i := slices.IndexFunc(env.Management.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
		if i < 0 {
			return netip.Prefix{}, fmt.Errorf("lab: %s is in no prefix of routegate.yaml's management", a)
		}
		return netip.PrefixFrom(a, env.Management.Prefixes[i].Bits()), nil
	}
	if len(env.Management.Stations) == 0 {
		return errors.New("lab: routegate.yaml's management names no station")
	}
	l.managed = true
	ns := l.station()
	if err := run(ctx, "ip", "netns", "add", ns); err != nil {
		return err
	}
	w := &wiring{l: l, inside: map[string]*bytes.Buffer{}}
	w.in(ns, "link set lo up")
	w.in(ns, "link add br0 type bridge")
	w.in(ns, "link set br0 up")
	for _, s := range env.Management.Stations {
		a, err := within(s)
		if err != nil {
			return err
		}
		w.in(ns, "addr add %s dev br0", a)
	}
	for _, n := range l.Plan.Nodes {
		d := env.Device(n.Router.Name)
		if !d.Mgmt.IsValid() {
			continue
		}
		a, err := within(d.Mgmt)
		if err != nil {
			return err
		}
		router := l.prefix + n.Name
		fmt.Fprintf(&w.global, "link add %s netns %s type veth peer name %s netns %s\n", managementDevice, router, n.Name, ns)
		w.in(ns, "link set dev %s master br0 up", n.Name)
		w.in(router, "addr add %s dev %s", a, managementDevice)
		w.in(router, "link set dev %s up", managementDevice)
	}
	return w.build(ctx)
}

// CutManagement takes a router off the management network, or puts it back. Nobody notices a carrier that is lost: what is sent
// does not arrive.
func (l *Lab) CutManagement(ctx context.Context, router string, cut bool) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	to := []string{"master", "br0"}
	if cut {
		to = []string{"nomaster"}
	}
	return run(ctx, "ip", append([]string{"-n", l.station(), "link", "set", "dev", n.Name}, to...)...)
}

// CutInBand takes the carrier from all of a router's interfaces but the management one, or gives it back.
func (l *Lab) CutInBand(ctx context.Context, router string, cut bool) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	to := "up"
	if cut {
		to = "down"
	}
	for _, w := range l.Plan.Wires {
		for _, t := range w.Ends {
			if !slices.Contains(n.spaces(), t.Namespace) {
				continue
			}
			// The far end loses its carrier too where it is a cable; the router's own addresses stay.
			if err := run(ctx, "ip", "-n", l.prefix+t.Namespace, "link", "set", "dev", t.Interface, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// Command is a program in a router's namespace, or ("") in the operator's; the caller starts it. Its process is the program's
// own, so that a signal reaches it.
func (l *Lab) Command(router string, command ...string) (*exec.Cmd, error) {
	ns := l.station()
	if router != "" {
		n, err := l.node(router)
		if err != nil {
			return nil, err
		}
		ns = l.prefix + n.Name
	} else if !l.managed {
		return nil, errors.New("lab: there is no management network")
	}
	return exec.Command("ip", append([]string{"netns", "exec", ns}, command...)...), nil
}

func (l *Lab) node(router string) (*Node, error) {
	for i := range l.Plan.Nodes {
		if l.Plan.Nodes[i].Router.Name == router {
			return &l.Plan.Nodes[i], nil
		}
	}
	return nil, fmt.Errorf("there is no router %s in the lab", router)
}
