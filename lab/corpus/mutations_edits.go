package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// frrDrop takes one line that begins with a word out of an entry of a route-map.
func frrDrop(word string) edit {
	return func(d *draft) (string, bool) {
		m, ok := d.frrMapOf(func([]mapEntry) bool { return true })
		if !ok {
			return "", false
		}
		e := one(d.random, m)
		var at []int
		for i, l := range e.body {
			if strings.HasPrefix(l, word+" ") {
				at = append(at, i)
			}
		}
		if len(at) == 0 {
			return "", false
		}
		i := one(d.random, at)
		d.set(slices.Delete(d.lines(), e.first+1+i, e.first+2+i))
		return fmt.Sprintf("route-map %s entry %d loses %q", e.name, e.seq, e.body[i]), true
	}
}

func frrSwapEntries(d *draft) (string, bool) {
	m, ok := d.frrMapOf(func(m []mapEntry) bool { return len(m) > 1 })
	if !ok {
		return "", false
	}
	i := d.random.IntN(len(m) - 1)
	d.replaceLine(m[i].first, m[i].head(m[i+1].seq))
	d.replaceLine(m[i+1].first, m[i+1].head(m[i].seq))
	return fmt.Sprintf("route-map %s: entries %d and %d", m[i].name, m[i].seq, m[i+1].seq), true
}

func frrWiden(d *draft) (string, bool) {
	p, ok := d.anywhere(regexp.MustCompile(`^(ip prefix-list \S+ seq \d+ permit \d\S+/)(\d+)( .*)?$`))
	if !ok || number(p.m[2]) > 31 {
		return "", false
	}
	l := p.m[1] + p.m[2] + " le 32"
	d.replaceLine(p.line, l)
	return l, true
}

// frrAddress moves all statements of a neighbor to another address.
func frrAddress(d *draft) (string, bool) {
	p, ok := d.anywhere(frrNeighbor)
	if !ok {
		return "", false
	}
	cut := strings.LastIndex(p.m[1], ".") + 1
	to := fmt.Sprintf("%s%d", p.m[1][:cut], (number(p.m[1][cut:])+1+d.random.IntN(9))%250)
	d.setText(strings.ReplaceAll(d.text(), " neighbor "+p.m[1]+" ", " neighbor "+to+" "))
	return fmt.Sprintf("neighbor %s instead of %s", to, p.m[1]), true
}

func frrOtherPolicy(d *draft) (string, bool) {
	all := d.places(regexp.MustCompile(`^  neighbor (\S+) route-map (\S+) (in|out)$`))
	if len(all) < 2 {
		return "", false
	}
	p, q := one(d.random, all), one(d.random, all)
	if p.m[2] == q.m[2] {
		return "", false
	}
	l := fmt.Sprintf("  neighbor %s route-map %s %s", p.m[1], q.m[2], p.m[3])
	d.replaceLine(p.line, l)
	return fmt.Sprintf("%q instead of %s", strings.TrimSpace(l), p.m[2]), true
}

// gobgpDrop takes a table below a statement's conditions or actions out of a TOML file.
func gobgpDrop(below string) edit {
	head := regexp.MustCompile(`^\[policy-definitions\.statements\.` + regexp.QuoteMeta(below) + `\.?(.*)\]$`)
	return func(d *draft) (string, bool) {
		p, ok := d.anywhere(head)
		if !ok {
			return "", false
		}
		lines := d.lines()
		end := p.line + 1
		for end < len(lines) && lines[end] != "" && (!strings.HasPrefix(lines[end], "[") || strings.HasPrefix(lines[end], strings.TrimSuffix(p.m[0], "]")+".")) {
			end++
		}
		d.set(slices.Delete(lines, p.line, end))
		return fmt.Sprintf("%s at line %d is gone", p.m[0], p.line+1), true
	}
}

func gobgpSwapStatements(d *draft) (string, bool) {
	i, a, b, ok := d.gobgpNeighbors("policy-definitions.statements")
	if !ok {
		return "", false
	}
	d.set(swap(d.lines(), a, b))
	return fmt.Sprintf("statements %d and %d", i+1, i+2), true
}

func gobgpWiden(d *draft) (string, bool) {
	p, ok := d.anywhere(regexp.MustCompile(`^(\s*masklength-range\s*[=:]\s*"?)(\d+)\.\.(\d+)("?)$`))
	if !ok || number(p.m[3]) > 31 {
		return "", false
	}
	l := p.m[1] + p.m[2] + "..32" + p.m[4]
	d.replaceLine(p.line, l)
	return fmt.Sprintf("%s instead of %s", strings.TrimSpace(l), p.m[3]), true
}

func gobgpUnchain(d *draft) (string, bool) {
	p, ok := d.anywhere(gobgpChain)
	if !ok || p.m[2] == "" {
		return "", false
	}
	list := strings.Split(p.m[2], ", ")
	i := d.random.IntN(len(list))
	gone := list[i]
	d.replaceLine(p.line, strings.Replace(p.m[0], "["+p.m[2]+"]", "["+strings.Join(slices.Delete(list, i, i+1), ", ")+"]", 1))
	return p.m[1] + " loses " + gone, true
}

// birdDropMatch makes a condition true.
func birdDropMatch(d *draft) (string, bool) {
	p, ok := d.anywhere(regexp.MustCompile(`^(\s*if )(.+)( then .*)$`))
	if !ok {
		return "", false
	}
	parts := regexp.MustCompile(` && `).Split(p.m[2], -1)
	i := d.random.IntN(len(parts))
	gone := parts[i]
	if parts = slices.Delete(parts, i, i+1); len(parts) == 0 {
		parts = []string{"true"}
	}
	d.replaceLine(p.line, p.m[1]+strings.Join(parts, " && ")+p.m[3])
	return fmt.Sprintf("%q is gone", gone), true
}

var birdPrefixes = regexp.MustCompile(`^(.*\[ \d\S+?/)(\d+)(\{\d+,\d+\})?( \].*)$`)

func birdWiden(d *draft) (string, bool) {
	p, ok := d.anywhere(birdPrefixes)
	if !ok {
		return "", false
	}
	l := p.m[1] + p.m[2] + "+" + p.m[4]
	d.replaceLine(p.line, l)
	return l, true
}

var birdPolicy = regexp.MustCompile(`^(\s*(?:import|export) )filter (\w+);$`)

func birdUnfilter(d *draft) (string, bool) {
	p, ok := d.anywhere(birdPolicy)
	if !ok {
		return "", false
	}
	d.replaceLine(p.line, p.m[1]+"all;")
	return strings.TrimSpace(p.m[1]) + " all instead of " + p.m[2], true
}

func birdOtherPolicy(d *draft) (string, bool) {
	p, ok := d.anywhere(birdPolicy)
	q, _ := d.anywhere(birdNamed)
	if !ok || q.m == nil || q.m[1] != "filter" || q.m[2] == p.m[2] {
		return "", false
	}
	d.replaceLine(p.line, p.m[1]+"filter "+q.m[2]+";")
	return strings.TrimSpace(p.m[1]) + " " + q.m[2] + " instead of " + p.m[2], true
}
