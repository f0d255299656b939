package gate

import (
	"testing"

	"github.com/routegate/routegate/testdata/outages"
)

// BenchmarkCheck is the whole judgement of a change in a network of a dozen routers.
func BenchmarkCheck(b *testing.B) {
	dir, remove, err := outages.Extract("facebook-2021")
	if err != nil {
		b.Fatal(err)
	}
	defer remove()
	for b.Loop() {
		if _, err := Check(b.Context(), Options{Before: dir + "/before", After: dir + "/after"}); err != nil {
			b.Fatal(err)
		}
	}
}
