package canary

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// RolloutSchema names the version of the Document.
const RolloutSchema = "routegate.rollout/v1"

// Document is a rollout as people and other programs see it: planned, on its way, or ended. Lists are never null; times are UTC.
type Document struct {
	// The document's version: routegate.rollout/v1.
	Schema string `json:"schema"`
	// The rollout's id.
	ID string `json:"id"`
	// The network's name.
	Network string `json:"network"`
	// planned, checking, waiting, rolling, withdraw (an unjudged wave goes back), returning, ended.
	Phase string `json:"phase"`
	// How it ended: completed, refused (nothing was touched), returned, rescued (a rescue took it over), unclear; empty until then.
	Result string `json:"result"`
	// One sentence that says where it stands.
	Summary string `json:"summary"`
	// Why it came back or was refused; empty where it did not.
	Reason string `json:"reason"`
	// The snapshot that runs.
	Before string `json:"before"`
	// The snapshot that is rolled out.
	After string `json:"after"`
	// The hash over what was judged: approvals are bound to it.
	Binding string `json:"binding"`
	// Who started it.
	By string `json:"by"`
	// When it was started.
	At time.Time `json:"at"`
	// When it ended, or the moment that the document is of.
	Now time.Time `json:"now"`
	// Who leads it now: the controller's account and process; empty where no controller runs.
	Controller string `json:"controller"`
	// What holds the next wave.
	Holds []string `json:"holds"`
	// The wave that is out or next, from 1.
	Wave int `json:"wave"`
	// How often this wave was begun.
	Attempt int `json:"attempt"`
	// What the wave that is out is at: check, baseline, arm, apply, bake, confirm; empty elsewhere.
	Step string `json:"step"`
	// How long a wave is watched, and why.
	Bake DocumentBake `json:"bake"`
	// The waves in their order.
	Waves []DocumentWave `json:"waves"`
	// The routers that change, by name.
	Routers []DocumentRouter `json:"routers"`
	// Routers beside them whose tables are looked at.
	Watched []string `json:"watched"`
	// Neighbors without an agent: what they receive is not seen.
	Unwatched []string `json:"unwatched"`
	// What the judge has seen of the wave that is out, or of the last one.
	Signals []DocumentSignal `json:"signals"`
	// The waivers that let findings of the change pass.
	Waivers []Waiver `json:"waivers"`
	// The approvals that are needed and given.
	Approvals []DocumentApproval `json:"approvals"`
	// The rescue bundle that is made anew once the rollout is confirmed; absent where none is.
	Pack *DocumentPack `json:"pack,omitempty"`
	// What happened, oldest first.
	Notes []DocumentNote `json:"notes"`
}

// DocumentBake says how long a wave is watched.
type DocumentBake struct {
	// Seconds that a wave is watched.
	Seconds float64 `json:"seconds"`
	// The slowest timers that the change can wake, in seconds: the bake is never shorter.
	LeastSeconds float64 `json:"least_seconds"`
	// Those timers.
	Timers []DocumentTimer `json:"timers"`
	// Seconds from arming to the deadline of a router's switch.
	WindowSeconds float64 `json:"window_seconds"`
}

// DocumentTimer is a timer of a daemon.
type DocumentTimer struct {
	// Its name.
	Name string `json:"name"`
	// How long it runs.
	Seconds float64 `json:"seconds"`
	// The routers where it is the slowest.
	Routers []string `json:"routers"`
}

// DocumentWave is the routers that are changed at once.
type DocumentWave struct {
	// The routers, by name.
	Routers []string `json:"routers"`
	// Why these.
	Why string `json:"why"`
	// pending, out, confirmed, or back.
	State string `json:"state"`
}

// DocumentRouter is a router that changes.
type DocumentRouter struct {
	// Its name.
	Name string `json:"name"`
	// The address of its agent.
	Address string `json:"address"`
	// Its role.
	Role string `json:"role"`
	// Its site.
	Site string `json:"site"`
	// Its redundancy group.
	Group string `json:"group"`
	// Its wave, from 1.
	Wave int `json:"wave"`
	// The configuration before, by its hash.
	Base string `json:"base"`
	// The configuration after, by its hash.
	Candidate string `json:"candidate"`
	// What it runs, as far as is known: old, armed (old), unconfirmed (new until its deadline), new, unknown.
	Runs string `json:"runs"`
	// When its switch takes it back by itself at the latest, while it is armed and unconfirmed.
	Deadline *time.Time `json:"deadline,omitempty"`
	// Since when its agent does not answer.
	Silent *time.Time `json:"silent,omitempty"`
	// What is the matter with it; empty for nothing.
	Problem string `json:"problem"`
}

// DocumentSignal is one thing that the judge looks at.
type DocumentSignal struct {
	// Its name.
	Name string `json:"name"`
	// How often it is looked at, in seconds.
	IntervalSeconds float64 `json:"interval_seconds"`
	// How many looks may fail.
	FailureLimit int `json:"failure_limit"`
	// How many looks in a row may see nothing.
	NoDataLimit int `json:"no_data_limit"`
	// How many looks there were.
	Looks int `json:"looks"`
	// How many passed.
	Passes int `json:"passes"`
	// How many failed.
	Fails int `json:"fails"`
	// The last one: pass, fail, no data; empty before the first.
	Last string `json:"last"`
	// What was seen last.
	Seen []DocumentMeasurement `json:"seen"`
}

// DocumentMeasurement is one value seen.
type DocumentMeasurement struct {
	// Where or of what.
	Subject string `json:"subject"`
	// pass, fail or no data.
	Outcome string `json:"outcome"`
	// The value.
	Value string `json:"value"`
}

// DocumentApproval is a role whose approval is needed.
type DocumentApproval struct {
	// The role.
	Role string `json:"role"`
	// How many people of it must approve.
	Needed int `json:"needed"`
	// Who has approved.
	By []string `json:"by"`
}

// DocumentNote is something that happened.
type DocumentNote struct {
	// When.
	At time.Time `json:"at"`
	// What.
	Text string `json:"text"`
}

// ExitCode is the process's exit code for what the document says: 0 completed, 1 refused, returned or rescued, 2 anything else.
func (d *Document) ExitCode() int {
	switch Result(d.Result) {
	case Completed:
		return 0
	case Refused, Returned, Rescued:
		return 1
	}
	return 2
}

// Planned is the document of a plan that was not begun.
func Planned(p *Plan) *Document {
	m := &Machine{}
	m.now = p.At
	m.start(p)
	d := m.Document(p.At)
	d.Phase = "planned"
	d.Summary = fmt.Sprintf("%s in %s; nothing was touched", plural(len(p.Routers), "router"), plural(len(p.Waves), "wave"))
	return d
}

// Document is where the rollout stands at a moment.
func (m *Machine) Document(now time.Time) *Document {
	p := &m.plan
	if m.phase == Ended {
		now = m.ended
	}
	d := &Document{
		Schema: RolloutSchema, ID: p.ID, Network: p.Network, Phase: string(m.phase), Result: string(m.result), Reason: m.reason,
		Before: p.Before, After: p.After, Binding: p.Binding, By: p.By, At: p.At.UTC(), Now: now.UTC(), Holds: []string{},
		Wave: min(m.wave+1, len(p.Waves)), Attempt: m.attempt, Watched: []string{}, Unwatched: some(p.Unwatched), Waivers: append([]Waiver{}, p.Waivers...),
		Bake:  DocumentBake{Seconds: p.Bake.For.Seconds(), LeastSeconds: p.Bake.Least.Seconds(), Timers: []DocumentTimer{}, WindowSeconds: p.Window().Seconds()},
		Waves: []DocumentWave{}, Routers: []DocumentRouter{}, Signals: []DocumentSignal{}, Approvals: []DocumentApproval{}, Notes: []DocumentNote{},
	}
	if m.phase == Waiting {
		if why, _ := m.holds(); why != nil {
			d.Holds = why
		}
	}
	if m.phase == Rolling {
		d.Step = string(m.step)
		if m.pause != nil {
			d.Holds = []string{fmt.Sprintf("paused by %s%s: nothing is confirmed, and the wave goes back before its switches end", m.pause.By, because(m.pause.Reason))}
		}
	}
	for _, t := range p.Bake.Timers {
		d.Bake.Timers = append(d.Bake.Timers, DocumentTimer{t.Name, t.For.Seconds(), some(t.Routers)})
	}
	for i, w := range p.Waves {
		d.Waves = append(d.Waves, DocumentWave{Routers: some(w.Routers), Why: w.Why, State: m.waveState(i)})
	}
	for _, r := range m.routers {
		d.Routers = append(d.Routers, m.documentRouter(r))
	}
	for _, s := range p.Watched {
		d.Watched = append(d.Watched, s.Name)
	}
	for _, s := range m.signals {
		d.Signals = append(d.Signals, s.document())
	}
	for _, n := range p.Approvals {
		a := DocumentApproval{Role: n.Role, Needed: n.Count, By: []string{}}
		for _, x := range m.approvals {
			if x.Role == n.Role {
				a.By = append(a.By, x.By)
			}
		}
		d.Approvals = append(d.Approvals, a)
	}
	for _, n := range m.notes {
		d.Notes = append(d.Notes, DocumentNote{n.At.UTC(), n.Text})
	}
	d.Pack = m.pack()
	d.Summary = m.summary(now)
	return d
}

func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return slices.Clone(list)
}

func (m *Machine) waveState(wave int) string {
	all := m.inWave(wave)
	is := func(w Where) bool {
		return !slices.ContainsFunc(all, func(r *router) bool { return r.where != w })
	}
	switch {
	case is(New):
		return "confirmed"
	case is(Old) && !slices.ContainsFunc(all, func(r *router) bool { return r.touched }):
		return "pending"
	case is(Old):
		if m.phase == Rolling && wave == m.wave {
			return "out"
		}
		return "back"
	}
	return "out"
}

func (m *Machine) documentRouter(r *router) DocumentRouter {
	d := DocumentRouter{
		Name: r.plan.Name, Address: r.plan.Address, Role: r.plan.Role, Site: r.plan.Site, Group: r.plan.Group, Wave: r.wave + 1,
		Base: string(r.plan.Base), Candidate: string(r.plan.Candidate), Runs: string(r.where), Problem: strings.TrimPrefix(either(r.given, r.problem), r.plan.Name+": "),
	}
	if end := m.latest(r); !end.IsZero() && (r.where == Armed || r.where == Unconfirmed || r.where == Unknown) {
		end = r.armed.Add(m.plan.Window()).UTC()
		d.Deadline = &end
	}
	if !r.lost.IsZero() {
		lost := r.lost.UTC()
		d.Silent = &lost
	}
	return d
}

func either(some ...string) string {
	for _, s := range some {
		if s != "" {
			return s
		}
	}
	return ""
}

func (s *signal) document() DocumentSignal {
	d := DocumentSignal{Name: s.setting.Name, IntervalSeconds: s.setting.Interval.Seconds(), FailureLimit: s.setting.FailureLimit,
		NoDataLimit: s.setting.NoDataLimit, Looks: s.looks, Passes: s.passes, Fails: s.fails, Last: string(s.last), Seen: []DocumentMeasurement{}}
	for _, x := range s.seen {
		d.Seen = append(d.Seen, DocumentMeasurement{x.Subject, string(x.Outcome), x.Value})
	}
	return d
}
