package ospf

import "github.com/routegate/routegate/network"

// scopes numbers where AS-external LSAs are flooded: they go from neighbor to neighbor in normal areas, and neither into stub areas nor into
// NSSAs (RFC 2328 §3.6, RFC 3101 §2.2). Two processes with one number have each other's; a process without a normal area has none, and no number (-1).
func (w *world) scopes() []int32 {
	next := make([]int32, len(w.procs)) // towards the one that stands for all
	for i := range next {
		next[i] = int32(i)
	}
	var find func(i int32) int32
	find = func(i int32) int32 {
		for next[i] != i {
			next[i] = next[next[i]]
			i = next[i]
		}
		return i
	}
	for _, a := range w.areas {
		normal := func(v int32) bool { return areaType(w.procs[a.members[v]].cfg, a.id) == network.OSPFNormal }
		nets := make([]int32, len(a.nets)) // a process on each; -1: none yet
		for i := range nets {
			nets[i] = -1
		}
		for v := range a.members {
			if !normal(int32(v)) {
				continue
			}
			for _, e := range a.edges[v] {
				far := e.to
				if n := int(e.to) - len(a.members); n >= 0 {
					if nets[n] < 0 {
						nets[n] = int32(v)
					}
					far = nets[n]
				}
				if normal(far) {
					next[find(a.members[v])] = find(a.members[far])
				}
			}
		}
	}
	out := make([]int32, len(w.procs))
	for i := range out {
		if out[i] = -1; w.hasNormalArea(&w.procs[i]) {
			out[i] = find(int32(i))
		}
	}
	return out
}
