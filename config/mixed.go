package config

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// LoadMixed reads the network as it is in the middle of a change: the routers in applied as after has them, all others as
// before has them. What no router says (routegate.yaml, links, policies) is taken from after, which knows the outside
// at least as well. Both must have the same routers. Where names the result.
func LoadMixed(ctx context.Context, before, after string, applied []string, o Options) (*Snapshot, error) {
	a, err := newSource(ctx, before)
	if err != nil {
		return nil, err
	}
	b, err := newSource(ctx, after)
	if err != nil {
		return nil, err
	}
	where := fmt.Sprintf("%s with %s of %s", before, strings.Join(applied, ", "), after)
	return loadFrom(ctx, where, &mixedSource{a, b, applied}, o)
}

// mixedSource reads some routers' files from one source and everything else from others.
type mixedSource struct {
	before, after source
	applied       []string
}

// of is where a path is read: routers that are not applied are before's.
func (s *mixedSource) of(path string) source {
	rest, ok := strings.CutPrefix(path, "devices/")
	router, _, inside := strings.Cut(rest, "/")
	if ok && inside && !slices.Contains(s.applied, router) {
		return s.before
	}
	return s.after
}

func (s *mixedSource) list(ctx context.Context) ([]string, error) {
	var out []string
	for _, from := range []source{s.before, s.after} {
		paths, err := from.list(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			if s.of(p) == from {
				out = append(out, p)
			}
		}
	}
	return sortedUnique(out), nil
}

func (s *mixedSource) read(ctx context.Context, path string) ([]byte, error) {
	return s.of(path).read(ctx, path)
}

func (s *mixedSource) open(ctx context.Context, path string) (io.ReadCloser, error) {
	return s.of(path).open(ctx, path)
}

// recorder remembers what was read, so that the snapshot can be named by everything that made it.
type recorder struct {
	source
	mu   sync.Mutex
	seen map[string][sha256.Size]byte
}

func (r *recorder) read(ctx context.Context, path string) ([]byte, error) {
	b, err := r.source.read(ctx, path)
	if err == nil {
		sum := sha256.Sum256(b)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen[path] = sum
	}
	return b, err
}

// open remembers a file that is read to its end, as the dumps of feeds are.
func (r *recorder) open(ctx context.Context, path string) (io.ReadCloser, error) {
	in, err := r.source.open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &hashing{in: in, path: path, sum: sha256.New(), to: r}, nil
}

type hashing struct {
	in   io.ReadCloser
	path string
	sum  hash.Hash
	to   *recorder
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	h.sum.Write(p[:n])
	if err == io.EOF {
		h.to.mu.Lock()
		defer h.to.mu.Unlock()
		h.to.seen[h.path] = [sha256.Size]byte(h.sum.Sum(nil))
	}
	return n, err
}

func (h *hashing) Close() error { return h.in.Close() }

// digest is of the paths and the bytes of all that was read whole.
func (r *recorder) digest() (out [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := sha256.New()
	for _, p := range slices.Sorted(maps.Keys(r.seen)) {
		fmt.Fprintf(h, "%d %s %x\n", len(p), p, r.seen[p])
	}
	h.Sum(out[:0])
	return out
}
