package corpus

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/routegate/routegate/lab/generate"
)

// twin renames all that is a switch's own, so that its text becomes that of another one.
type twin struct {
	name, as map[string]string
	rack     netip.Prefix
	n        int
	links    map[netip.Prefix]netip.Addr // by link, the first address of the new one
}

var (
	ownWord = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+|\b42\d{8}\b|\b(?:leaf|edge)[-_]\d+[-_]\d+\b`)
	linked  = netip.MustParsePrefix("100.64.0.0/10")
	routers = netip.MustParsePrefix("172.16.0.0/16")
)

// of is the text with the switch's words replaced. Addresses of links are numbered anew in pairs.
func (t *twin) of(text string) string {
	return ownWord.ReplaceAllStringFunc(text, func(w string) string {
		if to, ok := t.name[w]; ok {
			return to
		}
		if to, ok := t.as[w]; ok {
			return to
		}
		a, err := netip.ParseAddr(w)
		switch {
		case err != nil:
			return w
		case linked.Contains(a):
			link := netip.PrefixFrom(a, 31).Masked()
			if _, seen := t.links[link]; !seen {
				t.links[link] = netip.AddrFrom4([4]byte{100, 127, byte(t.n), byte(2 * len(t.links))})
			}
			if a == link.Addr() {
				return t.links[link].String()
			}
			return t.links[link].Next().String()
		case routers.Contains(a):
			return fmt.Sprintf("172.31.255.%d", t.n)
		case t.rack.Contains(a):
			to := t.freeRack()
			if a != t.rack.Addr() {
				return to.Addr().Next().String()
			}
			return to.Addr().String()
		}
		return w
	})
}

// freeRack is a /24 that no rack has, in the aggregate of the pod where there is one: racks of fat-trees begin with 10.0,
// those of a Clos fabric with 10 and the pod, and neither has more than a few.
func (t *twin) freeRack() netip.Prefix {
	a := t.rack.Addr().As4()
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a[0], a[1], byte(200 + t.n%50), 0}), 24)
}

var rackAddress = regexp.MustCompile(`\b10\.\d+\.\d+\.0/24`)

// twinOf is the twin of the draft's switch; false where that is no top-of-rack switch.
func (d *draft) twinOf() (*twin, bool) {
	name := d.router()
	rack := rackAddress.FindString(d.text() + d.files[environment])
	if d.dialect == generate.GoBGP {
		m := regexp.MustCompile(`router: ` + name + `, prefixes: \[(10\S+/24)\]`).FindStringSubmatch(d.files[environment])
		if m == nil {
			return nil, false
		}
		rack = m[1]
	}
	if !strings.HasPrefix(name, "leaf-") && !strings.HasPrefix(name, "edge-") || rack == "" {
		return nil, false
	}
	as := ""
	if p := d.places(asOf[d.dialect]); len(p) > 0 {
		as = p[0].m[1]
	}
	n := 1 + d.random.IntN(40)
	pod := name[:strings.LastIndex(name, "-")+1]
	to := fmt.Sprintf("%s%d", pod, 100+n)
	bar := func(s string) string { return strings.ReplaceAll(s, "-", "_") }
	return &twin{
		name: map[string]string{name: to, bar(name): bar(to)}, as: map[string]string{as: fmt.Sprintf("42009000%02d", n)},
		rack: netip.MustParsePrefix(rack), n: n, links: map[netip.Prefix]netip.Addr{},
	}, true
}

// rack sets a switch beside the draft's one: the same file with other names and numbers, the same lines once more on
// the switches above, and in routegate.yaml.
func rack(d *draft) (string, bool) {
	t, ok := d.twinOf()
	if !ok {
		return "", false
	}
	old := d.router()
	name := t.name[old]
	d.files[path.Join("devices", name, path.Base(d.path))] = t.of(d.text())
	leaf := d.path
	for _, p := range d.network.paths[d.dialect] {
		if d.path = p; p != leaf {
			d.otherEnd(old, t)
		}
	}
	d.path = leaf
	var known []string
	for l := range strings.SplitSeq(d.files[environment], "\n") {
		if known = append(known, l); strings.Contains(l, old) {
			known = append(known, t.of(l))
		}
	}
	d.files[environment] = strings.Join(known, "\n")
	return fmt.Sprintf("%s as %s is", name, old), true
}

// otherEnd says of the new switch what the file says of an old one.
func (d *draft) otherEnd(old string, t *twin) {
	lines := d.lines()
	switch d.dialect {
	case generate.FRR:
		d.set(frrOtherEnd(lines, d.frrChunks(), old, t))
	case generate.BIRD:
		for _, s := range d.birdPeers() {
			if strings.Contains(lines[s.first+1], `"`+old+`"`) {
				d.set(slices.Insert(lines, s.end, strings.Split(t.of(strings.Join(lines[s.first:s.end], "\n")), "\n")...))
				return
			}
		}
	case generate.GoBGP:
		for _, s := range d.gobgpTables("neighbors") {
			block := lines[s.first:s.end]
			if !slices.Contains(block, fmt.Sprintf("description = %q", old)) {
				continue
			}
			address := strings.Trim(strings.TrimPrefix(block[2], "neighbor-address = "), `"`)
			lines = slices.Insert(lines, s.end, strings.Split(t.of(strings.Join(block, "\n")), "\n")...)
			member := fmt.Sprintf(`"%s/32"`, address)
			for i, l := range lines {
				if gobgpMembers.MatchString(l) {
					lines[i] = strings.Replace(l, member, member+", "+t.of(member), 1)
				}
			}
			d.set(lines)
			return
		}
	}
}

func frrOtherEnd(lines []string, chunks []span, old string, t *twin) []string {
	at := slices.IndexFunc(chunks, func(s span) bool { return slices.Contains(lines[s.first:s.end], " description "+old) })
	if at < 0 {
		return lines
	}
	port := chunks[at]
	block := slices.Clone(lines[port.first:port.end])
	block[0] = "interface eth" + fmt.Sprint(200+t.n)
	address := ""
	var out []string
	for i, l := range lines {
		if i == port.end {
			out = append(append(out, "!"), strings.Split(t.of(strings.Join(block, "\n")), "\n")...)
		}
		out = append(out, l)
		f := strings.Fields(l)
		if len(f) == 4 && f[0] == "neighbor" && f[2] == "remote-as" && t.as[f[3]] != "" {
			address = f[1]
		}
		if len(f) > 2 && f[0] == "neighbor" && f[1] == address {
			out = append(out, t.of(l))
		}
	}
	return out
}

// The second rack of a switch: an interface, the announcement, and its place in the list of what may be announced.

func frrPrefix(d *draft) (string, bool) {
	t, ok := d.twinOf()
	if !ok {
		return "", false
	}
	p := t.freeRack()
	text := strings.Replace(d.text(), "\nrouter bgp ", fmt.Sprintf("\ninterface rack2\n ip address %s/24\nexit\n!\nrouter bgp ", p.Addr().Next()), 1)
	text = strings.Replace(text, "  network "+t.rack.String()+"\n", fmt.Sprintf("  network %s\n  network %s\n", t.rack, p), 1)
	text = strings.Replace(text, "permit "+t.rack.String()+"\n", fmt.Sprintf("permit %s\nip prefix-list RACKS seq 10 permit %s\n", t.rack, p), 1)
	d.setText(text)
	return p.String(), true
}

func birdPrefix(d *draft) (string, bool) {
	t, ok := d.twinOf()
	if !ok {
		return "", false
	}
	p := t.freeRack()
	d.setText(strings.Replace(d.text(), "[ "+t.rack.String()+" ]", fmt.Sprintf("[ %s, %s ]", t.rack, p), 1))
	first := fmt.Sprintf("rack1: [%s/24]", t.rack.Addr().Next())
	d.files[environment] = strings.Replace(d.files[environment], first, fmt.Sprintf("%s, rack2: [%s/24]", first, p.Addr().Next()), 1)
	return p.String(), true
}

func gobgpPrefix(d *draft) (string, bool) {
	t, ok := d.twinOf()
	if !ok {
		return "", false
	}
	p := t.freeRack()
	first := fmt.Sprintf("[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = %q\nmasklength-range = \"24..24\"\n", t.rack)
	d.setText(strings.Replace(d.text(), first, first+strings.Replace(first, t.rack.String(), p.String(), 1), 1))
	origin := "prefixes: [" + t.rack.String()
	d.files[environment] = strings.Replace(d.files[environment], origin, origin+", "+p.String(), 1)
	return p.String(), true
}
