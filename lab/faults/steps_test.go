package faults

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
)

// step is a line of the journal at which something happens: it is on the disk, and what it announces begins.
type step struct {
	name string
	is   func(r canary.Recorded, router string) bool
	// The rollout is aborted when the line abort appears. With core, core changes after the router, so that there is something left
	// to abort.
	abort func(r canary.Recorded, router string) bool
	core  bool
}

func asks(do canary.Call, back bool) func(canary.Recorded, string) bool {
	return func(r canary.Recorded, router string) bool {
		return slices.ContainsFunc(r.Actions, func(a canary.Action) bool {
			return a.Do == do && a.Back == back && (a.Router == router || a.Router == "")
		})
	}
}

func answered(do canary.Call) func(canary.Recorded, string) bool {
	return func(r canary.Recorded, router string) bool {
		a := r.Event.Answer
		return a != nil && a.Call == do && a.Router == router && a.Error == ""
	}
}

// steps are those of a router's way forward, and of its way back.
var steps = []step{
	{name: "check", is: asks(canary.DoCheck, false)},
	{name: "baseline", is: asks(canary.DoBaseline, false)},
	{name: "arm", is: asks(canary.DoArm, false)},
	{name: "apply", is: asks(canary.DoApply, false)},
	{name: "look", is: asks(canary.DoLook, false)},
	{name: "confirm", is: asks(canary.DoConfirm, false)},
	{name: "confirmed", is: answered(canary.DoConfirm), abort: asks(canary.DoConfirm, false), core: true},
	{name: "revert", is: asks(canary.DoRevert, false), abort: asks(canary.DoLook, false)},
	{name: "arm back", is: asks(canary.DoArm, true), abort: asks(canary.DoConfirm, false), core: true},
	{name: "apply back", is: asks(canary.DoApply, true), abort: asks(canary.DoConfirm, false), core: true},
	{name: "confirm back", is: asks(canary.DoConfirm, true), abort: asks(canary.DoConfirm, false), core: true},
}

// tail reads a journal as it grows.
type tail struct {
	path string
	at   int
}

func newTail(dir string) *tail { return &tail{path: filepath.Join(dir, "journal.jsonl")} }

// next are the lines that were written since; one that is not whole yet is left.
func (t *tail) next() (out []canary.Recorded) {
	text, err := os.ReadFile(t.path)
	if err != nil {
		return nil
	}
	for {
		line, _, whole := bytes.Cut(text[t.at:], []byte("\n"))
		if !whole {
			return out
		}
		t.at += len(line) + 1
		var l journal.Line
		var r canary.Recorded
		if json.Unmarshal(line, &l) == nil && l.Kind == canary.KindEvent && json.Unmarshal(l.Data, &r) == nil {
			out = append(out, r)
		}
	}
}

// glance is how often the journal is looked at.
const glance = 2 * time.Millisecond
