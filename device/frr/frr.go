// Package frr drives FRRouting through vtysh on the router's own machine: it reads the running configuration, gives
// bgpd, zebra, staticd and ospfd the few commands that lead from it to a candidate, in an order in which no state in
// between lets more through than the old one or the new one, and reads back what runs.
package frr

import (
	"context"
	"errors"

	"github.com/routegate/routegate/device"
)

// Options say where the daemons of one router are. The zero value is Debian's FRR.
type Options struct {
	Router     string // its name, for messages and observations
	Vtysh      string // the binary; "" is vtysh, looked up in PATH
	VtySocket  string // the folder of the daemons' vty sockets (vtysh --vty_socket); "" is FRR's own
	Pathspace  string // vtysh -N; "" is none
	ConfigFile string // what the daemons read when they start; "" is /etc/frr/frr.conf
	DaemonDir  string // where bgpd, zebra and the others lie, for rehearsals; "" is /usr/lib/frr
}

// Driver is a device.Driver.
type Driver struct{ o Options }

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver { return &Driver{o: o} }

var errUnwritten = errors.New("the FRR driver is not written yet")

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
