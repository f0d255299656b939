// Package pack makes what a bundle holds: a plan that says who is to be brought back and by which ways, and what each
// router's agent says that it has had.
package pack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue/bundle"
)

// Make collects what the routers have had, all at once. A router whose agent does not answer keeps what the bundle from before
// has of it, and is in missing with the reason; without that the bundle would not help it, and is not made.
func Make(ctx context.Context, p *Plan, before *bundle.Contents, now time.Time) (c *bundle.Contents, missing []string, err error) {
	c = &bundle.Contents{Network: p.Network, Created: now.UTC(), Serial: uint64(now.Unix()), Configurations: map[device.Hash]device.Configuration{}}
	if before != nil {
		c.Serial = max(c.Serial, before.Serial+1)
		for h, x := range before.Configurations {
			c.Configurations[h] = x
		}
	}
	if c.Credential, err = p.credential(); err != nil {
		return nil, nil, err
	}
	reader, err := p.reader()
	if err != nil {
		return nil, nil, err
	}
	c.Routers = p.routers()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range c.Routers {
		wg.Go(func() {
			err := collect(ctx, &mu, c, &c.Routers[i], reader, p.Keep)
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			missing = append(missing, fmt.Sprintf("%s: %v", c.Routers[i].Name, err))
			if before != nil {
				for _, old := range before.Routers {
					if old.Name == c.Routers[i].Name {
						c.Routers[i].History = old.History
					}
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(missing)
	c.Tidy()
	return c, missing, nil
}

// routers are those of the plan in the order in which they return, without what they have had.
func (p *Plan) routers() (out []bundle.Router) {
	for name, r := range p.Routers {
		b := bundle.Router{Name: name, Role: r.Role, Driver: r.Driver, Stage: r.Stage, Agent: bundle.Agent{Address: r.Agent}, SSH: r.SSH.bundle(), Console: r.Console.bundle(), Command: r.Command,
			Place: r.Place, Config: r.Config, State: r.State}
		for _, at := range r.Probes {
			b.Probes = append(b.Probes, bundle.Probe{Address: at})
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b bundle.Router) int {
		if a.Stage != b.Stage {
			return a.Stage - b.Stage
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// reader is who reads what agents keep.
func (p *Plan) reader() (agent.Identity, error) {
	id, err := agent.ReadIdentity(p.Credential.CA, p.Collect.Certificate, p.Collect.Key)
	if err == nil {
		err = id.Check()
	}
	if err != nil {
		return id, fmt.Errorf("collect: the certificate that reads configurations (role observer): %w", err)
	}
	return id, nil
}

func (p *Plan) credential() (bundle.Credential, error) {
	id, err := agent.ReadIdentity(p.Credential.CA, p.Credential.Certificate, p.Credential.Key)
	if err == nil {
		err = id.Check()
	}
	c := bundle.Credential{CA: id.CA, Certificate: id.Certificate, Key: id.Key}
	if err == nil && p.Credential.SSHKey != "" {
		c.SSHKey, err = os.ReadFile(p.Credential.SSHKey)
	}
	if err != nil {
		return c, fmt.Errorf("the rescue credential (credential: {ca, certificate, key}): %w", err)
	}
	return c, nil
}

// collect reads one router's history: what was confirmed, and what ran before the first change.
func collect(ctx context.Context, mu *sync.Mutex, c *bundle.Contents, r *bundle.Router, id agent.Identity, keep int) error {
	if !r.Agent.Address.IsValid() {
		return errors.New("it has no agent to read from")
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	a, err := agent.DialArchive(agent.Target{Router: r.Name, Address: r.Agent.Address.String(), Identity: id})
	if err != nil {
		return err
	}
	defer a.Close()
	st, err := a.Status(ctx)
	if err != nil {
		return err
	}
	stored, err := a.Stored(ctx)
	if err == nil && len(stored) == 0 {
		stored, err = first(ctx, a)
	}
	if err != nil {
		return err
	}
	// What was confirmed last is what to return to first, whatever ran when a later change was armed and went back.
	slices.SortStableFunc(stored, func(a, b device.Stored) int {
		switch {
		case a.Hash == st.Confirmed && b.Hash != st.Confirmed:
			return -1
		case b.Hash == st.Confirmed && a.Hash != st.Confirmed:
			return 1
		}
		return 0
	})
	for _, s := range stored[:min(len(stored), keep)] {
		mu.Lock()
		_, have := c.Configurations[s.Hash]
		mu.Unlock()
		if !have {
			x, err := a.Recall(ctx, s.Hash)
			if err != nil {
				return err
			}
			if x.Hash() != s.Hash {
				return fmt.Errorf("what its agent sends is not %s", s.Hash.Short())
			}
			mu.Lock()
			c.Configurations[s.Hash] = x
			mu.Unlock()
		}
		r.History = append(r.History, bundle.Entry{Hash: s.Hash, Change: s.Change, At: s.At})
	}
	if len(r.History) == 0 {
		return errors.New("its agent has no configuration stored")
	}
	return nil
}

// first has a router that never had a change keep what runs, so that there is something to return to: a change from what runs to the same is armed
// and taken back. The daemon, and what it starts with, are not touched.
func first(ctx context.Context, a device.Agent) ([]device.Stored, error) {
	runs, err := a.Running(ctx)
	if err != nil {
		return nil, fmt.Errorf("it never had a change, and what runs cannot be read: %w", err)
	}
	change := "pack-" + time.Now().UTC().Format("20060102-150405")
	_, err = a.Arm(ctx, device.Order{Change: change, Base: runs, Candidate: runs, Window: 30 * time.Second})
	var refusal *device.Refusal
	if errors.As(err, &refusal) && refusal.Code == device.RefusedRole {
		return nil, errors.New("it never had a change, so it has nothing to return to; with a certificate of the role controller under collect, pack has it keep what runs")
	}
	if err == nil {
		_, err = a.Revert(ctx, change, "what runs is kept as the first configuration to return to")
	}
	if err != nil {
		return nil, fmt.Errorf("it never had a change, and does not keep what runs: %w", err)
	}
	return a.Stored(ctx)
}
