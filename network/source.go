package network

import "fmt"

// Source is one configuration file, as a dialect reads it. Its suffix may name the format.
type Source struct {
	Path string // inside the snapshot, with forward slashes
	Text []byte
}

// SourceError is what is wrong with a configuration file, and where.
type SourceError struct {
	Path         string
	Line, Column int // from 1; 0 where not known
	Msg, Hint    string
}

// Error is one line.
func (e *SourceError) Error() string {
	s := e.Path
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, e.Line)
	}
	s += ": " + e.Msg
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Position gives the parts of the error.
func (e *SourceError) Position() (path string, line, column int, msg, hint string) {
	return e.Path, e.Line, e.Column, e.Msg, e.Hint
}
