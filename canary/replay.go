package canary

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/routegate/routegate/journal"
)

// Rollouts are the ids of the rollouts of a journal, in the order in which they began.
func Rollouts(lines []journal.Line) []string {
	var out []string
	seen := map[string]bool{}
	for _, l := range lines {
		if l.Rollout != "" && !seen[l.Rollout] {
			seen[l.Rollout] = true
			out = append(out, l.Rollout)
		}
	}
	return out
}

// Replay rebuilds a rollout from the journal's lines. It is an error where the lines say that something else was done
// than this program would have done: another version wrote them.
func Replay(lines []journal.Line, rollout string) (*Machine, error) {
	m := &Machine{}
	for _, l := range lines {
		if l.Rollout != rollout || l.Kind != KindEvent {
			continue
		}
		var r Recorded
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return nil, fmt.Errorf("journal: line %d: %w", l.Seq, err)
		}
		actions, _ := m.Step(r.Event)
		if len(actions)+len(r.Actions) > 0 && !reflect.DeepEqual(actions, r.Actions) {
			return nil, fmt.Errorf("journal: line %d: what it announces is not what this version does: go on with the version of routegate that wrote it", l.Seq)
		}
	}
	if m.phase == "" {
		return nil, fmt.Errorf("the journal knows no rollout %q", rollout)
	}
	return m, nil
}

// Order steps a machine that nobody leads by a command, and makes the line that the journal must take before anything else
// is done. It is an error where the command is refused.
func Order(m *Machine, c Command, at time.Time) (journal.Entry, error) {
	if err := m.Accepts(c, at); err != nil {
		return journal.Entry{}, err
	}
	e := Event{At: at, Command: &c}
	actions, _ := m.Step(e)
	return journal.Entry{At: at, Rollout: m.plan.ID, Kind: KindEvent, Text: sentence(e, actions), Data: Recorded{e, actions}}, nil
}
