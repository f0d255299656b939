package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// The types of `rollout:`.
type (
	docRollout struct {
		Bake        time.Duration  `mapstructure:"bake"`
		Margin      time.Duration  `mapstructure:"margin"`
		Pace        *time.Duration `mapstructure:"pace"`
		Patience    time.Duration  `mapstructure:"patience"`
		Guard       *time.Duration `mapstructure:"guard"`
		MaxWave     int            `mapstructure:"max-wave"`
		LossPercent *int           `mapstructure:"loss-percent"`
		VerdictAge  time.Duration  `mapstructure:"verdict-age"`
		DrillAge    time.Duration  `mapstructure:"drill-age"`
		AcceptLoss  []string       `mapstructure:"accept-loss"`
		Approvals   []docNeed      `mapstructure:"approvals"`
		Approvers   []docApprover  `mapstructure:"approvers"`
		OwnApproval bool           `mapstructure:"own-approval"`
		Freeze      []docFreeze    `mapstructure:"freeze"`
		Signals     []docSignal    `mapstructure:"signals"`
		Agents      docAgents      `mapstructure:"agents"`
		Pack        string         `mapstructure:"pack"`
		Vantages    []docVantage   `mapstructure:"vantages"`
		Probes      []docProbe     `mapstructure:"probes"`
		Prometheus  docPrometheus  `mapstructure:"prometheus"`
		BMP         docBMP         `mapstructure:"bmp"`
	}
	docNeed struct {
		Role  string `mapstructure:"role"`
		Count int    `mapstructure:"count"`
	}
	docApprover struct {
		Name  string   `mapstructure:"(key)"`
		Value []string `mapstructure:"value"`
	}
	docFreeze struct {
		Name  string   `mapstructure:"name"`
		From  string   `mapstructure:"from"`
		To    string   `mapstructure:"to"`
		Days  []string `mapstructure:"days"`
		Start string   `mapstructure:"start"`
		End   string   `mapstructure:"end"`
		Zone  string   `mapstructure:"zone"`
	}
	docSignal struct {
		Name         string         `mapstructure:"(key)"`
		Interval     *time.Duration `mapstructure:"interval"`
		Delay        *time.Duration `mapstructure:"delay"`
		FailureLimit *int           `mapstructure:"failure-limit"`
		NoDataLimit  *int           `mapstructure:"no-data-limit"`
	}
	docAgents struct {
		Port        int    `mapstructure:"port"`
		CA          string `mapstructure:"ca"`
		Certificate string `mapstructure:"certificate"`
		Key         string `mapstructure:"key"`
	}
)

func parseDuration(data any) (time.Duration, error) {
	d, err := time.ParseDuration(fmt.Sprint(data))
	if err != nil || d < 0 {
		return 0, want("as in 90s, 2m or 1h30m", "%v is not a length of time", data)
	}
	return d, nil
}

func (r *reader) rollout() network.Rollout {
	d := &r.doc.Rollout
	out := network.Rollout{Bake: d.Bake, Margin: d.Margin, Patience: d.Patience, MaxWave: d.MaxWave, VerdictAge: d.VerdictAge, DrillAge: d.DrillAge,
		AcceptLoss: d.AcceptLoss, OwnApproval: d.OwnApproval, Agents: network.RolloutAgents(d.Agents), Pack: d.Pack}
	if _, ok := r.keys.at["rollout"]; ok {
		out.Present, out.Span = true, r.span("rollout")
	}
	if d.Pace != nil {
		out.Pace, out.HasPace = *d.Pace, true
	}
	if d.Guard != nil {
		out.Guard, out.HasGuard = *d.Guard, true
	}
	if d.LossPercent != nil {
		out.LossPercent, out.HasLossPercent = *d.LossPercent, true
		if out.LossPercent < 0 || out.LossPercent > 100 {
			r.fail("rollout.loss-percent", "", "want 0 to 100, not %d", out.LossPercent)
		}
	}
	if d.MaxWave < 0 {
		r.fail("rollout.max-wave", "", "want 1 or more, not %d", d.MaxWave)
	}
	r.agentPort()
	for i, name := range d.AcceptLoss {
		r.router(fmt.Sprintf("rollout.accept-loss[%d]", i), name)
	}
	r.approvals(&out)
	for i, f := range d.Freeze {
		r.freeze(fmt.Sprintf("rollout.freeze[%d]", i), f, &out)
	}
	r.watches(&out)
	for i, s := range d.Signals {
		path := fmt.Sprintf("rollout.signals[%d]", i)
		if s.Interval != nil && *s.Interval == 0 {
			r.fail(path+".interval", "", "%s: an interval of nothing is none", s.Name)
		}
		for _, n := range []*int{s.FailureLimit, s.NoDataLimit} {
			if n != nil && *n < 0 {
				r.fail(path, "", "%s: a limit of %d is none", s.Name, *n)
			}
		}
		out.Signals = append(out.Signals, network.RolloutSignal{Name: s.Name, Interval: s.Interval, Delay: s.Delay, FailureLimit: s.FailureLimit,
			NoDataLimit: s.NoDataLimit, Span: r.span(path)})
	}
	return out
}

func (r *reader) agentPort() {
	if p := r.doc.Rollout.Agents.Port; p < 0 || p > 65535 {
		r.fail("rollout.agents.port", "", "%d is not a port", p)
	}
}

// approvals checks that those who are asked for can be given.
func (r *reader) approvals(out *network.Rollout) {
	have := map[string]int{}
	var roles []string
	for _, a := range r.doc.Rollout.Approvers {
		out.Approvers = append(out.Approvers, network.RolloutApprover{Name: a.Name, Roles: a.Value})
		for _, role := range a.Value {
			have[role]++
			roles = append(roles, role)
		}
	}
	slices.SortFunc(out.Approvers, func(a, b network.RolloutApprover) int { return strings.Compare(a.Name, b.Name) })
	for i, n := range r.doc.Rollout.Approvals {
		path := fmt.Sprintf("rollout.approvals[%d]", i)
		if n.Count == 0 {
			n.Count = 1
		}
		switch {
		case n.Role == "":
			r.fail(path, "as in {role: netops, count: 2}", "no role is named")
			continue
		case n.Count < 0:
			r.fail(path+".count", "", "want 1 or more, not %d", n.Count)
		case have[n.Role] < n.Count:
			r.fail(path, suggest(n.Role, sortedUnique(roles)), "%d of %s must approve, and rollout.approvers names %d", n.Count, n.Role, have[n.Role])
		}
		out.Approvals = append(out.Approvals, network.RolloutNeed{Role: n.Role, Count: n.Count})
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (r *reader) freeze(path string, f docFreeze, out *network.Rollout) {
	x := network.RolloutFreeze{Name: f.Name, Zone: f.Zone}
	if len(f.Days) == 0 {
		var err error
		if x.From, err = time.Parse(time.RFC3339, f.From); err != nil {
			r.fail(path, "as in from: 2026-12-20T00:00:00Z, to: 2027-01-04T00:00:00Z; or days, start and end", "from: %q is not a date with time and zone", f.From)
			return
		}
		if x.To, err = time.Parse(time.RFC3339, f.To); err != nil || !x.To.After(x.From) {
			r.fail(path, "as in 2027-01-04T00:00:00Z", "to: %q is not a date with time and zone after from", f.To)
			return
		}
		out.Freezes = append(out.Freezes, x)
		return
	}
	for _, d := range f.Days {
		i := slices.Index(weekdays, strings.ToLower(d))
		if i < 0 {
			r.fail(path+".days", suggest(d, weekdays), "%q is not a day", d)
			return
		}
		x.Days = append(x.Days, time.Weekday(i))
	}
	var ok bool
	if x.Start, ok = timeOfDay(f.Start, 0); !ok {
		r.fail(path+".start", `as in "16:00"`, "%q is not a time of day", f.Start)
	}
	if x.End, ok = timeOfDay(f.End, 24*time.Hour); !ok {
		r.fail(path+".end", `as in "08:00"`, "%q is not a time of day", f.End)
	}
	if _, err := time.LoadLocation(f.Zone); err != nil {
		r.fail(path+".zone", "as in Europe/Amsterdam", "there is no time zone %s here", f.Zone)
	}
	out.Freezes = append(out.Freezes, x)
}

func timeOfDay(s string, otherwise time.Duration) (time.Duration, bool) {
	if s == "" {
		return otherwise, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}
