// Package frr reads FRRouting's configuration files (frr.conf, or zebra.conf,
// bgpd.conf, staticd.conf, ospfd.conf side by side) into the neutral model.
//
// FRR's language is modal and imperative: each line is a command that is looked up in
// the current node, then in the nodes around it, and that changes what the lines
// before it made. The reader does the same: a table of commands by node, a state that
// handlers change line by line, and a last step in which inheritance is applied.
//
// What stands in no file is taken from FRR 8.4, as Debian 12 ships it; `frr version`
// and `frr defaults` are obeyed where FRR's own defaults depend on them.
package frr

import (
	"bytes"
	"crypto/sha256"
	"unicode/utf8"

	"github.com/routegate/routegate/network"
)

// Source is one file of a router.
type Source = network.Source

// Parse reads one router's files into the model. Files are read in the order given, each
// from the top node. Lines that are not understood are never an error: they stand in
// the ledger (network.File) as NotModelled. An error is returned only for a file that
// is no text at all, as "path:line: message". Parse may be called concurrently.
func Parse(name string, files []Source) (*network.Router, error) {
	for _, f := range files {
		if err := readable(f); err != nil {
			return nil, err
		}
	}
	p := newParser(name)
	p.read(files)
	if len(p.undone) > 0 {
		// A command spoiled the transaction that it stood in: read again without it.
		p = newParser(name, p.undone)
		p.read(files)
	}
	return p.finish(), nil
}

func readable(f Source) error {
	if utf8.Valid(f.Text) && bytes.IndexByte(f.Text, 0) < 0 {
		return nil
	}
	line := 1
	for i := 0; i < len(f.Text); {
		r, n := utf8.DecodeRune(f.Text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return &network.SourceError{Path: f.Path, Line: line, Msg: "not UTF-8 text"}
		case r == 0:
			return &network.SourceError{Path: f.Path, Line: line, Msg: "a NUL byte: not a text file"}
		case r == '\n':
			line++
		}
		i += n
	}
	return nil
}

// read takes every file in turn.
func (p *parser) read(files []Source) {
	p.r.Files = make([]network.File, len(files))
	for i, f := range files {
		p.file = &p.r.Files[i]
		*p.file = network.File{Path: f.Path, SHA256: sha256.Sum256(f.Text), Text: f.Text}
		p.readFile(f)
	}
}
