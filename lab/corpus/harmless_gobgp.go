package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// hashComment is a comment of TOML, YAML and BIRD.
func hashComment(d *draft) (string, bool) {
	lines := d.lines()
	i := d.random.IntN(len(lines))
	text := "# " + d.word() + ", see the change's ticket"
	d.set(slices.Insert(lines, i, text))
	return fmt.Sprintf("%q at line %d", text, i+1), true
}

var gobgpDescribed = regexp.MustCompile(`^(\s*(?:- )?description\s*[=:]\s*)("?)[^"]*("?)$`)

func gobgpDescription(d *draft) (string, bool) {
	p, ok := d.anywhere(gobgpDescribed)
	if !ok {
		return "", false
	}
	line := p.m[1] + p.m[2] + d.word() + p.m[3]
	d.replaceLine(p.line, line)
	return strings.TrimSpace(line), true
}

// gobgpNames are the keys under which a name of each sort stands, the defining one first.
var gobgpNames = []struct {
	stands string
	refers []string
}{
	{"prefix-set-name", []string{"prefix-set"}},
	{"neighbor-set-name", []string{"neighbor-set"}},
	{"community-set-name", []string{"community-set"}},
	{"as-path-set-name", []string{"as-path-set"}},
}

func gobgpName(d *draft) (string, bool) {
	if d.random.IntN(3) == 0 {
		return d.gobgpPolicyName()
	}
	k := one(d.random, gobgpNames)
	p, ok := d.anywhere(regexp.MustCompile(`^\s*(?:- )?` + k.stands + `\s*[=:]\s*"?([^"]+?)"?$`))
	if !ok {
		return "", false
	}
	old, name := p.m[1], p.m[1]+"-v2"
	re := regexp.MustCompile(`^(\s*(?:- )?(?:` + k.stands + `|` + strings.Join(k.refers, "|") + `)\s*[=:]\s*"?)` + regexp.QuoteMeta(old) + `("?)$`)
	lines := d.lines()
	for i, l := range lines {
		lines[i] = re.ReplaceAllString(l, "${1}"+name+"${2}")
	}
	d.set(lines)
	return fmt.Sprintf("%s %s is %s", k.refers[0], old, name), true
}

var gobgpChain = regexp.MustCompile(`^\s*((?:im|ex)port-policy-list)\s*[=:]\s*\[(.*)\]$`)

// gobgpPolicyName renames a policy of a chain. It leaves names alone that are something else's as well.
func (d *draft) gobgpPolicyName() (string, bool) {
	p, ok := d.anywhere(gobgpChain)
	if !ok || p.m[2] == "" {
		return "", false
	}
	old := strings.Trim(one(d.random, strings.Split(p.m[2], ", ")), `"`)
	stands := regexp.MustCompile(`^((?:  - )?name\s*[=:]\s*"?)` + regexp.QuoteMeta(old) + `("?)$`)
	if len(d.places(stands)) != 1 {
		return "", false
	}
	in := regexp.MustCompile(`([\[ "])` + regexp.QuoteMeta(old) + `([\], "])`)
	lines := d.lines()
	for i, l := range lines {
		l = stands.ReplaceAllString(l, "${1}"+old+"-v2${2}")
		if gobgpChain.MatchString(l) {
			l = in.ReplaceAllString(l, "${1}"+old+"-v2${2}")
		}
		lines[i] = l
	}
	d.set(lines)
	return fmt.Sprintf("policy %s is %s-v2", old, old), true
}

// gobgpTables are the runs of lines of a TOML file that begin with [[NAME]], up to the next array's.
func (d *draft) gobgpTables(name string) []span {
	var out []span
	lines := d.lines()
	for i := range lines {
		if lines[i] != "[["+name+"]]" {
			continue
		}
		end := i + 1
		for end < len(lines) && !gobgpTop(lines[end], name) {
			end++
		}
		out = append(out, span{i, end})
	}
	return out
}

// gobgpNeighbors are two tables of a name that follow each other below one other table, and how many stand before them.
func (d *draft) gobgpNeighbors(name string) (i int, a, b span, ok bool) {
	all := d.gobgpTables(name)
	if len(all) < 2 {
		return 0, a, b, false
	}
	i = d.random.IntN(len(all) - 1)
	a, b = all[i], all[i+1]
	return i, a, b, a.end == b.first
}

// gobgpTop reports whether a line begins a table that is not below another.
func gobgpTop(line, below string) bool {
	return strings.HasPrefix(line, "[") && !strings.HasPrefix(line, "["+below+".") && !strings.HasPrefix(line, "[["+below+".")
}

// gobgpMove: neighbors and sets are looked up by their address or name. The order of policies is the chain's, and that of statements has a meaning.
func gobgpMove(d *draft) (string, bool) {
	name := one(d.random, []string{"neighbors", "defined-sets.prefix-sets", "defined-sets.neighbor-sets", "defined-sets.bgp-defined-sets.community-sets", "policy-definitions"})
	all := d.gobgpTables(name)
	if len(all) < 2 {
		return "", false
	}
	i := d.random.IntN(len(all) - 1)
	j := i + 1 + d.random.IntN(len(all)-i-1)
	d.set(swap(d.lines(), all[i], all[j]))
	return fmt.Sprintf("%s %d and %d change places", name, i+1, j+1), true
}

var gobgpMembers = regexp.MustCompile(`^(\s*neighbor-info-list\s*[=:]\s*\[)(.*)(\])$`)

// gobgpReorder: a set is the same set in another order.
func gobgpReorder(d *draft) (string, bool) {
	if d.random.IntN(2) == 0 {
		p, ok := d.anywhere(gobgpMembers)
		members := []string{}
		if ok {
			members = strings.Split(p.m[2], ", ")
		}
		if len(members) < 2 {
			return "", false
		}
		d.random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		d.replaceLine(p.line, p.m[1]+strings.Join(members, ", ")+p.m[3])
		return "the members of a neighbor set", true
	}
	i, a, b, ok := d.gobgpNeighbors("defined-sets.prefix-sets.prefix-list")
	if !ok {
		return "", false
	}
	lines := d.lines()
	for b.end > b.first && lines[b.end-1] == "" {
		b.end--
	}
	d.set(swap(lines, a, b))
	return fmt.Sprintf("prefixes %d and %d of a set", i+1, i+2), true
}

func gobgpUnused(d *draft) (string, bool) {
	if !strings.HasSuffix(d.path, ".toml") {
		return "", false
	}
	name := d.word()
	d.setText(d.text() + fmt.Sprintf("\n[[defined-sets.prefix-sets]]\nprefix-set-name = %q\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"198.18.%d.0/24\"\n", name, d.random.IntN(256)))
	return "prefix set " + name, true
}
