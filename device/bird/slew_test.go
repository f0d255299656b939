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

// TestRounding: BIRD makes each moment of two readings of the clock, which are not taken at once: one millisecond more or less of one of them is no
// other moment; two are.
func TestRounding(t *testing.T) {
	at := func(reboot, read string) status {
		return status{reboot: "2026-11-28 15:08:" + reboot, reconfigured: "2026-11-28 15:09:" + read}
	}
	for _, c := range []struct {
		a, b status
		same bool
	}{
		{at("55.337", "10.200"), at("55.337", "10.201"), true},
		{at("55.337", "10.200"), at("55.338", "10.200"), true},
		{at("55.337", "10.200"), at("55.340", "10.203"), true},
		{at("55.337", "10.200"), at("55.337", "10.202"), false},
		{at("55.337", "10.200"), at("55.337", "10.199"), true},
		{at("55.337", "10.200"), at("56.337", "11.200"), false},
	} {
		if c.a.same(c.b) != c.same || c.b.same(c.a) != c.same {
			t.Errorf("%+v and %+v: want %v", c.a, c.b, c.same)
		}
	}
}
