package gate

import (
	"flag"
	"reflect"
	"testing"

	"github.com/routegate/routegate/docs/schema"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestVerdictSchema holds docs/schema/verdict.schema.json to the Go types.
func TestVerdictSchema(t *testing.T) {
	schema.Hold(t, "../docs/schema/verdict.schema.json", reflect.TypeFor[Verdict](), VerdictSchema,
		map[string][]string{"verdict": {string(Allow), string(Deny), string(Unknown)}}, *update)
}
