package canary

import (
	"fmt"
	"strings"
)

// sentence says in a line what happened and what is done because of it.
func sentence(e Event, actions []Action) string {
	out := happened(e)
	if len(actions) == 0 {
		return out
	}
	var next []string
	for _, a := range actions {
		next = append(next, a.String())
	}
	const shown = 6
	if n := len(next) - shown; n > 0 {
		next = append(next[:shown], fmt.Sprintf("and %d more", n))
	}
	return out + "; next: " + strings.Join(next, ", ")
}

func (a Action) String() string {
	switch a.Do {
	case DoVerify:
		return "look whether the change is still what was judged"
	case DoBaseline:
		return fmt.Sprintf("observe before wave %d", a.Wave+1)
	case DoLook:
		return "look at " + a.Signal
	case DoAsk:
		return "ask " + a.Router
	}
	if a.Back {
		return fmt.Sprintf("%s %s, back to the old configuration", a.Do, a.Router)
	}
	return string(a.Do) + " " + a.Router
}

func happened(e Event) string {
	switch {
	case e.Start != nil:
		return fmt.Sprintf("rollout of %s begun by %s: %s, %s", e.Start.After, e.Start.By, plural(len(e.Start.Routers), "router"), plural(len(e.Start.Waves), "wave"))
	case e.Takeover != nil:
		return "taken over by " + e.Takeover.By
	case e.Command != nil:
		return fmt.Sprintf("%s by %s%s", e.Command.Do, e.Command.By, because(e.Command.Reason))
	case e.Verified != nil:
		if e.Verified.Error != "" {
			return "the change cannot be read: " + e.Verified.Error
		}
		return fmt.Sprintf("the change is %.12s", e.Verified.Binding)
	case e.Checked != nil:
		if e.Checked.Problem != "" {
			return e.Checked.Router + ": " + e.Checked.Problem
		}
		return e.Checked.Router + " is ready"
	case e.Baseline != nil:
		if e.Baseline.Error != "" {
			return fmt.Sprintf("not observed before wave %d: %s", e.Baseline.Wave+1, e.Baseline.Error)
		}
		return fmt.Sprintf("observed before wave %d", e.Baseline.Wave+1)
	case e.Answer != nil:
		if e.Answer.Error != "" {
			return fmt.Sprintf("%s: %s: %s", e.Answer.Router, e.Answer.Call, e.Answer.Error)
		}
		return fmt.Sprintf("%s: %s: %s", e.Answer.Router, e.Answer.Call, words(string(e.Answer.Status.Phase), "answered"))
	case e.Look != nil:
		out := fmt.Sprintf("%s: %s", e.Look.Signal, e.Look.Outcome)
		if len(e.Look.Seen) > 0 {
			out += " (" + e.Look.Seen[0].Subject + ": " + e.Look.Seen[0].Value + ")"
		}
		return out
	}
	return "time passes"
}
