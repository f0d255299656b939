package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// maxLinks bounds the links that the document names.
const maxLinks = 20

// Capacity says how links and sites carry the demands of routegate.yaml, before and after the change.
type Capacity struct {
	// False: there are no demands, or the run ended before it was found.
	Known bool `json:"known"`
	// How it stands without the change.
	Before Carried `json:"before"`
	// How it stands with the change.
	After Carried `json:"after"`
	// One direction of a link each: those that are half full or more on either side, and those that gain or lose a tenth of their bandwidth; the
	// fullest first, at most twenty.
	Links []LinkLoad `json:"links"`
	// How many such links there are in all.
	Count int `json:"count"`
}

// Carried are one side's sums.
type Carried struct {
	// How many demands there are.
	Demands int `json:"demands"`
	// Their volume in bit/s.
	Volume int `json:"volume"`
	// How much of it does not arrive, in bit/s.
	Undelivered int `json:"undelivered"`
}

// LinkLoad is the load of one direction of a link while everything works.
type LinkLoad struct {
	// core1 eth0 → core2 eth1; outside is hosts and neighbors outside, and a segment of three and more.
	Link string `json:"link"`
	// What it can carry after the change, in bit/s; before, where the change takes it away.
	Bandwidth int `json:"bandwidth"`
	// Its load without the change, in bit/s.
	Before int `json:"before"`
	// Its load with the change, in bit/s.
	After int `json:"after"`
	// The same in percent of the bandwidth of that side.
	PercentBefore float64 `json:"percent_before"`
	PercentAfter  float64 `json:"percent_after"`
}

func emptyCapacity() Capacity { return Capacity{Links: []LinkLoad{}} }

func (c *capacities) carried() Carried {
	var out Carried
	for i := range c.now.traffic.demands {
		out.Demands++
		out.Volume += int(c.now.traffic.demands[i].Volume)
	}
	for _, u := range c.now.undelivered() {
		out.Undelivered += u.Undelivered
	}
	return out
}

// capacityDocument compares both sides.
func capacityDocument(before, after *capacities) Capacity {
	out := Capacity{Known: true, Before: before.carried(), After: after.carried(), Links: []LinkLoad{}}
	const tenth = 10
	for _, d := range directions(before.loads, after.loads, func(d routing.Direction) bool {
		b, a := before.percent(d, before.loads[d]), after.percent(d, after.loads[d])
		return max(a, b) >= notedPercent || math.Abs(a-b) >= tenth
	}) {
		rate, _ := after.rates.Of(d.From, d.To)
		if rate == 0 {
			rate, _ = before.rates.Of(d.From, d.To)
		}
		out.Links = append(out.Links, LinkLoad{Link: linkName(d), Bandwidth: int(rate), Before: bits(before.loads[d]), After: bits(after.loads[d]),
			PercentBefore: before.percent(d, before.loads[d]), PercentAfter: after.percent(d, after.loads[d])})
	}
	slices.SortStableFunc(out.Links, func(a, b LinkLoad) int {
		return cmp.Or(cmp.Compare(max(b.PercentAfter, b.PercentBefore), max(a.PercentAfter, a.PercentBefore)), cmp.Compare(b.PercentAfter, a.PercentAfter))
	})
	out.Count = len(out.Links)
	out.Links = out.Links[:min(len(out.Links), maxLinks)]
	return out
}

// BitRate writes bit/s as people do: 400 Mbit/s, 1.5 Gbit/s.
func BitRate(n int) string { return network.BitRate(n).String() }
