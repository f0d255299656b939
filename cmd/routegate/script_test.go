package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/routegate/routegate/lab"
)

var update = flag.Bool("update", false, "write the transcripts' expected output anew")

func TestMain(m *testing.M) {
	if done, err := lab.Job(); done { // a lab's own process, started by a transcript
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitUnknown)
		}
		return
	}
	testscript.Main(m, map[string]func(){
		"routegate": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // a transcript interrupts a rollout
			defer stop()
			os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
		},
		"modelagents": modelAgents,
		"modelbundle": modelBundle,
		"oncall":      onCall,
		"signers":     signers,
	})
}

// TestScripts runs the transcripts of testdata/scripts: whole runs of the program, with exit
// codes and output. Each begins with the network of testdata/networks/two-edges in the folder before.
func TestScripts(t *testing.T) {
	outages, err := filepath.Abs("../../testdata/outages")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/scripts",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("OUTAGES", outages)
			if err := os.CopyFS(filepath.Join(e.WorkDir, "before"), os.DirFS("../../testdata/networks/two-edges")); err != nil {
				return err
			}
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			// Agents listen on addresses of the machine's own that no other transcript has.
			e.Setenv("LOOP", fmt.Sprintf("127.%d.%d", 10+rand.IntN(200), 1+rand.IntN(250)))
			// Neither another transcript nor another run of the tests may take this one's lab down.
			name := fmt.Sprintf("%s-%d", filepath.Base(e.WorkDir), os.Getpid())
			e.Setenv("LAB", name)
			e.Defer(func() {
				if s, err := lab.Find(name); err == nil {
					if err := s.Down(); err != nil {
						t.Error(err)
					}
				}
			})
			e.Setenv("SOON", time.Now().UTC().AddDate(0, 0, 100).Format(time.DateOnly)) // a day on which waivers may end
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "daemons" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			why := lab.Missing()
			if why != "" && os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
				return false, errors.New(why)
			}
			return why == "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"variant": variant,
			"exits":   exits,
			"steady":  steady,
			"jsonhas": jsonHas,
			"managed": managed,
			"replace": replace,
			"await":   await,
			"newest":  newest,
		},
	})
}

// variant copies the network and replaces text in one of its files, which must be there once:
// variant NAME FILE OLD NEW; or copies it only: variant NAME.
func variant(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 4 {
		ts.Fatalf("usage: variant NAME [FILE OLD NEW]")
	}
	dir := ts.MkAbs(args[0])
	if _, err := os.Stat(dir); err != nil {
		ts.Check(os.CopyFS(dir, os.DirFS(ts.MkAbs("before"))))
	}
	if len(args) == 1 {
		return
	}
	file := filepath.Join(dir, filepath.FromSlash(args[1]))
	old, text := unescape(args[2]), ts.ReadFile(file)
	if n := strings.Count(text, old); n != 1 {
		ts.Fatalf("%s: %q is there %d times, want once", args[1], old, n)
	}
	ts.Check(os.WriteFile(file, []byte(strings.Replace(text, old, unescape(args[3]), 1)), 0o644))
}

func unescape(s string) string { return strings.ReplaceAll(s, `\n`, "\n") }

// exits runs the program and wants an exit code: exits 1 routegate check ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG]...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want := args[0]; want != string(rune('0'+code)) {
		ts.Fatalf("exit code %d, want %s\n%s%s", code, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// What differs from run to run, or with every policy that is added to the library.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?s),?\s*"run": \{.*?\n  \}`), ""},
	{regexp.MustCompile(`("policies": \{\s*"evaluated": )\d+(,\s*"own": \d+,\s*"digest": )"[0-9a-f]*"`), `${1}0$2""`},
	{regexp.MustCompile(`("binding": \{)[^}]*`), `${1}`},
	{regexp.MustCompile(`(expires: |until )\d{4}-\d\d-\d\d`), "${1}2999-12-31"},
	{regexp.MustCompile(`(?m)^(  policies  )\d+ policies`), "${1}N policies"},
}

// replace alters a file where it says OLD first: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// managed adds settings to a snapshot's routegate.yaml, $LOOP replaced: managed FILE SNAPSHOT.
func managed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: managed FILE SNAPSHOT")
	}
	name := filepath.Join(ts.MkAbs(args[1]), "routegate.yaml")
	text := ts.ReadFile(name) + strings.ReplaceAll(ts.ReadFile(args[0]), "$LOOP", ts.Getenv("LOOP"))
	ts.Check(os.WriteFile(name, []byte(text), 0o644))
}

// await waits until a file is there, or (with a pattern) until a command's output has it: await FILE, or await PATTERN COMMAND [ARG]...
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: await FILE, or await PATTERN COMMAND [ARG]...")
	}
	pattern := regexp.MustCompile(args[0])
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if len(args) == 1 {
			if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
				return
			}
		} else if ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%v did not come within a minute", args)
		}
	}
}

// steady writes a report without what differs from run to run: steady IN OUT.
func steady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: steady IN OUT")
	}
	out := ts.ReadFile(args[0])
	for _, v := range volatile {
		out = v.pattern.ReplaceAllString(out, v.instead)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out), 0o644))
}

// jsonHas wants a value at a path of keys: jsonhas FILE KEY... VALUE. The value is JSON; of a list its
// first element is meant.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: jsonhas FILE KEY... VALUE")
	}
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	for _, k := range args[1 : len(args)-1] {
		for list, ok := doc.([]any); ok; list, ok = doc.([]any) {
			if len(list) == 0 {
				ts.Fatalf("%s: the list before %q is empty", args[0], k)
			}
			doc = list[0]
		}
		keys, _ := doc.(map[string]any)
		v, ok := keys[k]
		if !ok {
			ts.Fatalf("%s: no key %q", args[0], k)
		}
		doc = v
	}
	if list, ok := doc.([]any); ok && len(list) > 0 {
		doc = list[0]
	}
	got, err := json.Marshal(doc)
	ts.Check(err)
	if same := bytes.Equal(got, []byte(args[len(args)-1])); same == neg {
		ts.Fatalf("%s: %v is %s, want %s (negated: %v)", args[0], args[1:len(args)-1], got, args[len(args)-1], neg)
	}
}
