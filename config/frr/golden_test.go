package frr

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each configuration of testdata gives its model and its ledger.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/frr.conf")
	if err != nil || len(files) < 5 {
		t.Fatalf("test data: %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.Split(file, "/")[1], func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := parse(t, string(text))
			got := dump(r, true) + "\nnot modelled:\n" + strings.ReplaceAll(ledgerOf(r), "devices/r1/frr.conf:", "")
			golden := filepath.Join(filepath.Dir(file), "model.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(string(want), got); d != "" {
				t.Errorf("%s is out of date (run with -update and read the difference): %s", golden, d)
			}
		})
	}
}
