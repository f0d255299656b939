package random

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Snapshot is a generated network. The zero value is not usable; Make makes one.
type Snapshot struct {
	Name   string
	lines  []line
	blocks map[string]block
}

// line is one line of a file. It stands while all of its parts do.
type line struct {
	file, block string // block "" is the file's own level
	section     int    // files list their blocks by section, then in the order of their making
	text        string // "" opens the block: without it the block is gone
	parts       []string
}

// block is what stands around the lines of one.
type block struct {
	head, tail []string
	indent     string
}

func newSnapshot(name string) *Snapshot { return &Snapshot{Name: name, blocks: map[string]block{}} }

// Parts are what can be taken out: the large ones first, then in the order of their making.
func (s *Snapshot) Parts() []string {
	var out []string
	size := map[string]int{}
	for _, l := range s.lines {
		for _, p := range l.parts {
			if size[p] == 0 {
				out = append(out, p)
			}
			size[p]++
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

// rank puts routers before sessions before announcements before settings.
func rank(part string) int {
	for i, kind := range []string{"router ", "link ", "outside ", "session ", "announcement ", "policy "} {
		if strings.HasPrefix(part, kind) {
			return i
		}
	}
	return 9
}

// Without is the network without some of its parts.
func (s *Snapshot) Without(parts ...string) *Snapshot {
	gone := map[string]bool{}
	for _, p := range parts {
		gone[p] = true
	}
	out := &Snapshot{Name: s.Name, blocks: s.blocks}
	closed := map[string]bool{}
	for _, l := range s.lines {
		if slices.ContainsFunc(l.parts, func(p string) bool { return gone[p] }) {
			if l.text == "" {
				closed[l.file+"|"+l.block] = true
			}
			continue
		}
		if !closed[l.file+"|"+l.block] || l.block == "" {
			out.lines = append(out.lines, l)
		}
	}
	return out
}

// Files are the snapshot's files by path, with slashes.
func (s *Snapshot) Files() map[string][]byte {
	lines := slices.Clone(s.lines)
	slices.SortStableFunc(lines, func(a, b line) int { return a.section - b.section })
	var order []string // of blocks, by file
	in := map[string][]line{}
	for _, l := range lines {
		key := l.file + "|" + l.block
		if _, ok := in[key]; !ok {
			order = append(order, key)
		}
		in[key] = append(in[key], l)
	}
	text := map[string]*strings.Builder{}
	for _, key := range order {
		file, name, _ := strings.Cut(key, "|")
		b := text[file]
		if b == nil {
			b = &strings.Builder{}
			text[file] = b
		}
		around := s.blocks[name]
		for i, h := range around.head {
			fmt.Fprintf(b, "%s%s\n", around.indent[:i], h)
		}
		for _, l := range in[key] {
			if l.text != "" {
				fmt.Fprintf(b, "%s%s\n", around.indent, l.text)
			}
		}
		for i, t := range around.tail {
			fmt.Fprintf(b, "%s%s\n", around.indent[:len(around.tail)-1-i], t)
		}
	}
	out := map[string][]byte{}
	for f, b := range text {
		out[f] = []byte(b.String())
	}
	return out
}

// Write makes the snapshot's folder.
func (s *Snapshot) Write(dir string) error {
	for path, text := range s.Files() {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Size is the number of lines, for telling a small case from a large one.
func (s *Snapshot) Size() int { return len(s.lines) }

// The sections of an FRR file: what is referred to stands before what refers to it, because bgpd
// leaves a neighbor alone for five seconds after a route-map appears under it.
const (
	secTop = iota
	secLists
	secMaps
	secInterfaces
	secStatic
	secOSPF
	secBGP
	secNeighbors
	secFamilies
)

// say adds a line to a block of a router's file.
func (g *generator) say(r *router, section int, block, text string, parts ...string) {
	g.out.lines = append(g.out.lines, line{file: r.file(), block: block, section: section, text: text, parts: append([]string{r.part()}, parts...)})
}

// frame declares a block of FRR text.
func (g *generator) frame(name string, head ...string) string {
	b := block{head: head, indent: strings.Repeat(" ", len(head))}
	for range head {
		b.tail = append(b.tail, "exit")
	}
	if len(head) == 2 {
		b.tail[0] = "exit-address-family"
	}
	g.out.blocks[name] = b
	return name
}
