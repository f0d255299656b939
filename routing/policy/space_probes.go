package policy

// each calls visit with every route of the product, or, where that has more than max, with
// a choice; it reports whether it was the whole product. Weight counts the inputs that
// are not the plainest. A visit that returns false ends it.
func (s *space) each(visit func(rt Route, weight int) bool) (complete bool) {
	total := 1
	for _, d := range s.dims {
		total *= len(d.values)
		if total > s.max {
			s.choose(visit)
			return false
		}
	}
	at := make([]int, len(s.dims))
	for {
		if !s.visit(at, visit) {
			return false
		}
		i := len(at) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < len(s.dims[i].values) {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return true
		}
	}
}

func (s *space) visit(at []int, visit func(Route, int) bool) bool {
	rt := s.base
	a := *s.base.Attributes
	rt.Attributes = &a
	weight := 0
	for i, v := range at {
		s.dims[i].values[v](&rt, &a)
		if v != 0 {
			weight++
		}
	}
	return visit(rt, weight)
}

// choose visits at most max routes: the plainest, every value alone, for every statement a route
// that fulfils it as far as single inputs can and every departure from that, every pair of
// values, and the rest of the bound from a fixed pseudo-random sequence.
func (s *space) choose(visit func(Route, int) bool) {
	seen := map[string]bool{}
	try := func(at []int) bool {
		k := make([]byte, 0, 2*len(at))
		for _, v := range at {
			k = append(k, byte(v), byte(v>>8))
		}
		if !seen[string(k)] {
			if len(seen) >= s.max {
				return false
			}
			seen[string(k)] = true
			return s.visit(at, visit)
		}
		return true
	}
	around := func(at []int) bool {
		if !try(at) {
			return false
		}
		for i := range s.dims {
			old := at[i]
			for v := range s.dims[i].values {
				at[i] = v
				if !try(at) {
					return false
				}
			}
			at[i] = old
		}
		return true
	}
	if !around(make([]int, len(s.dims))) {
		return
	}
	for _, st := range s.statements {
		if !try(s.fulfil(st)) {
			return
		}
	}
	for _, st := range s.statements {
		if !around(s.fulfil(st)) {
			return
		}
	}
	for i := range s.dims {
		for j := range i {
			at := make([]int, len(s.dims))
			for at[i] = range s.dims[i].values {
				for at[j] = range s.dims[j].values {
					if !try(at) {
						return
					}
				}
			}
		}
	}
	x := uint64(88172645463325252) // xorshift, always the same
	for range 4 * s.max {
		at := make([]int, len(s.dims))
		for i := range at {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			at[i] = int(x % uint64(len(s.dims[i].values)))
		}
		if !try(at) {
			return
		}
	}
}

// fulfil chooses for each input a value that the statement's conditions on it hold for.
func (s *space) fulfil(st []condition) []int {
	at := make([]int, len(s.dims))
	for i := range s.dims {
		for v, set := range s.dims[i].values {
			rt := s.route(set)
			ok := true
			for _, c := range st {
				if !c.input.Has(s.dims[i].input) {
					continue
				}
				ev := newEvaluation(c.e, &rt)
				ok = c.test(ev) != no
				ev.done()
				if !ok {
					break
				}
			}
			if ok {
				at[i] = v
				break
			}
		}
	}
	return at
}
