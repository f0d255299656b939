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
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestReport is what a run of Rego tests came to.
type TestReport struct {
	Results  []TestResult // sorted by file, line
	Failed   int
	Coverage float64     // percent of the lines of the tested modules (not of tests)
	Missed   []Uncovered // lines that no test reaches
	// Threshold is the coverage that is asked for, in percent; 0: none.
	Threshold float64
}

// OK reports whether every test passed and the coverage reaches its threshold.
func (r *TestReport) OK() bool { return r.Failed == 0 && r.Coverage >= r.Threshold }

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
	compiler func() *ast.Compiler // a new one for each run
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
	all := append(append([]declared{}, l.policies...), found...)
	t.compiler = func() *ast.Compiler { return newCompiler(all) }
	return t, nil
}

func (t *testRun) run(ctx context.Context) (*TestReport, error) {
	covered := cover.New()
	results, err := t.ask(ctx, t.compiler(), func(r *tester.Runner) { r.SetCoverageQueryTracer(covered) })
	if err != nil {
		return nil, err
	}
	r := &TestReport{}
	for _, x := range results {
		r.add(x)
	}
	if r.Failed > 0 {
		// A run that measures coverage keeps no trace: those that failed are run again with one.
		again, err := t.ask(ctx, t.compiler(), func(r *tester.Runner) { r.EnableTracing(true) })
		if err != nil {
			return nil, err
		}
		r.explain(again)
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

// ask runs every test rule of the filtered files.
func (t *testRun) ask(ctx context.Context, c *ast.Compiler, set func(*tester.Runner)) ([]*tester.Result, error) {
	store := inmem.New()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().
		SetCompiler(c).SetStore(store).SetModules(t.modules).
		RaiseBuiltinErrors(true).CapturePrintOutput(true).SetTimeout(testTimeout)
	set(runner)
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return nil, moduleErrors("", err)
	}
	var out []*tester.Result
	for x := range results {
		if t.filter[x.Location.File] {
			out = append(out, x)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("policy tests: %w", err)
	}
	return out, nil
}

func (r *TestReport) add(x *tester.Result) {
	t := TestResult{
		Name: nameOf(x), File: x.Location.File, Line: x.Location.Row,
		Passed: x.Pass(), Output: string(x.Output), Duration: x.Duration,
	}
	if !t.Passed {
		r.Failed++
		t.Message = failure(x)
	}
	r.Results = append(r.Results, t)
}

func nameOf(x *tester.Result) string { return x.Package + "." + x.Name }

// explain says which line of a test does not hold: the last one that the trace shows failing there.
func (r *TestReport) explain(traced []*tester.Result) {
	at := map[string]*ast.Location{}
	for _, x := range traced {
		for _, e := range x.Trace {
			if e.Op == topdown.FailOp && e.Location != nil && e.Location.File == x.Location.File {
				at[nameOf(x)] = e.Location
			}
		}
	}
	for i := range r.Results {
		t := &r.Results[i]
		if l := at[t.Name]; l != nil && t.Message == undetermined {
			t.Message = fmt.Sprintf("line %d does not hold: %s", l.Row, strings.TrimSpace(string(l.Text)))
		}
	}
}

// undetermined is a test that is false, and no more is known.
const undetermined = "does not hold"

func failure(x *tester.Result) string {
	var stopped *ast.Error
	switch {
	case errors.As(x.Error, &stopped):
		return stopped.Message
	case x.Error != nil:
		return x.Error.Error()
	case x.Skip:
		return "left out: rename the rule from todo_test_ to test_"
	}
	return undetermined
}

func (r *TestReport) cover(c cover.Report) {
	r.Coverage = c.Coverage
	for _, file := range sortedKeys(c.Files) {
		for _, x := range c.Files[file].NotCovered {
			r.Missed = append(r.Missed, Uncovered{File: file, First: x.Start.Row, Last: x.End.Row})
		}
	}
}
