package ospf

import (
	"math"

	"github.com/routegate/routegate/routing/rib"
)

// unreachable is the distance of a vertex that no path leads to.
const unreachable = math.MaxUint32

// tree is one router's shortest paths through an area (RFC 2328 §16.1).
type tree struct {
	dist []uint32
	set  []int32 // next hops, in the process's hopSets
}

// queue is a binary heap of vertices by distance; networks come before routers at
// equal distance (RFC 2328 §16.1 (3)), so that every equal-cost parent is known
// before a vertex hands its next hops on.
type queue struct {
	items []queued
}

type queued struct {
	dist   uint32
	vertex int32
	router bool
}

func (a queued) before(b queued) bool {
	if a.dist != b.dist {
		return a.dist < b.dist
	}
	if a.router != b.router {
		return b.router
	}
	return a.vertex < b.vertex
}

func (q *queue) push(x queued) {
	q.items = append(q.items, x)
	i := len(q.items) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !q.items[i].before(q.items[up]) {
			break
		}
		q.items[i], q.items[up] = q.items[up], q.items[i]
		i = up
	}
}

func (q *queue) pop() queued {
	top := q.items[0]
	last := len(q.items) - 1
	q.items[0] = q.items[last]
	q.items = q.items[:last]
	i := 0
	for {
		c := 2*i + 1
		if c >= last {
			return top
		}
		if c+1 < last && q.items[c+1].before(q.items[c]) {
			c++
		}
		if !q.items[c].before(q.items[i]) {
			return top
		}
		q.items[i], q.items[c] = q.items[c], q.items[i]
		i = c
	}
}

// shortest computes the tree of one member of an area.
func (w *world) shortest(a *area, member int, q *queue, done []bool) tree {
	p := &w.procs[a.members[member]]
	n := len(a.edges)
	t := tree{dist: make([]uint32, n), set: make([]int32, n)}
	for v := range t.dist {
		t.dist[v] = unreachable
		done[v] = false
	}
	root := int32(member)
	t.dist[root] = 0
	q.items = append(q.items[:0], queued{vertex: root, router: true})
	for len(q.items) > 0 {
		v := q.pop().vertex
		if done[v] {
			continue
		}
		done[v] = true
		for i := range a.edges[v] {
			e := &a.edges[v][i]
			d := t.dist[v] + e.cost
			if done[e.to] || d > t.dist[e.to] {
				continue
			}
			set := w.nextHops(a, p, &t, root, v, e)
			if d < t.dist[e.to] {
				t.dist[e.to], t.set[e.to] = d, set
				q.push(queued{dist: d, vertex: e.to, router: int(e.to) < len(a.members)})
			} else {
				t.set[e.to] = p.hops.join(t.set[e.to], set)
			}
		}
	}
	return t
}

// nextHops are those of the path that goes on from v over e (RFC 2328 §16.1.1).
func (w *world) nextHops(a *area, p *process, t *tree, root, v int32, e *edge) int32 {
	switch {
	case v == root && e.virtual >= 0:
		through := w.areas[e.virtual]
		at := through.vertex[a.members[root]]
		return through.trees[at].set[through.vertex[a.members[e.to]]]
	case v == root && e.peer < 0: // a directly attached network
		return p.hops.one(rib.NextHop{Interface: w.ports[e.out].iface.Name})
	case v == root:
		out, peer := &w.ports[e.out], &w.ports[e.peer]
		return p.hops.one(rib.NextHop{Via: peer.addr, Interface: out.iface.Name, OnLink: out.unnumbered})
	case int(v) >= len(a.members): // from a network to a router on it
		return p.hops.via(t.set[v], w.ports[e.peer].addr)
	}
	return t.set[v]
}
