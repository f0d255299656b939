package gate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// Stages is a change on its way out: what the network would do with some of its routers changed and the others not yet.
// It answers one question at a time; safe for concurrent use.
type Stages struct {
	// Network is its name; Binding names the change as Verdict.Binding does.
	Network string
	Binding Binding

	o             Options
	before, after *config.Snapshot

	mu   sync.Mutex
	last map[string]*side // by the routers that are applied; the few last ones
	was  *routing.Result  // of the network before
}

// NewStages reads both sides of a change. What cannot be rolled out is an error: a router that is added or removed has no
// configuration to go back to.
func NewStages(ctx context.Context, o Options) (*Stages, error) {
	if o.Before == Nothing {
		return nil, errors.New("before: a network that does not run has nothing to go back to: a rollout changes one that runs")
	}
	p := newPipeline(o)
	if err := guard(func() error { return p.load(ctx) }); err != nil {
		return nil, err
	}
	s := &Stages{Network: p.out.Network, o: o, before: p.snapshots[0], after: p.snapshots[1], last: map[string]*side{}}
	e, err := newEngine(ctx, o.Rules, s.before, s.after)
	if err != nil {
		return nil, err
	}
	s.Binding = bindingOf(s.before, s.after, e.Digest())
	for _, pair := range [][2]*config.Snapshot{{s.before, s.after}, {s.after, s.before}} {
		for _, r := range pair[0].Network.Routers {
			if pair[1].Network.Router(r.Name) == nil {
				return nil, fmt.Errorf("router %s is only in %s: a rollout changes routers that run before and after; bring it up or take it away by itself", r.Name, pair[0].Where)
			}
		}
	}
	return s, nil
}

// BindingOf reads a change only to name it.
func BindingOf(ctx context.Context, before, after string, rules Rules) (Binding, error) {
	s, err := NewStages(ctx, Options{Before: before, After: after, Rules: rules})
	if err != nil {
		return Binding{}, err
	}
	return s.Binding, nil
}

// StageRouter is a router, with what a rollout must know of it.
type StageRouter struct {
	Device        network.Device
	Before, After device.Configuration
	Changed       bool
	// Neighbors are the routers at the other ends of its sessions before or after the change, sorted.
	Neighbors []string
}

// Routers are all routers by name. The error is for files that no agent could be given.
func (s *Stages) Routers(ctx context.Context) ([]StageRouter, error) {
	before, err := s.side(ctx, nil)
	if err != nil {
		return nil, err
	}
	var changed []string
	out := make([]StageRouter, 0, len(s.after.Network.Routers))
	for _, r := range s.after.Network.Routers {
		x := StageRouter{Device: s.after.Network.Env.Device(r.Name)}
		x.Device.Name = r.Name
		if x.Device.Driver == "" {
			x.Device.Driver = r.Dialect
		}
		if x.Before, err = configurationOf(s.before.Network.Router(r.Name)); err != nil {
			return nil, err
		}
		if x.After, err = configurationOf(r); err != nil {
			return nil, err
		}
		if x.Changed = x.Before.Hash() != x.After.Hash(); x.Changed {
			changed = append(changed, r.Name)
		}
		out = append(out, x)
	}
	after, err := s.side(ctx, changed)
	if err != nil {
		return nil, err
	}
	for _, of := range []*side{before, after} {
		for i := range of.res.Sessions {
			x := &of.res.Sessions[i]
			k := slices.IndexFunc(out, func(r StageRouter) bool { return r.Device.Name == x.Router })
			if k >= 0 && x.Remote != "" && x.Remote != x.Router && !slices.Contains(out[k].Neighbors, x.Remote) {
				out[k].Neighbors = append(out[k].Neighbors, x.Remote)
			}
		}
	}
	for i := range out {
		slices.Sort(out[i].Neighbors)
	}
	return out, nil
}

// configurationOf are a router's files as its agent takes them.
func configurationOf(r *network.Router) (device.Configuration, error) {
	var c device.Configuration
	for i := range r.Files {
		f := &r.Files[i]
		name := strings.TrimPrefix(f.Path, "devices/"+r.Name+"/")
		if name != path.Base(name) {
			return c, fmt.Errorf("%s: a rollout hands a router's files to its agent without folders: put it beside the others", f.Path)
		}
		c.Files = append(c.Files, device.File{Name: name, Data: f.Text})
	}
	return c.Sorted(), nil
}

// RolloutSettings are what routegate.yaml says of rollouts.
type RolloutSettings = network.Rollout

// Settings are those of the running side where it has any: a change does not ease the rules by which it goes out. Where it
// has none they are the proposed side's.
func (s *Stages) Settings() RolloutSettings {
	if x := s.before.Network.Env.Rollout; x.Present {
		return x
	}
	return s.after.Network.Env.Rollout
}

// Protected are the protected prefixes, in CIDR notation, sorted.
func (s *Stages) Protected() []string {
	out := []string{}
	for _, p := range s.after.Network.Env.Protect {
		for _, x := range p.Prefixes {
			out = append(out, x.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// side is the network with some routers changed. A network that does not converge then is an error.
func (s *Stages) side(ctx context.Context, applied []string) (*side, error) {
	applied = slices.Sorted(slices.Values(applied))
	key := strings.Join(applied, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.last[key]; x != nil {
		return x, nil
	}
	var out *side
	err := guard(func() error {
		snap, err := config.LoadMixed(ctx, s.o.Before, s.o.After, applied, config.Options{Base: s.before, Workers: s.o.Workers, Progress: s.o.Progress})
		if err != nil {
			return err
		}
		res, err := solve(ctx, snap.Network, routing.Options{Workers: s.o.Workers, Progress: s.o.Progress, Base: s.was})
		if err != nil {
			return err
		}
		if !res.Converged {
			return fmt.Errorf("with %s changed the network does not converge: %s never settle", words(applied), strings.Join(res.Oscillating, ", "))
		}
		out = newSide("after", snap, res)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.was == nil {
		s.was = out.res
	}
	if len(s.last) > 3 {
		clear(s.last)
	}
	s.last[key] = out
	return out, nil
}

func words(routers []string) string {
	if len(routers) == 0 {
		return "nothing"
	}
	return strings.Join(routers, ", ")
}

// Loses says what the protected prefixes lose where all routers of a wave are gone at once, with some applied before.
func (s *Stages) Loses(ctx context.Context, applied, wave []string) ([]string, error) {
	now, err := s.side(ctx, applied)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []string{}
	err = guard(func() error {
		res, err := routing.Solve(ctx, now.net, routing.Options{Workers: s.o.Workers, Base: now.res, Fail: routing.Failure{Routers: wave}})
		if err != nil {
			return err
		}
		then := newSide("after", now.snap, res)
		for i := range now.net.Env.Protect {
			p := &now.net.Env.Protect[i]
			for _, prefix := range p.Prefixes {
				out = append(out, now.lost(p, prefix, then, wave)...)
			}
		}
		return nil
	})
	return out, err
}

// lost is what one protected prefix loses, by source.
func (s *side) lost(p *network.Protected, prefix netip.Prefix, then *side, wave []string) []string {
	g := s.goal(p, prefix)
	ways := then.waysTo(&g)
	var out, told []string
	for _, from := range g.reached {
		if slices.Contains(wave, from.router) || slices.Contains(told, from.source) {
			continue
		}
		l, ok := loss{outcome: "the network does not settle"}, false
		if then.res.Converged {
			l, ok = ways.fares(&g, from)
		}
		if ok {
			continue
		}
		told = append(told, from.source)
		if from.source == originSource {
			out = append(out, fmt.Sprintf("%s (%s): %s", p.Name, prefix, l.outcome))
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s) is not reached from %s any more: %s", p.Name, prefix, from.source, l.outcome))
	}
	return out
}

// Changes are the differences of configuration between both sides.
func (s *Stages) changes() *diff.ConfigDiff {
	return diff.Configuration(s.before.Network, s.after.Network)
}
