package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// drainable reports whether a session to a neighbor of the network, told by its description, may go without harm: in a fat-tree and a Clos
// fabric one of the top tier's. Below it, all switches of the fat-tree's plane lose the racks of the switch, for packets of their own; and a Clos
// fabric's spine that has lost a leaf goes on announcing the pod's aggregate, and drops what comes for that leaf. A
// wide-area router has two reflectors.
func (d *draft) drainable(neighbor string) bool {
	switch d.network.Fabric {
	case "clos":
		return strings.HasPrefix(d.router(), "super-") || strings.HasPrefix(neighbor, "super-")
	case "fattree":
		return strings.HasPrefix(d.router(), "core-") || strings.HasPrefix(neighbor, "core-")
	}
	return strings.HasPrefix(neighbor, "reflector-") && !strings.HasPrefix(d.router(), "reflector-")
}

// top reports whether the router is one of several at the top, all of whose sessions may go at once.
func (d *draft) top() bool {
	return strings.HasPrefix(d.router(), "super-") || strings.HasPrefix(d.router(), "core-") && d.network.Fabric == "fattree"
}

var frrNamed = regexp.MustCompile(`^ neighbor (\d\S+) description (\S+)$`)

func frrDrain(d *draft) (string, bool) {
	if d.network.Fabric == "wan" && d.random.IntN(3) > 0 {
		return d.wanDrain()
	}
	sessions := slices.DeleteFunc(d.places(frrNamed), func(p place) bool { return !d.drainable(p.m[2]) })
	if len(sessions) == 0 {
		return "", false
	}
	if d.top() && d.random.IntN(2) == 0 {
		lines := d.lines()
		for _, p := range slices.Backward(sessions) {
			lines = slices.Insert(lines, p.line+1, " neighbor "+p.m[1]+" shutdown")
		}
		d.set(lines)
		return "all sessions of " + d.router(), true
	}
	p := one(d.random, sessions)
	if d.random.IntN(2) == 0 && d.network.Fabric != "wan" {
		d.set(slices.Insert(d.lines(), slices.Index(d.lines(), " description "+p.m[2])+1, " shutdown"))
		return "the interface to " + p.m[2], true
	}
	d.replaceLine(p.line, p.m[0], " neighbor "+p.m[1]+" shutdown")
	return "the session with " + p.m[2], true
}

var wanCore = regexp.MustCompile(`^ description (core-\d+)$`)

// wanDrain makes one of an edge's two ways into the core dear, or one of the four providers less preferred than the others.
func (d *draft) wanDrain() (string, bool) {
	if !strings.HasPrefix(d.router(), "edge-") {
		return "", false
	}
	if l := slices.Index(d.lines(), " set local-preference 100"); l >= 0 && d.random.IntN(2) == 0 {
		d.replaceLine(l, fmt.Sprintf(" set local-preference %d", 60+d.random.IntN(40)))
		return "the provider is less preferred", true
	}
	p, ok := d.anywhere(wanCore)
	if !ok {
		return "", false
	}
	d.replaceLine(p.line, p.m[0], fmt.Sprintf(" ip ospf cost %d", 1000+d.random.IntN(1000)))
	return "the way to " + p.m[1] + " is dear", true
}

func gobgpDrain(d *draft) (string, bool) {
	sessions := slices.DeleteFunc(d.places(gobgpDescribed), func(p place) bool { return !d.drainable(strings.Split(p.m[0], `"`)[1]) })
	return d.takeDown(sessions, "admin-down = true")
}

func birdDrain(d *draft) (string, bool) {
	sessions := slices.DeleteFunc(d.places(birdDescribed), func(p place) bool { return !d.drainable(strings.Split(p.m[0], `"`)[1]) })
	return d.takeDown(sessions, "\tdisabled;")
}

// takeDown writes a line behind the description of one session, or of all at the top.
func (d *draft) takeDown(sessions []place, line string) (string, bool) {
	if len(sessions) == 0 {
		return "", false
	}
	what := "all sessions of " + d.router()
	if !d.top() || d.random.IntN(2) == 0 {
		p := one(d.random, sessions)
		sessions, what = []place{p}, "the session with "+strings.Split(p.m[0], `"`)[1]
	}
	lines := d.lines()
	for _, p := range slices.Backward(sessions) {
		lines = slices.Insert(lines, p.line+1, line)
	}
	d.set(lines)
	return what, true
}
