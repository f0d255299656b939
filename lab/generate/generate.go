// Package generate writes snapshots of networks that nobody has to own: fat-trees,
// Clos fabrics with policies, and wide-area networks with full tables from outside. The same
// parameters always give the same bytes.
package generate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dialect is the daemon whose configuration is written.
type Dialect string

const (
	FRR   Dialect = "frr"
	GoBGP Dialect = "gobgp"
	BIRD  Dialect = "bird"
)

// ParseDialect reads a dialect's name.
func ParseDialect(s string) (Dialect, error) {
	switch d := Dialect(s); d {
	case FRR, GoBGP, BIRD:
		return d, nil
	}
	return "", fmt.Errorf("dialect %q: want frr, gobgp or bird", s)
}

// File is one file of a snapshot, its path relative to the snapshot's folder.
type File struct {
	Path string
	Text []byte
}

// Snapshot is a network as files, sorted by path.
type Snapshot []File

// Write puts the files below a folder, which it makes. A folder that already holds devices/ is
// refused: routers left over from another network would join this one.
func (s Snapshot) Write(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "devices")); err == nil {
		return fmt.Errorf("%s: holds a snapshot already", dir)
	}
	made := map[string]bool{}
	for _, f := range s {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if folder := filepath.Dir(path); !made[folder] {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return fmt.Errorf("snapshot folder: %w", err)
			}
			made[folder] = true
		}
		if err := os.WriteFile(path, f.Text, 0o644); err != nil {
			return fmt.Errorf("snapshot file: %w", err)
		}
	}
	return nil
}

// snapshot renders the switches, with what stands beside them.
func snapshot(d Dialect, devices []*device, beside ...File) Snapshot {
	out := Snapshot(slices.Clone(beside))
	for _, x := range devices {
		switch d {
		case GoBGP:
			out = append(out, File{"devices/" + x.name + "/gobgpd.toml", []byte(x.gobgp())})
		case BIRD:
			out = append(out, File{"devices/" + x.name + "/bird.conf", []byte(x.bird())})
		default:
			out = append(out, File{"devices/" + x.name + "/frr.conf", []byte(x.frr())})
		}
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// originations is routegate.yaml's part for a dialect whose configuration file cannot say what the
// router announces of its own: GoBGP learns that over its API, BIRD from the system's interfaces.
func originations(d Dialect, devices []*device) string {
	var b strings.Builder
	switch d {
	case GoBGP:
	case BIRD:
		return rackInterfaces(devices)
	default:
		return ""
	}
	for _, x := range devices {
		if len(x.networks) == 0 {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("originations:\n")
		}
		var list []string
		for _, p := range x.networks {
			list = append(list, p.String())
		}
		fmt.Fprintf(&b, "  - {router: %s, prefixes: [%s]}\n", x.name, strings.Join(list, ", "))
	}
	return b.String()
}
