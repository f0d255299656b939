package lab_test

import (
	"testing"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/random"
)

// shrink takes parts out of a network while a difference of the same kind stays: halves of
// what is left first, then smaller and smaller pieces.
func shrink(t *testing.T, s *random.Snapshot, first *outcome) *random.Snapshot {
	kinds := map[string]bool{}
	for _, d := range first.unexplained {
		kinds[kindOf(d)] = true
	}
	boots := 0
	fails := func(x *random.Snapshot) bool {
		boots++
		o, err := try(interrupted, x)
		if err != nil {
			return false
		}
		for _, d := range o.unexplained {
			if kinds[kindOf(d)] {
				return true
			}
		}
		return false
	}
	const patience = 60 // boots
	parts := s.Parts()
	for size := max(1, len(parts)/3); boots < patience; size = max(1, size/2) {
		removed := false
		for i := 0; i < len(parts) && boots < patience; {
			end := min(i+size, len(parts))
			if try := s.Without(parts[i:end]...); fails(try) {
				s, removed = try, true
				parts = append(parts[:i:i], parts[end:]...)
			} else {
				i = end
			}
		}
		if size == 1 && !removed {
			break
		}
		parts = s.Parts()
	}
	t.Logf("shrunk in %d boots", boots)
	return s
}

// kindOf is what a difference is about, whoever it concerns.
func kindOf(d lab.Difference) string {
	word := d.Feature
	for i := range word {
		if word[i] == ' ' {
			return word[:i]
		}
	}
	return word
}
