package corpus

import (
	"crypto/sha256"
	"maps"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/lab/generate"
)

// draft is a network that is being changed, with the file that the change is about.
type draft struct {
	network *Network
	dialect generate.Dialect
	random  *rand.Rand
	files   Files
	path    string
}

// newDraft is the network as it is, at a router of a dialect.
func newDraft(n *Network, d generate.Dialect, random *rand.Rand) *draft {
	return &draft{network: n, dialect: d, random: random, files: maps.Clone(n.Files), path: one(random, n.paths[d])}
}

func (d *draft) sum() [sha256.Size]byte { return sumOf(d.network.Name, d.files) }

// router is the name of the router that the file is of.
func (d *draft) router() string { return path.Base(path.Dir(d.path)) }

func (d *draft) text() string     { return d.files[d.path] }
func (d *draft) lines() []string  { return strings.Split(d.text(), "\n") }
func (d *draft) set(l []string)   { d.files[d.path] = strings.Join(l, "\n") }
func (d *draft) setText(s string) { d.files[d.path] = s }

// replaceLine puts lines in the place of one.
func (d *draft) replaceLine(i int, with ...string) { d.set(slices.Replace(d.lines(), i, i+1, with...)) }

// place is a line that an expression matches.
type place struct {
	line int
	m    []string // its submatches
}

// places are all lines that an expression matches.
func (d *draft) places(re *regexp.Regexp) []place {
	var out []place
	for i, l := range d.lines() {
		if m := re.FindStringSubmatch(l); m != nil {
			out = append(out, place{i, m})
		}
	}
	return out
}

// anywhere is one line that an expression matches.
func (d *draft) anywhere(re *regexp.Regexp) (place, bool) {
	all := d.places(re)
	if len(all) == 0 {
		return place{}, false
	}
	return one(d.random, all), true
}

// word is a made-up word, for names and descriptions.
func (d *draft) word() string {
	return one(d.random, []string{"works", "rack", "uplink", "shelf", "circuit", "ticket", "cable", "panel"}) + "-" + strconv.Itoa(1000+d.random.IntN(9000))
}

// number is a decimal number that an expression has found.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// span is a run of lines, the last one not in it.
type span struct{ first, end int }

// swap exchanges two runs of lines, a before b.
func swap(lines []string, a, b span) []string {
	return slices.Concat(lines[:a.first], lines[b.first:b.end], lines[a.end:b.first], lines[a.first:a.end], lines[b.end:])
}
