// Package runbook is the printed page for the day on which the program is missing too: for each router of a bundle, in the order
// in which they return, the ways in with the keys that they must show, and the daemon's own commands that put the old
// configuration back by hand.
//
// A page holds no private key, no passphrase and no configuration, for those hold the passwords of neighbors: of a configuration it says
// the hash, and the places where it lies.
package runbook

import (
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// Options say what is printed. The zero value is every router, with its newest configuration.
type Options struct {
	Routers []string  // some of them
	AsOf    time.Time // the newest configuration that is not younger
	// Login is the account of people who log in by hand: the rescue's own key opens one command and no shell. "": root.
	Login string
	// Bundle is the file's name, as people find it on the day.
	Bundle string
	Notes  []string // a line each, printed first: telephone numbers, where the bundle and what opens it lie
}

// Page is what is printed. Texts are as the bundle has them: who draws it escapes them.
type Page struct {
	Network string
	Serial  uint64
	Created time.Time // of the bundle
	Notes   []string
	First   []Step // with the program and the bundle at hand
	Routers []Router
	Last    []Step // when all are back
}

// Router is one router's part.
type Router struct {
	Name, Driver, Role, Place string
	Stage                     int
	Agent                     string // its agent's address; for the program alone
	Target                    bundle.Entry
	Older                     []bundle.Entry
	Steps                     []Step
}

// Step is something to do and to tick off. Each part of it is done, in order, unless its text says otherwise.
type Step struct {
	Title string
	Parts []Part
}

// Part is a sentence, the commands that it is about, and what is to be seen.
type Part struct {
	Text     string
	Commands []string // lines for a POSIX shell of root's, unless Text says where
	Seen     []string // what must show; fingerprints, hashes
}

// Make makes the page. An unknown router, or one that the bundle has nothing old enough of, is an error.
func Make(c *bundle.Contents, o Options) (*Page, error) {
	if o.Login == "" {
		o.Login = "root"
	}
	if o.Bundle == "" {
		o.Bundle = "rescue.bundle"
	}
	for _, name := range o.Routers {
		if !slices.ContainsFunc(c.Routers, func(r bundle.Router) bool { return r.Name == name }) {
			return nil, fmt.Errorf("the bundle has no router %s; routegate rescue list says which it has", name)
		}
	}
	p := &Page{Network: c.Network, Serial: c.Serial, Created: c.Created.UTC(), Notes: o.Notes, First: first(o)}
	var probes []Part
	for _, r := range c.Routers {
		if len(o.Routers) > 0 && !slices.Contains(o.Routers, r.Name) {
			continue
		}
		at := slices.IndexFunc(r.History, func(e bundle.Entry) bool { return o.AsOf.IsZero() || !e.At.After(o.AsOf) })
		if at < 0 {
			return nil, fmt.Errorf("%s: the bundle has no configuration that is not younger than %s", r.Name, o.AsOf.UTC().Format("2006-01-02 15:04 UTC"))
		}
		x := Router{Name: r.Name, Driver: r.Driver, Role: r.Role, Place: r.Place, Stage: r.Stage, Target: r.History[at], Older: r.History[at+1:]}
		if r.Agent.Address.IsValid() {
			x.Agent = r.Agent.Address.String()
		}
		h := hand{Router: r, to: r.History[at], files: c.Configurations[r.History[at].Hash].Sorted().Files, o: o}
		x.Steps = append([]Step{h.in()}, h.steps()...)
		if t, ok := h.probes(); ok {
			x.Steps = append(x.Steps, t)
			probes = append(probes, t.Parts...)
		}
		p.Routers = append(p.Routers, x)
	}
	p.Last = last(probes)
	return p, nil
}

// first is what is tried before anything is done by hand.
func first(o Options) []Step {
	return []Step{{"Is there a machine with the program, the bundle and what opens it? Then this page is not needed", []Part{
		{Text: "One command for all routers. It resolves no name, asks nobody's approval, and may be repeated.", Commands: []string{"routegate rollback --all --bundle " + quote(o.Bundle)}},
		{Text: "Where it says that a router was not reached, go on below with that router alone."},
	}}, {"Else by hand, in the order of the list", []Part{
		{Text: "All routers of one stage first, then those of the next. One person to a router: write the name beside it. Nobody makes any other change meanwhile."},
		{Text: "Each $ begins one command; a line below it without one belongs to the same command."},
	}}}
}

func last(probes []Part) []Step {
	out := []Step{}
	if len(probes) > 0 {
		out = append(out, Step{"When all routers are back: what must answer, seen from this machine", probes})
	}
	return append(out, Step{"Afterwards", []Part{
		{Text: "Start the agents again. One that was left with an unconfirmed change goes back to what ran before that change as soon as it is started: look at each router once more then.", Commands: []string{"systemctl start routegate-agent"}},
		{Text: "Write down what was done at which router and when. What was put back by hand is in no journal."},
	}})
}

// hand is one router that is brought back by hand.
type hand struct {
	bundle.Router
	to    bundle.Entry
	files []device.File
	o     Options
}

// config is the file that the daemon starts with: what the bundle says, or what an agent that was told nothing takes.
func (h hand) config() string {
	if h.Config != "" {
		return h.Config
	}
	return map[string]string{"frr": "/etc/frr/frr.conf", "gobgp": "/etc/gobgp/gobgpd.conf", "bird": "/etc/bird/bird.conf"}[h.Driver]
}

// state is the agent's folder.
func (h hand) state() string {
	if h.State != "" {
		return h.State
	}
	return "/var/lib/routegate"
}

// folder is where the old configuration is put before it is used. BIRD reads it as its own user, from where it may read.
func (h hand) folder() string {
	if h.Driver == "bird" {
		return path.Join(path.Dir(h.config()), "back")
	}
	return "/root/back"
}

func (h hand) file(name string) string { return path.Join(h.folder(), name) }
