package canary

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

// tables writes an observation: "up N" and "down N" are sessions, "PREFIX via HOP path AS..." a best route, "from N: PREFIX..."
// what a neighbor sent.
func tables(lines ...string) device.Observation {
	o := device.Observation{Sessions: []device.Session{}, Routes: []device.Route{}, Received: []device.Exchange{}}
	for _, l := range lines {
		f := strings.Fields(l)
		switch f[0] {
		case "up", "down":
			o.Sessions = append(o.Sessions, device.Session{Neighbor: f[1], Established: f[0] == "up", State: f[0]})
		case "from":
			x := device.Exchange{Neighbor: strings.TrimSuffix(f[1], ":"), Prefixes: []netip.Prefix{}}
			for _, p := range f[2:] {
				x.Prefixes = append(x.Prefixes, netip.MustParsePrefix(p))
			}
			o.Received = append(o.Received, x)
		default:
			r := device.Route{Prefix: netip.MustParsePrefix(f[0])}
			if len(f) > 2 {
				r.NextHops = []string{f[2]}
			}
			if len(f) > 4 {
				r.ASPath = strings.Join(f[4:], " ")
			}
			o.Routes = append(o.Routes, r)
		}
	}
	return o
}

// TestPredicted: what is seen, held against what was to be expected.
func TestPredicted(t *testing.T) {
	base := tables("up 10.0.0.1", "down 10.0.0.2", "10.1.0.0/16 via 10.0.0.1 path 1 2", "8.8.8.0/24 via 10.0.0.1 path 1 9", "from 10.0.0.1: 10.1.0.0/16 8.8.8.0/24")
	model := tables("up 10.0.0.1", "down 10.0.0.2", "10.1.0.0/16 via 10.0.0.1 path 1 2", "from 10.0.0.1: 10.1.0.0/16")
	gone := tables("up 10.0.0.1", "down 10.0.0.2", "from 10.0.0.1:")
	for _, c := range []struct {
		name        string
		signal      string
		after, now  device.Observation
		settling    bool
		want        Outcome
		wantedWords string
	}{
		{"nothing moves", SignalRoutes, model, base, false, Pass, "1 as predicted"},
		{"sessions stay", SignalSessions, model, base, false, Pass, "2 as predicted"},
		{"a session is lost", SignalSessions, model, tables("down 10.0.0.1", "down 10.0.0.2"), false, Fail, "session 10.0.0.1: down, was established"},
		{"a session is lost while timers run", SignalSessions, model, tables("down 10.0.0.1", "down 10.0.0.2"), true, Fail, "session 10.0.0.1: down, was established"},
		{"a session that is to come up does", SignalSessions, tables("up 10.0.0.1", "up 10.0.0.2"), tables("up 10.0.0.1", "up 10.0.0.2"), false, Pass, ""},
		{"and does not", SignalSessions, tables("up 10.0.0.1", "up 10.0.0.2"), base, false, Fail, "session 10.0.0.2: down, predicted Established"},
		{"not yet", SignalSessions, tables("up 10.0.0.1", "up 10.0.0.2"), base, true, Pass, "1 still to come"},
		{"a route moves", SignalRoutes, model, tables("10.1.0.0/16 via 10.0.0.2 path 1 2", "8.8.8.0/24"), false, Fail, "10.1.0.0/16: via 10.0.0.2, AS path 1 2, was via 10.0.0.1, AS path 1 2"},
		{"a route goes as predicted", SignalRoutes, gone, tables("8.8.8.0/24 via 10.0.0.1 path 1 9"), false, Pass, "1 as predicted"},
		{"a route stays that was to go", SignalRoutes, gone, base, false, Fail, "10.1.0.0/16: via 10.0.0.1, AS path 1 2, predicted gone"},
		{"the Internet moves", SignalRoutes, model, tables("10.1.0.0/16 via 10.0.0.1 path 1 2", "8.8.8.0/24 via 10.0.0.9 path 4"), false, Pass, ""},
		{"the Internet is gone", SignalRoutes, model, tables("10.1.0.0/16 via 10.0.0.1 path 1 2"), false, Fail, "1 of 1 that nobody wrote down are gone (limit 10 %)"},
		{"a neighbor hears it", SignalAnnouncements, model, base, false, Pass, ""},
		{"a neighbor hears nothing", SignalAnnouncements, model, gone, false, Fail, "received 10.1.0.0/16 10.0.0.1: gone, was there"},
		{"the daemon does not tell", SignalRoutes, model, device.Observation{}, false, NoData, "the daemon does not tell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := Watch{Routers: []string{"r1"}, Baseline: map[string]device.Observation{"r1": base}, Before: map[string]device.Observation{"r1": model},
				After: map[string]device.Observation{"r1": c.after}, Settled: time.Now().Add(-time.Minute),
				Observe: func(context.Context, string) (device.Observation, error) { return c.now, nil }}
			for i := range c.after.Sessions {
				if c.after.Sessions[i].Established {
					c.after.Sessions[i].State = "Established"
				}
			}
			if c.settling {
				w.Settled = time.Now().Add(time.Minute)
			}
			for _, s := range Predicted(10) {
				if s.Name() != c.signal {
					continue
				}
				got := s.Measure(t.Context(), w)
				if len(got) != 1 || got[0].Outcome != c.want || !strings.Contains(strings.ReplaceAll(got[0].Value, "predicted established", "predicted Established"), c.wantedWords) {
					t.Errorf("%+v, want %s (%s)", got, c.want, c.wantedWords)
				}
			}
		})
	}
}

// TestBlind: what cannot be seen is neither good nor bad.
func TestBlind(t *testing.T) {
	o := tables("up 10.0.0.1", "10.1.0.0/16 via 10.0.0.1")
	all := map[string]device.Observation{"r1": o}
	for name, w := range map[string]Watch{
		"no baseline":      {Before: all, After: all},
		"no prediction":    {Baseline: all},
		"nobody answers":   {Baseline: all, Before: all, After: all},
		"nothing measured": {},
	} {
		w.Observe = func(context.Context, string) (device.Observation, error) {
			return device.Observation{}, errors.New("no answer")
		}
		if name != "nothing measured" {
			w.Routers = []string{"r1"}
		}
		w.Protected = []string{"10.1.0.0/16"}
		for _, s := range Predicted(10) {
			if got, _ := judge(s.Measure(t.Context(), w)); got != NoData {
				t.Errorf("%s: %s is %q, want no data", name, s.Name(), got)
			}
		}
	}
}

// TestProtectedLost: a protected prefix that a router had and is to keep.
func TestProtectedLost(t *testing.T) {
	o := tables("10.1.0.0/16 via 10.0.0.1")
	w := Watch{Routers: []string{"r1"}, Protected: []string{"10.1.0.0/16", "10.2.0.0/16"}, Baseline: map[string]device.Observation{"r1": o},
		After: map[string]device.Observation{"r1": o}, Observe: func(context.Context, string) (device.Observation, error) { return tables("up 10.0.0.1"), nil }}
	if got := (protectedSignal{}).Measure(t.Context(), w); len(got) != 1 || got[0] != (Measurement{"r1", Fail, "no route to 10.1.0.0/16"}) {
		t.Errorf("%+v", got)
	}
}
