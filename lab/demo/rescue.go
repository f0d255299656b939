package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/device/gobgp"
	"github.com/routegate/routegate/lab/embedded"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/pack"
)

// Sealed are the files of a rescue: the bundle, what opens it, and who may have signed it.
type Sealed struct{ Bundle, Identity, Signers, Record string }

func (s *story) files() Sealed {
	at := func(name string) string { return filepath.Join(s.dir, name) }
	return Sealed{at("rescue.bundle"), at("oncall.key"), at("rescue.signers"), at("rescues")}
}

// rescued: everything is down, and one command brings it back.
func (s *story) rescued(ctx context.Context) error {
	s.chapter("Everything is down", "A bundle is packed from what the agents say that their routers have had: addresses, the rescue's own certificate, configurations, sealed for the key of who is on call. Then a tool shuts every neighbor of every router, past gate and agents: what a rollout would never let out.")
	if err := s.pack(ctx); err != nil {
		return err
	}
	if err := s.live.ruin(ctx); err != nil {
		return err
	}
	s.event("every neighbor of %d routers is shut; not one session is left", len(s.live.agents))
	s.event("routegate rollback --all")
	typed := time.Now()
	r, err := s.rollback(ctx)
	if err != nil {
		return err
	}
	for _, x := range r.Routers {
		if !x.Good() {
			return fmt.Errorf("%s is %s after the rescue (%s): this is a defect of routegate", x.Name, x.Outcome, x.Detail)
		}
		s.event("%s is %s by its %s, %s, in %.1f s", x.Name, x.Outcome, x.Way, x.Detail, x.Seconds)
	}
	s.event("the command has ended, %.1f s after it was typed", time.Since(typed).Seconds())
	settled, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	if err := s.live.lab.Settle(settled, s.live.sessions); err != nil {
		return fmt.Errorf("what the rescue brought back does not come up: %w", err)
	}
	s.event("all %d sessions are up and no table moves: %.1f s after the command", s.live.sessions/2, time.Since(typed).Seconds())
	return nil
}

// pack makes the bundle, as routegate rescue pack does.
func (s *story) pack(ctx context.Context) error {
	ca := filepath.Join(s.dir, "ca")
	credential, err := certs.IssueRole(ca, agent.Rescue, "", time.Hour)
	if err != nil {
		return err
	}
	p := &pack.Plan{Network: "demo", Keep: 5, Routers: map[string]pack.Router{},
		Credential: pack.Credential{CA: s.live.controller.CA, Certificate: credential.Certificate, Key: credential.Key},
		Collect:    pack.Collect{Certificate: s.live.controller.Certificate, Key: s.live.controller.Key}}
	for name, at := range s.live.addresses {
		stage := 1
		if strings.HasPrefix(name, "edge") {
			stage = 0
		}
		p.Routers[name] = pack.Router{Driver: "gobgp", Stage: stage, Agent: at}
	}
	b, missing, err := pack.Make(ctx, p, nil, time.Now())
	if err == nil && len(missing) > 0 {
		err = errors.New(strings.Join(missing, "; "))
	}
	if err != nil {
		return fmt.Errorf("the bundle: %w", err)
	}
	if err := s.seal(b); err != nil {
		return fmt.Errorf("the bundle: %w", err)
	}
	s.event("bundle %d is sealed: %d routers, %d configurations", b.Serial, len(b.Routers), len(b.Configurations))
	return nil
}

func (s *story) seal(b *bundle.Contents) error {
	name := filepath.Join(s.dir, "rescue.key")
	public, err := bundle.NewSigner(name)
	if err != nil {
		return err
	}
	signer, err := bundle.ReadSigner(name)
	if err != nil {
		return err
	}
	oncall, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	if err := bundle.Seal(&sealed, b, signer, oncall.Recipient()); err != nil {
		return err
	}
	f := s.files()
	return errors.Join(os.WriteFile(f.Bundle, sealed.Bytes(), 0o600), os.WriteFile(f.Identity, []byte(oncall.String()+"\n"), 0o600),
		os.WriteFile(f.Signers, []byte(public+"\n"), 0o600))
}

// rollback runs the command as it is typed, and reads its report.
func (s *story) rollback(ctx context.Context) (*rescue.Report, error) {
	cmd := s.Rescue(s.journal(), s.files())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the rescue: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		return nil, fmt.Errorf("the rescue: %w", errors.Join(err, ctx.Err()))
	}
	var r rescue.Report
	if e := json.Unmarshal(out.Bytes(), &r); e != nil {
		return nil, fmt.Errorf("the rescue (%w): %s: this is a defect of routegate", errors.Join(err, e), strings.TrimSpace(said.String()))
	}
	return &r, nil
}

// driver speaks to a router beside its agent.
func (r *running) driver(name string) (device.Driver, error) {
	file, err := r.lab.ConfigFile(name)
	if err != nil {
		return nil, err
	}
	return embedded.Translate(gobgp.New(gobgp.Options{Router: name, Address: r.lab.API(name), ConfigFile: file})), nil
}

var neighbor = regexp.MustCompile(`(?m)^( *)(- config:\n) +neighbor-address:`)

// ruin shuts every neighbor of every router, and returns when no session is left.
func (r *running) ruin(ctx context.Context) error {
	for name, a := range r.agents {
		d, err := r.driver(name)
		if err != nil {
			return err
		}
		runs, err := a.Running(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var bad device.Configuration
		for _, f := range runs.Files {
			bad.Files = append(bad.Files, device.File{Name: f.Name, Data: neighbor.ReplaceAll(f.Data, []byte("$1$2$1    admin-down: true\n$1    neighbor-address:"))})
		}
		if bad.Hash() == runs.Hash() {
			return fmt.Errorf("%s has no neighbor to shut: this is a defect of the demonstration", name)
		}
		if err := d.Apply(ctx, bad); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for {
		up, err := r.lab.Up(ctx)
		if err != nil || up == 0 {
			return err
		}
		if err := pause(ctx, fmt.Sprintf("%d ends of sessions are up still", up)); err != nil {
			return err
		}
	}
}
