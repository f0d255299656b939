package faults

import (
	"bytes"
	"testing"

	"github.com/routegate/routegate/lab/labtest"
)

// TestRollout: without a fault the change goes out over all three daemons.
func TestRollout(t *testing.T) {
	labtest.Require(t)
	long(t)
	t.Parallel()
	m := labtest.UpManaged(t, before(daemons...))
	m.Write(t, "after", edited(t, before(daemons...), daemons...))
	cmd, err := m.Routegate("rollout", "start", "--before", "before", "--after", "after")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
		for _, r := range append(daemons, "core") {
			t.Logf("%s\n%s", r, m.AgentLog(r))
		}
	}
}
