// Package rescuetest is routers for tests of a rescue: daemons in memory, and real agents before them behind mutual TLS.
package rescuetest

import (
	"context"
	"sync"
	"testing"

	"github.com/routegate/routegate/device"
)

// Daemon is a router's daemon in memory; it lives on when its agent dies. Several may call it at once.
type Daemon struct {
	mu               sync.Mutex
	running, startup device.Configuration
	touched          int
}

var _ device.Driver = (*Daemon)(nil)

// Text is a configuration of one file.
func Text(s string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte(s)}}}
}

// NewDaemon runs a configuration, and starts with it.
func NewDaemon(c device.Configuration) *Daemon { return &Daemon{running: c, startup: c} }

// Touched is how often somebody changed what it runs or starts with.
func (d *Daemon) Touched() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.touched
}

// Has fails a test where the daemon does not run a configuration and start with it.
func (d *Daemon) Has(t testing.TB, want device.Configuration) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running.Hash() != want.Hash() || d.startup.Hash() != want.Hash() {
		t.Errorf("it runs %q and starts with %q, want %q", d.running, d.startup, want)
	}
}

func (d *Daemon) Running(context.Context) (device.Configuration, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running, nil
}

func (d *Daemon) Check(context.Context, device.Configuration) error { return nil }

func (d *Daemon) Apply(_ context.Context, to device.Configuration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running, d.touched = to, d.touched+1
	return nil
}

func (d *Daemon) Differences(_ context.Context, want device.Configuration) ([]device.Difference, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running.Hash() != want.Hash() {
		return []device.Difference{{Path: "text", Want: "one", Running: "another"}}, nil
	}
	return nil, nil
}

func (d *Daemon) Persist(_ context.Context, c device.Configuration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.startup, d.touched = c, d.touched+1
	return nil
}

func (d *Daemon) Incarnation(context.Context) (string, error) { return "1", nil }

func (d *Daemon) Observe(context.Context) (device.Observation, error) {
	return device.Observation{}, nil
}
