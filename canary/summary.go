package canary

import (
	"fmt"
	"strings"
	"time"
)

// summary says in one sentence where the rollout stands.
func (m *Machine) summary(now time.Time) string {
	waves := len(m.plan.Waves)
	switch m.phase {
	case Checking:
		return "pre-flight: nothing was touched"
	case Waiting:
		why, until := m.holds()
		if len(why) == 0 {
			return fmt.Sprintf("wave %d of %d is next", m.wave+1, waves)
		}
		out := fmt.Sprintf("wave %d of %d waits: %s", m.wave+1, waves, why[0])
		if len(why) == 1 && until.After(now) {
			out += fmt.Sprintf(", until %s", stamp(until))
		}
		return out
	case Rolling:
		out := fmt.Sprintf("wave %d of %d is out: %s", m.wave+1, waves, stepWords[m.step])
		if m.step == StepBake {
			if left := m.since.Add(m.plan.Bake.For).Sub(now); left > 0 {
				out += fmt.Sprintf(", %s to go", left.Round(time.Second))
			}
		}
		return out
	case Withdraw:
		return fmt.Sprintf("wave %d of %d goes back unjudged, to be tried again", m.wave+1, waves)
	case Returning:
		return "the whole change comes back: " + m.reason
	}
	switch m.result {
	case Completed:
		return "every router runs the confirmed new configuration"
	case Refused:
		return "refused, nothing was touched: " + m.reason
	case Rescued:
		return "ended by a rescue, its controller lets go and the switches end what is not confirmed: " + m.reason
	case Returned:
		return "rolled back, every router runs the old configuration: " + m.reason
	}
	var open []string
	for _, r := range m.routers {
		if r.given != "" {
			open = append(open, r.plan.Name)
		}
	}
	return fmt.Sprintf("not known to be back: %s; %s", strings.Join(open, ", "), m.reason)
}

var stepWords = map[Step]string{StepCheck: "pre-flight", StepBaseline: "observed before it is touched", StepArm: "arming the switches",
	StepApply: "applying", StepBake: "watched", StepConfirm: "confirming"}
