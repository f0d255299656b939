package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The words that a name of each sort follows.
var (
	afterRouteMap   = []string{"route-map", "call", "advertise-map", "exist-map", "non-exist-map", "suppress-map", "unsuppress-map", "attribute-map"}
	afterPrefixList = []string{"prefix-list"}
	afterCommunity  = []string{"community-list standard", "community-list expanded", "match community"}
	afterASPath     = []string{"as-path access-list", "match as-path"}
	afterGroup      = []string{"peer-group", "neighbor"}
)

func frrName(d *draft) (string, bool) {
	kinds := []struct {
		stands *regexp.Regexp
		after  []string
	}{
		{frrMap, afterRouteMap},
		{regexp.MustCompile(`^ip prefix-list (\S+) seq`), afterPrefixList},
		{regexp.MustCompile(`^bgp community-list (?:standard|expanded) (\S+) seq`), afterCommunity},
		{regexp.MustCompile(`^bgp as-path access-list (\S+) seq`), afterASPath},
	}
	k := one(d.random, kinds)
	p, ok := d.anywhere(k.stands)
	if !ok {
		return "", false
	}
	old := p.m[1]
	name := one(d.random, []string{old + "-V4", "RM-" + old, strings.ToLower(old) + "-v2"})
	d.frrRename(old, name, k.after...)
	return fmt.Sprintf("%s %s is %s", k.after[0], old, name), true
}

// frrGroupName keeps to groups of one or two neighbors: their sessions end when a group goes, and a group that holds a large part of a network is not
// renamed without harm.
func frrGroupName(d *draft) (string, bool) {
	p, ok := d.anywhere(regexp.MustCompile(`^ neighbor (\S+) peer-group$`))
	if !ok {
		return "", false
	}
	old := p.m[1]
	if n := len(d.places(regexp.MustCompile(`^ neighbor \S+ peer-group ` + regexp.QuoteMeta(old) + `$`))); n < 1 || n > 2 {
		return "", false
	}
	name := old + "-" + strings.ToUpper(d.word())
	d.frrRename(old, name, afterGroup...)
	return fmt.Sprintf("peer group %s is %s", old, name), true
}

func frrUnused(d *draft) (string, bool) {
	name := strings.ToUpper(d.word())
	list := fmt.Sprintf("ip prefix-list %s seq 5 permit 198.18.%d.0/24", name, d.random.IntN(256))
	block := [][]string{
		{list},
		{list, "!", "route-map " + name + " permit 10", " match ip address prefix-list " + name, "exit"},
		{"route-map " + name + " deny 10", "exit"},
		{fmt.Sprintf("bgp community-list standard %s seq 5 permit 65535:%d", name, d.random.IntN(1000))},
	}
	b := one(d.random, block)
	return b[0], d.frrInsert(b...)
}

// limited raises the limit that is the second group of an expression.
func limited(line string) edit {
	re := regexp.MustCompile(line)
	return func(d *draft) (string, bool) {
		p, ok := d.anywhere(re)
		if !ok {
			return "", false
		}
		l := p.m[1] + d.raised(p.m[2]) + p.m[3]
		d.replaceLine(p.line, l)
		return strings.TrimSpace(l), true
	}
}

// raised is a limit that is half as large again, to twice as large.
func (d *draft) raised(limit string) string {
	n := number(limit)
	return fmt.Sprint(n + max(1, n/2+d.random.IntN(n/2+1)))
}

// frrPrepend lengthens the path of what one permit entry of an export policy towards the outside sends. Nothing is announced less, or to
// other neighbors; the other way in, where there is one, is preferred from outside.
func frrPrepend(d *draft) (string, bool) {
	b, ok := d.frrBGP()
	outside := d.frrOutside()
	if !ok || len(outside) == 0 {
		return "", false
	}
	p, ok := d.anywhere(regexp.MustCompile(`^  neighbor ` + regexp.QuoteMeta(one(d.random, outside)) + ` route-map (\S+) out$`))
	if !ok {
		return "", false
	}
	m, ok := d.frrMapOf(func(m []mapEntry) bool { return m[0].name == p.m[1] })
	if !ok {
		return "", false
	}
	e := one(d.random, m)
	if e.action == "deny" || slices.ContainsFunc(e.body, func(l string) bool { return strings.HasPrefix(l, "set as-path") }) {
		return "", false
	}
	line := " set as-path prepend " + strings.TrimSpace(strings.Repeat(b.as+" ", 1+d.random.IntN(2)))
	d.set(slices.Insert(d.lines(), e.end, line))
	return fmt.Sprintf("route-map %s entry %d:%s", e.name, e.seq, line), true
}
