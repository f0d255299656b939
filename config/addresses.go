package config

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Addresses are what a routegate.yaml says of where a network is managed. What it does not say is zero, with a Span that has no line.
type Addresses struct {
	Network     string
	NetworkSpan network.Span
	Devices     []Managed // in file order
	Consoles    []netip.Addr
	ConsoleSpan network.Span
	AgentPort   int // rollout.agents.port
	PortSpan    network.Span
}

// Managed is one router's management address, and what acts on it there.
type Managed struct {
	Name                           string
	Mgmt                           netip.Addr
	Role, Site, Driver             string
	MgmtSpan, RoleSpan, DriverSpan network.Span // a Driver without a line is concluded from the router's files
}

// ReadAddresses reads the routegate.yaml of a snapshot, and of its routers nothing but which files they have: they need not be readable for
// somebody to be reached. Keys that are not known, names where addresses belong, and a snapshot without the file are an *Error.
func ReadAddresses(ctx context.Context, where string) (*Addresses, error) {
	src, err := newSource(ctx, where)
	if err != nil {
		return nil, err
	}
	paths, err := src.list(ctx) // a git revision is read by its list
	if err != nil {
		return nil, err
	}
	if !slices.Contains(paths, environmentFile) {
		return nil, &Error{Path: environmentFile, Msg: "no such file in the snapshot", Hint: "it says where routers are managed, as in devices: {edge1: {mgmt: 192.0.2.11}}"}
	}
	text, err := src.read(ctx, environmentFile)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	if err := r.decode(text); err != nil {
		return nil, err
	}
	r.agentPort()
	if err := first(r.errs); err != nil {
		return nil, err
	}
	devices, err := groupDevices(paths)
	if err != nil {
		return nil, err
	}
	dialects := map[string]string{}
	for _, d := range devices {
		dialects[d.name] = d.dialect()
	}
	return r.addresses(dialects), nil
}

func (r *reader) addresses(dialects map[string]string) *Addresses {
	d := &r.doc
	a := &Addresses{Network: d.Network, NetworkSpan: r.span("network"), Consoles: d.Management.Consoles, ConsoleSpan: r.span("management.consoles"),
		AgentPort: d.Rollout.Agents.Port, PortSpan: r.span("rollout.agents.port")}
	for i, x := range d.Devices {
		path := fmt.Sprintf("devices[%d]", i)
		a.Devices = append(a.Devices, Managed{Name: x.Name, Mgmt: x.Mgmt, Role: x.Role, Site: x.Site, Driver: cmp.Or(x.Driver, dialects[x.Name]),
			MgmtSpan: r.span(path + ".mgmt"), RoleSpan: r.span(path + ".role"), DriverSpan: r.span(path + ".driver")})
	}
	return a
}

// dialect is what the names of its files tell; "" where they are of two, for then their text decides.
func (d *device) dialect() string {
	switch {
	case d.bird != "":
		return "bird"
	case len(d.gobgp) == 0:
		return "frr"
	case len(d.frr) == 0:
		return "gobgp"
	}
	return ""
}
