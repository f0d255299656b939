package random_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/routegate/routegate/lab/random"
)

// TestShrink: a network that shows something by two of its lines is reduced to those, and to what stands around them.
func TestShrink(t *testing.T) {
	holds := func(s *random.Snapshot, text string) bool {
		for _, f := range s.Files() {
			if strings.Contains(string(f), text) {
				return true
			}
		}
		return false
	}
	for _, tt := range []struct {
		seed uint64
		a, b string
	}{
		{5, "router ospf", "neighbor"},
		{148, "set as-path prepend 65010", "confederation identifier"},
		{118, "aggregate-address 40.0.0.0/16", "maximum-prefix 2"},
	} {
		s := random.Make(tt.seed, random.Options{})
		if !holds(s, tt.a) || !holds(s, tt.b) {
			t.Fatalf("seed %d makes another network", tt.seed)
		}
		var asked atomic.Int64
		small := random.Shrink(t.Context(), s, 4, func(x *random.Snapshot) bool {
			asked.Add(1)
			return holds(x, tt.a) && holds(x, tt.b)
		})
		if !holds(small, tt.a) || !holds(small, tt.b) {
			t.Errorf("seed %d: what it is about is gone", tt.seed)
		}
		if small.Size() > 12 {
			t.Errorf("seed %d: %d lines of %d are left", tt.seed, small.Size(), s.Size())
		}
		t.Logf("seed %d: %d lines of %d after %d looks", tt.seed, small.Size(), s.Size(), asked.Load())
	}
}
