// Package frr drives FRRouting through vtysh on the router's own machine: it reads the running configuration, gives
// bgpd, zebra, staticd and ospfd the few commands that lead from it to a candidate, in an order in which no state in
// between lets more through than the old one and the new one do, and reads back what runs.
//
// The commands are not guessed: they are rehearsed on daemons of their own first, in a network namespace without a link,
// which take the running configuration, then the commands, and must end with the candidate.
package frr

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/network"

	dialect "github.com/routegate/routegate/config/frr"
)

// Options say where the daemons of one router are. The zero value is Debian's FRR.
type Options struct {
	Router     string // its name, for messages and observations
	Vtysh      string // the binary; "" is vtysh, looked up in PATH
	VtySocket  string // the folder of the daemons' vty sockets (vtysh --vty_socket); "" is FRR's own
	Pathspace  string // vtysh -N; "" is none
	ConfigFile string // what the daemons read when they start; "" is /etc/frr/frr.conf, or that of the pathspace
	DaemonDir  string // where bgpd, zebra and the others lie, for rehearsals; "" is /usr/lib/frr
}

// Driver is a device.Driver. Its calls are made one at a time.
type Driver struct {
	o         Options
	rehearsed *rehearsal        // the last one that succeeded
	written   map[string]string // candidates as FRR writes them, by their text
}

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver {
	if o.Vtysh == "" {
		o.Vtysh = "vtysh"
	}
	if o.ConfigFile == "" {
		o.ConfigFile = filepath.Join("/etc/frr", o.Pathspace, "frr.conf")
	}
	if o.DaemonDir == "" {
		o.DaemonDir = "/usr/lib/frr"
	}
	if o.Router == "" {
		o.Router = "this router"
	}
	return &Driver{o: o, written: map[string]string{}}
}

// sockets is the folder of the daemons' vty sockets.
func (o Options) sockets() string {
	if o.VtySocket != "" {
		return o.VtySocket
	}
	return filepath.Join("/run/frr", o.Pathspace)
}

// text is a configuration as one text: a router's split files are joined, as a boot loads them one after the other.
func text(c device.Configuration) string {
	var b strings.Builder
	for _, f := range c.Sorted().Files {
		if !strings.HasSuffix(f.Name, ".conf") {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			if strings.TrimSpace(line) != "end" {
				b.WriteString(strings.TrimRight(line, "\r\n") + "\n")
			}
		}
		b.WriteString("!\n")
	}
	return b.String()
}

// read reads a configuration into the model, as far as FRR shows it again.
func (d *Driver) read(name, text string) (*network.Router, error) {
	r, err := dialect.Parse(d.o.Router, []dialect.Source{{Path: name, Text: []byte(text)}})
	if err != nil {
		return nil, err
	}
	for _, p := range r.Policies {
		for i := range p.Statements {
			inOrder(p.Statements[i].Match)
			inOrder(p.Statements[i].Set)
		}
	}
	for _, c := range r.CommunitySets {
		for i := range c.Entries {
			if e := &c.Entries[i]; e.Pattern == "" {
				e.Text = ""
				slices.Sort(e.Values)
				slices.Sort(e.Ext)
				slices.SortFunc(e.Large, func(a, b network.LargeCommunity) int { return strings.Compare(a.String(), b.String()) })
			}
		}
	}
	return r, nil
}

// inOrder sorts an entry's conditions or actions: FRR prints them in an order of its own and not in that in which they were given,
// which cannot be read back.
func inOrder[T any](list []T) {
	slices.SortStableFunc(list, func(a, b T) int { return strings.Compare(content(a), content(b)) })
}

// content is what a condition or an action says, without the line that says it.
func content(x any) string {
	v := reflect.New(reflect.TypeOf(x)).Elem()
	v.Set(reflect.ValueOf(x))
	if f := v.FieldByName("Pos"); f.IsValid() {
		f.SetZero()
	}
	return fmt.Sprintf("%T%+v", x, v.Interface())
}
