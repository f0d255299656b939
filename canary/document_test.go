package canary

import (
	"flag"
	"reflect"
	"testing"

	"github.com/routegate/routegate/docs/schema"
)

var update = flag.Bool("update", false, "write the schema anew")

// TestRolloutSchema holds docs/schema/rollout.schema.json to the Go types.
func TestRolloutSchema(t *testing.T) {
	schema.Hold(t, "../docs/schema/rollout.schema.json", reflect.TypeFor[Document](), RolloutSchema, map[string][]string{
		"phase":  {"planned", string(Checking), string(Waiting), string(Rolling), string(Withdraw), string(Returning), string(Ended)},
		"result": {"", string(Completed), string(Refused), string(Returned), string(Rescued), string(Unclear)},
		"step":   {"", string(StepCheck), string(StepBaseline), string(StepArm), string(StepApply), string(StepBake), string(StepConfirm)},
	}, *update)
}
