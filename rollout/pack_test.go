package rollout

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
)

// TestPacked: what status says of the bundle of a rollout that was confirmed, by the lines of the journal and by whether somebody leads it.
func TestPacked(t *testing.T) {
	line := func(rollout, state string) journal.Line {
		data, err := json.Marshal(canary.NewDocumentPack("/net/rescue.yaml", "", state))
		if err != nil {
			t.Fatal(err)
		}
		return journal.Line{Rollout: rollout, Kind: KindPack, Data: data}
	}
	for name, c := range map[string]struct {
		lines []journal.Line
		plan  string // the state that the machine gives; "": the rollout packs nothing
		led   bool
		want  string
	}{
		"packed":                         {lines: []journal.Line{line("r1", canary.PackDone)}, plan: canary.PackPlanned, want: canary.PackDone},
		"packed while others wait":       {lines: []journal.Line{line("r1", canary.PackPartial)}, plan: canary.PackPlanned, led: true, want: canary.PackPartial},
		"another rollout's":              {lines: []journal.Line{line("r0", canary.PackDone)}, plan: canary.PackPlanned, want: canary.PackFailed},
		"under way":                      {plan: canary.PackPlanned, led: true, want: canary.PackUnder},
		"the controller died before":     {plan: canary.PackPlanned, want: canary.PackFailed},
		"not confirmed":                  {plan: canary.PackSkipped, want: canary.PackSkipped},
		"packs nothing":                  {want: ""},
		"packed by who took it over":     {lines: []journal.Line{line("r1", canary.PackDone)}, want: canary.PackDone},
		"a line of another kind is none": {lines: []journal.Line{{Rollout: "r1", Kind: canary.KindEvent}}, plan: canary.PackPlanned, want: canary.PackFailed},
	} {
		t.Run(name, func(t *testing.T) {
			d := &canary.Document{ID: "r1"}
			if c.plan != "" {
				d.Pack = canary.NewDocumentPack("/net/rescue.yaml", "", c.plan)
			}
			packed(c.lines, d, c.led)
			got := ""
			if d.Pack != nil {
				got = d.Pack.State
			}
			if got != c.want || c.want == canary.PackFailed && d.Pack.Problem == "" {
				t.Errorf("%q (%+v), want %q", got, d.Pack, c.want)
			}
		})
	}
}

// TestPackingAsks: what must be asked for is asked once, before anything is touched; at the end nobody is asked.
func TestPackingAsks(t *testing.T) {
	asked := 0
	early, late := remembering(func(string) ([]byte, error) { asked++; return []byte("correct horse battery"), nil })
	for range 2 {
		if a, err := early("passphrase"); err != nil || string(a) != "correct horse battery" {
			t.Errorf("%q, %v", a, err)
		}
	}
	if a, err := late("passphrase"); err != nil || string(a) != "correct horse battery" || asked != 1 {
		t.Errorf("%q, %v, asked %d times", a, err, asked)
	}
	if _, err := late("another"); err == nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	early, _ = remembering(func(string) ([]byte, error) { return nil, errors.New("ctrl-c") })
	if _, err := early("passphrase"); err == nil {
		t.Error("an answer that never came")
	}
	if early, late := remembering(nil); early != nil || late == nil {
		t.Error("nobody can be asked, and is")
	}
}
