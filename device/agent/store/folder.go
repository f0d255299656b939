package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Folder is a Disk in a folder of the machine's file system, held by one agent at a time.
type Folder struct {
	dir  string
	lock *os.File
}

// InUseError is a folder that somebody else holds, with what they said of themselves.
type InUseError struct{ Dir, Who string }

func (e *InUseError) Error() string {
	if e.Who == "" {
		return fmt.Sprintf("%s is in use by another agent", e.Dir)
	}
	return fmt.Sprintf("%s is in use by %s", e.Dir, e.Who)
}

// OpenFolder makes the folder where there is none, for its owner alone: configurations hold passwords.
func OpenFolder(dir string) (*Folder, error) {
	return OpenFolderAs(dir, fmt.Sprintf("the agent, process %d", os.Getpid()))
}

// OpenFolderAs tells who is refused meanwhile who has the folder: one line. The error is an *InUseError where somebody else
// has it.
func OpenFolderAs(dir, who string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(l.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer l.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			said := make([]byte, 300)
			n, _ := l.ReadAt(said, 0)
			who, _, _ := strings.Cut(string(said[:n]), "\n")
			return nil, &InUseError{dir, who}
		}
		return nil, fmt.Errorf("%s: lock: %w", dir, err)
	}
	// For people: a disk that does not take it (it may be full) changes nothing of who has the lock.
	if err := l.Truncate(0); err == nil {
		_, _ = l.WriteAt([]byte(who+"\n"), 0)
	}
	return &Folder{dir, l}, nil
}

// Close lets another agent have the folder.
func (f *Folder) Close() error { return f.lock.Close() }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *Folder) Read(name string) ([]byte, error) { return os.ReadFile(f.path(name)) }

func (f *Folder) List() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, nil
}

func (f *Folder) Write(name string, data []byte) error {
	w, err := os.OpenFile(f.path(name), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = w.WriteAt(data, 0)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

func (f *Folder) Sync(name string) error { return flush(f.path(name)) }

func (f *Folder) Rename(from, to string) error { return os.Rename(f.path(from), f.path(to)) }

func (f *Folder) Remove(name string) error { return os.Remove(f.path(name)) }

func (f *Folder) SyncDir() error { return flush(f.dir) }

// flush also reports the write errors that the kernel noticed since the file was written: Linux remembers them for
// whoever opens it next.
func flush(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
