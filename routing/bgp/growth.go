package bgp

import "slices"

// Where nothing keeps a route from going round (as-override, remove-private-AS or a policy takes the AS off by which a
// router would know it, and a weight or local preference prefers what came round), its AS path grows on every turn and no
// state ever comes back. Three FRR 8.4.4 do so for minutes, past 2,700 ASes: they negotiate messages of
// 65,535 octets (RFC 8654). It is found by what it is: a router whose best path has become longer than ever
// before again and again, and comes by way of the router itself.

// longestPath ends what grows in another way than round a circle: more 4-octet ASes than a message
// of RFC 4271 can carry.
const longestPath = 4096 / 4

// growth is how long the best paths of one instance have become.
type growth struct {
	longest int32 // ASes
	times   int32 // that it became longer than ever before
}

// patience is how often the best path of an instance may become longer before it has to be asked where it comes
// from: oftener than a route can go round where allowas-in lets it, and than routers that learn
// of longer and longer ways one after the other.
func (s *solver) patience() int32 {
	turns := 0
	for _, p := range s.peers {
		for f := range p.families {
			turns = max(turns, int(p.families[f].c.AllowASIn))
		}
	}
	return int32(16 + turns + min(len(s.instances), 64))
}

// grows notes the new best path of an instance and gives the instances that a route goes round without end; nil for none.
func (w *worker) grows(in *instance) []int32 {
	b := &w.best[in.id]
	if b.from == noPath {
		return nil
	}
	g := &w.growth[in.id]
	if b.attrs.confedLength <= g.longest {
		return nil
	}
	g.longest = b.attrs.confedLength
	if g.times++; g.times > w.s.turns {
		if round := w.circle(int32(in.id)); round != nil {
			return round
		}
	}
	if g.longest > longestPath {
		return []int32{int32(in.id)}
	}
	return nil
}

// circle follows the best path of an instance back to where it comes from: sorted, and nil where that is not the
// instance itself.
func (w *worker) circle(start int32) []int32 {
	var round []int32
	for i := start; len(round) <= len(w.s.instances); {
		round = append(round, i)
		from := w.best[i].from
		if from < 0 || w.s.peers[from].remote == nil {
			return nil
		}
		if i = int32(w.s.peers[from].remote.in.id); i == start {
			slices.Sort(round)
			return round
		}
	}
	return nil
}
