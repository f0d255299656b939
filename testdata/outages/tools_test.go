package outages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// held is what a line of the table names: a folder, a test in it, and perhaps a script.
var held = regexp.MustCompile("^`([a-z/]+) (Test[A-Za-z]+)(?:/([a-z_]+))?`$")

// TestToolsAreHeld: every test is there that the museum says holds Routegate to what the tools of others taught.
func TestToolsAreHeld(t *testing.T) {
	page, err := Files.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## When the tool was the fault\n")
	section, _, closed := strings.Cut(section, "\n## ")
	_, table, ruled := strings.Cut(section, "|---|---|---|---|\n")
	rows := strings.Split(strings.TrimSpace(table), "\n")
	if !found || !closed || !ruled || len(rows) < 10 {
		t.Fatalf("the table has %d lines", len(rows))
	}
	const root = "../.."
	tests := map[string]map[string]bool{}
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 4 {
			t.Errorf("%d cells: %s", len(cells), row)
			continue
		}
		for _, name := range strings.Split(cells[3], ", ") {
			m := held.FindStringSubmatch(name)
			if m == nil {
				t.Errorf("%s: %s is no folder and test", cells[0], name)
				continue
			}
			folder, test, script := m[1], m[2], m[3]
			if tests[folder] == nil {
				tests[folder] = testsIn(t, filepath.Join(root, folder))
			}
			if !tests[folder][test] {
				t.Errorf("%s: there is no %s in %s", cells[0], test, folder)
			}
			if script == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, "testdata/scripts", script+".txtar")); err != nil {
				t.Errorf("%s: %v", cells[0], err)
			}
		}
	}
}

// testsIn are the tests of a folder's package.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Body != nil {
				out[fn.Name.Name] = true
			}
		}
	}
	return out
}
