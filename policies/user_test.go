package policies

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a user's module is said with its line, and with what would be right.
func TestModulesThatAreRefused(t *testing.T) {
	good := "# METADATA\n# title: x\n# custom: {level: hard, scope: change}\n"
	for _, c := range []struct{ name, text, want string }{
		{"a field that the input does not have", good + "package acme.a\nfindings contains f if some f in input.after.rooters",
			"policies/x.rego:5: undefined ref: input.after.rooters"},
		{"its known fields", good + "package acme.a\nfindings contains f if some f in input.after.rooters", "known here: exports, failures, flowspec, independence, limits, loads, management, originated, protected, routers, rpki, services, shared, side, sites, undelivered"},
		{"a field of a list's elements", good + "package acme.a\nfindings contains f if {\n\tsome r in input.after.routers\n\tf := r.nme\n}", "policies/x.rego:7: undefined ref: r.nme"},
		{"a parameter that nobody declares", good + "package acme.a\nfindings contains f if f := input.params[\"max-routers-changed-percnt\"]", "policies/x.rego:5: undefined ref: input.params"},
		{"older Rego", "package acme.a\nfindings[f] { f := 3 }", "policies/x.rego:2: `if` keyword is required before rule body (Rego v1: write `findings contains f if { ... }`"},
		{"the network", "package acme.a\nx := http.send({})", "policies/x.rego:2: undefined function http.send (policies run without network"},
		{"the clock", "package acme.a\nx := time.now_ns()", "undefined function time.now_ns (policies run without network, clock"},
		{"chance", "package acme.a\nx := rand.intn(\"a\", 2)", "undefined function rand.intn (policies run without"},
		{"the environment", "package acme.a\nx := opa.runtime().env", "undefined function opa.runtime (policies run without"},
		{"names", "package acme.a\nx := net.lookup_ip_addr(\"a\")", "undefined function net.lookup_ip_addr (policies run without"},
		{"a function that nobody wrote", "package acme.a\nx := f(1)", "policies/x.rego:2: undefined function f"},
		{"a package of the library", "package routegate.leak.route_leak\nx := 1", "policies/x.rego:1: package routegate.leak.route_leak belongs to the library (use routegate.user.route_leak)"},
		{"the root of the library", "package routegate\nleak := 1", "belongs to the library"},
		{"the library's helpers", "package routegate.lib\nx := 1", "belongs to the library"},
		{"an id that is taken", good + "package leak.route_leak\nfindings := set()", "policies/x.rego:4: policy leak/route-leak exists already (policies/leak/route-leak/policy.rego)"},
		{"no METADATA", "package acme.a\nfindings contains f if f := {}", "policies/x.rego:2: findings without METADATA"},
		{"a level that is not known", "# METADATA\n# title: x\n# custom: {level: high, scope: change}\npackage acme.a\nfindings := set()", `policies/x.rego:1: METADATA: custom.level "high" is not one of`},
		{"no scope", "# METADATA\n# title: x\n# custom: {level: hard}\npackage acme.a\nfindings := set()", "custom.scope is missing: one of state, change"},
		{"a need that is not known", "# METADATA\n# title: x\n# custom: {level: hard, scope: change, needs: [luck]}\npackage acme.a\nfindings := set()", `custom.needs "luck" is not one of`},
		{"a slip in METADATA", "# METADATA\n# title: x\n# custom: {level: hard, scope: change, outage: [x]}\npackage acme.a\nfindings := set()", `unknown field "outage"`},
		{"a parameter of the library, declared otherwise", "# METADATA\n# title: x\n# custom: {level: hard, scope: change, params: [{name: min-routers-losing, default: 9}]}\npackage acme.a\nfindings := set()",
			"parameter min-routers-losing is declared otherwise"},
		{"its nearest", good + "package acme.a\nfindings contains f if f := input.params[\"max-routers-changed-percnt\"]",
			`did you mean "max-routers-changed-percent"?; a parameter of one's own is declared below custom.params in the METADATA`},
		{"the state of one side in a policy about the step", good + "package acme.a\nfindings contains f if {\n\tsome r in input.state.routers\n\tf := r\n}", "policies/x.rego:6: input.state is there in policies of scope state only"},
		{"the same in conftest's way", "package main\n\ndeny contains \"x\" if count(input.state.routers) > 0", "policies/x.rego:3: input.state is there in policies of scope state only"},
		{"a policy that finds nothing", good + "package acme.a\nproblems contains 1", "policies/x.rego:4: METADATA of a policy, and no rule `findings` in its package"},
		{"conftest's rule that is no set", "package acme.a\n\ndeny[msg] if msg := \"x\"", "policies/x.rego:3: deny is not a set, and would refuse nothing (write `deny contains msg if { ... }`)"},
		{"conftest's rule that is true or false", "package main\n\nwarn_me if 1 == 2", "policies/x.rego:3: warn_me is not a set"},
		{"an empty file", "", "policies/x.rego: empty module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(context.Background(), Options{User: []Module{{Path: "policies/x.rego", Text: c.text}}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwants %s", err, c.want)
			}
		})
	}
}

func TestEveryModuleThatIsWrongIsNamed(t *testing.T) {
	_, err := New(context.Background(), Options{User: []Module{
		{Path: "policies/a.rego", Text: "package a\nx := y z"},
		{Path: "policies/b.rego", Text: "package b\nx := {"},
	}})
	var list ModuleErrors
	if !errors.As(err, &list) || len(list) < 2 || list[0].File != "policies/a.rego" || list[len(list)-1].File != "policies/b.rego" {
		t.Errorf("error %v", err)
	}
	var one *ModuleError
	if !errors.As(err, &one) {
		t.Fatal("the errors are not found one by one")
	}
	if path, line, _, _, _ := one.Position(); path != "policies/a.rego" || line != 2 {
		t.Errorf("position %s:%d", path, line)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"a parameter's name", Options{Params: map[string]any{"max-router-changed-percent": 10}},
			`policy.params: "max-router-changed-percent" is no parameter (did you mean "max-routers-changed-percent"?)`},
		{"a text for a number", Options{Params: map[string]any{"max-routers-changed-percent": "ten"}}, "policy.params: max-routers-changed-percent: a number is needed, not ten"},
		{"a number for yes or no", Options{Params: map[string]any{"tolerate-other-protocols": 1}}, "tolerate-other-protocols: a boolean is needed, not 1"},
		{"out of range", Options{Params: map[string]any{"max-routers-changed-percent": 101}}, "max-routers-changed-percent: 101 is outside of 0 to 100 percent"},
		{"a policy's level", Options{Levels: map[string]string{"leak/route-leek": "soft"}}, `policy.levels: "leak/route-leek" is no policy (did you mean "leak/route-leak"?)`},
		{"a level", Options{Levels: map[string]string{"leak/route-leak": "mild"}}, `policy.levels: leak/route-leak: level "mild" is not one of`},
		{"a policy to disable", Options{Disabled: []string{"xyzzy"}}, "policy.disabled: \"xyzzy\" is no policy (`routegate policy list` shows them all)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := New(context.Background(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwants %s", err, c.want)
			}
		})
	}
}

func TestPoliciesAreDescribedAsTheyAreSet(t *testing.T) {
	o := mine("change", `findings contains {"key": "k", "message": "m"}`)
	o.Params = map[string]any{"max-routers-changed-percent": uint8(40)}
	o.Levels = map[string]string{"blast/routers-touched": "hard"}
	o.Disabled = []string{"user/mine"}
	var found int
	for _, m := range engine(t, o).Policies() {
		switch m.ID {
		case "blast/routers-touched":
			found++
			if m.Level != "hard" || m.Params[0].Value != 40.0 || m.Params[0].Default != 25.0 {
				t.Errorf("%+v", m)
			}
		case "user/mine":
			found++
			if !m.Disabled || !m.User || m.File != "policies/mine.rego" {
				t.Errorf("%+v", m)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 policies found", found)
	}
	for _, m := range Library() {
		if m.ID == "blast/routers-touched" && (m.Level != "soft" || m.Params[0].Value != 25.0) {
			t.Errorf("the library's own description changed: %+v", m)
		}
	}
}

func TestConftestRules(t *testing.T) {
	text := "package policy\n\ndeny contains \"no\"\n\ndeny contains {\"msg\": \"never\"}\n\nwarn contains \"careful\"\n\ndeny_more contains \"nor this\"\n\ndenying := 3"
	r := evaluate(t, Options{User: []Module{{Path: "policies/c.rego", Text: text}}}, &Input{})
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Policy+" "+f.Level+" "+f.Message)
	}
	if want := "policy/deny hard never\npolicy/deny hard no\npolicy/deny-more hard nor this\npolicy/warn advisory careful"; strings.Join(got, "\n") != want {
		t.Errorf("findings %v", got)
	}
	r = evaluate(t, Options{User: []Module{{Path: "policies/c.rego", Text: "package main\n\ndeny contains 3"}}}, &Input{})
	if len(r.Errors) != 1 || r.Errors[0].Policy != "main/deny" {
		t.Errorf("errors %v", r.Errors)
	}
	// In any package, beside findings, in several files; functions and other rules are no policies.
	r = evaluate(t, Options{User: []Module{
		{Path: "policies/a.rego", Text: "package acme.bgp\n\nviolation contains {\"msg\": \"no\", \"details\": {\"router\": \"r1\"}} if not helper(3)\n\nhelper(x) if x > 4\n\nwarning := 1"},
		{Path: "policies/b.rego", Text: "package acme.bgp\n\nwarn_soft contains \"hm\"\n\ndeny(x) := x"},
		{Path: "policies/mine.rego", Text: fmt.Sprintf(header, "change") + "findings contains {\"key\": \"k\", \"message\": \"found\"}\n\ndeny contains \"denied\""},
	}}, &Input{})
	got = nil
	for _, f := range r.Findings {
		got = append(got, f.Policy+" "+f.Level+" "+f.Message)
	}
	if want := "acme/bgp/violation hard no\nuser/mine hard found\nuser/mine/deny hard denied\nacme/bgp/warn-soft advisory hm"; strings.Join(got, "\n") != want || len(r.Errors) > 0 {
		t.Errorf("findings %q, errors %v", got, r.Errors)
	}
	// Its level is set as any other's.
	r = evaluate(t, Options{User: []Module{{Path: "policies/c.rego", Text: "package acme.bgp\n\ndeny contains \"no\""}}, Levels: map[string]string{"acme/bgp/deny": "soft"}}, &Input{})
	if len(r.Findings) != 1 || r.Findings[0].Level != "soft" {
		t.Errorf("findings %v", r.Findings)
	}
}

// A run of tests tells a test that passes from one that fails, errs, or never ends.
func TestRunningTestsOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.rego", "package acme.a\n\nf(x) := y if y := x + 1\n\ng(x) := x - 1")
	write("a_test.rego", `package acme.a_test

import data.acme.a

test_right if a.f(1) == 2

test_wrong if {
	x := a.f(1)
	x == 3
}

test_errs if to_number("x") == 1

todo_test_later if false`)
	r, err := Test(context.Background(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Results) != 4 || r.Failed != 3 {
		t.Fatalf("%d results, %d failed: %+v", len(r.Results), r.Failed, r.Results)
	}
	for i, want := range []string{"", "line 9 does not hold: x == 3", "to_number", "left out"} {
		x := r.Results[i]
		if x.Passed != (want == "") || !strings.Contains(x.Message, want) {
			t.Errorf("%s: passed %v, %q; wants %q", x.Name, x.Passed, x.Message, want)
		}
	}
	if r.Coverage >= 100 || r.Coverage <= 0 || len(r.Missed) == 0 || !strings.HasSuffix(r.Missed[0].File, "/a.rego") {
		t.Errorf("coverage %v, missed %v", r.Coverage, r.Missed)
	}
	if _, err := Test(context.Background(), t.TempDir(), false); err == nil {
		t.Error("a folder without tests passes")
	}
	write("b.rego", "package acme.b\n\nx := http.send({})")
	if _, err := Test(context.Background(), dir, false); err == nil || !strings.Contains(err.Error(), "b.rego:3: undefined function http.send") {
		t.Errorf("error %v", err)
	}
}
