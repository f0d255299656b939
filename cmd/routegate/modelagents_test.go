package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/gate"
)

// modelAgents runs the real agent beside a model of a daemon for every router of a change, for transcripts of rollouts:
// modelagents [flags] BEFORE AFTER READY. What a daemon shows is what the simulation says of the configurations that all of
// them run at the moment, but for the faults that the flags ask for. READY is written when all agents answer.
func modelAgents() {
	var o modelOptions
	flag.StringVar(&o.drift, "drift", "", "this router runs something else")
	flag.StringVar(&o.rejects, "rejects", "", "this router's daemon takes no candidate")
	flag.StringVar(&o.deaf, "deaf", "", "once it is changed, this router's announcements reach nobody: a neighbor filters them")
	flag.StringVar(&o.armed, "armed", "", "another change is armed on this router")
	flag.StringVar(&o.certs, "certs", "ca", "the authority's folder")
	flag.StringVar(&o.state, "state", "agents", "where the agents keep what they must not forget")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := o.run(ctx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "modelagents:", err)
		os.Exit(2)
	}
}

type modelOptions struct{ drift, rejects, deaf, armed, certs, state string }

func (o *modelOptions) run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("want BEFORE AFTER READY")
	}
	stages, err := gate.NewStages(ctx, gate.Options{Before: args[0], After: args[1]})
	if err != nil {
		return err
	}
	all, err := stages.Routers(ctx)
	if err != nil {
		return err
	}
	w := &modelWorld{stages: stages, o: o, running: map[string]device.Configuration{}, after: map[string]device.Hash{}}
	for _, r := range all {
		name := r.Device.Name
		w.running[name], w.after[name] = r.Before, r.After.Hash()
		if name == o.drift {
			w.running[name] = device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte("hostname " + name + "\n")}}}
		}
	}
	var left []*agent.Agent
	for _, r := range all {
		if !r.Device.Mgmt.IsValid() {
			continue
		}
		a, stop, err := w.serve(ctx, r, cmp.Or(stages.Settings().Agents.Port, 7443))
		if err != nil {
			return err
		}
		defer stop()
		left = append(left, a)
		if r.Device.Name == o.armed {
			if _, err := a.Arm(ctx, device.Order{Change: "somebody-elses", Base: r.Before, Candidate: r.After, Window: time.Hour}); err != nil {
				return err
			}
		}
	}
	if err := os.WriteFile(args[2], []byte("ready\n"), 0o644); err != nil {
		return err
	}
	<-ctx.Done()
	for _, a := range left {
		if err := a.Leave(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// modelWorld is what all daemons have in common.
type modelWorld struct {
	stages *gate.Stages
	o      *modelOptions

	mu      sync.Mutex
	running map[string]device.Configuration
	after   map[string]device.Hash
}

func (w *modelWorld) serve(ctx context.Context, r gate.StageRouter, port int) (*agent.Agent, func(), error) {
	name := r.Device.Name
	dir := filepath.Join(w.o.state, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	disk, err := store.OpenFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	a, err := agent.New(ctx, agent.Options{Router: name, Driver: &modelDaemon{w, name}, Disk: disk, Clock: agent.MachineClock{}})
	if err != nil {
		return nil, nil, err
	}
	issued, err := certs.IssueAgent(w.o.certs, name, []netip.Addr{r.Device.Mgmt}, time.Hour)
	if err != nil {
		return nil, nil, err
	}
	id, err := agent.ReadIdentity(filepath.Join(w.o.certs, "ca.pem"), issued.Certificate, issued.Key)
	if err != nil {
		return nil, nil, err
	}
	s, err := agent.NewServer(a, &id)
	if err != nil {
		return nil, nil, err
	}
	l, err := agent.Listen(netip.AddrPortFrom(r.Device.Mgmt, uint16(port)).String())
	if err != nil {
		return nil, nil, err
	}
	go s.Serve(l)
	go a.Run(ctx)
	return a, func() { s.Stop(); disk.Close() }, nil
}

// modelDaemon is a daemon whose tables are the simulation's.
type modelDaemon struct {
	w    *modelWorld
	name string
}

func (d *modelDaemon) Running(context.Context) (device.Configuration, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return d.w.running[d.name], nil
}

func (d *modelDaemon) Check(_ context.Context, c device.Configuration) error {
	if d.name == d.w.o.rejects {
		return errors.New("line 3: unknown command")
	}
	return nil
}

func (d *modelDaemon) Apply(_ context.Context, to device.Configuration) error {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.running[d.name] = to
	return nil
}

func (d *modelDaemon) Differences(_ context.Context, want device.Configuration) ([]device.Difference, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	if d.w.running[d.name].Hash() != want.Hash() {
		return []device.Difference{{Path: "bgp neighbor 192.0.2.0", Want: "AS 64496"}}, nil
	}
	return nil, nil
}

func (d *modelDaemon) Persist(context.Context, device.Configuration) error { return nil }

func (d *modelDaemon) Incarnation(context.Context) (string, error) { return "1", nil }

func (d *modelDaemon) Observe(ctx context.Context) (device.Observation, error) {
	d.w.mu.Lock()
	var applied []string
	for name, c := range d.w.running {
		if c.Hash() == d.w.after[name] {
			applied = append(applied, name)
		}
	}
	d.w.mu.Unlock()
	slices.Sort(applied)
	all, err := d.w.stages.Predict(ctx, applied, []string{d.name})
	o := all[d.name]
	o.At = time.Now()
	if deaf := d.w.o.deaf; deaf != "" && slices.Contains(applied, deaf) && deaf != d.name {
		for i, s := range o.Sessions {
			if s.Remote != deaf {
				continue
			}
			for k := range o.Received {
				if strings.EqualFold(o.Received[k].Neighbor, o.Sessions[i].Neighbor) {
					o.Received[k].Prefixes = []netip.Prefix{}
				}
			}
		}
	}
	return o, err
}
