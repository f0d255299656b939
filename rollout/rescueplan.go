package rollout

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/rescue/pack"
)

// settingsFile is where a snapshot says what its routers' files cannot.
const settingsFile = "routegate.yaml"

// RescuePlan reads a rescue.yaml with what a routegate.yaml states of the same routers. That is the one of snapshot or, where it is "", of
// the snapshot that the plan names, of rolled (what a rollout brings out; "": none), or the one beside the plan; where there is none either, the plan says all.
func RescuePlan(ctx context.Context, file, snapshot, rolled string) (*pack.Plan, error) {
	return pack.ReadPlan(file, func(named string) (*pack.Stated, error) {
		where := cmp.Or(snapshot, named, rolled, beside(file))
		if where == "" {
			return nil, nil
		}
		a, err := gate.AddressesOf(ctx, where)
		if err != nil {
			return nil, fmt.Errorf("%s, from where %s takes addresses: %w", where, file, err)
		}
		return stated(where, a), nil
	})
}

// beside is the folder of a file where a routegate.yaml is in it.
func beside(file string) string {
	dir := filepath.Dir(file)
	if _, err := os.Stat(filepath.Join(dir, settingsFile)); err != nil {
		return ""
	}
	return dir
}

// stated is what a plan can take from it. Agents are where a rollout calls them.
func stated(where string, a *gate.Addresses) *pack.Stated {
	file := where + ":" + settingsFile
	if !strings.HasPrefix(where, "git:") {
		file = filepath.Join(where, settingsFile)
	}
	s := &pack.Stated{Snapshot: where, File: file, Network: a.Network, NetworkLine: int(a.NetworkSpan.First), Port: uint16(cmp.Or(a.AgentPort, defaultPort)), PortLine: int(a.PortSpan.First),
		Consoles: a.Consoles, ConsolesLine: int(a.ConsoleSpan.First), Routers: map[string]pack.StatedRouter{}}
	for _, d := range a.Devices {
		s.Routers[d.Name] = pack.StatedRouter{Mgmt: d.Mgmt, Role: d.Role, Site: d.Site, Driver: d.Driver,
			MgmtLine: int(d.MgmtSpan.First), RoleLine: int(d.RoleSpan.First), DriverLine: int(d.DriverSpan.First)}
	}
	return s
}
