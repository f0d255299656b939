package bird

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device"
)

// record remembers which folder BIRD was given which time: BIRD tells when it read the configuration that it runs, to the
// millisecond, and not what stood in it. It lies in the state folder and outlives this process.
type record struct {
	Given []given
	// Pending is a folder that BIRD was told to read, where it is not known whether it did.
	Pending string    `json:",omitempty"`
	Asked   time.Time `json:",omitzero"`
	Boot    string    `json:",omitempty"` // when the BIRD was started that was told
}

type given struct{ Reboot, Reconfigured, Folder string }

// keep is how many configurations are remembered: BIRD's own undo goes one back.
const keep = 4

func (d *Driver) recordFile() string { return filepath.Join(d.o.StateDir, "given.json") }

func (d *Driver) readRecord() (r record, err error) {
	text, err := os.ReadFile(d.recordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return r, fmt.Errorf("what BIRD was given cannot be read: %w", err)
	}
	return r, nil
}

func (d *Driver) writeRecord(r record) error {
	if n := len(r.Given) - keep; n > 0 {
		r.Given = r.Given[n:]
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := device.ReplaceFile(d.recordFile(), text); err != nil {
		return err
	}
	return d.clear(r)
}

// clear removes folders that nothing remembers.
func (d *Driver) clear(r record) error {
	all, err := filepath.Glob(filepath.Join(d.o.StateDir, "c-*"))
	if err != nil {
		return err
	}
	for _, dir := range all {
		if dir != r.Pending && !slices.ContainsFunc(r.Given, func(g given) bool { return g.Folder == dir }) {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// runs tells what BIRD runs by when it read it.
func (d *Driver) runs(s status) (device.Configuration, error) {
	r, err := d.readRecord()
	if err != nil {
		return device.Configuration{}, err
	}
	for _, g := range slices.Backward(r.Given) {
		if g.Reboot == s.reboot && g.Reconfigured == s.reconfigured {
			return d.laid(g.Folder)
		}
	}
	for _, g := range slices.Backward(r.Given) {
		if s.same(status{reboot: g.Reboot, reconfigured: g.Reconfigured}) {
			return d.laid(g.Folder)
		}
	}
	read, ok := s.read()
	if r.Pending != "" && ok && !read.Before(r.Asked.Truncate(time.Millisecond)) && r.sameBoot(s) {
		return device.Configuration{}, fmt.Errorf("BIRD was configured at %s, while this router's agent was about to and ended: what it runs is not known (apply a configuration)", s.reconfigured)
	}
	c, files, err := d.onDisk()
	if err != nil {
		return device.Configuration{}, err
	}
	for _, f := range files {
		if ok && f.ModTime().After(read.Add(time.Second)) {
			return device.Configuration{}, fmt.Errorf("%s was changed at %s, after BIRD read its configuration at %s: what it runs is not known (apply a configuration, or have BIRD read the file)",
				f.Name(), f.ModTime().Format(time.DateTime), s.reconfigured)
		}
	}
	return c, nil
}

// sameBoot reports whether BIRD still is the process that was asked last. Where that is not written it may be.
func (r record) sameBoot(s status) bool {
	if r.Boot != "" {
		return sameTime(r.Boot, s.reboot)
	}
	return len(r.Given) == 0 || sameTime(r.Given[len(r.Given)-1].Reboot, s.reboot)
}

// laid reads back the files that were laid below a folder: they are kept as they were given beside it.
func (d *Driver) laid(folder string) (c device.Configuration, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "given"))
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return device.Configuration{}, fmt.Errorf("the configuration that BIRD was given cannot be read: %w", err)
	}
	return c, nil
}

// prepare lays a configuration below a new folder of the state folder.
func (d *Driver) prepare(c device.Configuration) (folder string, err error) {
	if err := d.folders(d.o.StateDir); err != nil {
		return "", err
	}
	folder = filepath.Join(d.o.StateDir, "c-"+c.Hash().Short()+"-"+strings.ReplaceAll(time.Now().UTC().Format("150405.000000"), ".", ""))
	if err := d.folders(folder); err != nil {
		return "", err
	}
	text, err := json.Marshal(c.Sorted())
	if err != nil {
		return "", err
	}
	if err := d.write(filepath.Join(folder, "given"), text); err != nil {
		return "", err
	}
	return folder, d.lay(c, folder)
}
