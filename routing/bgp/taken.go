package bgp

import (
	"context"
	"net/netip"
	"slices"
)

// takeOver keeps the tables of the base that hold, and lists the prefixes that must be solved. Those of one class here that had
// one table there are looked at once.
func (s *solver) takeOver(ctx context.Context, r *reuse) error {
	var all []taken
	classes := s.classes(s.sortedPrefixes())
	keys := s.kinKeys(classes)
	for i, class := range classes {
		at := len(all)
		all = r.split(all, class)
		for k := range all[at:] {
			x := &all[at+k]
			x.same = x.from != nil && x.from.plain && len(x.from.timed) == 0 && s.seeds[x.prefixes[0]].same(r.base.seeds[x.prefixes[0]])
			if keys != nil {
				x.key = keys[i]
			}
		}
	}
	groups := r.kins(all)
	s.divide(min(len(s.workers), max(1, len(groups)/16)), len(groups), 1, func(k int) func(int) {
		w, old := s.workers[k], newWorker(r.base)
		return func(i int) {
			x := groups[i][0]
			x.holds = x.same && w.holds(old, r, x.from, x.prefixes[0])
		}
	})
	for _, group := range groups {
		if !group[0].holds {
			for _, x := range group {
				r.dirty = append(r.dirty, x.prefixes...)
			}
			continue
		}
		s.keep(r, group)
	}
	slices.SortFunc(r.dirty, netip.Prefix.Compare)
	return ctx.Err()
}

// keep takes over the tables of classes that are kin and were.
func (s *solver) keep(r *reuse, group []*taken) {
	var of *kin
	if len(group) > 1 {
		of = &kin{s}
	}
	all := 0
	for i, x := range group {
		t := x.from
		if _, in := slices.BinarySearchFunc(x.prefixes, t.prefix, netip.Prefix.Compare); !in || of != nil {
			t = t.of(x.prefixes[0])
			t.kin = of
		}
		for _, p := range x.prefixes {
			s.tables[p] = t
		}
		if i == 0 {
			r.kept = append(r.kept, standing{t, 0})
		}
		all += len(x.prefixes)
	}
	r.kept[len(r.kept)-1].n = all
}

// taken are prefixes of one class that had one table.
type taken struct {
	prefixes []netip.Prefix
	from     *table
	same     bool   // it may be taken over: the outside says what it said
	key      string // see kinKeys
	holds    bool
}

// kins puts together what is kin here and had one table there, or kin's.
func (r *reuse) kins(all []taken) [][]*taken {
	type like struct {
		key   string
		table *table
		kin   *kin
	}
	at := map[like]int{}
	out := make([][]*taken, 0, len(all))
	for i := range all {
		x := &all[i]
		if x.same && x.key != "" {
			k := like{x.key, x.from.solved(), x.from.kin}
			if n, ok := at[k]; ok {
				out[n] = append(out[n], x)
				continue
			}
			at[k] = len(out)
		}
		out = append(out, []*taken{x})
	}
	return out
}

// split parts a class by the tables and the seeds of the base.
func (r *reuse) split(out []taken, class []netip.Prefix) []taken {
	type origin struct {
		table *table
		seed  *seed
	}
	if len(class) == 1 {
		return append(out, taken{prefixes: class, from: r.base.tables[class[0]]})
	}
	at := map[origin]int{}
	for _, p := range class {
		o := origin{r.base.tables[p], r.base.seeds[p]}
		i, ok := at[o]
		if !ok {
			i = len(out)
			at[o] = i
			out = append(out, taken{from: o.table})
		}
		out[i].prefixes = append(out[i].prefixes, p)
	}
	return out
}

func (x *seed) same(o *seed) bool {
	return o != nil && slices.Equal(x.own, o.own) && slices.Equal(x.outside, o.outside)
}
