package host

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/routegate/routegate/device"
)

// StatusReport is an agent's status as a document.
type StatusReport struct {
	Schema    string   `json:"schema"` // routegate.agent/v1
	Router    string   `json:"router"`
	Phase     string   `json:"phase"`
	Change    string   `json:"change,omitempty"`
	Remaining float64  `json:"remainingSeconds,omitempty"`
	Base      string   `json:"base,omitempty"`
	Candidate string   `json:"candidate,omitempty"`
	Confirmed string   `json:"confirmed,omitempty"`
	Outcome   string   `json:"outcome,omitempty"`
	Detail    string   `json:"detail,omitempty"`
	Agent     string   `json:"agent"`
	Stored    []Stored `json:"stored"`
}

// Stored is a configuration that the router can return to.
type Stored struct {
	Hash   string    `json:"hash"`
	Change string    `json:"change"`
	At     time.Time `json:"at"`
	Files  []string  `json:"files"`
}

// Report makes the document.
func Report(s device.Status, stored []device.Stored) StatusReport {
	r := StatusReport{
		Schema: "routegate.agent/v1", Router: s.Router, Phase: string(s.Phase), Change: s.Change, Remaining: s.Remaining.Seconds(),
		Base: string(s.Base), Candidate: string(s.Candidate), Confirmed: string(s.Confirmed), Outcome: string(s.Outcome),
		Detail: s.Detail, Agent: s.Agent, Stored: []Stored{},
	}
	for _, x := range stored {
		r.Stored = append(r.Stored, Stored{string(x.Hash), x.Change, x.At, x.Files})
	}
	return r
}

// WriteStatus draws it for people.
func WriteStatus(w io.Writer, s device.Status, stored []device.Stored) error {
	fmt.Fprintf(w, "%s: %s", s.Router, s.Phase)
	if s.Phase != device.Idle {
		fmt.Fprintf(w, ", change %s", s.Change)
	}
	if s.Phase == device.Armed || s.Phase == device.Applied || s.Phase == device.Applying {
		fmt.Fprintf(w, ", goes back to %s in %v", s.Base.Short(), s.Remaining.Round(time.Second))
	}
	fmt.Fprintln(w)
	if s.Phase == device.Idle && s.Outcome != device.NoOutcome {
		fmt.Fprintf(w, "  last: %s, %s\n", s.Change, s.Outcome)
	}
	if s.Detail != "" {
		fmt.Fprintf(w, "  %s\n", s.Detail)
	}
	fmt.Fprintln(w, "configurations that it can return to:")
	if len(stored) == 0 {
		fmt.Fprintln(w, "  none yet: the first change stores what ran before it")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range stored {
		mark := ""
		if x.Hash == s.Confirmed {
			mark = "confirmed last"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", x.Hash.Short(), x.At.Format("2006-01-02 15:04:05"), x.Change, mark)
	}
	return t.Flush()
}
