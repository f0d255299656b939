package rollout

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/journal"
)

// Rollout is a rollout that is planned, or that goes on.
type Rollout struct {
	Plan  *canary.Plan
	Drill string // when the rescue was drilled last, in one sentence for a person
	// Warnings are what a person should know before anything is touched, and what stops nothing.
	Warnings []string
	o        Options
	packing  *packing
	objects  map[string][]byte // of the plan, until they are in the journal
	set      settings
}

// Document is the plan as a document.
func (r *Rollout) Document() *canary.Document { return canary.Planned(r.Plan) }

// rules are the command line's, by absolute paths: the rollout may be resumed from elsewhere.
func (o *Options) rules() (out canary.Rules, err error) {
	if o.Rules.Policies != "" {
		if out.Policies, err = filepath.Abs(o.Rules.Policies); err != nil {
			return out, err
		}
	}
	for _, k := range o.Rules.Keys {
		if k, err = filepath.Abs(k); err != nil {
			return out, err
		}
		out.Keys = append(out.Keys, k)
	}
	return out, nil
}

// plan draws the waves and predicts each.
func plan(ctx context.Context, o Options, s *gate.Stages, set settings) (*Rollout, error) {
	by, err := Account()
	if err != nil {
		return nil, err
	}
	r := &Rollout{o: o, set: set, objects: map[string][]byte{}}
	now := o.Now().UTC()
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	identity, err := o.identity(set, root)
	if err != nil {
		return nil, err
	}
	rules, err := o.rules()
	if err != nil {
		return nil, err
	}
	p := &canary.Plan{Root: root, Rules: rules, Identity: identity, LossPercent: set.lossPercent, ID: identifier(now.Format("20060102-150405")), Network: s.Network, Before: o.Before, After: o.After, Binding: s.Binding.Hash, By: by, At: now,
		Bake: set.bake(s.Timers()), Margin: set.Margin, Pace: set.Pace, Patience: set.Patience, Guard: set.Guard,
		Protected: s.Protected(), OwnApproval: set.OwnApproval, Freezes: set.freezes(),
		Routers: []canary.Router{}, Watched: []canary.Station{}, Unwatched: []string{}, Approvals: []canary.Need{}, Approvers: []canary.Approver{}}
	r.Plan = p
	for _, n := range set.Approvals {
		p.Approvals = append(p.Approvals, canary.Need(n))
	}
	for _, a := range set.Approvers {
		p.Approvers = append(p.Approvers, canary.Approver(a))
	}
	if p.Signals, err = set.signals(); err != nil {
		return nil, err
	}
	if p.Watches, err = json.Marshal(set.watches()); err != nil {
		return nil, err
	}
	if err := r.routers(ctx, s); err != nil {
		return nil, err
	}
	r.packing = o.packing(set, p)
	p.Pack = r.packing.file()
	if !o.DryRun {
		if err := r.packing.ready(ctx, p); err != nil {
			return nil, err
		}
		p.PackSnapshot = r.packing.from()
		r.Warnings = r.packing.warnings()
	}
	accepted := slices.Concat(set.AcceptLoss, o.AcceptLoss)
	for _, name := range o.AcceptLoss {
		if p.Router(name) == nil {
			return nil, fmt.Errorf("--accept-loss %s: the change does not touch a router of that name", name)
		}
	}
	if p.Waves, err = canary.Draw(ctx, p.Routers, set.MaxWave, accepted, s); err != nil {
		return nil, &RefusedError{err.Error()}
	}
	if r.Drill, err = drilled(o.Dir, p, set.DrillAge); err != nil {
		return nil, err
	}
	return r, r.predict(ctx, s)
}

// identity are the files of the credential: those of the command line before those of routegate.yaml.
func (o *Options) identity(set settings, root string) (canary.Identity, error) {
	id := canary.Identity{CA: set.Agents.CA, Certificate: set.Agents.Certificate, Key: set.Agents.Key}
	for _, f := range []struct {
		to   *string
		flag string
		name string
	}{{&id.CA, o.Identity.CA, "ca"}, {&id.Certificate, o.Identity.Certificate, "certificate"}, {&id.Key, o.Identity.Key, "key"}} {
		if f.flag != "" {
			*f.to = f.flag
		}
		if *f.to == "" && o.DryRun {
			continue
		}
		if *f.to == "" {
			return id, fmt.Errorf("agents are called with a certificate of the role controller: --%s is missing (or rollout: {agents: {%s: FILE}} in routegate.yaml)", f.name, f.name)
		}
		if !filepath.IsAbs(*f.to) {
			*f.to = filepath.Join(root, *f.to)
		}
	}
	return id, nil
}

// identifier is a rollout's id: when it began, and something that no other one has.
func identifier(when string) string {
	var b [3]byte
	rand.Read(b[:]) // never fails
	return when + "-" + hex.EncodeToString(b[:])
}

// routers finds who changes, and who is looked at beside them.
func (r *Rollout) routers(ctx context.Context, s *gate.Stages) error {
	all, err := s.Routers(ctx)
	if err != nil {
		return err
	}
	p := r.Plan
	beside := map[string]bool{}
	for _, x := range all {
		if !x.Changed {
			continue
		}
		d := x.Device
		if !d.Mgmt.IsValid() {
			return fmt.Errorf("router %s changes, and routegate.yaml does not say where its agent is (devices: {%s: {mgmt: 192.0.2.11}})", d.Name, d.Name)
		}
		out := canary.Router{Station: r.station(d.Name, d.Mgmt), Role: d.Role, Site: d.Site, Group: d.Group,
			Base: x.Before.Hash(), Candidate: x.After.Hash(), Neighbors: x.Neighbors}
		if out.BaseObject, err = r.keep(x.Before); err == nil {
			out.CandidateObject, err = r.keep(x.After)
		}
		if err != nil {
			return err
		}
		p.Routers = append(p.Routers, out)
		for _, n := range x.Neighbors {
			beside[n] = true
		}
	}
	if len(p.Routers) == 0 {
		return refuse("no router's configuration changes between %s and %s: there is nothing to roll out", p.Before, p.After)
	}
	for _, x := range all {
		switch d := x.Device; {
		case x.Changed || !beside[d.Name]:
		case d.Mgmt.IsValid():
			p.Watched = append(p.Watched, r.station(d.Name, d.Mgmt))
		default:
			p.Unwatched = append(p.Unwatched, d.Name)
		}
	}
	return nil
}

func (r *Rollout) station(name string, mgmt netip.Addr) canary.Station {
	return canary.Station{Name: name, Address: netip.AddrPortFrom(mgmt, uint16(r.set.Agents.Port)).String()}
}

// keep holds an object until it can be stored.
func (r *Rollout) keep(x any) (string, error) {
	data, err := json.Marshal(x)
	if err != nil {
		return "", err
	}
	name := journal.Name(data)
	r.objects[name] = data
	return name, nil
}

// predict asks the simulation for each wave what is to be seen without it and with it.
func (r *Rollout) predict(ctx context.Context, s *gate.Stages) error {
	var applied []string
	for i := range r.Plan.Waves {
		w := &r.Plan.Waves[i]
		seen := slices.Concat(w.Routers, r.Plan.Beside(i))
		before, err := s.Predict(ctx, applied, seen)
		if err != nil {
			return err
		}
		applied = append(applied, w.Routers...)
		var after map[string]device.Observation
		if after, err = s.Predict(ctx, applied, seen); err != nil {
			return err
		}
		if w.Prediction, err = r.keep(canary.Prediction{Before: before, After: after}); err != nil {
			return err
		}
		if r.o.Progress != nil {
			r.o.Progress("predicting", i+1, len(r.Plan.Waves))
		}
	}
	return nil
}
