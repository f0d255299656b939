package random

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Shrink takes parts out of a network while fails reports that what is left still shows what it is about: routers first,
// one by one, then halves of what is left and smaller and smaller pieces, until no part can go alone. As many networks as abreast
// says are asked about at once, so fails must be safe for concurrent use. When ctx ends the smallest network that failed is
// returned. s itself is taken to fail, and is not changed.
func Shrink(ctx context.Context, s *Snapshot, abreast int, fails func(*Snapshot) bool) *Snapshot {
	s, _ = shrinkBy(ctx, s, 1, abreast, fails, func(part string) bool { return strings.HasPrefix(part, "router ") })
	every := func(string) bool { return true }
	for size := len(s.Parts()) / 2; ctx.Err() == nil; size /= 2 {
		size = max(size, 1)
		var removed bool
		if s, removed = shrinkBy(ctx, s, size, abreast, fails, every); size == 1 && !removed {
			break
		}
	}
	return s
}

// shrinkBy tries once to do without every piece of that many parts.
func shrinkBy(ctx context.Context, s *Snapshot, size, abreast int, fails func(*Snapshot) bool, which func(part string) bool) (small *Snapshot, removed bool) {
	left := slices.DeleteFunc(s.Parts(), func(part string) bool { return !which(part) })
	pieces := slices.Collect(slices.Chunk(left, size))
	for wave := range slices.Chunk(pieces, max(abreast, 1)) {
		if ctx.Err() != nil {
			break
		}
		failed := make([]bool, len(wave))
		var wg sync.WaitGroup
		for i, piece := range wave {
			wg.Go(func() { failed[i] = fails(s.Without(piece...)) })
		}
		wg.Wait()
		var gone [][]string
		for i, piece := range wave {
			if failed[i] {
				gone = append(gone, piece)
			}
		}
		switch {
		case ctx.Err() != nil || len(gone) == 0:
			continue // a network that was broken off says nothing
		case len(gone) > 1:
			if all := s.Without(slices.Concat(gone...)...); fails(all) {
				s, removed = all, true
				continue
			}
		}
		// What could go too, but not with this, is tried again when the pieces are smaller.
		s, removed = s.Without(gone[0]...), true
	}
	return s, removed
}
