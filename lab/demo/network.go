package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/lab/embedded"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// running is the network with its agents.
type running struct {
	lab        *embedded.Lab
	agents     map[string]*agent.Agent
	addresses  map[string]netip.AddrPort // of the agents
	controller canary.Identity
	sessions   int
	closers    []func()
}

// start runs a snapshot's routers, with the neighbors outside of another one, and an agent beside each.
func start(ctx context.Context, dir, snapshot, outside string) (_ *running, err error) {
	before, err := config.Load(ctx, snapshot, config.Options{})
	if err != nil {
		return nil, err
	}
	also, err := config.Load(ctx, outside, config.Options{})
	if err != nil {
		return nil, err
	}
	want, err := routing.Solve(ctx, before.Network, routing.Options{})
	if err != nil {
		return nil, err
	}
	r := &running{agents: map[string]*agent.Agent{}, addresses: map[string]netip.AddrPort{}}
	defer func() {
		if err != nil {
			r.stop()
		}
	}()
	for _, x := range want.Sessions {
		if x.State.String() == "Established" {
			r.sessions++
		}
	}
	bgp := filepath.Join(dir, "b")
	if err := os.Mkdir(bgp, 0o700); err != nil {
		return nil, err
	}
	r.lab, err = embedded.Start(ctx, before.Network, embedded.Options{Dir: bgp, Also: []*network.Network{also.Network},
		Withholds: func(as uint32, _ netip.Prefix) bool { return as == partner }})
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, r.lab.Stop)
	authority := filepath.Join(dir, "ca")
	if err := certs.Init(authority, "demonstration"); err != nil {
		return nil, err
	}
	issued, err := certs.IssueRole(authority, agent.Controller, "demo", time.Hour)
	if err != nil {
		return nil, err
	}
	r.controller = canary.Identity{CA: filepath.Join(authority, certs.CAFile), Certificate: issued.Certificate, Key: issued.Key}
	for _, d := range before.Network.Routers {
		if err := r.guard(ctx, dir, authority, d.Name, management(before.Network, d.Name)); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	settled, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r, r.lab.Settle(settled, r.sessions)
}

// management is where a router's agent is.
func management(n *network.Network, router string) netip.Addr {
	for _, d := range n.Env.Devices {
		if d.Name == router {
			return d.Mgmt
		}
	}
	return netip.Addr{}
}

// guard runs the agent of one router.
func (r *running) guard(ctx context.Context, dir, authority, name string, mgmt netip.Addr) error {
	if err := everywhere(mgmt); err != nil {
		return err
	}
	state := filepath.Join(dir, "agents", name)
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	disk, err := store.OpenFolder(state)
	if err != nil {
		return err
	}
	r.closers = append(r.closers, func() { disk.Close() })
	driver, err := r.driver(name)
	if err != nil {
		return err
	}
	a, err := agent.New(ctx, agent.Options{Router: name, Driver: driver, Disk: disk, Clock: agent.MachineClock{}})
	if err != nil {
		return err
	}
	issued, err := certs.IssueAgent(authority, name, []netip.Addr{mgmt}, time.Hour)
	if err != nil {
		return err
	}
	id, err := agent.ReadIdentity(filepath.Join(authority, certs.CAFile), issued.Certificate, issued.Key)
	if err != nil {
		return err
	}
	server, err := agent.NewServer(a, &id)
	if err != nil {
		return err
	}
	l, err := agent.Listen(netip.AddrPortFrom(mgmt, agentPort).String())
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w (the demonstration needs all of 127.0.0.0/8, as Linux has it)", err)
	case err != nil:
		return err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	wg.Go(func() { a.Run(life) })
	r.agents[name], r.addresses[name] = a, netip.AddrPortFrom(mgmt, agentPort)
	r.closers = append(r.closers, func() { server.Stop(); end(); wg.Wait() })
	return nil
}

// stop ends agents before the routers that they would still speak to.
func (r *running) stop() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
	r.closers = nil
}

func (r *running) status(name string) device.Status {
	s, err := r.agents[name].Status(context.Background())
	if err != nil {
		return device.Status{}
	}
	return s
}

// touched reports whether any change was armed at a router since it started.
func (r *running) touched(name string) bool { return r.status(name).Change != "" }

func (r *running) remaining(name string) time.Duration { return r.status(name).Remaining }

// awaitApplied waits until one of the routers runs a change that is not confirmed.
func (r *running) awaitApplied(ctx context.Context, names ...string) (string, error) {
	for {
		for _, name := range names {
			if r.status(name).Phase == device.Applied {
				return name, nil
			}
		}
		if err := pause(ctx, "no router got the change"); err != nil {
			return "", err
		}
	}
}

// awaitBack waits until a router has gone back, and says how long that took.
func (r *running) awaitBack(ctx context.Context, name string) (time.Duration, error) {
	from := time.Now()
	for {
		if s := r.status(name); s.Phase == device.Idle {
			if s.Outcome != device.Reverted {
				return 0, fmt.Errorf("%s ended as %s, want reverted: this is a defect of routegate", name, s.Outcome)
			}
			return time.Since(from), nil
		}
		if time.Since(from) > time.Minute {
			return 0, errors.New(name + " did not go back: this is a defect of routegate")
		}
		if err := pause(ctx, name+" did not go back"); err != nil {
			return 0, err
		}
	}
}

func pause(ctx context.Context, why string) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", why, ctx.Err())
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
