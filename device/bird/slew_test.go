package bird

import "testing"

// TestSlew: the same moment, printed under a wall clock that is slewed, is not another one; a restart is.
func TestSlew(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2026-11-28 15:08:55.337", "2026-11-28 15:08:55.336", true},
		{"2026-11-28 15:08:55.999", "2026-11-28 15:08:56.000", true},
		{"2026-11-28 15:08:55.337", "2026-11-28 15:08:55.437", false},
		{"15:08", "15:09", false},
		{"15:08", "15:08", true},
	} {
		if got := sameTime(c.a, c.b); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}
