package policies

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ModuleError says what is wrong with a module of Rego, where, and what would be right.
type ModuleError struct {
	File    string
	Line    int // from 1; 0 when the whole file is meant
	Message string
	Hint    string
}

// Error is one line: "policies/x.rego:12: message (hint)".
func (e *ModuleError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": " + e.Message)
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// Position takes the error apart for reports.
func (e *ModuleError) Position() (path string, line, column int, msg, hint string) {
	return e.File, e.Line, 0, e.Message, e.Hint
}

// ModuleErrors are all of them, in the order of file and line.
type ModuleErrors []*ModuleError

// Error has one line for each.
func (e ModuleErrors) Error() string {
	lines := make([]string, 0, len(e))
	for _, x := range e {
		lines = append(lines, x.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (e ModuleErrors) Unwrap() []error {
	out := make([]error, 0, len(e))
	for _, x := range e {
		out = append(out, x)
	}
	return out
}

func (e ModuleErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

func moduleError(at *ast.Location, message, hint string) *ModuleError {
	e := &ModuleError{Message: message, Hint: hint}
	if at != nil {
		e.File, e.Line = at.File, at.Row
	}
	return e
}

// moduleErrors takes OPA's errors apart, in the order that it gives them (file and line).
func moduleErrors(file string, err error) ModuleErrors {
	var list ast.Errors
	if !errors.As(err, &list) {
		var one *ast.Error
		if !errors.As(err, &one) {
			return ModuleErrors{{File: file, Message: err.Error()}}
		}
		list = ast.Errors{one}
	}
	var out ModuleErrors
	for _, x := range list {
		e := moduleError(x.Location, generated.ReplaceAllString(x.Message, "_"), hintFor(x))
		if e.File == "" {
			e.File = file
		}
		out = append(out, e)
	}
	return out
}

// generated are the variables that OPA's compiler makes up.
var generated = regexp.MustCompile(`__local\d+__`)

// hintFor says what would be right, for the mistakes that people make.
func hintFor(e *ast.Error) string {
	switch {
	case strings.HasPrefix(e.Message, "undefined function "):
		if name := strings.TrimPrefix(e.Message, "undefined function "); ast.BuiltinMap[name] != nil {
			return "policies run without network, clock and randomness, so that the same change has the same verdict"
		}
	case strings.Contains(e.Message, "`if` keyword"), strings.Contains(e.Message, "`contains` keyword"):
		return "Rego v1: write `findings contains f if { ... }`; `opa fmt --v0-v1` converts older policies"
	case strings.HasPrefix(e.Message, "undefined ref: "):
		return wantFields(e)
	}
	return ""
}

// wantFields names the fields that the input document has where an unknown one is asked for.
func wantFields(e *ast.Error) string {
	d, ok := e.Details.(*ast.RefErrInvalidDetail)
	if !ok || len(d.OneOf) == 0 {
		return "docs/schema/input.schema.json describes the input"
	}
	var known []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok {
			known = append(known, string(s))
		}
	}
	if name, ok := strings.CutPrefix(e.Message, "undefined ref: input.params"); ok {
		hint := "a parameter of one's own is declared below custom.params in the METADATA"
		if near := didYouMean(strings.Trim(name, `.[]"`), known); strings.Contains(near, "did you mean") {
			hint = strings.Trim(near, " ()") + "; " + hint
		}
		return hint
	}
	return "known here: " + strings.Join(sorted(known), ", ")
}
