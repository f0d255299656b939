package config

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Error says what in a snapshot cannot be read, where, and what to do about it.
type Error struct {
	Path   string // inside the snapshot; the snapshot itself where the whole of it is meant
	Line   int    // from 1; 0 when the whole file is meant
	Column int    // from 1; 0 when the whole line is meant
	Msg    string
	Hint   string // what would be right; may be empty
	More   int    // how many other files cannot be read either
	Err    error  // the cause, where there is one
}

// Error is one line: "path:line: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
			if e.Column > 0 {
				fmt.Fprintf(&b, ":%d", e.Column)
			}
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	switch {
	case e.More == 1:
		b.WriteString("; one more file cannot be read")
	case e.More > 1:
		fmt.Fprintf(&b, "; %d more files cannot be read", e.More)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// positioned is what the dialects' errors know about themselves.
type positioned interface {
	error
	// Position is the file, the line and the column (0: not known), the message without
	// them, and a hint.
	Position() (path string, line, column int, msg, hint string)
}

// wrap makes an Error of any error; path is where it belongs unless it says so itself.
func wrap(path string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var p positioned
	if errors.As(err, &p) {
		e := &Error{Err: err}
		e.Path, e.Line, e.Column, e.Msg, e.Hint = p.Position()
		return e
	}
	msg := strings.TrimPrefix(err.Error(), path+": ")
	return &Error{Path: path, Msg: msg, Err: err}
}

// first is the first of several errors in the order of path and line, which says how many
// other files failed; nil when there is none.
func first(errs []*Error) error {
	if len(errs) == 0 {
		return nil
	}
	sort.SliceStable(errs, func(i, j int) bool {
		if errs[i].Path != errs[j].Path {
			return errs[i].Path < errs[j].Path
		}
		return errs[i].Line < errs[j].Line
	})
	e := *errs[0]
	seen := map[string]bool{e.Path: true}
	for _, x := range errs[1:] {
		if !seen[x.Path] {
			seen[x.Path] = true
			e.More++
		}
	}
	return &e
}
