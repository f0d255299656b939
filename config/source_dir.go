package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// dirSource reads a folder through os.Root, which refuses whatever leads out of
// it: ".." in a path, and symbolic links that leave the snapshot.
type dirSource struct {
	where string
	root  *os.Root
}

func newDirSource(where string) (source, error) {
	info, err := os.Stat(where)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Path: where, Msg: "no such folder", Hint: "name a snapshot's folder, or git:REF", Err: err}
	case err != nil:
		return nil, &Error{Path: where, Msg: "the folder cannot be read: " + cause(err), Err: err}
	case !info.IsDir():
		return nil, &Error{Path: where, Msg: "not a folder", Hint: "a snapshot is a folder with devices/ inside, or git:REF"}
	}
	root, err := os.OpenRoot(where)
	if err != nil {
		return nil, &Error{Path: where, Msg: "the folder cannot be read: " + cause(err), Err: err}
	}
	return &dirSource{where: where, root: root}, nil
}

// cause is an error without the path that *fs.PathError repeats.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func (s *dirSource) fail(p string, err error) error {
	e := &Error{Path: p, Err: err}
	switch {
	case errors.Is(err, syscall.ELOOP):
		e.Msg = "symbolic links go round in a circle"
	case strings.Contains(err.Error(), "escapes from parent"):
		e.Msg, e.Hint = "symbolic link leaves the snapshot", "put the file itself into the snapshot"
	case errors.Is(err, fs.ErrNotExist):
		e.Msg = "no such file"
		if info, lerr := s.root.Lstat(p); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
			e.Msg = "symbolic link leads nowhere"
		}
	default:
		e.Msg = "cannot be read: " + cause(err)
	}
	return e
}

func (s *dirSource) list(ctx context.Context) ([]string, error) {
	var out []string
	for _, f := range topFiles {
		if info, err := s.root.Stat(f); err == nil && info.Mode().IsRegular() {
			out = append(out, f)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, s.fail(f, err)
		}
	}
	for _, d := range []string{"devices", "policies"} {
		if _, err := s.root.Lstat(d); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := s.walk(ctx, d, 0, &out); err != nil {
			return nil, err
		}
	}
	return sortedUnique(out), nil
}

// walk lists the regular files below a folder, following links that stay inside.
func (s *dirSource) walk(ctx context.Context, dir string, depth int, out *[]string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A link to a folder above would be walked for ever.
	if depth > 16 {
		return &Error{Path: dir, Msg: "folders are nested more than 16 deep", Hint: "does a symbolic link point to a folder above itself?"}
	}
	d, err := s.root.Open(dir)
	if err != nil {
		return s.fail(dir, err)
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		if errors.Is(err, syscall.ENOTDIR) {
			return &Error{Path: dir, Msg: "not a folder"}
		}
		return s.fail(dir, err)
	}
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		p := path.Join(dir, e.Name())
		info, err := s.root.Stat(p)
		if err != nil {
			return s.fail(p, err)
		}
		switch {
		case info.IsDir():
			if err := s.walk(ctx, p, depth+1, out); err != nil {
				return err
			}
		case info.Mode().IsRegular():
			*out = append(*out, p)
		default:
			return &Error{Path: p, Msg: "neither a file nor a folder"}
		}
	}
	return nil
}

func (s *dirSource) read(ctx context.Context, p string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := s.root.Open(p)
	if err != nil {
		return nil, s.fail(p, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, s.fail(p, err)
	}
	if len(b) > maxFile {
		return nil, tooLarge(p)
	}
	return b, nil
}

func tooLarge(p string) error {
	return &Error{Path: p, Msg: fmt.Sprintf("larger than %d MiB", maxFile>>20), Hint: "this is not a router's configuration"}
}

func (s *dirSource) open(_ context.Context, p string) (io.ReadCloser, error) {
	f, err := s.root.Open(p)
	if err != nil {
		return nil, s.fail(p, err)
	}
	return f, nil
}
