package policies

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

var update = flag.Bool("update", false, "write files that a test generates")

// The library's own tests, as `routegate policy test` runs them.
func TestLibraryRegoTests(t *testing.T) {
	r, err := Test(context.Background(), "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Results {
		if !x.Passed {
			t.Errorf("%s:%d: %s: %s\n%s", x.File, x.Line, x.Name, x.Message, x.Output)
		}
	}
	for _, x := range r.Missed {
		t.Logf("%s:%d-%d: no test reaches this", x.File, x.First, x.Last)
	}
	t.Logf("%d tests, %.1f%% of the library's lines are covered", len(r.Results), r.Coverage)
	if r.Coverage < 95 {
		t.Errorf("coverage is %.1f%%, it was above 95%%", r.Coverage)
	}
}

// Every module stands as `opa fmt` would write it.
func TestLibraryIsFormatted(t *testing.T) {
	eachFile(t, ".rego", func(name string, text []byte) {
		want, err := format.SourceWithOpts(name, text, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(want, text) {
			return
		}
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("%s is not formatted: go test ./policies -run Formatted -update", name)
	})
}

func eachFile(t *testing.T, ext string, do func(name string, text []byte)) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ext {
			return err
		}
		text, err := files.ReadFile(name)
		do(name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A rule is a folder: the rule, its tests (at least one network that breaks it and one that
// nearly does), and its page with the same headings for all.
func TestEveryPolicyIsComplete(t *testing.T) {
	headings := []string{"## What it stops", "## The outage it comes from", "## How it is measured",
		"## Parameters", "## How to configure it", "## How to waive it"}
	for _, m := range Library() {
		tests, err := files.ReadFile(m.ID + "/policy_test.rego")
		if err != nil {
			t.Errorf("%s has no tests", m.ID)
			continue
		}
		if n := strings.Count(string(tests), "\ntest_"); n < 2 {
			t.Errorf("%s has %d tests", m.ID, n)
		}
		if !strings.HasPrefix(m.Page, "# "+m.ID+": "+m.Title+"\n") {
			t.Errorf("the page of %s does not begin with its id and title", m.ID)
		}
		rest := m.Page
		for _, h := range headings {
			_, after, ok := strings.Cut(rest, "\n"+h+"\n\n")
			if !ok || strings.HasPrefix(after, "#") || after == "" {
				t.Errorf("the page of %s lacks %q (in this order), or says nothing there", m.ID, h)
			}
			rest = after
		}
		for _, p := range m.Params {
			if p.PerRouter && !strings.Contains(m.Page, "\n      params-at:\n") {
				t.Errorf("the page of %s does not say that %s may be set for some routers", m.ID, p.Name)
			}
			row := fmt.Sprintf("\n| `%s` | %v%s | ", p.Name, wide(p.Default), spaced(p.Unit))
			if !strings.Contains(m.Page, row) || p.Description == "" || !strings.Contains(m.Page, " | "+p.Description+" |") {
				t.Errorf("the page of %s does not have parameter %s as its METADATA says: %s", m.ID, p.Name, row)
			}
		}
		for _, n := range m.Needs {
			if !strings.Contains(m.Page, "`"+n+"`") {
				t.Errorf("the page of %s does not say that it needs %s", m.ID, n)
			}
		}
	}
}

// wide writes a number without an exponent.
func wide(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
