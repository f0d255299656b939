package corpus

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

func frrComment(d *draft) (string, bool) {
	p, ok := d.anywhere(frrBreak)
	if !ok {
		return "", false
	}
	text := "! " + d.word() + ", see the change's ticket"
	d.replaceLine(p.line, "!", text)
	return text, true
}

// whiteSpace adds a blank line at the top level, or blanks behind a line that is no description.
func whiteSpace(d *draft) (string, bool) {
	if d.random.IntN(2) == 0 {
		d.setText(d.text() + strings.Repeat("\n", 1+d.random.IntN(9)))
		return "blank lines at the end", true
	}
	p, ok := d.anywhere(regexp.MustCompile(`^[^#"!]*[\w;}\]]$`))
	if !ok || strings.Contains(p.m[0], "description") {
		return "", false
	}
	d.replaceLine(p.line, p.m[0]+strings.Repeat(" ", 1+d.random.IntN(3)))
	return fmt.Sprintf("blanks behind line %d", p.line+1), true
}

var (
	frrDescribed = regexp.MustCompile(`^( description|(?: neighbor|ip prefix-list) \S+ description) .*$`)
	frrPort      = regexp.MustCompile(`^interface (\S+)$`)
)

func frrDescription(d *draft) (string, bool) {
	switch d.random.IntN(3) {
	case 0: // the other end's name is not what it is known by: links are told by their subnets
		p, ok := d.anywhere(frrDescribed)
		if !ok {
			return "", false
		}
		d.replaceLine(p.line, p.m[1]+" "+d.word())
		return strings.TrimSpace(p.m[0]) + " changes", true
	case 1:
		p, ok := d.anywhere(frrMap)
		if !ok || strings.HasPrefix(d.lines()[p.line+1], " description") {
			return "", false
		}
		d.replaceLine(p.line, p.m[0], " description "+d.word())
		return p.m[0] + " is described", true
	}
	l, ok := d.frrListOf(func(l []listEntry) bool { return strings.HasSuffix(l[0].list, "prefix-list") })
	if !ok || strings.Contains(d.text(), l[0].list+" "+l[0].name+" description") {
		return "", false
	}
	d.replaceLine(l[0].line, fmt.Sprintf("%s %s description %s", l[0].list, l[0].name, d.word()), l[0].text)
	return l[0].list + " " + l[0].name + " is described", true
}

func frrLogging(d *draft) (string, bool) {
	edits := []struct {
		old  *regexp.Regexp
		with []string
	}{
		{regexp.MustCompile(`^log syslog \w+$`), []string{"log syslog warnings"}},
		{regexp.MustCompile(`^(log syslog \w+)$`), []string{"$1", "log timestamp precision 6"}},
		{regexp.MustCompile(`^(log syslog \w+)$`), []string{"$1", "log file /var/log/frr/frr.log"}},
		{regexp.MustCompile(`^ exec-timeout \d+ 0$`), []string{" exec-timeout 30 0"}},
		{regexp.MustCompile(`^( bgp router-id \S+)$`), []string{"$1", " bgp log-neighbor-changes"}},
		{regexp.MustCompile(`^( ospf router-id \S+)$`), []string{"$1", " log-adjacency-changes detail"}},
	}
	e := one(d.random, edits)
	p, ok := d.anywhere(e.old)
	if !ok {
		return "", false
	}
	var with []string
	for _, w := range e.with {
		with = append(with, e.old.ReplaceAllString(p.m[0], w))
	}
	if added := with[len(with)-1]; len(with) == 2 && strings.Contains(d.text(), added[:strings.LastIndex(added, " ")+1]) {
		return "", false
	}
	d.replaceLine(p.line, with...)
	return strings.TrimSpace(with[len(with)-1]), true
}

func frrTimers(d *draft) (string, bool) {
	p, ok := d.anywhere(frrNeighbor)
	if !ok || strings.Contains(d.text(), " neighbor "+p.m[1]+" timers") {
		return "", false
	}
	line := fmt.Sprintf(" neighbor %s timers %s", p.m[1], one(d.random, []string{"10 30", "3 9", "20 60", "connect 10", "connect 30"}))
	d.replaceLine(p.line, p.m[0], line)
	return strings.TrimSpace(line), true
}

var frrActive = regexp.MustCompile(`^  neighbor (\S+) activate$`)

func frrSoftReconfiguration(d *draft) (string, bool) {
	p, ok := d.anywhere(frrActive)
	if !ok {
		return "", false
	}
	line := "  neighbor " + p.m[1] + " soft-reconfiguration inbound"
	if i := slices.Index(d.lines(), line); i >= 0 {
		d.replaceLine(i)
		return strings.TrimSpace(line) + " is gone", true
	}
	d.replaceLine(p.line, p.m[0], line)
	return strings.TrimSpace(line), true
}

// frrDefault writes down a value that FRR has by itself with "frr defaults traditional".
func frrDefault(d *draft) (string, bool) {
	edits := []struct {
		after *regexp.Regexp
		line  string
		not   string // what would have to be said otherwise already
	}{
		{regexp.MustCompile(`^ ip ospf area \S+$`), " ip ospf hello-interval 10", "hello-interval"},
		{regexp.MustCompile(`^ ip ospf area \S+$`), " ip ospf dead-interval 40", "dead-interval"},
		{regexp.MustCompile(`^ bgp router-id \S+$`), " bgp default local-preference 100", "default local-preference"},
		{regexp.MustCompile(`^  neighbor \S+ maximum-prefix \d+$`), " 75", ""},
		{regexp.MustCompile(`^ bgp router-id \S+$`), " timers bgp 60 180", "timers bgp"},
	}
	e := one(d.random, edits)
	p, ok := d.anywhere(e.after)
	if !ok || e.not != "" && strings.Contains(d.text(), e.not) || !strings.Contains(d.text(), "frr defaults traditional") {
		return "", false
	}
	if e.not == "" {
		d.replaceLine(p.line, p.m[0]+e.line)
		return strings.TrimSpace(p.m[0] + e.line), true
	}
	d.replaceLine(p.line, p.m[0], e.line)
	return strings.TrimSpace(e.line), true
}

func frrRenumber(d *draft) (string, bool) {
	step, from := one(d.random, []int{10, 20, 100}), d.random.IntN(3)
	if d.random.IntN(2) == 0 {
		m, ok := d.frrMapOf(func([]mapEntry) bool { return true })
		if !ok {
			return "", false
		}
		for i := range m {
			d.replaceLine(m[i].first, m[i].head(step*(i+1+from)))
		}
		return fmt.Sprintf("route-map %s in steps of %d", m[0].name, step), true
	}
	l, ok := d.frrListOf(func([]listEntry) bool { return true })
	if !ok {
		return "", false
	}
	for i := range l {
		d.replaceLine(l[i].line, l[i].with(step*(i+1+from), l[i].what))
	}
	return fmt.Sprintf("%s %s in steps of %d", l[0].list, l[0].name, step), true
}

// frrMove: FRR reads a file into tables that are looked up by name and sequence number; a reference may stand before what it means.
func frrMove(d *draft) (string, bool) {
	chunks := d.frrChunks()
	if len(chunks) < 2 {
		return "", false
	}
	i := d.random.IntN(len(chunks) - 1)
	a, b := chunks[i], chunks[i+1+d.random.IntN(len(chunks)-i-1)]
	lines := d.lines()
	d.set(swap(lines, a, b))
	return fmt.Sprintf("%q and %q change places", lines[a.first], lines[b.first]), true
}

// frrReorder swaps neighbors in a list or a route-map that do the same with what they match: whichever is asked first, the answer is one.
func frrReorder(d *draft) (string, bool) {
	if d.random.IntN(2) == 0 {
		l, ok := d.frrListOf(func(l []listEntry) bool { return len(l) > 1 })
		if !ok {
			return "", false
		}
		i := d.random.IntN(len(l) - 1)
		if l[i].action != l[i+1].action {
			return "", false
		}
		d.replaceLine(l[i].line, l[i].with(l[i].seq, l[i+1].what))
		d.replaceLine(l[i+1].line, l[i+1].with(l[i+1].seq, l[i].what))
		return fmt.Sprintf("%s %s: %q and %q", l[i].list, l[i].name, l[i].what, l[i+1].what), true
	}
	m, ok := d.frrMapOf(func(m []mapEntry) bool { return len(m) > 1 })
	if !ok {
		return "", false
	}
	i := d.random.IntN(len(m) - 1)
	a, b := m[i], m[i+1]
	if a.action != b.action || a.action == "permit" && (a.sets() || b.sets()) {
		return "", false
	}
	d.replaceLine(a.first, a.head(b.seq))
	d.replaceLine(b.first, b.head(a.seq))
	return fmt.Sprintf("route-map %s: entries %d and %d", a.name, a.seq, b.seq), true
}

// frrRange is what an entry of a prefix-list that takes longer prefixes says.
var frrRange = regexp.MustCompile(`^(\d\S+/\d+) le (\d+)$`)

// frrCovered adds, right behind an entry with le, a longer prefix that the entry has decided.
func frrCovered(d *draft) (string, bool) {
	l, ok := d.frrListOf(func(l []listEntry) bool {
		return l[0].list == "ip prefix-list" && slices.ContainsFunc(l, func(e listEntry) bool { return frrRange.MatchString(e.what) })
	})
	if !ok {
		return "", false
	}
	i := d.random.IntN(len(l))
	m := frrRange.FindStringSubmatch(l[i].what)
	if m == nil || i+1 < len(l) && l[i+1].seq == l[i].seq+1 {
		return "", false
	}
	p := netip.MustParsePrefix(m[1])
	part := netip.PrefixFrom(p.Addr(), p.Bits()+1+d.random.IntN(number(m[2])-p.Bits())).String()
	if slices.ContainsFunc(l, func(e listEntry) bool { return e.what == part }) { // FRR refuses an entry that is there
		return "", false
	}
	line := l[i].with(l[i].seq+1, part)
	d.replaceLine(l[i].line, l[i].text, line)
	return line, true
}

// frrSplit makes two entries of one that matches a list of several permitted prefixes.
func frrSplit(d *draft) (string, bool) {
	const match = "match ip address prefix-list "
	m, ok := d.frrMapOf(func([]mapEntry) bool { return true })
	if !ok {
		return "", false
	}
	i := d.random.IntN(len(m))
	e := m[i]
	at := slices.IndexFunc(e.body, func(l string) bool { return strings.HasPrefix(l, match) })
	if at < 0 || i+1 < len(m) && m[i+1].seq == e.seq+1 || slices.ContainsFunc(e.body, func(l string) bool { return strings.HasPrefix(l, "description") }) {
		return "", false
	}
	name := strings.TrimPrefix(e.body[at], match)
	l, ok := d.frrListOf(func(l []listEntry) bool {
		return l[0].list == "ip prefix-list" && l[0].name == name && len(l) > 1 && !slices.ContainsFunc(l, func(e listEntry) bool { return e.action != "permit" })
	})
	if !ok {
		return "", false
	}
	cut := 1 + d.random.IntN(len(l)-1)
	var lists, entries []string
	for j, half := range [][]listEntry{l[:cut], l[cut:]} {
		part := fmt.Sprintf("%s-%d", name, j+1)
		for _, x := range half {
			x.name = part
			lists = append(lists, x.with(x.seq, x.what))
		}
		body := slices.Clone(e.body)
		body[at] = match + part
		entries = append(entries, e.head(e.seq+j))
		for _, b := range body {
			entries = append(entries, " "+b)
		}
		if j == 0 {
			entries = append(entries, "exit", "!")
		}
	}
	d.set(slices.Replace(d.lines(), e.first, e.end, entries...))
	if !d.frrInsert(lists...) {
		return "", false
	}
	return fmt.Sprintf("route-map %s entry %d by parts of %s", e.name, e.seq, name), true
}
