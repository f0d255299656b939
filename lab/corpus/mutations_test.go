package corpus

import (
	"bytes"
	"testing"
)

// TestMutations: a seed's mutations come out the same each time that they are judged, most that do something are noticed, and
// not every one is refused, which a gate could do that looks at nothing.
func TestMutations(t *testing.T) {
	changes := made(t, size(t, 2*len(Mutations)), Mutations)
	outcomes := judged(t, changes)
	scored(t, WriteMutations, outcomes)
	active, missed, passed := 0, 0, 0
	for _, o := range outcomes {
		if o.Behaves() {
			active++
		}
		if o.Missed() {
			missed++
		}
		if o.Passes() {
			passed++
		}
	}
	if active == 0 || 2*missed > active || passed == 0 {
		t.Errorf("%d mutations change behaviour, %d of them pass without a word; %d of all pass", active, missed, passed)
	}
	again := changes[:len(Mutations)]
	var first, second bytes.Buffer
	if err := WriteMutations(&first, outcomes[:len(again)]); err != nil {
		t.Fatal(err)
	}
	if err := WriteMutations(&second, judged(t, made(t, len(again), Mutations))); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("one seed, two counts:\n%s\n%s", &first, &second)
	}
}
