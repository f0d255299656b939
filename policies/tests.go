package policies

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestReport is what a run of Rego tests came to.
type TestReport struct {
	Results  []TestResult // sorted by file, line
	Failed   int
	Coverage float64     // percent of the lines of the tested modules (not of tests)
	Missed   []Uncovered // lines that no test reaches
}

// TestResult is one test rule.
type TestResult struct {
	Name     string // data.routegate.user.x_test.test_refuses
	File     string
	Line     int
	Passed   bool
	Message  string // why it failed: "" when it passed
	Output   string // what it printed
	Duration time.Duration
}

// Uncovered is a range of lines.
type Uncovered struct {
	File        string
	First, Last int
}

// testTimeout bounds one test rule.
const testTimeout = 10 * time.Second

// Test runs Rego tests (rules test_* in *_test.rego): those under dir ("": none), beside the
// library's modules that they may import, and with lib the library's own.
// What does not compile is a ModuleErrors.
func Test(ctx context.Context, dir string, lib bool) (*TestReport, error) {
	l, err := library()
	if err != nil {
		return nil, err
	}
	var user []Module
	if dir != "" {
		if user, err = readModules(dir); err != nil {
			return nil, err
		}
	}
	t, err := newTestRun(l, user, lib)
	if err != nil {
		return nil, err
	}
	return t.run(ctx)
}

// readModules reads every module under a folder, in the order of paths.
func readModules(dir string) ([]Module, error) {
	var out []Module
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".rego" {
			return err
		}
		text, err := os.ReadFile(name)
		out = append(out, Module{Path: filepath.ToSlash(name), Text: string(text)})
		return err
	})
	if err == nil && len(out) == 0 {
		return nil, fmt.Errorf("%s: no .rego file in it", dir)
	}
	return out, err
}

// testRun is a set of compiled modules; measured are those whose coverage counts.
type testRun struct {
	compiler *ast.Compiler
	modules  map[string]*ast.Module
	measured map[string]*ast.Module
	filter   map[string]bool // files whose tests are run
}

func newTestRun(l *libraryModules, user []Module, lib bool) (*testRun, error) {
	t := &testRun{modules: map[string]*ast.Module{}, measured: map[string]*ast.Module{}, filter: map[string]bool{}}
	for name, m := range l.modules {
		t.modules[name] = m
		if lib {
			t.measured[name] = m
		}
	}
	tests := append([]Module{}, user...)
	if lib {
		tests = append(tests, l.tests...)
	}
	for _, m := range tests {
		parsed, err := parseModule(m)
		if err != nil {
			return nil, err
		}
		t.modules[m.Path] = parsed
		t.filter[m.Path] = true
		if !isTest(m.Path) {
			t.measured[m.Path] = parsed
		}
	}
	own, err := parseUser(user)
	if err != nil {
		return nil, err
	}
	found, err := own.policies(l)
	if err != nil {
		return nil, err
	}
	t.compiler = newCompiler(append(append([]declared{}, l.policies...), found...))
	return t, nil
}

func (t *testRun) run(ctx context.Context) (*TestReport, error) {
	covered := cover.New()
	store := inmem.New()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	results, err := tester.NewRunner().
		SetCompiler(t.compiler).SetStore(store).SetModules(t.modules).
		RaiseBuiltinErrors(true).CapturePrintOutput(true).
		SetTimeout(testTimeout).SetCoverageQueryTracer(covered).
		RunTests(ctx, txn)
	if err != nil {
		return nil, moduleErrors("", err)
	}
	r := &TestReport{}
	for x := range results {
		if t.filter[x.Location.File] {
			r.add(x)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("policy tests: %w", err)
	}
	sort.Slice(r.Results, func(i, j int) bool {
		a, b := r.Results[i], r.Results[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Line < b.Line
	})
	r.cover(covered.Report(t.measured))
	return r, nil
}

func (r *TestReport) add(x *tester.Result) {
	t := TestResult{
		Name: x.Package + "." + x.Name, File: x.Location.File, Line: x.Location.Row,
		Passed: x.Pass(), Output: string(x.Output), Duration: x.Duration,
	}
	if !t.Passed {
		r.Failed++
		t.Message = failure(x)
	}
	r.Results = append(r.Results, t)
}

func failure(x *tester.Result) string {
	var stopped *ast.Error
	switch {
	case errors.As(x.Error, &stopped):
		return stopped.Message
	case x.Error != nil:
		return x.Error.Error()
	case x.Skip:
		return "left out: rename the rule from todo_test_ to test_"
	case x.FailedAt != nil:
		return fmt.Sprintf("line %d does not hold: %s", x.FailedAt.Location.Row, strings.TrimSpace(string(x.FailedAt.Location.Text)))
	}
	return "does not hold"
}

func (r *TestReport) cover(c cover.Report) {
	r.Coverage = c.Coverage
	for _, file := range sortedKeys(c.Files) {
		for _, x := range c.Files[file].NotCovered {
			r.Missed = append(r.Missed, Uncovered{File: file, First: x.Start.Row, Last: x.End.Row})
		}
	}
}
