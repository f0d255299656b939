package random_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab/random"
	"github.com/routegate/routegate/network"
)

// TestSameSeed: a seed is a name for its network, on every machine and in every run.
func TestSameSeed(t *testing.T) {
	for i := range uint64(80) {
		seed := i
		if i >= 40 {
			seed += random.Wider
		}
		a, b := random.Make(seed, random.Options{}).Files(), random.Make(seed, random.Options{}).Files()
		if !maps.EqualFunc(a, b, bytes.Equal) {
			t.Errorf("seed %d made two different networks", seed)
		}
		if maps.EqualFunc(a, random.Make(seed+1, random.Options{}).Files(), bytes.Equal) {
			t.Errorf("seeds %d and %d made the same network", seed, seed+1)
		}
	}
}

// TestEveryFeatureLoads: each feature by itself makes snapshots that are read without a refused line.
func TestEveryFeatureLoads(t *testing.T) {
	for _, f := range append(slices.Clone(random.Features), "") {
		t.Run(f, func(t *testing.T) {
			o := random.Options{Only: []string{f}, MaxRouters: 5}
			for seed := range uint64(4) {
				dir := t.TempDir()
				if err := random.Make(seed, o).Write(dir); err != nil {
					t.Fatal(err)
				}
				s, err := config.Load(t.Context(), dir, config.Options{})
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for _, r := range s.Network.Routers {
					for _, file := range r.Files {
						for i, line := range file.Support {
							if line == network.NotModelled && f != "other-match" {
								t.Errorf("seed %d: %s:%d is not modelled", seed, file.Path, i+1)
							}
						}
					}
				}
			}
		})
	}
}

// TestWithout: a network without one of its parts is smaller, and without all of them empty.
func TestWithout(t *testing.T) {
	s := random.Make(5, random.Options{})
	parts := s.Parts()
	if len(parts) < 20 {
		t.Fatalf("only %d parts", len(parts))
	}
	for _, p := range parts {
		if w := s.Without(p); w.Size() >= s.Size() || slices.Contains(w.Parts(), p) {
			t.Errorf("%s is still there", p)
		}
	}
	if w := s.Without(parts...); w.Size() != 0 {
		t.Errorf("%d lines belong to no part", w.Size())
	}
}
