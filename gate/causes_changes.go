package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// maxAltered bounds the changes that stand at the head of a chain: more are counted.
const maxAltered = 3

// altered puts the changes of a router ("": of routegate.yaml) for which a test holds at the end, and reports whether there are any. Those that stand in the chain
// already are not repeated; those without effect are left out.
func (c *causes) altered(router string, test func(*diff.Change) bool) bool {
	return c.put(c.found(func(x *diff.Change) bool { return x.Router == router && test(x) }))
}

// put puts changes at the end.
func (c *causes) put(found []*diff.Change) bool {
	fresh := slices.DeleteFunc(slices.Clone(found), func(x *diff.Change) bool { return !c.once("change %s %s %s", x.Router, x.Path, x.Summary) })
	for _, x := range fresh[:min(len(fresh), maxAltered)] {
		lines, text := c.changedLines(x), "the change: "+x.Summary
		if len(lines) > 0 && !slices.ContainsFunc(lines, func(s Source) bool { return s.altered() || s.First == 0 }) {
			text += "; the line that names it is unchanged"
		}
		c.out = append(c.out, Cause{Router: x.Router, Text: text, Sources: lines})
	}
	if n := len(fresh) - maxAltered; n > 0 {
		last := &c.out[len(c.out)-1]
		last.Text += more(n, "change", " like it")
	}
	return len(found) > 0
}

// changedLines are those of a typed change on both sides, whichever way the chain is followed.
func (c *causes) changedLines(x *diff.Change) []Source {
	d := *c
	d.before = false
	return d.quote([]network.Span{x.BeforeSpan}, []network.Span{x.AfterSpan})
}

func isObject(kinds ...diff.Object) func(*diff.Change) bool {
	return func(x *diff.Change) bool { return slices.Contains(kinds, x.Object) }
}

// of reports that a change is one of the thing that a reference names.
func (r *reference) of(x *diff.Change) bool {
	return x.Name == r.name && slices.Contains([...][]diff.Object{
		{diff.ObjectPolicy, diff.ObjectStatement}, {diff.ObjectPrefixSet}, {diff.ObjectASPathSet}, {diff.ObjectCommunitySet}, {diff.ObjectNeighborSet},
	}[r.kind], x.Object)
}

// overlaps reports that a change touches lines of a side.
func overlaps(x *diff.Change, side string, s network.Span) bool {
	own := x.AfterSpan
	if side == "before" {
		own = x.BeforeSpan
	}
	return !s.IsZero() && !own.IsZero() && s.File == own.File && s.First <= max(own.First, own.Last) && own.First <= max(s.First, s.Last)
}

// rooted puts in front of a chain that does not begin with a line of the change what the change alters: of what the finding points at, else of the policies and
// sets that it names, else on the routers of the chain, else anywhere. Only what is simulated differs for no other reason than the change; of what only may lead there, it says so.
func (c *causes) rooted(f *Finding, simulated bool) {
	if len(c.out) == 0 || slices.ContainsFunc(c.out[0].Sources, func(s Source) bool { return s.altered() }) {
		return
	}
	pointed := func(x *diff.Change) bool {
		return slices.ContainsFunc(f.Sources, func(s Source) bool {
			return overlaps(x, s.Side, network.Span{File: s.File, First: int32(s.First), Last: int32(s.Last)})
		})
	}
	within := func(x *diff.Change) bool {
		return slices.ContainsFunc(c.out, func(y Cause) bool { return y.Router == x.Router })
	}
	tests := []func(*diff.Change) bool{func(x *diff.Change) bool { return pointed(x) && within(x) }, pointed, mentions(f.Message)}
	if simulated {
		tests = append(tests, within, func(*diff.Change) bool { return true })
	}
	for i, test := range tests {
		found := c.found(test)
		if len(found) == 0 {
			continue
		}
		chain := c.out
		c.out, c.seen = nil, map[string]bool{}
		c.put(found)
		if i > 2 && len(found) > 1 {
			for k := range c.out {
				c.out[k].Text = "of the change, what may lead to it: " + strings.TrimPrefix(c.out[k].Text, "the change: ")
			}
		}
		c.out = append(c.out, slices.DeleteFunc(chain, func(x Cause) bool { // what stood further down stands in front now
			return slices.ContainsFunc(c.out, func(y Cause) bool { return x.Router == y.Router && x.Text == y.Text })
		})...)
		return
	}
}

// mentions reports that a sentence names the policy or the set that a change is of.
func mentions(sentence string) func(*diff.Change) bool {
	words := strings.FieldsFunc(sentence, func(r rune) bool { return strings.ContainsRune(" ,:;()", r) })
	named := isObject(diff.ObjectPolicy, diff.ObjectStatement, diff.ObjectPrefixSet, diff.ObjectASPathSet, diff.ObjectCommunitySet, diff.ObjectNeighborSet)
	return func(x *diff.Change) bool { return named(x) && slices.Contains(words, x.Name) }
}

// found are the changes for which a test holds, without those that have no effect.
func (c *causes) found(test func(*diff.Change) bool) []*diff.Change {
	var out []*diff.Change
	for i := range c.changes {
		if x := &c.changes[i]; x.Effect == diff.MayMatter && test(x) {
			out = append(out, x)
		}
	}
	return out
}

// more is how a list goes on that is cut off.
func more(n int, noun, tail string) string {
	if n > 1 {
		noun += "s"
	}
	return fmt.Sprintf("; and %d more %s%s", n, noun, tail)
}
