package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/routegate/routegate/gate"
)

// Tables draws routing tables as routers print them; prefix says that one prefix was asked for,
// whose paths are then told one by one.
func Tables(w io.Writer, name string, t *gate.Tables, prefix bool, o Options) error {
	switch name {
	case "json":
		return JSON(w, t)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	if !t.Converged {
		p.para(0, yellow, "The network does not converge: this is one of several states.")
		p.blank()
	}
	for i := range t.Tables {
		if i > 0 {
			p.blank()
		}
		x := &t.Tables[i]
		switch {
		case x.Kind == "main":
			p.mainTable(x)
		case prefix:
			p.pathsOf(x)
		default:
			p.bgpTable(x)
		}
	}
	if len(t.Tables) == 0 {
		p.line("No route.")
	}
	if len(t.Uncertain) > 0 {
		p.blank()
		p.doubts(t.Uncertain, prefix)
	}
	return p.send(w)
}

// doubts says why routers may have something else than is shown: in full about what was asked for, and otherwise with an example.
func (p *page) doubts(list []gate.TableDoubt, full bool) {
	var order []string
	where := map[string][]string{}
	for i := range list {
		d := &list[i]
		if where[d.Why] == nil {
			order = append(order, d.Why)
		}
		at := d.Router
		if full && len(d.Sources) > 0 {
			at += " (" + place(d.Sources[0]) + ")"
		} else if !full && d.Prefix != "" {
			at = d.Prefix + " of " + d.Router
		}
		where[d.Why] = append(where[d.Why], at)
	}
	for _, why := range order {
		at := where[why]
		text := at[0]
		if full {
			text = strings.Join(at, ", ")
		} else if n := len(at) - 1; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		p.wrap(p.paint(yellow, "uncertain")+"  ", 11, 0, text+": "+why)
	}
}

func (p *page) tableHeading(x *gate.Table) {
	f := []string{x.Family}
	if x.VRF != "" {
		f = append([]string{"vrf " + x.VRF}, f...)
	}
	if x.AS != 0 && x.Kind != "main" {
		f = append(f, fmt.Sprintf("AS %d", x.AS))
		if x.RouterID != "" {
			f = append(f, "router id "+x.RouterID)
		}
	}
	if x.Kind == "advertised" {
		f = append(f, "advertised to "+x.Neighbor)
	}
	p.line("%s  %s", p.paint(bold, x.Router), p.paint(dim, strings.Join(f, ", ")))
}

// columns lays rows out in aligned columns; those in right are flush right, and the last is free.
type columns struct {
	rows  [][]string
	right map[int]bool
}

func (c *columns) add(cells ...string) { c.rows = append(c.rows, cells) }

func (c *columns) lines() []string {
	var widths []int
	for _, r := range c.rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var out []string
	for _, r := range c.rows {
		var b strings.Builder
		for i, cell := range r {
			if i > 0 {
				b.WriteByte(' ')
			}
			switch {
			case c.right[i]:
				b.WriteString(strings.Repeat(" ", widths[i]-len([]rune(cell))) + cell)
			case i == len(r)-1:
				b.WriteString(cell)
			default:
				b.WriteString(pad(cell, widths[i]))
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

func number(n *uint32) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// bgpTable is `show bgp ipv4 unicast`.
func (p *page) bgpTable(x *gate.Table) {
	p.tableHeading(x)
	p.line("%s", p.paint(dim, "  * valid, > best, = multipath, i internal, s suppressed; origin i igp, e egp, ? incomplete"))
	c := columns{right: map[int]bool{3: true, 4: true, 5: true}}
	c.add("   ", "Network", "Next hop", "Metric", "LocPrf", "Weight", "Path")
	for _, pre := range x.Prefixes {
		network := pre.Prefix
		for i := range pre.Paths {
			path := &pre.Paths[i]
			hop := path.NextHop
			if hop == "" {
				hop = "self"
			}
			c.add(codesOf(path, pre.Suppressed), network, hop, number(path.Metric), number(path.LocalPref), fmt.Sprint(path.Weight),
				strings.TrimSpace(path.ASPath+" "+map[string]string{"igp": "i", "egp": "e", "incomplete": "?"}[path.Origin]))
			network = ""
		}
	}
	for i, l := range c.lines() {
		if i == 0 {
			l = p.paint(bold, l)
		}
		p.line("  %s", l)
	}
	paths := 0
	for _, pre := range x.Prefixes {
		paths += len(pre.Paths)
	}
	p.line("  %s", p.paint(dim, fmt.Sprintf("%s, %s", plural(len(x.Prefixes), "prefix", "prefixes"), plural(paths, "path"))))
}

func codesOf(path *gate.TablePath, suppressed bool) string {
	s := []byte("   ")
	if path.Valid {
		s[0] = '*'
	}
	if suppressed {
		s[0] = 's'
	}
	switch {
	case path.Best:
		s[1] = '>'
	case path.Multipath:
		s[1] = '='
	}
	if path.Internal {
		s[2] = 'i'
	}
	return string(s)
}

// pathsOf tells the paths to one prefix with the reason of the choice, as `show bgp PREFIX`.
func (p *page) pathsOf(x *gate.Table) {
	p.tableHeading(x)
	for _, pre := range x.Prefixes {
		p.line("  %s  %s", p.paint(bold, pre.Prefix), p.paint(dim, plural(len(pre.Paths), "path")))
		for i := range pre.Paths {
			path := &pre.Paths[i]
			s := dim
			if path.Best {
				s = green | bold
			} else if path.Multipath {
				s = green
			}
			from := path.Source
			if path.From != "" {
				from = path.From
				if path.FromRouter != "" {
					from = path.FromRouter + " (" + path.From + ")"
				}
			}
			p.line("    %s from %s", p.paint(s, strings.TrimRight(codesOf(path, pre.Suppressed), " ")), from)
			var f []string
			if path.NextHop != "" {
				f = append(f, "next hop "+path.NextHop)
			}
			as := path.ASPath
			if as == "" {
				as = "empty"
			}
			f = append(f, "AS path "+as, "origin "+path.Origin)
			if path.Metric != nil {
				f = append(f, "metric "+number(path.Metric))
			}
			if path.LocalPref != nil {
				f = append(f, "local preference "+number(path.LocalPref))
			}
			if path.Weight != 0 {
				f = append(f, fmt.Sprintf("weight %d", path.Weight))
			}
			if len(path.Communities) > 0 {
				f = append(f, "communities "+strings.Join(path.Communities, " "))
			}
			p.para(7, 0, strings.Join(f, ", "))
			if path.Reason != "" && x.Kind == "bgp" {
				p.para(7, s, path.Reason)
			}
		}
	}
}

// mainTable is `show ip route`.
func (p *page) mainTable(x *gate.Table) {
	p.tableHeading(x)
	c := columns{right: map[int]bool{}}
	for i := range x.Routes {
		r := &x.Routes[i]
		hops := slices.Clone(r.NextHops)
		if len(hops) == 0 {
			hops = []string{""}
		}
		c.add(r.Prefix, r.Protocol, fmt.Sprintf("[%d/%d]", r.Distance, r.Metric), hops[0])
		for _, h := range hops[1:] {
			c.add("", "", "", h)
		}
	}
	for _, l := range c.lines() {
		p.line("  %s", l)
	}
	p.line("  %s", p.paint(dim, plural(len(x.Routes), "route")))
}
