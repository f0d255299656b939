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
	err = replace(path, data, func(f *os.File) error {
		if err := f.Chmod(mode); err != nil || was == nil {
			return err
		}
		return Own(f, was)
	})
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// PublishFile replaces a file that everybody may read (0644) in one step: whoever looks finds the old content or the new, on the disk. A
// device or a pipe (/dev/stderr, a process substitution) cannot be replaced, and is written to.
func PublishFile(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o644)
	}
	return replace(path, data, func(f *os.File) error { return f.Chmod(0o644) })
}

// replace writes and syncs the bytes beside the file, lets finish give them mode and owner, and renames them over it.
func replace(path string, data []byte, finish func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = finish(f)
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
	return err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
