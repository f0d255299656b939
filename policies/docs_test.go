package policies

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The policies that docs/policies.md shows work as it says.
func TestTheManualsExamplesWork(t *testing.T) {
	text, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	var modules []Module
	for _, block := range codeBlocks(string(text)) {
		if strings.Contains(block, "package ") {
			modules = append(modules, Module{Text: block})
		}
	}
	if len(modules) != 3 {
		t.Fatalf("%d modules in the manual, 3 expected", len(modules))
	}
	dir := t.TempDir()
	for i, name := range []string{"customer_description.rego", "frozen.rego", "customer_description_test.rego"} {
		modules[i].Path = "policies/" + name
		if err := os.WriteFile(filepath.Join(dir, name), []byte(modules[i].Text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Test(context.Background(), dir, false)
	if err != nil || r.Failed != 0 || len(r.Results) != 2 {
		t.Errorf("tests: %+v, %v", r, err)
	}

	in := &Input{
		Network: NetworkFacts{Devices: map[string]Device{"edge1": {Group: "frozen"}}},
		Change:  Change{Items: []ChangeItem{{Router: "edge1", HasEffect: true}}},
		After:   State{Routers: []RouterFacts{{Name: "edge1", Neighbors: []NeighborFacts{{Key: "10.0.0.1", Relation: "customer", RemoteAS: 64800}}}}},
	}
	report := evaluate(t, Options{User: modules, Params: map[string]any{"min-description-length": 10}}, in)
	var got []string
	for _, f := range report.Findings {
		got = append(got, f.Policy+" "+f.Level+": "+f.Message)
	}
	want := "main/deny hard: edge1 is frozen\nuser/customer-description soft: edge1: the session with customer AS64800 (10.0.0.1) has no description"
	if strings.Join(got, "\n") != want {
		t.Errorf("findings:\n%s", strings.Join(got, "\n"))
	}
}

// codeBlocks are the indented blocks of a Markdown text, without the indent.
func codeBlocks(text string) []string {
	var out []string
	var block strings.Builder
	for _, line := range append(strings.Split(text, "\n"), "end") {
		switch code, ok := strings.CutPrefix(line, "    "); {
		case ok:
			block.WriteString(code + "\n")
		case line == "" && block.Len() > 0:
			block.WriteString("\n")
		case block.Len() > 0:
			out = append(out, block.String())
			block.Reset()
		}
	}
	return out
}
