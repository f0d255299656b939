package generate

import (
	"fmt"
	"net/netip"
)

// FatTree is the fabric of Al-Fares, Loukissas and Vahdat (2008): k pods of k/2 edge and k/2 aggregation
// switches, (k/2)² cores above. eBGP everywhere, an AS of its own for every switch, a /24 for
// every edge switch, which announces that and nothing that it has heard.
func FatTree(k int, d Dialect) (Snapshot, error) {
	if k < 2 || k%2 != 0 || k > 128 {
		return nil, fmt.Errorf("fat-tree of k=%d: want an even number from 2 to 128", k)
	}
	var f fabric
	half := k / 2
	var edges, aggs [][]*device
	for p := range k {
		var es, as []*device
		for i := range half {
			e := f.add(fmt.Sprintf("edge-%02d-%02d", p, i))
			e.racks = []netip.Prefix{rack(p*half + i)}
			e.announceRacks("UPLINKS")
			es = append(es, e)
		}
		for i := range half {
			as = append(as, f.add(fmt.Sprintf("agg-%02d-%02d", p, i)))
		}
		edges, aggs = append(edges, es), append(aggs, as)
	}
	var cores []*device
	for i := range half * half {
		cores = append(cores, f.add(fmt.Sprintf("core-%02d-%02d", i/half, i%half)))
	}
	for p := range k {
		for _, e := range edges[p] {
			for _, a := range aggs[p] {
				f.link(e, a, "UPLINKS", "")
			}
		}
		for i, a := range aggs[p] {
			for j := range half {
				f.link(a, cores[i*half+j], "", "")
			}
		}
	}
	text := fmt.Sprintf("network: fattree-%d\nowned: [10.0.0.0/8]\n", k) + originations(d, f.devices)
	return snapshot(d, f.devices, File{"routegate.yaml", []byte(text)}), nil
}

// announceRacks makes the device announce its racks, and only those, to a group.
func (d *device) announceRacks(name string) {
	d.networks = append(d.networks, d.racks...)
	s := prefixSet{name: "RACKS"}
	for _, x := range d.racks {
		s.entries = append(s.entries, prefixRange{prefix: x})
	}
	d.sets = append(d.sets, s)
	d.groups = append(d.groups, group{name: name, out: "TO-" + name})
	d.policies = append(d.policies, policy{name: "TO-" + name, clauses: []clause{{prefixes: "RACKS"}}})
}
