// Package outages is the museum: networks of outages that a configuration change
// caused, each as it ran (before), as the change left it (after), and with a
// harmless change of the same kind (benign). The files are in the binary, so that
// the demonstration works anywhere.
package outages

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files are all exhibits: NAME/README.md, NAME/before, NAME/after, NAME/benign.
//
//go:embed README.md */*
var Files embed.FS

// Extract writes one exhibit into a temporary folder, since a snapshot is a folder.
// The caller calls remove when done with it.
func Extract(name string) (dir string, remove func(), err error) {
	sub, err := fs.Sub(Files, name)
	if err != nil {
		return "", nil, fmt.Errorf("exhibit %s: %w", name, err)
	}
	if _, err := fs.Stat(sub, "before"); err != nil {
		return "", nil, fmt.Errorf("exhibit %s: %w", name, err)
	}
	dir, err = os.MkdirTemp("", "routegate-"+name+"-")
	if err != nil {
		return "", nil, fmt.Errorf("exhibit %s: %w", name, err)
	}
	remove = func() { os.RemoveAll(dir) }
	if err := os.CopyFS(filepath.Join(dir, name), sub); err != nil {
		remove()
		return "", nil, fmt.Errorf("exhibit %s: %w", name, err)
	}
	return filepath.Join(dir, name), remove, nil
}
