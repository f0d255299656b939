package config

import (
	"strings"
	"testing"
	"time"
)

func withWaivers(t *testing.T, text string) (*Snapshot, error) {
	t.Helper()
	return Load(t.Context(), folder(t, whole+"-- waivers.yaml --\n"+text), Options{})
}

func TestWaivers(t *testing.T) {
	s, err := withWaivers(t, `waivers:
  - name: works
    policy: blast/session-loss
    routers: [r1]
    neighbors: [10.0.0.2]
    prefixes: [203.0.113.0/24 orlonger]
    reason: the line card is replaced
    owner: anna
    approved-by: ben
    expires: 2026-12-31
`)
	if err != nil {
		t.Fatal(err)
	}
	w := s.Waivers.Waivers[0]
	if w.Name != "works" || w.Owner != "anna" || w.ApprovedBy != "ben" || RangeText(w.Prefixes[0]) != "203.0.113.0/24 orlonger" || w.Span.String() != "waivers.yaml:2-10" {
		t.Errorf("%+v", w)
	}
	for at, want := range map[string]bool{"2026-12-31T23:59:59Z": false, "2027-01-01T00:00:00Z": true, "2026-01-01T00:00:00+02:00": false} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil || w.Expired(now) != want {
			t.Errorf("%s: expired %v, %v", at, w.Expired(now), err)
		}
	}
	without := load(t, folder(t, whole), Options{})
	if without.Waivers != nil || without.Digest == s.Digest {
		t.Error("waivers are no part of the snapshot's digest")
	}
}

// A waiver that lacks who, why or until when is none, and the snapshot is not read.
func TestWaiversThatAreRefused(t *testing.T) {
	const rest = ", policy: blast/session-loss, reason: x, owner: anna, expires: 2026-12-31"
	for _, c := range []struct{ text, want string }{
		{"waivers: [{name: a, policy: b/c, owner: anna, expires: 2026-12-31}]", "waivers.yaml:1:11: waivers[0]: reason is missing"},
		{"waivers: [{name: a, policy: b/c, reason: x, expires: 2026-12-31}]", "owner is missing"},
		{"waivers: [{name: a, policy: b/c, reason: x, owner: anna}]", "expires is missing (as in expires: 2026-12-31: nothing is waived for ever)"},
		{"waivers: [{policy: b/c, reason: x, owner: anna, expires: 2026-12-31}]", "name is missing"},
		{"waivers: [{name: a, reason: x, owner: anna, expires: 2026-12-31}]", "policy is missing"},
		{"waivers: [{name: a, policy: b/c, reason: ' ', owner: anna, expires: 2026-12-31}]", "reason is missing"},
		{"waivers: [{name: a" + rest + ", approved-by: Anna}]", "waivers[0].approved-by: Anna is the owner (the approval is a second person's)"},
		{"waivers:\n  - {name: a" + rest + "}\n  - {name: a" + rest + "}", "waivers.yaml:3:"},
		{"waivers: [{name: a" + rest + ", approvd-by: ben}]", "unknown key approvd-by in waivers[0] (did you mean approved-by?)"},
		{"waivers: [{name: a, policy: b/c, reason: x, owner: anna, expires: never}]", "waivers[0].expires: never is not a day"},
		{"waivers: [{name: a, policy: b/c, reason: x, owner: anna, expires: 2026-02-30}]", "is not a day"},
	} {
		if _, err := withWaivers(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got: %v\nwant: %s", c.text, err, c.want)
		}
	}
}
