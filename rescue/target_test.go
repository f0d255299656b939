package rescue

import (
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// TestTarget: what one router returns to, by what was asked for, what the bundle has, and what the router says that it has.
func TestTarget(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 3, 0, 0, 0, time.UTC) }
	stored := []device.Stored{ // the newest first
		{Hash: "sha256:cc33", Change: "c-3/2.1", At: at(23)},
		{Hash: "sha256:bb22", Change: "before c-3/2.1", At: at(22)},
		{Hash: "sha256:bb11", Change: "c-2", At: at(21)},
		{Hash: "sha256:aa00", Change: "before c-2", At: at(20)},
	}
	packed := bundle.Router{Name: "edge1", History: []bundle.Entry{{Hash: "sha256:dd44", Change: "c-4", At: at(24)}, {Hash: "sha256:cc33", Change: "c-3", At: at(23)}, {Hash: "sha256:bb11", Change: "c-2", At: at(21)}}}
	bare := bundle.Router{Name: "edge1"} // --local: no bundle says more
	idle := func(change string, o device.Outcome) device.Status {
		return device.Status{Phase: device.Idle, Change: change, Outcome: o}
	}
	armed := device.Status{Phase: device.Applied, Change: "c-5/1.1", Base: "sha256:cc33"}
	for _, c := range []struct {
		name   string
		s      Selection
		router bundle.Router
		st     device.Status
		stored []device.Stored
		want   device.Hash // "": none, or an error
		says   string      // in what is said of it, or in the error
	}{
		{"the bundle's newest that the router has", Selection{}, packed, idle("c-3", device.Confirmed), stored, "sha256:cc33", "no longer has the 1 newer"},
		{"as of a day", Selection{AsOf: at(22)}, packed, idle("c-3", device.Confirmed), stored, "sha256:bb11", "2026-11-21 03:00 UTC (c-2)"},
		{"as of that very moment", Selection{AsOf: at(21)}, packed, idle("c-3", device.Confirmed), stored, "sha256:bb11", "c-2"},
		{"as of before all", Selection{AsOf: at(1)}, packed, idle("c-3", device.Confirmed), stored, "", "no configuration of it that is not younger than 2026-11-01"},
		{"a router that lost its folder", Selection{}, packed, idle("", ""), nil, "", "none of the bundle's 3 configurations any more; it can return to nothing"},

		{"--to", Selection{To: "aa"}, packed, idle("c-3", device.Confirmed), stored, "sha256:aa00", "before c-2"},
		{"--to with the hash's name", Selection{To: "sha256:cc"}, packed, idle("c-3", device.Confirmed), stored, "sha256:cc33", ""},
		{"--to of two", Selection{To: "bb"}, packed, idle("c-3", device.Confirmed), stored, "", "2 of its configurations begin with bb; it can return to: "},
		{"--to of none", Selection{To: "ee"}, packed, idle("c-3", device.Confirmed), stored, "", "0 of its configurations begin with ee"},
		{"--to before CHANGE", Selection{To: "aa", Change: "c-3"}, packed, idle("c-3", device.Confirmed), stored, "sha256:aa00", ""},

		{"CHANGE, by the router's word", Selection{Change: "c-3"}, packed, idle("c-3/2.1", device.Confirmed), stored, "sha256:bb22", "before c-3/2.1"},
		{"CHANGE, by a step's own id", Selection{Change: "c-3/2.1"}, packed, idle("c-3/2.1", device.Confirmed), stored, "sha256:bb22", ""},
		{"CHANGE, by what was right before", Selection{Change: "c-3"}, packed, idle("c-3", device.Confirmed), []device.Stored{stored[0], stored[2]}, "sha256:bb11", "c-2"},
		{"CHANGE that is the oldest there", Selection{Change: "c-2"}, packed, idle("c-3", device.Confirmed), stored[:3], "", "nothing from before c-2"},
		{"CHANGE in two steps: the oldest counts", Selection{Change: "c-6"}, packed, idle("c-6/2.1", device.Confirmed),
			[]device.Stored{{Hash: "sha256:f2", Change: "c-6/2.1"}, {Hash: "sha256:f1", Change: "before c-6/2.1"}, {Hash: "sha256:f1", Change: "c-6/1.1"}, {Hash: "sha256:f0", Change: "before c-6/1.1"}}, "sha256:f0", ""},
		{"CHANGE that is out and unconfirmed", Selection{Change: "c-5"}, packed, armed, stored, "sha256:cc33", "from before c-5"},
		{"CHANGE that it never had", Selection{Change: "c-9"}, packed, idle("c-3", device.Confirmed), stored, "", "it never had c-9"},
		{"CHANGE whose id is another's beginning", Selection{Change: "c"}, packed, idle("c-3", device.Confirmed), stored, "", "it never had c"},

		{"the last change, confirmed", Selection{}, bare, idle("c-3/2.1", device.Confirmed), stored, "sha256:bb22", ""},
		{"the last change, unconfirmed", Selection{}, bare, armed, stored, "sha256:cc33", "from before c-5/1.1"},
		{"the last change went back by itself", Selection{}, bare, idle("c-3/2.1", device.Reverted), stored, "", "not one to undo (reverted); say which configuration with --to"},
		{"there was no change", Selection{}, bare, idle("", ""), nil, "", "(there was none)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.s.of(c.router, c.st, c.stored)
			said := got.what
			if err != nil {
				said = err.Error()
			}
			if got.hash != c.want || !strings.Contains(said, c.says) {
				t.Errorf("%q, %q; want %q, %q", got.hash, said, c.want, c.says)
			}
			if never := strings.HasPrefix(c.says, "it never had"); got.none != never || (err != nil) != (c.want == "" && !never) {
				t.Errorf("none %v, %v", got.none, err)
			}
		})
	}
}

// TestTargetFromBundle: where the bundle's configurations can be run as well, those that the router lost count among what it can return to.
func TestTargetFromBundle(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 3, 0, 0, 0, time.UTC) }
	r := bundle.Router{Name: "edge1", History: []bundle.Entry{{Hash: "sha256:dd44", Change: "c-4", At: at(24)}, {Hash: "sha256:cc33", Change: "c-3", At: at(23)}, {Hash: "sha256:aa00", Change: "before c-3", At: at(20)}}}
	has := map[device.Hash]device.Configuration{"sha256:dd44": {}, "sha256:cc33": {}, "sha256:aa00": {}}
	kept := []device.Stored{{Hash: "sha256:cc33", Change: "c-3", At: at(23)}}
	idle := device.Status{Phase: device.Idle, Change: "c-4", Outcome: device.Confirmed}
	for _, c := range []struct {
		name   string
		s      Selection
		st     device.Status
		stored []device.Stored
		want   device.Hash
		lost   bool
	}{
		{"all is lost", Selection{}, device.Status{Phase: device.Idle}, nil, "sha256:dd44", true},
		{"the newest is lost", Selection{}, idle, kept, "sha256:dd44", true},
		{"as of a day of which the router has it", Selection{AsOf: at(23)}, idle, kept, "sha256:cc33", false},
		{"--to", Selection{To: "aa"}, idle, kept, "sha256:aa00", true},
		{"CHANGE, by what the bundle knows of before it", Selection{Change: "c-3"}, idle, kept, "sha256:aa00", true},
		{"CHANGE, by what the router has of before it", Selection{Change: "c-4"}, idle, kept, "sha256:cc33", false},
		{"CHANGE that is out: its base is the switch's", Selection{Change: "c-5"}, device.Status{Phase: device.Applied, Change: "c-5", Base: "sha256:dd44"}, nil, "sha256:dd44", false},
	} {
		got, err := c.s.choose(r, c.st, c.stored, has)
		if err != nil || got.hash != c.want || got.lost != c.lost || got.lost != strings.Contains(got.what, "from the bundle") {
			t.Errorf("%s: %+v, %v; want %s, lost %v", c.name, got, err, c.want, c.lost)
		}
	}
	if got, err := (Selection{}).choose(r, idle, nil, nil); err == nil || !strings.Contains(err.Error(), "--local --bundle FILE") {
		t.Errorf("nobody who may replace: %+v, %v", got, err)
	}
}
