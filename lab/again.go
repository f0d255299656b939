package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Daemons are the daemons of a router that run, in the order in which they were started.
func (l *Lab) Daemons(router string) []string {
	n, err := l.node(router)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range l.daemons {
		if ns, name, _ := strings.Cut(d.name, "/"); ns == l.prefix+n.Name {
			names = append(names, name)
		}
	}
	return names
}

// Kill ends daemons of a router as kill -9 does, and returns when they are gone. What they left, in the kernel and in their
// folder, stays.
func (l *Lab) Kill(router string, daemons ...string) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	for _, name := range daemons {
		i := slices.IndexFunc(l.daemons, func(d *daemon) bool { return d.name == l.prefix+n.Name+"/"+name })
		if i < 0 {
			return fmt.Errorf("%s runs no %s", router, name)
		}
		d := l.daemons[i]
		l.daemons = slices.Delete(l.daemons, i, i+1)
		_ = d.cmd.Process.Kill() // it may have died by itself
		_ = d.cmd.Wait()
	}
	return nil
}

// StartAgain starts the daemons of a router that do not run, with the files that lie in its folder now: what a service manager
// does after a crash, and a machine when it boots. Lines that FRR refuses are an error here.
func (l *Lab) StartAgain(ctx context.Context, router string) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	ns := l.prefix + n.Name
	dir, runs := l.folder(ns), l.Daemons(router)
	var frr []string
	if _, err := os.Stat(filepath.Join(dir, "frr.conf")); err == nil {
		frr = daemonsOf(n.Router)
	}
	for _, d := range frr {
		if slices.Contains(runs, d) {
			continue
		}
		if err := forget(filepath.Join(dir, d+".vty"), filepath.Join(dir, d+".pid")); err != nil {
			return err
		}
		if err := l.runFRRDaemon(ctx, n, d); err != nil {
			return err
		}
		if err := l.loadFRR(ctx, n, d); err != nil {
			return err
		}
	}
	if n.Router.Dialect == "frr" || slices.Contains(runs, n.Router.Dialect) || slices.Contains(runs, "gobgpd") {
		return nil
	}
	switch n.Router.Dialect {
	case "bird":
		if err := forget(filepath.Join(dir, "bird.ctl"), filepath.Join(dir, "bird.pid")); err != nil {
			return err
		}
		return l.runBIRD(ctx, ns)
	case "gobgp":
		f, ok := gobgpFile(n.Router)
		if !ok {
			return errNoFile
		}
		socket := filepath.Join(dir, "api.sock")
		if err := forget(socket, loaded(socket)); err != nil {
			return err
		}
		_, err := l.runGoBGPFile(ctx, ns, filepath.Base(f.Path), l.Plan.listensFor(n.Router))
		return err
	}
	return fmt.Errorf("a lab cannot boot dialect %q", n.Router.Dialect)
}

// loadFRR gives one daemon its part of the integrated file, as watchfrr does when it has started it anew.
func (l *Lab) loadFRR(ctx context.Context, n *Node, daemon string) error {
	ns := l.prefix + n.Name
	dir := l.folder(ns)
	out, err := l.output(ctx, ns, "vtysh", "--vty_socket", dir, "-d", daemon, "-f", filepath.Join(dir, "frr.conf"))
	if err != nil {
		return fmt.Errorf("%s: %w: %s", daemon, err, bytes.TrimSpace(out))
	}
	return nil
}

// forget removes what a daemon that was killed left behind, so that its successor can be waited for.
func forget(paths ...string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// PowerOff ends all daemons of a router at once, and forgets what a kernel forgets: routes, and the addresses that daemons gave
// to interfaces. StartAgain boots it.
func (l *Lab) PowerOff(ctx context.Context, router string) error {
	n, err := l.node(router)
	if err != nil {
		return err
	}
	if err := l.Kill(router, l.Daemons(router)...); err != nil {
		return err
	}
	ns := l.prefix + n.Name
	for _, protocol := range []string{"zebra", "bgp", "ospf", "static", "bird"} {
		_ = run(ctx, "ip", "-n", ns, "route", "flush", "proto", protocol) // not every system has a name for each
	}
	for i := range n.Router.Interfaces {
		ifc := &n.Router.Interfaces[i]
		if ifc.Implied || n.Router.Dialect != "frr" || anchored(ifc) {
			continue
		}
		if err := run(ctx, "ip", "-n", l.prefix+n.Space(ifc.VRF), "addr", "flush", "dev", device(ifc.Name)); err != nil {
			return err
		}
	}
	return nil
}
