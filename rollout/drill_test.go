package rollout

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/rescue/drill"
)

// TestDrillAge: where a recent drill is required, an old one, one that found something, one of another network and one that
// left out a router refuse the rollout; where none is required, its age is said.
func TestDrillAge(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	report := func(change func(*drill.Report)) *drill.Report {
		r := &drill.Report{Schema: drill.Schema, Network: "example", At: now.Add(-48 * time.Hour),
			Routers: []drill.Router{{Name: "edge1", Ways: []drill.Way{{Name: "agent", Reached: true}}}}}
		change(r)
		return r
	}
	plan := &canary.Plan{Network: "example", At: now, Routers: []canary.Router{{Station: canary.Station{Name: "edge1"}}}}
	for _, c := range []struct {
		name    string
		report  *drill.Report
		within  time.Duration
		want    string
		refuses bool
	}{
		{"never, and none required", nil, 0, "never drilled", false},
		{"never", nil, time.Hour, "knows no drill", true},
		{"recent", report(func(*drill.Report) {}), 72 * time.Hour, "48h0m0s ago: 1 routers are reached", false},
		{"old, and none required", report(func(*drill.Report) {}), 0, "48h0m0s ago", false},
		{"old", report(func(*drill.Report) {}), 24 * time.Hour, "rollout.drill-age is 24h0m0s", true},
		{"of the future", report(func(r *drill.Report) { r.At = now.Add(time.Hour) }), 24 * time.Hour, "rollout.drill-age", true},
		{"of another network", report(func(r *drill.Report) { r.Network = "other" }), 72 * time.Hour, "knows no drill", true},
		{"it found something", report(func(r *drill.Report) { r.Routers[0].Ways[0].Problems = []string{"no answer"} }), 72 * time.Hour, "nothing to mend", true},
		{"without the router", report(func(r *drill.Report) { r.Routers[0].Name = "edge2" }), 72 * time.Hour, "did not visit edge1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "journal")
			if c.report != nil {
				if err := StampDrill(dir, c.report); err != nil {
					t.Fatal(err)
				}
			}
			said, err := drilled(dir, plan, c.within)
			var refused *RefusedError
			if errors.As(err, &refused) != c.refuses || !c.refuses && err != nil {
				t.Fatalf("%q, %v", said, err)
			}
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, c.want) {
				t.Errorf("%q, want %q", said, c.want)
			}
		})
	}
}
