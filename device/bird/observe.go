package bird

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/network"
)

// protocol is one of `show protocols all`.
type protocol struct {
	name, kind, state string // state: up, down, start
	bgp               string // BIRD's word for the session's state
	neighbor          string // address, or the interface of a link-local one
	remoteAS          string
	since             string
}

var head = regexp.MustCompile(`^(\S+)\s+(\S+)\s+(\S+)\s+(up|down|start|stop|flush)\s+(\S+(?: \S+)?)`)

// protocols are what BIRD runs.
func (d *Driver) protocols(ctx context.Context) (all []protocol, err error) {
	lines, err := ask(ctx, d.o.Socket, "show protocols all")
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if m := head.FindStringSubmatch(l.text); m != nil {
			all = append(all, protocol{name: m[1], kind: m[2], state: m[4], since: strings.TrimSpace(m[5])})
			continue
		}
		if len(all) == 0 {
			continue
		}
		p := &all[len(all)-1]
		key, value, _ := strings.Cut(strings.TrimSpace(l.text), ":")
		switch value = strings.TrimSpace(value); key {
		case "BGP state":
			p.bgp = value
		case "Neighbor address":
			p.neighbor = value
			if a, scope, ok := strings.Cut(value, "%"); ok {
				p.neighbor = a
				if addr, err := netip.ParseAddr(a); err == nil && addr.IsLinkLocalUnicast() {
					p.neighbor = scope
				}
			}
		case "Neighbor AS":
			p.remoteAS = value
		}
	}
	return all, nil
}

// Observe reads the BGP sessions, the best routes that BGP decided or that are announced by it, and what went each way. BIRD does
// not count how often a session was lost: Resets is 0, and Up tells by how long it stands.
func (d *Driver) Observe(ctx context.Context) (device.Observation, error) {
	o := device.Observation{Router: d.o.Router, At: time.Now(), Sessions: []device.Session{}, Routes: []device.Route{}, Advertised: []device.Exchange{}, Received: []device.Exchange{}}
	now, err := askStatus(ctx, d.o.Socket)
	if err != nil {
		return o, err
	}
	shown, err := d.protocols(ctx)
	if err != nil {
		return o, err
	}
	names := map[string]string{}
	instances := d.instances(ctx)
	for _, p := range shown {
		if p.kind != "BGP" {
			continue
		}
		names[p.name] = p.neighbor
		vrf := holder(instances, p.name)
		s := device.Session{VRF: vrf, Neighbor: p.neighbor, State: p.bgp, Established: p.bgp == "Established"}
		if s.Established {
			s.Up = now.since(p.since)
		}
		o.Sessions = append(o.Sessions, s)
		if !s.Established {
			continue
		}
		sent, err := d.routes(ctx, "show route export "+p.name)
		if err != nil {
			return o, err
		}
		got, err := d.routes(ctx, "show route protocol "+p.name)
		if err != nil {
			return o, err
		}
		o.Advertised = append(o.Advertised, device.Exchange{VRF: vrf, Neighbor: p.neighbor, Prefixes: prefixes(sent)})
		o.Received = append(o.Received, device.Exchange{VRF: vrf, Neighbor: p.neighbor, Prefixes: prefixes(got)})
	}
	for _, v := range instances {
		if err := d.decided(ctx, v, names, &o); err != nil {
			return o, err
		}
	}
	slices.SortFunc(o.Sessions, func(a, b device.Session) int {
		return cmp.Or(cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
	})
	slices.SortFunc(o.Routes, func(a, b device.Route) int { return cmp.Or(cmp.Compare(a.VRF, b.VRF), a.Prefix.Compare(b.Prefix)) })
	for _, x := range [][]device.Exchange{o.Advertised, o.Received} {
		slices.SortFunc(x, func(a, b device.Exchange) int {
			return cmp.Or(cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
		})
	}
	return o, nil
}

// instances are the routing instances of what BIRD runs, each a pair of its tables. Where that is not known, all that BIRD shows
// is the default one's.
func (d *Driver) instances(ctx context.Context) []*network.VRF {
	if now, err := d.Running(ctx); err == nil {
		if model, err := d.read(now); err == nil {
			return model.VRFs
		}
	}
	return []*network.VRF{{}}
}

// holder is the instance that a BGP protocol's session is one of.
func holder(all []*network.VRF, protocol string) string {
	for _, v := range all {
		if v.BGP != nil && slices.ContainsFunc(v.BGP.Neighbors, func(n *network.Neighbor) bool { return n.Name == protocol }) {
			return v.Name
		}
	}
	return ""
}

// decided adds the best routes of an instance that BGP decided or that it announces. names are the neighbors of BGP protocols.
func (d *Driver) decided(ctx context.Context, v *network.VRF, names map[string]string, o *device.Observation) error {
	questions := []string{}
	for _, table := range v.Tables {
		if table != "" {
			questions = append(questions, "show route primary all table "+table)
		}
	}
	switch {
	case v.Name != "" && !v.Beside():
		return nil // a VRF of the kernel's, of which nothing is simulated
	case v.Name == "" && len(questions) == 0:
		questions = append(questions, "show route primary all")
	}
	for _, q := range questions {
		best, err := d.routes(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range best {
			_, learned := names[r.protocol]
			announced := slices.ContainsFunc(o.Advertised, func(x device.Exchange) bool { return x.VRF == v.Name && slices.Contains(x.Prefixes, r.prefix) })
			if !learned && !announced {
				continue
			}
			slices.Sort(r.hops)
			o.Routes = append(o.Routes, device.Route{VRF: v.Name, Prefix: r.prefix, NextHops: r.hops, ASPath: r.path, Own: !learned})
		}
	}
	return nil
}

// since is how long ago BIRD's time of a protocol was: today's are printed without the date, older ones without the time, from
// which the day is all that is known.
func (s status) since(text string) time.Duration {
	for _, layout := range []string{"15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		t, err := time.ParseInLocation(layout, text, time.Local)
		if err != nil {
			continue
		}
		now := time.Now()
		if layout == "15:04:05" {
			t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
			if t.After(now) {
				t = t.AddDate(0, 0, -1)
			}
		}
		return max(0, now.Sub(t))
	}
	return 0
}

// route is one of `show route`.
type route struct {
	prefix   netip.Prefix
	protocol string
	hops     []string
	path     string
}

var (
	routeHead = regexp.MustCompile(`^(\S+)?\s+(\w+) \[(\S+) `)
	tableHead = regexp.MustCompile(`^Table \S+:$`)
)

func (d *Driver) routes(ctx context.Context, command string) (all []route, err error) {
	lines, err := ask(ctx, d.o.Socket, command)
	if err != nil {
		return nil, err
	}
	var prefix netip.Prefix
	for _, l := range lines {
		if tableHead.MatchString(l.text) {
			continue
		}
		if m := routeHead.FindStringSubmatch(l.text); m != nil {
			if m[1] != "" {
				if prefix, err = netip.ParsePrefix(m[1]); err != nil {
					prefix = netip.Prefix{} // of a family that is not unicast
				}
			}
			if !prefix.IsValid() {
				continue
			}
			r := route{prefix: prefix, protocol: m[3], hops: []string{}}
			if m[2] != "unicast" {
				r.hops = append(r.hops, "drop")
			}
			all = append(all, r)
			continue
		}
		if len(all) == 0 || !prefix.IsValid() {
			continue
		}
		r := &all[len(all)-1]
		text := strings.TrimSpace(l.text)
		if via, ok := strings.CutPrefix(text, "via "); ok {
			hop, _, _ := strings.Cut(via, " ")
			r.hops = append(r.hops, hop)
		} else if dev, ok := strings.CutPrefix(text, "dev "); ok {
			hop, _, _ := strings.Cut(dev, " ")
			r.hops = append(r.hops, hop)
		} else if path, ok := strings.CutPrefix(text, "BGP.as_path: "); ok {
			r.path = strings.TrimSpace(path)
		}
	}
	return all, nil
}

func prefixes(routes []route) []netip.Prefix {
	all := []netip.Prefix{}
	for _, r := range routes {
		all = append(all, r.prefix)
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}

// within names files of a folder without the folder.
func within(text, folder string) string { return strings.ReplaceAll(text, folder+"/", "") }

// dynamic is what BIRD calls protocols that it makes itself, for callers out of a range, and those that the configuration does not name.
var dynamic = regexp.MustCompile(`^(dynbgp|bgp)\d+$`)

// mentions reports whether the word stands in one of the files.
func mentions(c device.Configuration, word string) bool {
	whole := regexp.MustCompile(fmt.Sprintf(`(^|[^\w])%s($|[^\w])`, regexp.QuoteMeta(word)))
	return slices.ContainsFunc(c.Files, func(f device.File) bool { return whole.Match(f.Data) })
}
