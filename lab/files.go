package lab

import "io/fs"

// regularFiles is a file system without sockets, which cannot be copied.
type regularFiles struct{ fs.FS }

func (r regularFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(r.FS, name)
	kept := all[:0]
	for _, e := range all {
		if e.IsDir() || e.Type().IsRegular() {
			kept = append(kept, e)
		}
	}
	return kept, err
}
