package policy

import (
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// maxSamples bounds the texts that are made from one expression.
const maxSamples = 24

// samples are texts that an expression is likely to match, made from its syntax tree:
// every branch once, every repetition at its least and once more. The caller tries
// them; some do not match (an underscore taken for nothing in the middle).
func samples(expr string) []string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	return sampleTree(re.Simplify())
}

func sampleTree(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return sampleClass(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"7", " "}
	case syntax.OpCapture:
		return sampleTree(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		return append([]string{""}, sampleTree(re.Sub[0])...)
	case syntax.OpPlus:
		one := sampleTree(re.Sub[0])
		return bound(append(one[:len(one):len(one)], cross(one, one)...))
	case syntax.OpConcat:
		out := []string{""}
		for _, s := range re.Sub {
			out = bound(cross(out, sampleTree(s)))
		}
		return out
	case syntax.OpAlternate:
		var out []string
		for _, s := range re.Sub {
			out = append(out, sampleTree(s)...)
		}
		return bound(out)
	}
	return []string{""} // anchors and the empty expression
}

// sampleClass takes a blank where the class has one (it is an underscore then), and the
// first digit above 0, else the first character.
func sampleClass(r []rune) []string {
	holds := func(x rune) bool {
		for i := 0; i+1 < len(r); i += 2 {
			if r[i] <= x && x <= r[i+1] {
				return true
			}
		}
		return false
	}
	var out []string
	if holds(' ') {
		out = append(out, " ")
	}
	for _, x := range "1234567890" {
		if holds(x) {
			out = append(out, string(x))
			break
		}
	}
	if holds('9') && !holds('1') {
		out = append(out, "9")
	}
	if len(out) == 0 && len(r) > 0 {
		out = append(out, string(r[0]))
	}
	return out
}

func cross(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// bound drops duplicates and keeps a spread of a list that is too long.
func bound(list []string) []string {
	list = unique(list)
	if len(list) <= maxSamples {
		return list
	}
	out := make([]string, maxSamples)
	for i := range out {
		out[i] = list[i*len(list)/maxSamples]
	}
	return out
}

// samplePaths are AS paths made from an expression's samples, alone and in the
// middle of a longer path, which expressions without anchors match as well.
func samplePaths(expr string) []network.ASPath {
	var out []network.ASPath
	for _, s := range samples(expr) {
		for _, t := range []string{s, otherAS + " " + s, s + " " + otherAS} {
			if p, ok := parsePath(t); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// otherAS is an AS that no real configuration mentions: documentation space (RFC 5398).
const otherAS = "65551"

// parsePath reads an AS path as it is rendered, sequences and sets.
func parsePath(s string) (network.ASPath, bool) {
	var p network.ASPath
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, " ") {
		kind, body := network.ASSequence, ""
		if s[0] == '{' {
			end := strings.IndexByte(s, '}')
			if end < 0 {
				return nil, false
			}
			kind, body, s = network.ASSet, s[1:end], s[end+1:]
		} else {
			end := strings.IndexByte(s, '{')
			if end < 0 {
				end = len(s)
			}
			body, s = s[:end], s[end:]
		}
		seg := network.ASSegment{Kind: kind}
		for _, w := range strings.FieldsFunc(body, func(r rune) bool { return r == ' ' || r == ',' && kind == network.ASSet }) {
			as, err := strconv.ParseUint(w, 10, 32)
			if err != nil || as == 0 {
				return nil, false
			}
			seg.AS = append(seg.AS, uint32(as))
		}
		if len(seg.AS) == 0 {
			return nil, false
		}
		p = append(p, seg)
	}
	return p, true
}

// mentionedAS are the AS numbers that stand in an expression as plain digits.
func mentionedAS(expr string) []uint32 {
	var out []uint32
	for _, w := range strings.FieldsFunc(expr, func(r rune) bool { return r < '0' || r > '9' }) {
		if as, err := strconv.ParseUint(w, 10, 32); err == nil && as > 0 && len(out) < 16 {
			out = append(out, uint32(as))
		}
	}
	return unique(out)
}
