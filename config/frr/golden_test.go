package frr

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/routegate/routegate/network/dump"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each configuration of testdata gives its model and its ledger.
func TestGolden(t *testing.T) {
	for _, file := range testFiles(t) {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), "/frr.conf"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := parse(t, string(text))
			got := dump.Text(r, true) + "\nnot modelled:\n" + strings.ReplaceAll(ledgerOf(r), "devices/r1/frr.conf:", "")
			golden := strings.TrimSuffix(file, ".conf") + ".golden"
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
			if d := dump.Difference(string(want), got); d != "" {
				t.Errorf("%s is out of date (run with -update and read the difference): %s", golden, d)
			}
		})
	}
}
