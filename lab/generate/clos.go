package generate

import (
	"fmt"
	"net/netip"
	"strings"
)

// ClosSize is the size of a Clos fabric of three tiers.
type ClosSize struct {
	Pods, Leaves, Spines int // pods; leaf and spine switches in each
	SuperSpines          int // above each spine of a pod: the planes
}

// The communities of Clos: what a route is, so that filters need no lists of prefixes.
const (
	rackCommunity    = "65000:100"
	summaryCommunity = "65000:200"
)

// Clos is a fabric as it is operated: leaves mark what they announce, the spines of a pod show the rest of the fabric one
// aggregate for it, nobody takes or announces anything that is not marked, and a leaf that announces more than its racks
// is cut off. A spine of GoBGP, which does not aggregate, has the aggregate injected and announces it in any case.
func Clos(z ClosSize, d Dialect) (Snapshot, error) {
	if d == BIRD {
		return nil, fmt.Errorf("clos fabric: BIRD 2 makes no aggregates; want frr or gobgp")
	}
	if z.Pods < 1 || z.Pods > 128 || z.Leaves < 1 || z.Leaves > 256 || z.Spines < 1 || z.Spines > 32 || z.SuperSpines < 1 || z.SuperSpines > 64 {
		return nil, fmt.Errorf("clos fabric: want 1 to 128 pods of 1 to 256 leaves and 1 to 32 spines, and 1 to 64 super-spines a plane")
	}
	var f fabric
	planes := make([][]*device, z.Spines)
	for i := range planes {
		for j := range z.SuperSpines {
			x := f.add(fmt.Sprintf("super-%02d-%02d", i, j))
			x.marked("PODS", summaryCommunity, summaryCommunity)
			planes[i] = append(planes[i], x)
		}
	}
	for p := range z.Pods {
		var leaves []*device
		for i := range z.Leaves {
			leaves = append(leaves, f.leaf(p, i))
		}
		for i := range z.Spines {
			x := f.spine(p, i, d)
			for _, leaf := range leaves {
				f.link(leaf, x, "SPINES", "LEAVES")
				x.peers[len(x.peers)-1].limit = maxRacks
			}
			for _, super := range planes[i] {
				f.link(x, super, "PLANE", "PODS")
			}
		}
	}
	return snapshot(d, f.devices, File{"routegate.yaml", []byte(closEnvironment(&f, d))}), nil
}

// maxRacks is the maximum-prefix of a leaf.
const maxRacks = 16

// leaf has a rack, announces it marked, and takes what the spines mark.
func (f *fabric) leaf(pod, i int) *device {
	x := f.add(fmt.Sprintf("leaf-%03d-%03d", pod, i))
	x.racks = []netip.Prefix{rack(pod*256 + i)}
	x.networks = x.racks
	x.sets = []prefixSet{{name: "RACKS", entries: []prefixRange{{prefix: x.racks[0]}}}}
	x.groups = append(x.groups, group{name: "SPINES", in: "FROM-SPINES", out: "TO-SPINES"})
	x.policies = append(x.policies,
		policy{name: "FROM-SPINES", clauses: []clause{{community: summaryCommunity}}},
		policy{name: "TO-SPINES", clauses: []clause{{prefixes: "RACKS", setCommunity: rackCommunity}}})
	return x
}

// spine shows leaves and super-spines the aggregates alone.
func (f *fabric) spine(pod, i int, d Dialect) *device {
	x := f.add(fmt.Sprintf("spine-%03d-%02d", pod, i))
	all := netip.PrefixFrom(rack(pod*256).Addr(), 16)
	if d == GoBGP {
		x.networks = []netip.Prefix{all}
	} else {
		x.summary = all
	}
	x.sets = []prefixSet{{name: "POD", entries: []prefixRange{{prefix: all}}}}
	own := clause{prefixes: "POD", setCommunity: summaryCommunity}
	x.groups = append(x.groups,
		group{name: "LEAVES", in: "FROM-LEAVES", out: "TO-LEAVES"},
		group{name: "PLANE", in: "FROM-PLANE", out: "TO-PLANE"})
	x.policies = append(x.policies,
		policy{name: "FROM-LEAVES", clauses: []clause{{community: rackCommunity}}},
		policy{name: "TO-LEAVES", clauses: []clause{own, {community: summaryCommunity}}},
		policy{name: "FROM-PLANE", clauses: []clause{{prefixes: "POD", deny: true}, {community: summaryCommunity}}},
		policy{name: "TO-PLANE", clauses: []clause{own}})
	return x
}

// marked makes a group that takes and announces only what carries communities.
func (d *device) marked(name, in, out string) {
	d.groups = append(d.groups, group{name: name, in: "FROM-" + name, out: "TO-" + name})
	d.policies = append(d.policies,
		policy{name: "FROM-" + name, clauses: []clause{{community: in}}},
		policy{name: "TO-" + name, clauses: []clause{{community: out}}})
}

// closEnvironment is routegate.yaml: who may be changed together with whom.
func closEnvironment(f *fabric, d Dialect) string {
	var b strings.Builder
	b.WriteString("network: clos\nowned: [10.0.0.0/8]\ndevices:\n")
	for _, x := range f.devices {
		role, rest, _ := strings.Cut(x.name, "-")
		first, _, _ := strings.Cut(rest, "-")
		fmt.Fprintf(&b, "  %s: {role: %s, group: %s-%s}\n", x.name, role, role, first)
	}
	return b.String() + originations(d, f.devices)
}
