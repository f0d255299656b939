package rescue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// Selection says what is to run again. The zero value is what the bundle has as the newest.
type Selection struct {
	// Change: what ran before this change. A router that never had it is left alone.
	Change string
	// To is the beginning of a configuration's hash, without "sha256:". It means something at one router only.
	To string
	// AsOf: the newest that is not younger.
	AsOf time.Time
}

// target is what one router returns to; none where it never had the change.
type target struct {
	hash device.Hash
	what string // for people
	none bool
	lost bool // the router does not have it any more: the bundle has
}

// choose is of, where the bundle's configurations can be run as well: has is nil where they cannot.
func (s Selection) choose(r bundle.Router, st device.Status, stored []device.Stored, has map[device.Hash]device.Configuration) (target, error) {
	t, err := s.of(r, st, withBundle(stored, r, has))
	if _, ok := has[t.hash]; err != nil || !ok || t.hash == st.Base {
		return t, err
	}
	if t.lost = !slices.ContainsFunc(stored, func(x device.Stored) bool { return x.Hash == t.hash }); t.lost {
		t.what += ", from the bundle: the router does not have it any more"
	}
	return t, nil
}

// withBundle adds to what a router can return to what the bundle has of it.
func withBundle(stored []device.Stored, r bundle.Router, has map[device.Hash]device.Configuration) []device.Stored {
	out := slices.Clone(stored)
	for _, e := range r.History {
		same := func(x device.Stored) bool { return x.Hash == e.Hash }
		if _, ok := has[e.Hash]; !ok || slices.ContainsFunc(stored, same) {
			continue
		}
		older := slices.IndexFunc(out, func(x device.Stored) bool { return x.At.Before(e.At) })
		if older < 0 {
			older = len(out)
		}
		out = slices.Insert(out, older, device.Stored{Hash: e.Hash, Change: e.Change, At: e.At})
	}
	return out
}

// of chooses among what the router can return to, as it says itself, the newest first.
func (s Selection) of(r bundle.Router, st device.Status, stored []device.Stored) (target, error) {
	switch {
	case s.To != "":
		return s.named(r, stored)
	case s.Change != "":
		return s.before(st, stored)
	case len(r.History) == 0:
		return last(st, stored)
	}
	missing := 0
	for _, e := range r.History {
		if !s.AsOf.IsZero() && e.At.After(s.AsOf) {
			continue
		}
		if !slices.ContainsFunc(stored, func(x device.Stored) bool { return x.Hash == e.Hash }) {
			missing++
			continue
		}
		t := target{hash: e.Hash, what: fmt.Sprintf("%s, of %s (%s)", e.Hash.Short(), stamp(e.At), e.Change)}
		if missing > 0 {
			t.what += fmt.Sprintf("; the router no longer has the %d newer ones of the bundle", missing)
		}
		return t, nil
	}
	if missing == 0 {
		return target{}, fmt.Errorf("the bundle has no configuration of it that is not younger than %s", stamp(s.AsOf))
	}
	return target{}, fmt.Errorf("the router has none of the bundle's %d configurations any more; %s; on its own console the bundle's are run: sudo routegate rollback --local --bundle FILE", missing, has(stored))
}

func (s Selection) named(r bundle.Router, stored []device.Stored) (target, error) {
	var found []device.Stored
	for _, x := range stored {
		if strings.HasPrefix(strings.TrimPrefix(string(x.Hash), "sha256:"), strings.TrimPrefix(s.To, "sha256:")) {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		return target{}, fmt.Errorf("%d of its configurations begin with %s; %s", len(found), s.To, has(stored))
	}
	return target{hash: found[0].Hash, what: described(found[0])}, nil
}

// of reports whether a change that a router knows is a step of the one that a person names: rollouts give each router's step
// an id of its own below theirs.
func of(step, change string) bool { return step == change || strings.HasPrefix(step, change+"/") }

// before is what ran before a change: the router's own word, or what it had right before.
func (s Selection) before(st device.Status, stored []device.Stored) (target, error) {
	found := -1
	for i, x := range stored { // the oldest step of the change counts
		if step, ok := strings.CutPrefix(x.Change, "before "); ok && of(step, s.Change) {
			found = i
		}
	}
	if found >= 0 {
		return target{hash: stored[found].Hash, what: described(stored[found])}, nil
	}
	for i, x := range stored {
		if of(x.Change, s.Change) {
			found = i
		}
	}
	switch {
	case found >= 0 && found+1 < len(stored):
		return target{hash: stored[found+1].Hash, what: described(stored[found+1])}, nil
	case found >= 0:
		return target{}, fmt.Errorf("it has nothing from before %s; %s", s.Change, has(stored))
	case of(st.Change, s.Change) && st.Base != "":
		return target{hash: st.Base, what: st.Base.Short() + ", from before " + s.Change}, nil
	}
	return target{none: true, what: "it never had " + s.Change}, nil
}

// last undoes the last change, where no bundle says more.
func last(st device.Status, stored []device.Stored) (target, error) {
	switch {
	case st.Phase != device.Idle && st.Base != "":
		return target{hash: st.Base, what: st.Base.Short() + ", from before " + st.Change}, nil
	case st.Outcome == device.Confirmed:
		return Selection{Change: st.Change}.before(st, stored)
	}
	return target{}, fmt.Errorf("its last change is not one to undo (%s); say which configuration with --to; %s", cmp.Or(string(st.Outcome), "there was none"), has(stored))
}

func described(x device.Stored) string {
	return fmt.Sprintf("%s, of %s (%s)", x.Hash.Short(), stamp(x.At), x.Change)
}

// has lists what a router can return to.
func has(stored []device.Stored) string {
	if len(stored) == 0 {
		return "it can return to nothing: it never had a change"
	}
	var out []string
	for _, x := range stored[:min(len(stored), 5)] {
		out = append(out, described(x))
	}
	return "it can return to: " + strings.Join(out, "; ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
