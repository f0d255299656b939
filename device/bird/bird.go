// Package bird drives BIRD 2 through its control socket on the router's own machine: it has BIRD configure itself from a
// candidate file with BIRD's own undo armed, compares what BIRD tells with the candidate, and confirms to BIRD then.
package bird

import (
	"context"
	"errors"

	"github.com/routegate/routegate/device"
)

// Options say where the daemon of one router is. The zero value is Debian's BIRD.
type Options struct {
	Router     string // its name, for messages and observations
	Socket     string // the control socket; "" is /run/bird/bird.ctl
	ConfigFile string // what bird reads when it starts; "" is /etc/bird/bird.conf
	StateDir   string // where candidates lie while BIRD runs them; must outlive this process. "" is a folder beside ConfigFile
}

// Driver is a device.Driver.
type Driver struct{ o Options }

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver { return &Driver{o: o} }

var errUnwritten = errors.New("the BIRD driver is not written yet")

func (d *Driver) Running(ctx context.Context) (device.Configuration, error) {
	return device.Configuration{}, errUnwritten
}

func (d *Driver) Check(ctx context.Context, candidate device.Configuration) error {
	return errUnwritten
}

func (d *Driver) Apply(ctx context.Context, to device.Configuration) error { return errUnwritten }

func (d *Driver) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	return nil, errUnwritten
}

func (d *Driver) Persist(ctx context.Context, c device.Configuration) error { return errUnwritten }

func (d *Driver) Incarnation(ctx context.Context) (string, error) { return "", errUnwritten }

func (d *Driver) Observe(ctx context.Context) (device.Observation, error) {
	return device.Observation{}, errUnwritten
}
