package gate

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// expectation is an exhibit's expect.yaml.
type expectation struct {
	After struct {
		Verdict  Decision `yaml:"verdict"`
		Findings []struct {
			Policy string `yaml:"policy"`
			Prefix string `yaml:"prefix"`
		} `yaml:"findings"`
	} `yaml:"after"`
	Benign struct {
		Verdict  Decision `yaml:"verdict"`
		MaxLevel string   `yaml:"max-level"`
	} `yaml:"benign"`
}

// TestOutages: each change of the museum is refused for the right reason, and its harmless twin passes.
func TestOutages(t *testing.T) {
	files, err := filepath.Glob("../testdata/outages/*/expect.yaml")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d exhibits say what is expected, want at least six (%v)", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want expectation
			if err := yaml.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if want.After.Verdict == "" || want.Benign.Verdict == "" || len(want.After.Findings) == 0 {
				t.Fatalf("%s says too little: %+v", file, want)
			}
			after := checked(t, Options{Before: dir + "/before", After: dir + "/after"})
			if after.Verdict != want.After.Verdict {
				t.Errorf("after: %s (%s), want %s", after.Verdict, after.Summary, want.After.Verdict)
			}
			for _, w := range want.After.Findings {
				if !slices.ContainsFunc(after.Findings, func(f Finding) bool {
					return f.Policy == w.Policy && f.Denies && (w.Prefix == "" || slices.Contains(f.Prefixes, w.Prefix))
				}) {
					t.Errorf("after: no finding of %s about %q refuses it", w.Policy, w.Prefix)
				}
			}
			benign := checked(t, Options{Before: dir + "/before", After: dir + "/benign"})
			if benign.Verdict != want.Benign.Verdict {
				t.Errorf("benign: %s (%s), want %s", benign.Verdict, benign.Summary, want.Benign.Verdict)
			}
			for _, f := range benign.Findings {
				if gravity[f.Level] < gravity[want.Benign.MaxLevel] {
					t.Errorf("benign: %s says %q, which is above %s", f.Policy, f.Message, want.Benign.MaxLevel)
				}
			}
		})
	}
}
