package corpus

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/testdata/outages"
)

// Files are the texts of a snapshot, by their path in its folder.
type Files map[string]string

// Paths are all paths, sorted.
func (f Files) Paths() []string { return slices.Sorted(maps.Keys(f)) }

// Write puts the files below a folder, which it makes.
func (f Files) Write(dir string) error {
	for _, p := range f.Paths() {
		file := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("snapshot folder: %w", err)
		}
		if err := os.WriteFile(file, []byte(f[p]), 0o644); err != nil {
			return fmt.Errorf("snapshot file: %w", err)
		}
	}
	return nil
}

// Network is a good network, which changes are made of. Read-only.
type Network struct {
	Name string
	// Fabric is what generated it: fattree, clos or wan; empty for an exhibit of the museum.
	Fabric string
	Files  Files

	paths map[generate.Dialect][]string // the routers' files, sorted
	ases  []string                      // the routers' own, sorted
	sum   [sha256.Size]byte
}

func newNetwork(name, fabric string, files Files) *Network {
	n := &Network{Name: name, Fabric: fabric, Files: files, paths: map[generate.Dialect][]string{}, sum: sumOf(name, files)}
	for _, p := range files.Paths() {
		if d, ok := dialectOf(p); ok {
			n.paths[d] = append(n.paths[d], p)
		}
	}
	n.ases = ases(files, n.paths)
	return n
}

// dialectOf tells the dialect of a router's file; the files of FRR's daemons beside GoBGP are nobody's here.
func dialectOf(file string) (generate.Dialect, bool) {
	switch base := path.Base(file); {
	case base == "frr.conf":
		return generate.FRR, true
	case base == "bird.conf":
		return generate.BIRD, true
	case strings.HasPrefix(base, "gobgpd."):
		return generate.GoBGP, true
	}
	return "", false
}

// Networks are all that changes are made of: what ran before each outage of the museum, and fabrics.
func Networks() ([]*Network, error) {
	exhibits, err := Exhibits()
	if err != nil {
		return nil, err
	}
	fabrics, err := Fabrics()
	return append(exhibits, fabrics...), err
}

// Exhibits are the museum's networks as they ran.
func Exhibits() ([]*Network, error) {
	all, err := outages.List()
	if err != nil {
		return nil, err
	}
	var out []*Network
	for _, x := range all {
		files := Files{}
		root := x.Name + "/before"
		err := fs.WalkDir(outages.Files, root, func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := outages.Files.ReadFile(p)
			files[strings.TrimPrefix(p, root+"/")] = string(text)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("exhibit %s: %w", x.Name, err)
		}
		out = append(out, newNetwork(x.Name, "", files))
	}
	return out, nil
}

// Fabrics are generated: fat-trees in three dialects, Clos fabrics with policies in two, and a wide-area network of FRR.
func Fabrics() ([]*Network, error) {
	var out []*Network
	add := func(fabric string, d generate.Dialect, s generate.Snapshot, err error) error {
		if err != nil {
			return err
		}
		files := Files{}
		for _, f := range s {
			files[f.Path] = string(f.Text)
		}
		out = append(out, newNetwork(fabric+"-"+string(d), fabric, files))
		return nil
	}
	for _, d := range Dialects {
		s, err := generate.FatTree(6, d)
		if err := add("fattree", d, s, err); err != nil {
			return nil, err
		}
	}
	for _, d := range []generate.Dialect{generate.FRR, generate.GoBGP} {
		s, err := generate.Clos(generate.ClosSize{Pods: 3, Leaves: 4, Spines: 2, SuperSpines: 3}, d)
		if err := add("clos", d, s, err); err != nil {
			return nil, err
		}
	}
	s, err := generate.WAN(generate.WANSize{Routers: 20, Feeds: 4, Prefixes: 400, Peers: 3, Customers: 4, Seed: 1}, generate.FRR)
	if err := add("wan", generate.FRR, s, err); err != nil {
		return nil, err
	}
	return out, nil
}

var asOf = map[generate.Dialect]*regexp.Regexp{
	generate.FRR:   frrRouter,
	generate.GoBGP: regexp.MustCompile(`^\s*as\s*[=:]\s*(\d+)$`),
	generate.BIRD:  regexp.MustCompile(`^\s*local .*\bas (\d+);`),
}

// ours reports whether an AS is that of some router of the network.
func (n *Network) ours(as string) bool { return slices.Contains(n.ases, as) }

func ases(files Files, paths map[generate.Dialect][]string) []string {
	var out []string
	for d, list := range paths {
		for _, p := range list {
			for l := range strings.SplitSeq(files[p], "\n") {
				if m := asOf[d].FindStringSubmatch(l); m != nil {
					out = append(out, m[1])
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
