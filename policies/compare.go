package policies

// comparison is what both sides of one policy come to.
type comparison struct {
	findings, standing, resolved []Finding
}

// weight is how bad everything under one key is.
type weight struct {
	measure float64
	level   int
}

// weigh adds up the measures under each key; a finding without a measure weighs one, so that a
// second finding under the same key is worse as well.
func weigh(list []Finding) map[string]weight {
	out := map[string]weight{}
	for i := range list {
		f := &list[i]
		w := out[f.Key]
		w.measure += measure(f)
		w.level = max(w.level, levelRank[f.Level])
		out[f.Key] = w
	}
	return out
}

func measure(f *Finding) float64 {
	if f.Measure == nil {
		return 1
	}
	return *f.Measure
}

// compare tells what a change causes from what it found there: a finding that only the after
// side has is new; one that both have is standing, unless its measure or its level grew.
func compare(before, after []Finding) comparison {
	var c comparison
	was, is := weigh(before), weigh(after)
	for _, f := range after {
		old, ok := was[f.Key]
		now := is[f.Key]
		switch {
		case !ok:
			f.Status = "new"
		case now.measure > old.measure || now.level > old.level:
			f.Status = "worse"
			f.MeasureBefore = &old.measure
		default:
			f.Status = "standing"
			c.standing = append(c.standing, f)
			continue
		}
		c.findings = append(c.findings, f)
	}
	for _, f := range before {
		if _, ok := is[f.Key]; !ok {
			f.Status = "resolved"
			c.resolved = append(c.resolved, f)
		}
	}
	return c
}
