package gobgp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	api "github.com/osrg/gobgp/v3/api"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/routegate/routegate/device"
)

// objects is everything that gobgpd's API tells of a configuration, without what is state.
type objects struct {
	global      *api.Global
	vrfs        map[string]*api.Vrf
	peers       map[string]*api.Peer
	groups      map[string]*api.PeerGroup
	dynamic     map[string]*api.DynamicNeighbor
	sets        map[setKey]*api.DefinedSet
	policies    map[string]*api.Policy
	assignments map[api.PolicyDirection]*api.PolicyAssignment // of the global table
}

type setKey struct {
	kind api.DefinedType
	name string
}

var kinds = []api.DefinedType{api.DefinedType_PREFIX, api.DefinedType_NEIGHBOR, api.DefinedType_AS_PATH, api.DefinedType_COMMUNITY,
	api.DefinedType_EXT_COMMUNITY, api.DefinedType_LARGE_COMMUNITY}

var directions = []api.PolicyDirection{api.PolicyDirection_IMPORT, api.PolicyDirection_EXPORT}

// globalTable is GoBGP's name for its table outside of route servers.
const globalTable = "global"

// each receives a stream to its end.
func each[T any](s interface{ Recv() (T, error) }, err error, take func(T)) error {
	if err != nil {
		return err
	}
	for {
		x, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		take(x)
	}
}

// fetch asks for all of it.
func fetch(ctx context.Context, c api.GobgpApiClient) (*objects, error) {
	o := &objects{vrfs: map[string]*api.Vrf{}, peers: map[string]*api.Peer{}, groups: map[string]*api.PeerGroup{}, dynamic: map[string]*api.DynamicNeighbor{},
		sets: map[setKey]*api.DefinedSet{}, policies: map[string]*api.Policy{}, assignments: map[api.PolicyDirection]*api.PolicyAssignment{}}
	bgp, err := c.GetBgp(ctx, &api.GetBgpRequest{})
	if err != nil {
		return nil, err
	}
	if bgp.Global.GetAsn() == 0 {
		return nil, errors.New("gobgpd runs without a global configuration")
	}
	o.global = bgp.Global
	o.global.ApplyPolicy = nil // what it tells is in the assignments
	vrfs, err := c.ListVrf(ctx, &api.ListVrfRequest{})
	if err := each(vrfs, err, func(r *api.ListVrfResponse) { o.vrfs[r.Vrf.Name] = r.Vrf }); err != nil {
		return nil, err
	}
	peers, err := c.ListPeer(ctx, &api.ListPeerRequest{})
	if err := each(peers, err, func(r *api.ListPeerResponse) {
		if r.Peer.GetState().GetAdminState() == api.PeerState_DOWN {
			r.Peer.Conf.AdminDown = true // shut by an order of its own, which the configuration does not show
		}
		withoutState(r.Peer.ProtoReflect())
		if g := r.Peer.GracefulRestart; g != nil {
			g.PeerRestartTime, g.PeerRestarting, g.LocalRestarting = 0, false, false
		}
		o.peers[peerKey(r.Peer)] = r.Peer
	}); err != nil {
		return nil, err
	}
	groups, err := c.ListPeerGroup(ctx, &api.ListPeerGroupRequest{})
	if err := each(groups, err, func(r *api.ListPeerGroupResponse) {
		withoutState(r.PeerGroup.ProtoReflect())
		o.groups[r.PeerGroup.Conf.PeerGroupName] = r.PeerGroup
	}); err != nil {
		return nil, err
	}
	dynamic, err := c.ListDynamicNeighbor(ctx, &api.ListDynamicNeighborRequest{})
	if err := each(dynamic, err, func(r *api.ListDynamicNeighborResponse) { o.dynamic[r.DynamicNeighbor.Prefix] = r.DynamicNeighbor }); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		sets, err := c.ListDefinedSet(ctx, &api.ListDefinedSetRequest{DefinedType: k})
		if err := each(sets, err, func(r *api.ListDefinedSetResponse) {
			slices.SortFunc(r.DefinedSet.Prefixes, func(a, b *api.Prefix) int {
				return cmp.Or(cmp.Compare(a.IpPrefix, b.IpPrefix), cmp.Compare(a.MaskLengthMin, b.MaskLengthMin), cmp.Compare(a.MaskLengthMax, b.MaskLengthMax))
			})
			o.sets[setKey{k, r.DefinedSet.Name}] = r.DefinedSet
		}); err != nil {
			return nil, err
		}
	}
	policies, err := c.ListPolicy(ctx, &api.ListPolicyRequest{})
	if err := each(policies, err, func(r *api.ListPolicyResponse) { o.policies[r.Policy.Name] = r.Policy }); err != nil {
		return nil, err
	}
	for _, d := range directions {
		list, err := c.ListPolicyAssignment(ctx, &api.ListPolicyAssignmentRequest{Name: globalTable, Direction: d})
		if err := each(list, err, func(r *api.ListPolicyAssignmentResponse) {
			a := r.Assignment
			for i := range a.Policies {
				a.Policies[i] = &api.Policy{Name: a.Policies[i].Name}
			}
			o.assignments[d] = a
		}); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// peerKey is what a neighbor is called: by its address, or its interface.
func peerKey(p *api.Peer) string { return cmp.Or(p.Conf.NeighborInterface, p.Conf.NeighborAddress) }

// withoutState clears every field that is called state or info, at any depth.
func withoutState(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "state" || f.Name() == "info":
			m.Clear(f)
		case f.Message() != nil && f.IsList():
			for i := range v.List().Len() {
				withoutState(v.List().Get(i).Message())
			}
		case f.Message() != nil && !f.IsMap():
			withoutState(v.Message())
		}
		return true
	})
}

// differences lists what the running objects have otherwise, sorted by path.
func differences(want, running *objects) (all []device.Difference) {
	all = append(all, compareObject("global", want.global, running.global)...)
	all = append(all, compareMaps("vrf", want.vrfs, running.vrfs)...)
	all = append(all, comparePeers(want, running)...)
	all = append(all, compareMaps("peer-group", want.groups, running.groups)...)
	all = append(all, compareMaps("dynamic-neighbor", want.dynamic, running.dynamic)...)
	for _, k := range kinds {
		all = append(all, compareMaps(strings.ToLower(k.String())+"-set", ofKind(want.sets, k), ofKind(running.sets, k))...)
	}
	all = append(all, compareMaps("policy", want.policies, running.policies)...)
	for _, d := range directions {
		all = append(all, compareObject(strings.ToLower(d.String())+" policies", want.assignments[d], running.assignments[d])...)
	}
	return all
}

func ofKind(m map[setKey]*api.DefinedSet, k api.DefinedType) map[string]*api.DefinedSet {
	out := map[string]*api.DefinedSet{}
	for key, s := range m {
		if key.kind == k {
			out[key.name] = s
		}
	}
	return out
}

// comparePeers passes over what gobgpd makes by itself: neighbors out of a dynamic range, and the local address of a session that
// is up, which it tells in the place of the one that the configuration leaves open. A neighbor that has all of its group's
// settings and does not stand in it is as good (see application.neighbors).
func comparePeers(want, running *objects) []device.Difference {
	seen := map[string]*api.Peer{}
	for k, p := range running.peers {
		w := want.peers[k]
		if w == nil && running.outOfRange(p) {
			continue
		}
		if w != nil {
			p = proto.CloneOf(p)
			if w.Transport != nil && p.Transport != nil && open(w.Transport.LocalAddress) {
				p.Transport.LocalAddress = w.Transport.LocalAddress
			}
			if p.Conf.PeerGroup == "" {
				p.Conf.PeerGroup = w.Conf.PeerGroup
			}
		}
		seen[k] = p
	}
	return compareMaps("neighbor", want.peers, seen)
}

func open(address string) bool {
	a, err := netip.ParseAddr(address)
	return err != nil || a.IsUnspecified()
}

// outOfRange reports whether the peer was made for a caller out of a dynamic neighbor's range.
func (o *objects) outOfRange(p *api.Peer) bool {
	a, err := netip.ParseAddr(p.Conf.NeighborAddress)
	if err != nil {
		return false
	}
	for prefix, d := range o.dynamic {
		if r, err := netip.ParsePrefix(prefix); err == nil && r.Contains(a) && d.PeerGroup == p.Conf.PeerGroup {
			return true
		}
	}
	return false
}

func compareMaps[T proto.Message](kind string, want, running map[string]T) (all []device.Difference) {
	var names []string
	for n := range want {
		names = append(names, n)
	}
	for n := range running {
		if _, ok := want[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		w, inWant := want[n]
		r, inRunning := running[n]
		switch {
		case !inRunning:
			all = append(all, device.Difference{Path: kind + " " + n, Want: short(w)})
		case !inWant:
			all = append(all, device.Difference{Path: kind + " " + n, Running: short(r)})
		default:
			all = append(all, compareObject(kind+" "+n, w, r)...)
		}
	}
	return all
}

func compareObject(path string, want, running proto.Message) []device.Difference {
	return compareFields(path, want.ProtoReflect(), running.ProtoReflect())
}

// compareFields goes down to the fields that differ, through lists of the same length too. What is not set is as good as its zero value.
func compareFields(path string, want, running protoreflect.Message) (all []device.Difference) {
	fields := want.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		at := path + "/" + strings.ReplaceAll(string(f.Name()), "_", "-")
		w, r := want.Get(f), running.Get(f)
		switch {
		case f.Message() != nil && !f.IsList() && !f.IsMap() && f.Message().FullName() != "google.protobuf.Any":
			all = append(all, compareFields(at, w.Message(), r.Message())...)
		case f.IsList() && f.Message() != nil && w.List().Len() == r.List().Len():
			for i := range w.List().Len() {
				all = append(all, compareFields(fmt.Sprintf("%s %d", at, i+1), w.List().Get(i).Message(), r.List().Get(i).Message())...)
			}
		case !w.Equal(r):
			all = append(all, device.Difference{Path: at, Want: valueText(f, want), Running: valueText(f, running)})
		}
	}
	return all
}

func valueText(f protoreflect.FieldDescriptor, m protoreflect.Message) string {
	v := m.Get(f)
	switch {
	case f.Name() == "auth_password" && v.String() != "":
		return "(secret)"
	case f.Kind() == protoreflect.EnumKind && !f.IsList():
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			return string(e.Name())
		}
	case f.IsList():
		var parts []string
		for i := range v.List().Len() {
			x := v.List().Get(i)
			if f.Message() != nil {
				parts = append(parts, "{"+short(x.Message().Interface())+"}")
			} else {
				parts = append(parts, x.String())
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// short is an object on one line, without secrets.
func short(m proto.Message) string {
	m = proto.Clone(m)
	hide(m.ProtoReflect())
	text := strings.Join(strings.Fields(prototext.MarshalOptions{}.Format(m)), " ")
	if len(text) > 160 {
		text = text[:160] + "..."
	}
	return text
}

func hide(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "auth_password":
			m.Set(f, protoreflect.ValueOfString("(secret)"))
		case f.Message() != nil && !f.IsList() && !f.IsMap():
			hide(v.Message())
		}
		return true
	})
}
