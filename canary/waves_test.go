package canary

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
)

// loser is a network in which certain sets of routers may not be gone at once.
type loser [][]string

func (l loser) Predict(context.Context, []string, []string) (map[string]device.Observation, error) {
	return nil, nil
}

func (l loser) Loses(_ context.Context, _, wave []string) ([]string, error) {
	for _, set := range l {
		if !slices.ContainsFunc(set, func(r string) bool { return !slices.Contains(wave, r) }) {
			return []string{"dns (203.0.113.53/32): nobody originates it"}, nil
		}
	}
	return nil, nil
}

// TestDraw: who is changed with whom. A router is written NAME:ROLE:SITE:GROUP.
func TestDraw(t *testing.T) {
	for _, c := range []struct {
		name     string
		routers  string
		most     int
		accepted []string
		loses    loser
		want     string // waves, or an error
	}{
		{"one", "e1:edge::", 9, nil, nil, "e1"},
		{"the first of each role goes alone", "e1:edge:: e2:edge:: l1:leaf:: l2:leaf:: l3:leaf::", 9, nil, nil, "e1 | l1 | e2 | l2 l3"},
		{"no two of a group", "l1:leaf:: l2:leaf::a l3:leaf::a l4:leaf::b l5:leaf::b", 9, nil, nil, "l1 | l2 l4 | l3 l5"},
		{"a wave has its bound", "l1:leaf:: l2:leaf:: l3:leaf:: l4:leaf:: l5:leaf::", 2, nil, nil, "l1 | l2 l3 | l4 l5"},
		{"site by site", "l1:leaf:b: l2:leaf:a: l3:leaf:b: l4:leaf:a:", 1, nil, nil, "l2 | l4 | l1 | l3"},
		{"what may not be lost together goes apart", "l1:leaf:: l2:leaf:: l3:leaf:: l4:leaf::", 9, nil, loser{{"l2", "l3"}}, "l1 | l2 | l3 l4"},
		{"what may not be lost at all", "l1:leaf:: l2:leaf::", 9, nil, loser{{"l2"}}, "l2 cannot be a wave: without it dns"},
		{"a canary that may not be lost", "l1:leaf:: l2:leaf::", 9, nil, loser{{"l1"}}, "l1 cannot be a wave: without it dns"},
		{"unless that is accepted", "l1:leaf:: l2:leaf::", 9, []string{"l1"}, loser{{"l1"}}, "l1 | l2"},
		{"no roles", "r1::: r2::: r3:::", 9, nil, nil, "r1 | r2 r3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var routers []Router
			for _, s := range strings.Fields(c.routers) {
				f := strings.Split(s, ":")
				routers = append(routers, Router{Station: Station{Name: f[0]}, Role: f[1], Site: f[2], Group: f[3]})
			}
			waves, err := Draw(t.Context(), routers, c.most, c.accepted, c.loses)
			var got []string
			for _, w := range waves {
				got = append(got, strings.Join(w.Routers, " "))
			}
			text := strings.Join(got, " | ")
			if err != nil {
				text = err.Error()
			}
			if text != c.want && !(err != nil && strings.HasPrefix(text, c.want)) {
				t.Errorf("%s, want %s", text, c.want)
			}
		})
	}
}

// TestFreeze: when no wave begins.
func TestFreeze(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	year := Freeze{Name: "year end", From: at("2026-12-20T00:00:00Z"), To: at("2027-01-04T00:00:00Z")}
	// From Friday 16:00 to Saturday 08:00 and from Saturday 16:00 to Sunday 08:00, in Amsterdam.
	nights := Freeze{Days: []time.Weekday{time.Friday, time.Saturday}, Start: 16 * time.Hour, End: 8 * time.Hour, Zone: "Europe/Amsterdam"}
	for _, c := range []struct {
		f    Freeze
		at   string
		want string // until; "" where it does not hold
	}{
		{year, "2026-12-19T23:59:59Z", ""},
		{year, "2026-12-20T00:00:00Z", "2027-01-04T00:00:00Z"},
		{year, "2027-01-04T00:00:00Z", ""},
		{nights, "2026-06-05T13:59:59Z", ""}, // Friday, 15:59:59 there
		{nights, "2026-06-05T14:00:00Z", "2026-06-06T06:00:00Z"},
		{nights, "2026-06-06T05:59:59Z", "2026-06-06T06:00:00Z"},
		{nights, "2026-06-06T06:00:00Z", ""},
		{nights, "2026-06-07T05:00:00Z", "2026-06-07T06:00:00Z"},
		{nights, "2026-06-07T20:00:00Z", ""},
		{nights, "2026-12-04T15:30:00Z", "2026-12-05T07:00:00Z"}, // in winter
		{nights, "2026-10-24T22:00:00Z", "2026-10-25T07:00:00Z"}, // in the night in which the clocks change
	} {
		want := time.Time{}
		if c.want != "" {
			want = at(c.want)
		}
		if got := c.f.Until(at(c.at)); !got.Equal(want) {
			t.Errorf("%s %v at %s: until %v, want %v", c.f.Name, c.f.Days, c.at, got, want)
		}
	}
}

// TestApprovals: whose yes counts, and of what.
func TestApprovals(t *testing.T) {
	p := Plan{ID: "x", Binding: "b1", By: "ann", Waves: []Wave{{Routers: []string{"r1"}}}, Routers: []Router{{Station: Station{Name: "r1"}}},
		Approvals: []Need{{"netops", 2}}, Approvers: []Approver{{"ann", []string{"netops"}}, {"bob", []string{"netops"}}, {"eve", []string{"netops", "sec"}}, {"tom", []string{"sec"}}}}
	m := &Machine{}
	now := time.Unix(0, 0)
	m.Step(Event{At: now, Start: &p})
	for i, c := range []struct {
		by, role, binding string
		want              string
	}{
		{"bob", "netops", "b2", "the approval is of b2, and the rollout is of b1"},
		{"bob", "sec", "b1", `no approval of the role "sec" is needed`},
		{"tom", "netops", "b1", "tom may not approve for netops"},
		{"zoe", "netops", "b1", "zoe may not approve for netops"},
		{"ann", "netops", "b1", "ann started the rollout"},
		{"bob", "netops", "b1", ""},
		{"bob", "netops", "b1", "bob has approved for netops already"},
		{"eve", "netops", "b1", ""},
	} {
		cmd := Command{Do: Approve, By: c.by, Role: c.role, Binding: c.binding}
		err := m.Accepts(cmd, now)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%d: %v, want %q", i, err, c.want)
		}
		m.Step(Event{At: now, Command: &cmd}) // one that is refused is of no consequence
		if lacking, left := m.lacking(), 2-min(max(i-4, 0), 1)-min(max(i-6, 0), 1); left == 0 && lacking != nil || left > 0 && (len(lacking) != 1 || lacking[0].Count != left) {
			t.Errorf("%d: lacking %v, want %d", i, lacking, left)
		}
	}
	// The change moves: nothing is touched.
	actions, _ := m.Step(Event{At: now, Verified: &Verified{Binding: "b3"}})
	if !m.Ended() || m.result != Refused || len(actions) > 0 || !strings.Contains(m.reason, "the verdict and every approval are void") {
		t.Errorf("%s %q %v", m.result, m.reason, actions)
	}
}
