package config

import (
	"context"
	"io"
	"sort"
	"strings"
)

// maxFile bounds a file that is read whole; a larger one is not a configuration.
const maxFile = 64 << 20

// source is where a snapshot's files come from. Paths are slash-separated and
// relative to the snapshot.
type source interface {
	// list gives the regular files of interest (devices/, policies/ and those at the top), sorted.
	list(ctx context.Context) ([]string, error)
	// read gives a listed file's bytes. Safe for concurrent use.
	read(ctx context.Context, path string) ([]byte, error)
	// open streams any file of the snapshot, listed or not. The caller closes it.
	open(ctx context.Context, path string) (io.ReadCloser, error)
}

// The files at the top of a snapshot that are read.
const (
	environmentFile = "routegate.yaml"
	topologyFile    = "topology.clab.yml"
	changeFile      = "change.yaml"
)

var topFiles = []string{environmentFile, "routegate.yml", topologyFile, "topology.clab.yaml", changeFile, "change.yml", waiverFile, "waivers.yml"}

// newSource chooses by the form of where: git:REF[:subfolder], or a folder.
func newSource(ctx context.Context, where string) (source, error) {
	if rest, ok := strings.CutPrefix(where, "git:"); ok {
		return newGitSource(ctx, where, rest)
	}
	return newDirSource(where)
}

// hidden reports names that are never part of a configuration: dotfiles, editors' backups and
// documentation.
func hidden(name string) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		strings.HasSuffix(low, ".md") || strings.HasSuffix(low, ".markdown") || strings.HasPrefix(low, "readme") || low == "license"
}

// hiddenPath reports a path with a hidden element.
func hiddenPath(path string) bool {
	for _, e := range strings.Split(path, "/") {
		if hidden(e) {
			return true
		}
	}
	return false
}

func sortedUnique(s []string) []string {
	sort.Strings(s)
	out := s[:0]
	for i, x := range s {
		if i == 0 || x != s[i-1] {
			out = append(out, x)
		}
	}
	return out
}
