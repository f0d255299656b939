package gate_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
)

// TestDrainingOneEdge: closing the outside sessions of one edge of four is everyday work. What the
// others then lose they had by accident: the edge's LAN and its link subnets are in no
// routing protocol, and were reached because the default route led past them.
func TestDrainingOneEdge(t *testing.T) {
	before := filepath.Join("..", "testdata", "outages", "facebook-2021", "before")
	after := t.TempDir()
	if err := os.CopyFS(after, os.DirFS(before)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(after, "devices", "iad-e1", "frr.conf")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const last = " neighbor 172.16.31.2 remote-as 64499\n"
	drained := strings.Replace(string(text), last, last+" neighbor 172.16.31.0 shutdown\n neighbor 172.16.31.2 shutdown\n", 1)
	if drained == string(text) {
		t.Fatal("the exhibit has changed")
	}
	if err := os.WriteFile(file, []byte(drained), 0o644); err != nil {
		t.Fatal(err)
	}
	v, err := gate.Check(context.Background(), gate.Options{Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	if v.Verdict != gate.Allow {
		t.Errorf("verdict %s: %v", v.Verdict, v.Findings)
	}
	for _, f := range v.Findings {
		if f.Level != "advisory" {
			t.Errorf("%s %s: %s", f.Level, f.Policy, f.Message)
		}
	}
}
