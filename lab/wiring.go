package lab

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/routegate/routegate/network"
)

// firstIndex is the kernel's number of a router's first interface; the loopback has 1.
const firstIndex = 2

// wiring collects what ip has to do, so that it is started once a namespace and not once a wire.
type wiring struct {
	l      *Lab
	cards  map[Tap]string
	global bytes.Buffer             // outside of the lab's namespaces
	inside map[string]*bytes.Buffer // by namespace
}

// wire makes the namespaces, the wires and the addresses that no daemon sets.
func (l *Lab) wire(ctx context.Context) error {
	w := &wiring{l: l, cards: l.Plan.cards(), inside: map[string]*bytes.Buffer{}}
	var spaces bytes.Buffer
	for _, ns := range l.namespaces() {
		fmt.Fprintf(&spaces, "netns add %s\n", ns)
		w.in(ns, "link set lo up")
	}
	if err := batch(ctx, spaces.Bytes()); err != nil {
		return err
	}
	for _, ns := range l.namespaces() {
		// An interface takes its settings from the defaults at the moment it appears.
		if err := l.in(ctx, ns, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
			"net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0", "net.ipv4.conf.all.rp_filter=0",
			"net.ipv4.conf.default.rp_filter=0", "net.ipv4.fib_multipath_hash_policy=1"); err != nil {
			return err
		}
	}
	for i, x := range l.Plan.Wires {
		w.join(i, x)
	}
	for _, n := range l.Plan.Nodes {
		w.address(n)
	}
	for _, s := range l.Plan.Outside {
		w.in(l.prefix+s.Namespace, "addr add %s dev %s", s.Address, s.Interface)
	}
	return w.build(ctx)
}

// build hands ip what was collected, the wires between namespaces first.
func (w *wiring) build(ctx context.Context) error {
	if err := batch(ctx, w.global.Bytes()); err != nil {
		return err
	}
	for _, ns := range w.l.namespaces() {
		b := w.inside[ns]
		if b == nil {
			continue
		}
		if err := batch(ctx, b.Bytes(), "-n", ns); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) namespaces() []string {
	all := []string{l.prefix + "sw"}
	for _, n := range l.Plan.Nodes {
		for _, space := range n.spaces() {
			all = append(all, l.prefix+space)
		}
	}
	for _, s := range l.Plan.Outside {
		all = append(all, l.prefix+s.Namespace)
	}
	if l.managed {
		all = append(all, l.station())
	}
	if l.lent {
		all = append(all, l.laptop())
	}
	return all
}

func (w *wiring) in(ns, format string, args ...any) {
	b := w.inside[ns]
	if b == nil {
		b = &bytes.Buffer{}
		w.inside[ns] = b
	}
	fmt.Fprintf(b, format+"\n", args...)
}

// join joins two ends by a cable and any other number by a bridge.
func (w *wiring) join(i int, x Wire) {
	prefix := w.l.prefix
	if len(x.Ends) == 2 {
		a, b := x.Ends[0], x.Ends[1]
		fmt.Fprintf(&w.global, "link add %s%s netns %s%s type veth peer name %s%s netns %s%s\n",
			a.Interface, w.cards[a], prefix, a.Namespace, b.Interface, w.cards[b], prefix, b.Namespace)
	} else {
		sw := prefix + "sw"
		w.in(sw, "link add br%d type bridge", i)
		w.in(sw, "link set br%d up", i)
		for j, t := range x.Ends {
			fmt.Fprintf(&w.global, "link add %s%s netns %s%s type veth peer name p%d-%d netns %s\n", t.Interface, w.cards[t], prefix, t.Namespace, i, j, sw)
			w.in(sw, "link set p%d-%d master br%d up", i, j, i)
		}
	}
	for _, t := range x.Ends {
		w.in(prefix+t.Namespace, "link set %s up", t.Interface)
	}
}

// cards gives routers' interfaces numbers and hardware addresses, as options of ip link add. The numbers are in the order that the prediction
// takes (network.Router.InKernelOrder). The kernel makes the link-local address, by which unnumbered sessions are told apart, of
// the hardware address, and so it comes in the order of the network.
func (p *Plan) cards() map[Tap]string {
	out := map[Tap]string{}
	for i, r := range p.Net.Routers {
		for _, n := range p.Nodes {
			if n.Router != r {
				continue
			}
			index := map[*network.Interface]int{}
			for at, f := range r.InKernelOrder() {
				index[f] = firstIndex + at
			}
			for k := range r.Interfaces {
				f := &r.Interfaces[k]
				out[Tap{n.Space(f.VRF), device(f.Name)}] = fmt.Sprintf(" index %d address 02:%02x:%02x:00:%02x:%02x", index[f], (i+1)>>8&0xff, (i+1)&0xff, (k+1)>>8&0xff, (k+1)&0xff)
			}
		}
	}
	return out
}

// address sets what the router's own daemons do not: Implied interfaces, and loopbacks under
// another name than the kernel's.
func (w *wiring) address(n Node) {
	for i := range n.Router.Interfaces {
		ifc := &n.Router.Interfaces[i]
		if !ifc.Implied && n.Router.Dialect == "frr" {
			continue
		}
		dev := device(ifc.Name)
		if anchored(ifc) {
			dev = "lo"
		}
		for _, a := range ifc.Addresses {
			w.in(w.l.prefix+n.Space(ifc.VRF), "addr add %s dev %s", a.Prefix, dev)
		}
	}
}

// batch hands ip all of its commands at once.
func batch(ctx context.Context, commands []byte, options ...string) error {
	cmd := exec.CommandContext(ctx, "ip", append(options, "-batch", "-")...)
	cmd.Stdin = bytes.NewReader(commands)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(options, " "), err, bytes.TrimSpace(out))
	}
	return nil
}
