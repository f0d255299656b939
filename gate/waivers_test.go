package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// waivedChange writes the network with a waivers.yaml, and a change that has one soft finding (a protection is removed) and, with
// leak, a hard one.
func waivedChange(t *testing.T, waivers string, leak bool) Options {
	t.Helper()
	edits := []edit{{known, "protect:\n  - {name: web, prefixes: [203.0.113.0/24], min-origins: 2, reachable-from: [outside]}\n", ""}}
	if leak {
		edits = append(edits, edit{edge1, " match ip address prefix-list OWN\n", ""})
	}
	after := twoEdges(t, edits...)
	if err := os.WriteFile(filepath.Join(after, "waivers.yaml"), []byte("waivers:\n"+waivers), 0o644); err != nil {
		t.Fatal(err)
	}
	return Options{Before: twoEdges(t), After: after, Now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
}

// TestWaivers: what a waiver lifts, and what it cannot.
func TestWaivers(t *testing.T) {
	const soft = "gate/protection-removed"
	entry := func(policy, more string) string {
		return "  - {name: works, policy: " + policy + ", reason: the service has moved, owner: anna" + more + "}\n"
	}
	for _, c := range []struct {
		name, waivers string
		leak          bool
		want          Decision
		lifts         int
		why           string
		finding       string // about the waiver
	}{
		{"with a second person", entry(soft, ", approved-by: ben, expires: 2026-06-01"), false, Allow, 1, "", "waiver/with-the-change"},
		{"for just what it is", entry(soft, ", approved-by: ben, expires: 2026-12-31, prefixes: [203.0.113.0/24], routers: [edge1, edge2]"), false, Allow, 1, "", "waiver/with-the-change"},
		{"alone", entry(soft, ", expires: 2026-12-31"), false, Deny, 0, "a soft finding needs approved-by", "waiver/unused"},
		{"yesterday", entry(soft, ", approved-by: ben, expires: 2026-05-31"), false, Deny, 0, "it has expired", "waiver/expired"},
		{"for another prefix", entry(soft, ", approved-by: ben, expires: 2026-12-31, prefixes: [203.0.113.0/25]"), false, Deny, 0, "has no finding that it is for", "waiver/unused"},
		{"for one of its two routers", entry(soft, ", approved-by: ben, expires: 2026-12-31, routers: [edge1]"), false, Deny, 0, "has no finding that it is for", "waiver/unused"},
		{"for a hard finding", entry("leak/route-leak", ", approved-by: ben, expires: 2026-12-31"), true, Deny, 0, "a hard finding cannot be waived", "waiver/unused"},
		{"beside a hard finding", entry(soft, ", approved-by: ben, expires: 2026-12-31"), true, Deny, 1, "", "waiver/with-the-change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, waivedChange(t, c.waivers, c.leak))
			if v.Verdict != c.want || len(v.Waivers) != 1 || v.Waivers[0].Lifts != c.lifts || v.Counts.Waived != c.lifts || !strings.Contains(v.Waivers[0].Why, c.why) {
				t.Fatalf("%s (%s), waivers %+v; want %s, %d lifted, %q", v.Verdict, v.Summary, v.Waivers, c.want, c.lifts, c.why)
			}
			about := false
			for _, f := range v.Findings {
				about = about || f.Policy == c.finding && len(f.Sources) == 1
				if f.Waived != "" && (f.Denies || f.Policy != soft) {
					t.Errorf("waived: %+v", f)
				}
			}
			if !about {
				t.Errorf("no finding of %s", c.finding)
			}
		})
	}
}

// TestWaiversOfNothing: a waiver for a policy that does not exist is refused with its line.
// No waiver holds for ever: the last day is bounded, by the setting of the network that runs.
func TestWaiversThatHoldTooLong(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, before, after, expires, want string }{
		{"the last day of the default", "", "", "2027-06-01", ""},
		{"one more", "", "", "2027-06-02", "waivers.yaml:2: waiver a: it holds until 2027-06-02, and no waiver holds for more than 365 days (2027-06-01 at the latest"},
		{"a shorter limit", "30", "30", "2026-07-02", "no waiver holds for more than 30 days (2026-07-01 at the latest"},
		{"a longer one", "400", "400", "2027-06-02", ""},
		{"a longer one that the change brings", "", "400", "2027-06-02", "no waiver holds for more than 365 days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			side := func(days string) string {
				if days == "" {
					return twoEdges(t)
				}
				return twoEdges(t, edit{known, "network: example", "network: example\npolicy: {max-waiver-days: " + days + "}"})
			}
			o := Options{Before: side(c.before), After: side(c.after), Now: now}
			write(t, filepath.Join(o.After, "waivers.yaml"), "waivers:\n  - {name: a, policy: blast/session-loss, reason: x, owner: anna, expires: "+c.expires+"}\n")
			_, err := Check(t.Context(), o)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestWaiversOfNothing(t *testing.T) {
	_, err := Check(t.Context(), waivedChange(t, "  - {name: a, policy: gate/protection-remove, reason: x, owner: anna, expires: 2026-12-31}\n", false))
	const want = "after: waivers.yaml:2: waiver a: gate/protection-remove is no policy (did you mean gate/protection-removed?)"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	_, err = Check(t.Context(), waivedChange(t, "  - {name: a, policy: gate/protection-removed, routers: [egde1], reason: x, owner: anna, expires: 2026-12-31}\n", false))
	if err == nil || err.Error() != "after: waivers.yaml:2: waiver a: there is no router egde1 in devices/ (did you mean edge1?)" {
		t.Errorf("%v", err)
	}
}
