package device

import (
	"os"
	"path/filepath"
)

// ReplaceFile makes the file hold the bytes, whatever happens while it does: they are written and synced beside it, and
// renamed over it. Mode and owner of a file that is there are kept; a new one is for its owner and group (0640). A symbolic
// link is followed.
func ReplaceFile(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := os.FileMode(0o640)
	was, err := os.Stat(path)
	if err == nil {
		mode = was.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil && was != nil {
		err = Own(f, was)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
