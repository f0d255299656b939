package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/agentpb"
)

func configurationToWire(c device.Configuration) *agentpb.Configuration {
	out := &agentpb.Configuration{}
	for _, f := range c.Files {
		out.Files = append(out.Files, &agentpb.File{Name: f.Name, Data: f.Data})
	}
	return out
}

func configurationFromWire(c *agentpb.Configuration) device.Configuration {
	var out device.Configuration
	for _, f := range c.GetFiles() {
		out.Files = append(out.Files, device.File{Name: f.GetName(), Data: f.GetData()})
	}
	return out
}

func orderToWire(o device.Order) *agentpb.ArmRequest {
	out := &agentpb.ArmRequest{
		Change:            o.Change,
		Base:              configurationToWire(o.Base),
		Candidate:         configurationToWire(o.Candidate),
		WindowNanoseconds: int64(o.Window),
	}
	for _, g := range o.Guards {
		out.Guards = append(out.Guards, &agentpb.Guard{Neighbors: g.Neighbors, Prefixes: g.Prefixes, ForNanoseconds: int64(g.For)})
	}
	return out
}

func orderFromWire(r *agentpb.ArmRequest) device.Order {
	out := device.Order{
		Change:    r.GetChange(),
		Base:      configurationFromWire(r.GetBase()),
		Candidate: configurationFromWire(r.GetCandidate()),
		Window:    time.Duration(r.GetWindowNanoseconds()),
	}
	for _, g := range r.GetGuards() {
		out.Guards = append(out.Guards, device.Guard{Neighbors: g.GetNeighbors(), Prefixes: g.GetPrefixes(), For: time.Duration(g.GetForNanoseconds())})
	}
	return out
}

func statusToWire(s device.Status) *agentpb.StatusReply {
	return &agentpb.StatusReply{
		Router:               s.Router,
		Phase:                string(s.Phase),
		Change:               s.Change,
		RemainingNanoseconds: int64(s.Remaining),
		Base:                 string(s.Base),
		Candidate:            string(s.Candidate),
		Confirmed:            string(s.Confirmed),
		Outcome:              string(s.Outcome),
		Detail:               s.Detail,
		Agent:                s.Agent,
		BootId:               s.BootID,
	}
}

func statusFromWire(r *agentpb.StatusReply) device.Status {
	return device.Status{
		Router:    r.GetRouter(),
		Phase:     device.Phase(r.GetPhase()),
		Change:    r.GetChange(),
		Remaining: time.Duration(r.GetRemainingNanoseconds()),
		Base:      device.Hash(r.GetBase()),
		Candidate: device.Hash(r.GetCandidate()),
		Confirmed: device.Hash(r.GetConfirmed()),
		Outcome:   device.Outcome(r.GetOutcome()),
		Detail:    r.GetDetail(),
		Agent:     r.GetAgent(),
		BootID:    r.GetBootId(),
	}
}

func differencesToWire(all []device.Difference) *agentpb.DifferencesReply {
	out := &agentpb.DifferencesReply{}
	for _, d := range all {
		out.Differences = append(out.Differences, &agentpb.Difference{Path: d.Path, Want: d.Want, Running: d.Running})
	}
	return out
}

func differencesFromWire(r *agentpb.DifferencesReply) []device.Difference {
	var out []device.Difference
	for _, d := range r.GetDifferences() {
		out = append(out, device.Difference{Path: d.GetPath(), Want: d.GetWant(), Running: d.GetRunning()})
	}
	return out
}

func storedToWire(all []device.Stored) *agentpb.StoredReply {
	out := &agentpb.StoredReply{}
	for _, s := range all {
		out.Configurations = append(out.Configurations, &agentpb.StoredConfiguration{
			Hash: string(s.Hash), Change: s.Change, AtUnixNanoseconds: instant(s.At), Files: s.Files,
		})
	}
	return out
}

func storedFromWire(r *agentpb.StoredReply) []device.Stored {
	var out []device.Stored
	for _, s := range r.GetConfigurations() {
		out = append(out, device.Stored{
			Hash: device.Hash(s.GetHash()), Change: s.GetChange(), At: moment(s.GetAtUnixNanoseconds()), Files: s.GetFiles(),
		})
	}
	return out
}

// instant is 0 for the zero time, whose nanoseconds would not fit.
func instant(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

func observationToWire(o device.Observation) *agentpb.Observation {
	out := &agentpb.Observation{
		Router: o.Router, AtUnixNanoseconds: instant(o.At),
		SessionsTold: o.Sessions != nil, RoutesTold: o.Routes != nil, AdvertisedTold: o.Advertised != nil, ReceivedTold: o.Received != nil,
		Advertised: exchangesToWire(o.Advertised), Received: exchangesToWire(o.Received),
	}
	for _, s := range o.Sessions {
		out.Sessions = append(out.Sessions, &agentpb.Session{
			Vrf: s.VRF, Neighbor: s.Neighbor, Remote: s.Remote, Established: s.Established, State: s.State,
			UpNanoseconds: int64(s.Up), Resets: int64(s.Resets),
		})
	}
	for _, r := range o.Routes {
		out.Routes = append(out.Routes, &agentpb.Route{Vrf: r.VRF, Prefix: r.Prefix.String(), NextHops: r.NextHops, AsPath: r.ASPath, Own: r.Own})
	}
	return out
}

func exchangesToWire(all []device.Exchange) []*agentpb.Exchange {
	var out []*agentpb.Exchange
	for _, e := range all {
		w := &agentpb.Exchange{Vrf: e.VRF, Neighbor: e.Neighbor, Prefixes: make([]string, len(e.Prefixes))}
		for i, p := range e.Prefixes {
			w.Prefixes[i] = p.String()
		}
		out = append(out, w)
	}
	return out
}

func observationFromWire(w *agentpb.Observation) (device.Observation, error) {
	out := device.Observation{Router: w.GetRouter(), At: moment(w.GetAtUnixNanoseconds())}
	for _, s := range w.GetSessions() {
		out.Sessions = append(out.Sessions, device.Session{
			VRF: s.GetVrf(), Neighbor: s.GetNeighbor(), Remote: s.GetRemote(), Established: s.GetEstablished(), State: s.GetState(),
			Up: time.Duration(s.GetUpNanoseconds()), Resets: int(s.GetResets()),
		})
	}
	for _, r := range w.GetRoutes() {
		p, err := netip.ParsePrefix(r.GetPrefix())
		if err != nil {
			return device.Observation{}, fmt.Errorf("the agent's observation: route: %w", err)
		}
		out.Routes = append(out.Routes, device.Route{VRF: r.GetVrf(), Prefix: p, NextHops: r.GetNextHops(), ASPath: r.GetAsPath(), Own: r.GetOwn()})
	}
	var err error
	if out.Advertised, err = exchangesFromWire(w.GetAdvertised()); err != nil {
		return device.Observation{}, fmt.Errorf("the agent's observation: advertised: %w", err)
	}
	if out.Received, err = exchangesFromWire(w.GetReceived()); err != nil {
		return device.Observation{}, fmt.Errorf("the agent's observation: received: %w", err)
	}
	out.Sessions = told(out.Sessions, w.GetSessionsTold())
	out.Routes = told(out.Routes, w.GetRoutesTold())
	out.Advertised = told(out.Advertised, w.GetAdvertisedTold())
	out.Received = told(out.Received, w.GetReceivedTold())
	return out, nil
}

// told keeps nil, which is "the daemon does not tell", apart from empty: the wire knows no such difference.
func told[T any](list []T, told bool) []T {
	switch {
	case !told:
		return nil
	case list == nil:
		return []T{}
	}
	return list
}

func exchangesFromWire(all []*agentpb.Exchange) ([]device.Exchange, error) {
	var out []device.Exchange
	for _, w := range all {
		e := device.Exchange{VRF: w.GetVrf(), Neighbor: w.GetNeighbor(), Prefixes: make([]netip.Prefix, len(w.GetPrefixes()))}
		for i, s := range w.GetPrefixes() {
			p, err := netip.ParsePrefix(s)
			if err != nil {
				return nil, err
			}
			e.Prefixes[i] = p
		}
		out = append(out, e)
	}
	return out, nil
}

// leaseToWire: a refusal travels with the lease that stands against it.
func leaseToWire(l device.Lease, err error) (*agentpb.LeaseReply, error) {
	out := &agentpb.LeaseReply{Holder: l.Holder, SinceUnixNanoseconds: instant(l.Since), LeftNanoseconds: int64(l.Left)}
	var refusal *device.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == device.RefusedLease:
		out.Refused, out.Detail = true, refusal.Detail
	case err != nil:
		return nil, toWire(err)
	}
	return out, nil
}

func leaseFromWire(r *agentpb.LeaseReply) (device.Lease, error) {
	l := device.Lease{Holder: r.GetHolder(), Since: moment(r.GetSinceUnixNanoseconds()), Left: time.Duration(r.GetLeftNanoseconds())}
	if r.GetRefused() {
		return l, &device.Refusal{Code: device.RefusedLease, Detail: r.GetDetail()}
	}
	return l, nil
}
