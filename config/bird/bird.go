// Package bird reads BIRD 2's configuration (bird.conf and the files that it includes) into the
// neutral model.
//
// The language is declarative, but in order: a name must be known before it is used, and
// constants are computed as they are read. Filters and functions are kept as programs
// (network.Program), which routing runs as BIRD does. What BIRD refuses is refused here with
// the line, because a BIRD that refuses its file keeps the old one or does not start.
//
// What stands in no file is taken from BIRD 2.0.12, as Debian 12 ships it.
package bird

import (
	"bytes"
	"unicode/utf8"

	"github.com/routegate/routegate/network"
)

// Source is one configuration file.
type Source = network.Source

// Error is what is wrong with a configuration, and where.
type Error = network.SourceError

// Parse reads a router's files: the first is the main one, bird.conf, the others are those that it
// may include. A file that nothing includes is none of BIRD's business and is not in the ledger. The
// error is an *Error; Parse never panics and may be called concurrently.
func Parse(name string, files []Source) (r *network.Router, err error) {
	if len(files) == 0 {
		return nil, &Error{Path: name, Msg: "no configuration"}
	}
	defer func() {
		// A mistake in the text ends the descent at once; anything else is a fault of ours.
		if x := recover(); x != nil {
			e, ok := x.(*Error)
			if !ok {
				panic(x)
			}
			r, err = nil, e
		}
	}()
	p := newParser(name, files)
	p.configuration()
	return p.router(), nil
}

// readable refuses what is no text.
func readable(f Source) *Error {
	if utf8.Valid(f.Text) && bytes.IndexByte(f.Text, 0) < 0 {
		return nil
	}
	line := 1
	for i := 0; i < len(f.Text); {
		r, n := utf8.DecodeRune(f.Text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return &Error{Path: f.Path, Line: line, Msg: "not UTF-8 text"}
		case r == 0:
			return &Error{Path: f.Path, Line: line, Msg: "a NUL byte: not a text file"}
		case r == '\n':
			line++
		}
		i += n
	}
	return nil
}
