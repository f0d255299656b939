// Package compare says in which things what a router runs is not what was wanted, by the neutral model that the dialects
// read both into. It is what the drivers have in common.
package compare

import (
	"strings"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// Routers lists the differences between two readings of one router, sorted as package diff sorts them; none where both
// mean the same. Lines outside of the model count as what they say, by their block. Only how entries of a list are
// numbered, where the order is the same, is no difference.
func Routers(want, running *network.Router) []device.Difference {
	d := diff.Configuration(alone(want), alone(running))
	var out []device.Difference
	for _, c := range d.Changes {
		if c.Kind == diff.Renumbered {
			continue
		}
		x := device.Difference{Path: c.Path, Want: c.Before, Running: c.After}
		switch {
		case x.Want == "" && x.Running == "" && c.Kind == diff.Added:
			x.Running = "something"
		case x.Want == "" && x.Running == "" && c.Kind == diff.Removed:
			x.Want = "what was to stand there"
		case x.Want == "" && x.Running == "":
			x.Want, x.Running = "something else", c.Summary
		}
		out = append(out, x)
	}
	for _, l := range d.Ledger {
		x := device.Difference{Path: strings.TrimPrefix(l.Context+" / line", " / ")}
		if l.Kind == diff.Removed {
			x.Want = l.Text
		} else {
			x.Running = l.Text
		}
		out = append(out, x)
	}
	return out
}

func alone(r *network.Router) *network.Network {
	return &network.Network{Routers: []*network.Router{r}}
}
