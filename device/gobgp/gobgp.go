// Package gobgp drives gobgpd through its gRPC API on the router's own machine, object by object: its own reload of a file
// applies only the first neighbor that changed and leaves what export policies did as it was.
package gobgp

import (
	"context"
	"errors"

	"github.com/routegate/routegate/device"
)

// Options say where the daemon of one router is.
type Options struct {
	Router     string // its name, for messages and observations
	Address    string // of the gRPC API: unix:///run/gobgp.sock, or a literal address and port; "" is 127.0.0.1:50051
	ConfigFile string // what gobgpd reads when it starts (its suffix names the format); "" is /etc/gobgp/gobgpd.conf
}

// Driver is a device.Driver.
type Driver struct{ o Options }

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver { return &Driver{o: o} }

var errUnwritten = errors.New("the GoBGP driver is not written yet")

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
