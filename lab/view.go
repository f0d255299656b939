package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// View is a standing lab as it was read at one moment, beside the snapshot that it runs.
type View struct {
	snapshot *config.Snapshot
	Routers  map[string]*Tables
	Outside  map[netip.Addr]*Tables
}

// Look reads the tables of a lab that is ready.
func (s *Standing) Look(ctx context.Context) (*View, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case st.Error != "":
		return nil, fmt.Errorf("the lab did not come up: %s", st.Error)
	case !st.Ready():
		return nil, fmt.Errorf("the lab is not ready: %s", st.Stage)
	}
	v := &View{}
	if v.snapshot, err = config.Load(ctx, st.Where, config.Options{}); err != nil {
		return nil, err
	}
	v.Routers, v.Outside, err = s.Observe(ctx)
	return v, err
}

// Tables gives what was read in the form of gate.ShowTables, of which Router, Prefix, VRF and
// Main count here; Prefix must be a prefix.
func (v *View) Tables(o gate.TableOptions) (*gate.Tables, error) {
	var want netip.Prefix
	if o.Prefix != "" {
		p, err := netip.ParsePrefix(o.Prefix)
		if err != nil {
			return nil, fmt.Errorf("%q is not a prefix, as 203.0.113.0/24 is", o.Prefix)
		}
		want = p.Masked()
	}
	if o.Router != "" && v.snapshot.Network.Router(o.Router) == nil {
		return nil, fmt.Errorf("there is no router %s in the lab", o.Router)
	}
	if o.VRF == "default" { // FRR's word for it
		o.VRF = ""
	}
	if !slices.ContainsFunc(v.snapshot.Network.Routers, func(r *network.Router) bool {
		return (o.Router == "" || r.Name == o.Router) && r.VRF(o.VRF) != nil
	}) {
		return nil, fmt.Errorf("no router of these has a routing instance %q", o.VRF)
	}
	t := document(v.snapshot.Network, v.Routers, o.Router, o.VRF, want, o.Main)
	t.Where = v.snapshot.Where
	return t, nil
}

// Compare simulates the snapshot and holds the prediction against what was read, see Judge.
func (v *View) Compare(ctx context.Context) ([]Judged, error) {
	want, err := routing.Solve(ctx, v.snapshot.Network, routing.Options{Fresh: true})
	if err != nil {
		return nil, err
	}
	plan, err := MakePlan(v.snapshot.Network)
	if err != nil {
		return nil, err
	}
	return Judge(plan, want, v.Routers, v.Outside), nil
}
