package gobgp

import (
	"reflect"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v3/pkg/config/oc"
)

// exists reports whether a type has the path: with [] for the elements of lists of tables.
func exists(t reflect.Type, path string) bool {
	for _, key := range strings.Split(path, ".") {
		key, element := strings.CutSuffix(key, "[]")
		found := false
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("mapstructure") == key {
				t, found = t.Field(i).Type, true
				break
			}
		}
		if !found {
			return false
		}
		if element {
			if t.Kind() != reflect.Slice {
				return false
			}
			t = t.Elem()
		} else if t.Kind() == reflect.Slice {
			return path == key || strings.HasSuffix(path, "."+key)
		}
	}
	return true
}

// Every key of the table is one of GoBGP's: a misspelt one would leave its lines not modelled.
func TestKeysExist(t *testing.T) {
	for key := range keys {
		if rest, ok := strings.CutPrefix(key, "peer."); ok {
			if !exists(reflect.TypeFor[oc.Neighbor](), rest) && !exists(reflect.TypeFor[oc.PeerGroup](), rest) {
				t.Errorf("%s: neighbors and peer groups have no such key", key)
			}
		} else if !exists(reflect.TypeFor[oc.BgpConfigSet](), key) {
			t.Errorf("%s: GoBGP has no such key", key)
		}
	}
}
