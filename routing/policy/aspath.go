package policy

import (
	"regexp/syntax"
	"strconv"

	"github.com/routegate/routegate/network"
)

// asPathSet is a compiled AS path list.
type asPathSet struct {
	*network.ASPathSet
	patterns []*pattern
}

func (e *Evaluator) compileASPathSet(s *network.ASPathSet) *asPathSet {
	c := &asPathSet{s, make([]*pattern, len(s.Entries))}
	for i, en := range s.Entries {
		c.patterns[i] = e.pattern(en.Pattern)
	}
	return c
}

// pathText renders a path at most once.
type pathText struct {
	path network.ASPath
	text string
	done bool
}

func (t *pathText) match(p *pattern) verdict {
	if p.simple != nil {
		if v, ok := p.simple.match(t.path); ok {
			return verdictOf(v)
		}
	}
	if !t.done {
		t.text, t.done = t.path.String(), true
	}
	return p.match(t.text)
}

// accepts is the list alone, and whether an expression that does not compile was in the way.
func (s *asPathSet) accepts(path network.ASPath) (accept, certain bool) {
	t := pathText{path: path}
	for i, p := range s.patterns {
		switch t.match(p) {
		case yes:
			return !s.Entries[i].Deny, true
		case unknown:
			return false, false
		}
	}
	return false, true
}

// match applies the list with an option: ordered for any, every expression for
// all, no expression for invert (GoBGP, whose sets have no deny entries).
func (s *asPathSet) match(path network.ASPath, o network.MatchOption) verdict {
	switch o {
	case network.MatchAll:
		t, v := pathText{path: path}, yes
		for _, p := range s.patterns {
			v = min(v, t.match(p))
		}
		return v
	}
	accept, certain := s.accepts(path)
	if !certain {
		return unknown
	}
	return verdictOf(accept != (o == network.MatchInvert))
}

// simplePath is an expression about one AS whose answer needs no text: ^65001$,
// ^65001_, _65001$, _65001_, and ^$, .* without any AS.
type simplePath struct {
	as         uint32
	kind       simpleKind
	first, end bool // anchored at that side, else a boundary
}

type simpleKind uint8

const (
	simpleAS simpleKind = iota
	simpleEmpty
	simpleAll
)

// match answers; ok is false for paths on which the shape of the text matters.
func (s *simplePath) match(p network.ASPath) (match, ok bool) {
	switch s.kind {
	case simpleEmpty:
		return len(p) == 0, true
	case simpleAll:
		return true, true
	}
	if len(p) == 0 {
		return false, true
	}
	if len(p) > 1 || p[0].Kind != network.ASSequence || len(p[0].AS) == 0 {
		return false, false
	}
	as := p[0].AS
	switch {
	case s.first && s.end:
		return len(as) == 1 && as[0] == s.as, true
	case s.first:
		return as[0] == s.as, true
	case s.end:
		return as[len(as)-1] == s.as, true
	}
	return has(as, s.as), true
}

// simplify recognises the forms above by the structure of the expression, in
// whatever way a dialect translates the underscore; nil for any other.
func simplify(text string) *simplePath {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	re = re.Simplify()
	if re.Op == syntax.OpStar && (re.Sub[0].Op == syntax.OpAnyChar || re.Sub[0].Op == syntax.OpAnyCharNotNL) {
		return &simplePath{kind: simpleAll}
	}
	if re.Op != syntax.OpConcat {
		return nil
	}
	switch {
	case len(re.Sub) == 2 && re.Sub[0].Op == syntax.OpBeginText && re.Sub[1].Op == syntax.OpEndText:
		return &simplePath{kind: simpleEmpty}
	case len(re.Sub) != 3 || re.Sub[1].Op != syntax.OpLiteral:
		return nil
	}
	digits := string(re.Sub[1].Rune)
	as, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || strconv.FormatUint(as, 10) != digits {
		return nil
	}
	s := &simplePath{as: uint32(as), first: re.Sub[0].Op == syntax.OpBeginText, end: re.Sub[2].Op == syntax.OpEndText}
	if !s.first && !isBoundary(re.Sub[0], syntax.OpBeginText) || !s.end && !isBoundary(re.Sub[2], syntax.OpEndText) {
		return nil
	}
	return s
}

// isBoundary recognises the underscore: the edge of the text, or one of a class
// that has the blank and no digit.
func isBoundary(re *syntax.Regexp, edge syntax.Op) bool {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpAlternate {
		return false
	}
	var atEdge, atBlank bool
	for _, s := range re.Sub {
		switch s.Op {
		case syntax.OpBeginText, syntax.OpEndText:
			atEdge = atEdge || s.Op == edge
		case syntax.OpCharClass:
			for i := 0; i+1 < len(s.Rune); i += 2 {
				lo, hi := s.Rune[i], s.Rune[i+1]
				if lo <= '9' && hi >= '0' {
					return false
				}
				atBlank = atBlank || lo <= ' ' && hi >= ' '
			}
		case syntax.OpLiteral:
			if len(s.Rune) != 1 || s.Rune[0] >= '0' && s.Rune[0] <= '9' {
				return false
			}
			atBlank = atBlank || s.Rune[0] == ' '
		default:
			return false
		}
	}
	return atEdge && atBlank
}

// prepend puts ASes in front, into the first segment where that is a sequence.
func prepend(p network.ASPath, as []uint32) network.ASPath {
	if len(as) == 0 {
		return p
	}
	if len(p) > 0 && p[0].Kind == network.ASSequence {
		first := network.ASSegment{AS: append(append(make([]uint32, 0, len(as)+len(p[0].AS)), as...), p[0].AS...)}
		return append(network.ASPath{first}, p[1:]...)
	}
	return append(network.ASPath{{Kind: network.ASSequence, AS: as}}, p...)
}

// mapAS rewrites every AS of a path; keep false removes it, and a segment that loses all goes.
func mapAS(p network.ASPath, f func(as uint32) (to uint32, keep bool)) network.ASPath {
	var out network.ASPath
	for _, s := range p {
		n := network.ASSegment{Kind: s.Kind}
		for _, a := range s.AS {
			if to, keep := f(a); keep {
				n.AS = append(n.AS, to)
			}
		}
		if len(n.AS) == 0 {
			continue
		}
		if n.Kind == network.ASSet || n.Kind == network.ConfedSet {
			n.AS = insert(nil, n.AS, func(a, b uint32) bool { return a < b })
		}
		if k := len(out) - 1; k >= 0 && n.Kind == network.ASSequence && out[k].Kind == network.ASSequence {
			out[k].AS = append(out[k].AS, n.AS...)
			continue
		}
		out = append(out, n)
	}
	return out
}
