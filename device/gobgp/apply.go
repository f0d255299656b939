package gobgp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"google.golang.org/protobuf/proto"

	"github.com/routegate/routegate/device"
)

// Apply changes gobgpd object by object: what goes, policies and sets (in one call), which policies apply, peer groups, neighbors; then
// it has the policies looked at again in both directions, and resets the sessions over which routes were sent that
// an export policy now refuses: GoBGP 3.37 has no other way to withdraw them. The file that gobgpd starts with is not touched.
func (d *Driver) Apply(ctx context.Context, to device.Configuration) error {
	p, err := d.read(ctx, to)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	have, err := d.now(ctx)
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	if err := d.changeable(ctx, p, have); err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	c, done, err := d.connect()
	if err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	defer done()
	a := &application{client: c, want: p, have: have}
	if err := a.run(ctx); err != nil {
		left, e := d.Differences(ctx, to)
		return &device.StateError{Err: silent(ctx, err), Left: left, Unreachable: e != nil}
	}
	have, err = d.now(ctx)
	if err != nil {
		return &device.StateError{Err: fmt.Errorf("everything was done, and reading back failed: %w", err), Unreachable: true}
	}
	if left := differences(p.objects, have); len(left) > 0 {
		return &device.StateError{Err: errors.New("everything was done, and gobgpd does not run the candidate"), Left: left}
	}
	if err := d.remember(to); err != nil {
		return &device.StateError{Err: fmt.Errorf("what gobgpd was given cannot be kept: %w", err)}
	}
	return nil
}

// application is one Apply.
type application struct {
	client api.GobgpApiClient
	want   *plan
	have   *objects
	again  bool // policies have to be looked at again
	sent   map[string]map[netip.Prefix]bool
}

func (a *application) run(ctx context.Context) (err error) {
	if len(differences(a.want.objects, a.have)) == 0 {
		return nil
	}
	if a.sent, err = a.adjOut(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{a.removeNeighbors, a.policies, a.groups, a.neighbors, a.clear, a.finish, a.lookAgain} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) removeNeighbors(ctx context.Context) error {
	for _, k := range slices.Sorted(maps.Keys(a.have.dynamic)) {
		if w := a.want.objects.dynamic[k]; w == nil || w.PeerGroup != a.have.dynamic[k].PeerGroup {
			if _, err := a.client.DeleteDynamicNeighbor(ctx, &api.DeleteDynamicNeighborRequest{Prefix: k, PeerGroup: a.have.dynamic[k].PeerGroup}); err != nil {
				return fmt.Errorf("remove dynamic neighbors %s: %w", k, err)
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(a.have.peers)) {
		p := a.have.peers[k]
		if a.want.objects.peers[k] != nil || a.want.objects.outOfRange(p) {
			continue
		}
		if err := a.remove(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) remove(ctx context.Context, p *api.Peer) error {
	if _, err := a.client.DeletePeer(ctx, &api.DeletePeerRequest{Address: p.Conf.NeighborAddress, Interface: p.Conf.NeighborInterface}); err != nil {
		return fmt.Errorf("remove neighbor %s: %w", peerKey(p), err)
	}
	return nil
}

func (a *application) add(ctx context.Context, p *api.Peer) error {
	if _, err := a.client.AddPeer(ctx, &api.AddPeerRequest{Peer: p}); err != nil {
		return fmt.Errorf("add neighbor %s: %w", peerKey(p), err)
	}
	return nil
}

func (a *application) groups(ctx context.Context) error {
	for i := range a.want.conf.PeerGroups {
		g := &a.want.conf.PeerGroups[i]
		name := g.Config.PeerGroupName
		switch have := a.have.groups[name]; {
		case have == nil:
			if _, err := a.client.AddPeerGroup(ctx, &api.AddPeerGroupRequest{PeerGroup: oc.NewPeerGroupFromConfigStruct(g)}); err != nil {
				return fmt.Errorf("add peer group %s: %w", name, err)
			}
		case len(compareObject("", a.want.objects.groups[name], have)) > 0:
			r, err := a.client.UpdatePeerGroup(ctx, &api.UpdatePeerGroupRequest{PeerGroup: oc.NewPeerGroupFromConfigStruct(g)})
			if err != nil && strings.Contains(err.Error(), "neighbor that has ") {
				// v3.37 keeps a neighbor that was removed over the API among the members of its group. It has the group's new settings then, and ends at
				// the member that does not exist: those that it did not come to are changed one by one, as neighbors.
				r, err = &api.UpdatePeerGroupResponse{NeedsSoftResetIn: true}, nil
			}
			if err != nil {
				return fmt.Errorf("change peer group %s: %w", name, err)
			}
			a.again = a.again || r.NeedsSoftResetIn
		}
	}
	return a.refresh(ctx)
}

func (a *application) refresh(ctx context.Context) (err error) {
	a.have, err = fetch(ctx, a.client)
	return err
}

// neighbors adds and changes them. What UpdatePeer leaves as it was (v3.37 passes over multihop, TTL security, and the two kinds of
// client) is changed by making the neighbor anew.
//
// Of a neighbor in a peer group gobgpd takes over the API only settings that its file had for that neighbor when it started; the
// group's stand for all others. A neighbor for which that is not what is wanted is made without the group, with every
// setting that it has from it.
func (a *application) neighbors(ctx context.Context) error {
	for i := range a.want.conf.Neighbors {
		n := &a.want.conf.Neighbors[i]
		want := a.want.objects.peers[neighborKey(n)]
		if a.same(want) {
			continue
		}
		asked := oc.NewPeerFromConfigStruct(n)
		if a.have.peers[neighborKey(n)] == nil {
			if err := a.add(ctx, asked); err != nil {
				return err
			}
		} else {
			r, err := a.client.UpdatePeer(ctx, &api.UpdatePeerRequest{Peer: asked})
			if err != nil {
				return fmt.Errorf("change neighbor %s: %w", peerKey(want), err)
			}
			a.again = a.again || r.NeedsSoftResetIn
		}
		alone := proto.CloneOf(want)
		alone.Conf.PeerGroup = ""
		for _, form := range []*api.Peer{asked, alone} {
			if err := a.refresh(ctx); err != nil {
				return err
			}
			if a.same(want) {
				break
			}
			if err := a.remove(ctx, want); err != nil {
				return err
			}
			if err := a.add(ctx, form); err != nil {
				return err
			}
		}
		if err := a.refresh(ctx); err != nil {
			return err
		}
	}
	for _, k := range slices.Sorted(maps.Keys(a.want.objects.dynamic)) {
		w := a.want.objects.dynamic[k]
		if have := a.have.dynamic[k]; have == nil || have.PeerGroup != w.PeerGroup {
			if _, err := a.client.AddDynamicNeighbor(ctx, &api.AddDynamicNeighborRequest{DynamicNeighbor: w}); err != nil {
				return fmt.Errorf("add dynamic neighbors %s: %w", k, err)
			}
		}
	}
	return nil
}

// same reports whether the neighbor runs as wanted.
func (a *application) same(want *api.Peer) bool {
	k := peerKey(want)
	one := func(p *api.Peer) *objects {
		o := &objects{peers: map[string]*api.Peer{}}
		if p != nil {
			o.peers[k] = p
		}
		return o
	}
	return len(comparePeers(one(want), one(a.have.peers[k]))) == 0
}

// clear removes groups that have no members any more.
func (a *application) clear(ctx context.Context) error {
	for _, k := range slices.Sorted(maps.Keys(a.have.groups)) {
		if a.want.objects.groups[k] == nil {
			if _, err := a.client.DeletePeerGroup(ctx, &api.DeletePeerGroupRequest{Name: k}); err != nil {
				return fmt.Errorf("remove peer group %s: %w", k, err)
			}
		}
	}
	return nil
}

// lookAgain has the policies applied to what is there: import to what came in, export to what goes out. Then the sessions are reset
// over which routes went that are still the router's best and that no policy lets out any more.
func (a *application) lookAgain(ctx context.Context) error {
	if !a.again {
		return nil
	}
	for _, d := range []api.ResetPeerRequest_SoftResetDirection{api.ResetPeerRequest_IN, api.ResetPeerRequest_OUT} {
		if _, err := a.client.ResetPeer(ctx, &api.ResetPeerRequest{Soft: true, Direction: d}); err != nil {
			return fmt.Errorf("soft reset: %w", err)
		}
	}
	now, err := a.adjOut(ctx)
	if err != nil {
		return err
	}
	best, err := prefixes(ctx, a.client, api.TableType_GLOBAL, "")
	if err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(a.sent)) {
		kept, up := now[k]
		stale := false
		for p := range a.sent[k] {
			stale = stale || best[p] && !kept[p]
		}
		if !up || !stale {
			continue // the session is down: nothing was sent over it that could be left
		}
		// Down and up again comes back within seconds; a hard reset waits for idle-hold-time-after-reset, half a minute.
		if _, err := a.client.DisablePeer(ctx, &api.DisablePeerRequest{Address: k, Communication: "export policy changed"}); err != nil {
			return fmt.Errorf("reset neighbor %s, to withdraw what an export policy refuses now: %w", k, err)
		}
		if err := a.down(ctx, k); err != nil {
			return err
		}
		if _, err := a.client.EnablePeer(ctx, &api.EnablePeerRequest{Address: k}); err != nil {
			return fmt.Errorf("reset neighbor %s, which stays shut: %w", k, err)
		}
	}
	return nil
}

// down waits until the session is down: until then gobgpd takes no other order about its state.
func (a *application) down(ctx context.Context, neighbor string) error {
	for {
		up := false
		peers, err := a.client.ListPeer(ctx, &api.ListPeerRequest{Address: neighbor})
		if err := each(peers, err, func(r *api.ListPeerResponse) {
			up = up || r.Peer.GetState().GetSessionState() == api.PeerState_ESTABLISHED
		}); err != nil {
			return err
		}
		if !up {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("neighbor %s does not go down: %w", neighbor, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// adjOut is what the policies let through to each neighbor whose session is up.
func (a *application) adjOut(ctx context.Context) (map[string]map[netip.Prefix]bool, error) {
	out := map[string]map[netip.Prefix]bool{}
	peers, err := a.client.ListPeer(ctx, &api.ListPeerRequest{})
	var up []string
	if err := each(peers, err, func(r *api.ListPeerResponse) {
		if r.Peer.GetState().GetSessionState() == api.PeerState_ESTABLISHED {
			up = append(up, r.Peer.State.NeighborAddress)
		}
	}); err != nil {
		return nil, err
	}
	for _, n := range up {
		if out[n], err = prefixes(ctx, a.client, api.TableType_ADJ_OUT, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var families = []*api.Family{{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}, {Afi: api.Family_AFI_IP6, Safi: api.Family_SAFI_UNICAST}}

// prefixes are those of one of GoBGP's tables, of both unicast families.
func prefixes(ctx context.Context, c api.GobgpApiClient, table api.TableType, neighbor string) (map[netip.Prefix]bool, error) {
	all := map[netip.Prefix]bool{}
	for _, f := range families {
		if err := paths(ctx, c, table, neighbor, f, func(p netip.Prefix, _ *api.Destination) { all[p] = true }); err != nil {
			return nil, err
		}
	}
	return all, nil
}
