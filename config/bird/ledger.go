package bird

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"github.com/routegate/routegate/network"
)

// verdict is what becomes of a line in the ledger. The zero verdict is that of lines on which nothing stands.
type verdict struct {
	support network.Support
	reason  string
	affects network.Affects
	context string
}

const (
	anything   = network.AffectsAnything
	sessions   = network.AffectsSessions
	routes     = network.AffectsRoutes
	forwarding = network.AffectsForwarding
	others     = network.AffectsOther
)

var (
	modelled = verdict{support: network.Modelled}
	harmless = verdict{support: network.Irrelevant}
)

// unsupported is what BIRD obeys and the model does not hold.
func unsupported(affects network.Affects, reason string) verdict {
	return verdict{support: network.NotModelled, reason: reason, affects: affects}
}

// rank orders the states: of several statements on one line, the least understood speaks.
var rank = [...]int{network.Blank: 0, network.Irrelevant: 1, network.Modelled: 2, network.NotModelled: 3}

// mark gives a line a state unless it has one that says more.
func (p *parser) mark(file, line int, v verdict) {
	if line < 1 || line > len(p.lines[file]) {
		return
	}
	if at := &p.lines[file][line-1]; rank[v.support] > rank[at.support] {
		*at = v
	}
}

// say gives the lines of a range of tokens a state.
func (p *parser) say(from, to token, v verdict) {
	for _, t := range p.tokens[from.index : to.index+1] {
		if !t.is("}") && !t.is("{") && !t.is(";") {
			p.mark(t.file, t.line, v)
		}
	}
}

func countLines(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	return bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1
}

// ledgers are the files that were read, in the order in which they were given.
func (p *parser) ledgers() []network.File {
	var out []network.File
	for i, src := range p.files {
		if !p.used[i] {
			continue
		}
		f := network.File{Path: src.Path, SHA256: sha256.Sum256(src.Text), Text: src.Text, Support: make([]network.Support, len(p.lines[i]))}
		text := strings.Split(string(src.Text), "\n")
		for n, v := range p.lines[i] {
			f.Support[n] = v.support
			if v.support == network.NotModelled {
				f.Notes = append(f.Notes, network.Note{Span: network.At(src.Path, n+1), Context: v.context, Text: concealed(strings.TrimSpace(text[n])),
					Reason: v.reason, Affects: v.affects})
			}
		}
		out = append(out, f)
	}
	return out
}

// concealed keeps passwords out of notes.
func concealed(text string) string {
	if i := strings.Index(text, "password"); i >= 0 {
		return text[:i+len("password")]
	}
	return text
}
