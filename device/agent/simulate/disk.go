package simulate

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
)

// disk is a folder with a page cache: what was written is seen at once, and lost in a reboot unless it was synced. A
// write that was under way is torn at any sector.
type disk struct {
	names   map[string]*inode   // as seen
	durable map[string]*inode   // as a reboot finds them
	pending []map[string]*inode // the folder after each change since the last SyncDir
	full    bool
	broken  bool // every write and sync fails, and leaves open what it did
	point   func(op string)
	rand    *rand.Rand
}

type inode struct {
	seen, synced []byte
}

func newDisk(r *rand.Rand, point func(string)) *disk {
	return &disk{names: map[string]*inode{}, durable: map[string]*inode{}, rand: r, point: point}
}

var errIO = syscall.EIO

func (d *disk) Read(name string) ([]byte, error) {
	i := d.names[name]
	if i == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(i.seen), nil
}

func (d *disk) List() ([]string, error) {
	return slices.Sorted(maps.Keys(d.names)), nil
}

func (d *disk) Write(name string, data []byte) error {
	d.point("write " + name)
	i := d.names[name]
	if i == nil {
		i = &inode{}
		d.names[name] = i
		d.changed()
	}
	n := len(data)
	var err error
	switch {
	case d.full && n > len(i.seen):
		n = max(len(i.seen), d.rand.IntN(n)) // what room there was is used
		err = syscall.ENOSPC
	case d.broken:
		n, err = d.rand.IntN(n+1), errIO
	}
	i.seen = over(i.seen, data[:n])
	if err != nil {
		return &fs.PathError{Op: "write", Path: name, Err: err}
	}
	d.point("written " + name)
	return nil
}

// over is data written over old from its beginning.
func over(old, data []byte) []byte {
	out := slices.Clone(data)
	if len(old) > len(data) {
		out = append(out, old[len(data):]...)
	}
	return out
}

func (d *disk) Sync(name string) error {
	d.point("sync " + name)
	i := d.names[name]
	if i == nil {
		return fs.ErrNotExist
	}
	if d.broken {
		if d.rand.IntN(2) == 0 {
			i.synced = slices.Clone(i.seen)
		}
		return errIO
	}
	i.synced = slices.Clone(i.seen)
	d.point("synced " + name)
	return nil
}

func (d *disk) Rename(from, to string) error {
	d.point("rename " + to)
	i := d.names[from]
	if i == nil {
		return fs.ErrNotExist
	}
	if d.broken {
		return errIO
	}
	delete(d.names, from)
	d.names[to] = i
	d.changed()
	d.point("renamed " + to)
	return nil
}

func (d *disk) Remove(name string) error {
	d.point("remove " + name)
	if d.names[name] == nil {
		return fs.ErrNotExist
	}
	if d.broken {
		return errIO
	}
	delete(d.names, name)
	d.changed()
	return nil
}

func (d *disk) SyncDir() error {
	d.point("sync folder")
	if d.broken {
		return errors.Join(errIO)
	}
	d.durable, d.pending = maps.Clone(d.names), nil
	d.point("synced folder")
	return nil
}

func (d *disk) changed() { d.pending = append(d.pending, maps.Clone(d.names)) }

// reboot leaves what was synced, and of the rest anything: a file system writes when it likes, the folder's changes in
// their order.
func (d *disk) reboot() {
	if n := d.rand.IntN(len(d.pending) + 1); n > 0 {
		d.durable = d.pending[n-1]
	}
	d.pending = nil
	d.names = maps.Clone(d.durable)
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		i := d.names[name]
		if slices.Equal(i.seen, i.synced) {
			continue
		}
		switch d.rand.IntN(3) {
		case 0: // never written
			i.seen = slices.Clone(i.synced)
		case 1: // torn at a sector
			at := min(len(i.seen), 512*d.rand.IntN(1+len(i.seen)/512+1))
			i.seen = over(i.synced, i.seen[:at])
		}
		i.synced = slices.Clone(i.seen)
	}
}
