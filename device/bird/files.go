package bird

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/routegate/routegate/config/bird"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/network"
)

var include = regexp.MustCompile(`(?m)^(\s*include\s+")([^"]+)(")`)

// mainFile is the name of the file that BIRD is started with, within a configuration.
const mainFile = "bird.conf"

// split gives a configuration's main file and the others. A configuration of one file may call it as it likes.
func split(c device.Configuration) (main device.File, others []device.File, err error) {
	files := c.Sorted().Files
	for i, f := range files {
		if f.Name == mainFile || len(files) == 1 {
			return f, append(append([]device.File{}, files[:i]...), files[i+1:]...), nil
		}
	}
	return main, nil, fmt.Errorf("the configuration has no %s", mainFile)
}

// read reads a configuration into the model.
func (d *Driver) read(c device.Configuration) (*network.Router, error) {
	main, others, err := split(c)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(main.Data)) == 0 {
		return nil, errors.New("the configuration is empty")
	}
	sources := []bird.Source{{Path: mainFile, Text: main.Data}}
	for _, f := range others {
		sources = append(sources, bird.Source{Path: f.Name, Text: f.Data})
	}
	return bird.Parse(d.o.Router, sources)
}

// lay writes a configuration below a folder, in which its files find each other: what they include by the folder that BIRD's own
// file is in is included from there.
func (d *Driver) lay(c device.Configuration, folder string) error {
	main, others, err := split(c)
	if err != nil {
		return err
	}
	main.Name = mainFile
	home := filepath.Dir(d.o.ConfigFile)
	for _, f := range append([]device.File{main}, others...) {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return fmt.Errorf("a file of the configuration is called %q: want a name below the configuration's folder", f.Name)
		}
		to := filepath.Join(folder, filepath.FromSlash(f.Name))
		data := include.ReplaceAllFunc(f.Data, func(m []byte) []byte {
			part := include.FindSubmatch(m)
			if rest, ok := strings.CutPrefix(string(part[2]), home+"/"); ok {
				return []byte(string(part[1]) + filepath.Join(folder, rest) + string(part[3]))
			}
			return m
		})
		if err := d.folders(filepath.Dir(to)); err != nil {
			return err
		}
		if err := d.write(to, data); err != nil {
			return err
		}
	}
	return nil
}

// folders makes folders that BIRD's user can enter.
func (d *Driver) folders(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := d.folders(filepath.Dir(dir)); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o755)
}

// write makes a file whose readers are those of BIRD's own file.
func (d *Driver) write(to string, data []byte) error {
	mode := os.FileMode(0o640)
	was, err := os.Stat(d.o.ConfigFile)
	if err == nil {
		mode = was.Mode().Perm()
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && was != nil {
		err = device.Own(f, was)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// onDisk is what BIRD would read if it started now, and when the newest file of it was changed.
func (d *Driver) onDisk() (c device.Configuration, files []os.FileInfo, err error) {
	home := filepath.Dir(d.o.ConfigFile)
	seen := map[string]bool{}
	var take func(file, name string) error
	take = func(file, name string) error {
		if seen[file] {
			return nil
		}
		seen[file] = true
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		c.Files = append(c.Files, device.File{Name: name, Data: data})
		files = append(files, info)
		for _, m := range include.FindAllSubmatch(data, -1) {
			pattern := string(m[2])
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(file), pattern)
			}
			found, err := filepath.Glob(pattern)
			if err != nil {
				return fmt.Errorf("%s includes %q: %w", file, m[2], err)
			}
			for _, f := range found {
				rel, err := filepath.Rel(home, f)
				if err != nil || !filepath.IsLocal(rel) {
					return fmt.Errorf("%s includes %s, which is not below %s: such a file cannot be part of a rollout", file, f, home)
				}
				if err := take(f, path.Clean(filepath.ToSlash(rel))); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := take(d.o.ConfigFile, mainFile); err != nil {
		return device.Configuration{}, nil, err
	}
	return c.Sorted(), files, nil
}
