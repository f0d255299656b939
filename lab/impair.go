package lab

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// LoseInBand has everything lost that comes in over the wires of a router, at both ends, or ends that. Nobody's carrier is gone, and who sends is told
// nothing: sessions end at their hold time. It needs nftables.
func (l *Lab) LoseInBand(ctx context.Context, router string, lose bool) error {
	return l.eachInBand(router, func(ns, device string) error {
		table := "lost-" + strings.NewReplacer(".", "-", ":", "-").Replace(device)
		if !lose {
			return l.in(ctx, ns, "nft", "delete table netdev "+table)
		}
		return l.in(ctx, ns, "nft", fmt.Sprintf("table netdev %s { chain in { type filter hook ingress device %q priority 0; policy drop; }; }", table, device))
	})
}

// SlowInBand lets no more than 8 kbit/s through at each end of a router's wires, what is more waits up to 5 s, or ends that.
func (l *Lab) SlowInBand(ctx context.Context, router string, slow bool) error {
	return l.eachInBand(router, func(ns, device string) error { return l.slow(ctx, ns, device, "8kbit", slow) })
}

// SlowManagement does the same to a router's end of the management network, with 32 kbit/s.
func (l *Lab) SlowManagement(ctx context.Context, router string, slow bool) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	for ns, device := range map[string]string{l.prefix + n.Name: managementDevice, l.station(): n.Name} {
		if err := l.slow(ctx, ns, device, "32kbit", slow); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) slow(ctx context.Context, ns, device, rate string, slow bool) error {
	if !slow {
		return l.in(ctx, ns, "tc", "qdisc", "del", "dev", device, "root")
	}
	return l.in(ctx, ns, "tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", rate, "burst", "2k", "latency", "5s")
}

// eachInBand goes through both ends of a router's wires.
func (l *Lab) eachInBand(router string, do func(ns, device string) error) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	for _, w := range l.Plan.Wires {
		if !slices.ContainsFunc(w.Ends, func(t Tap) bool { return slices.Contains(n.spaces(), t.Namespace) }) {
			continue
		}
		for _, t := range w.Ends {
			if err := do(l.prefix+t.Namespace, t.Interface); err != nil {
				return err
			}
		}
	}
	return nil
}

// Signal sends a signal to a daemon of a router.
func (l *Lab) Signal(router, daemon string, s syscall.Signal) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	for _, d := range l.daemons {
		if d.name == l.prefix+n.Name+"/"+daemon {
			return d.cmd.Process.Signal(s)
		}
	}
	return fmt.Errorf("%s runs no %s", router, daemon)
}

// ImpairMissing says which programs are missing for LoseInBand and those that slow down; "" when none.
func ImpairMissing() string {
	for _, p := range []string{"nft", "tc"} {
		if _, err := exec.LookPath(p); err != nil {
			return "losing and slowing down needs " + p + " (Debian: apt-get install nftables iproute2)"
		}
	}
	return ""
}
