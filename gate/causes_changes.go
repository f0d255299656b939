package gate

import (
	"fmt"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// maxAltered bounds the changes that stand at the head of a chain: more are counted.
const maxAltered = 3

// altered puts the changes of a router ("": of routegate.yaml) for which a test holds at the end, and reports whether there are any. Those that stand in the chain
// already are not repeated; those without effect are left out.
func (c *causes) altered(router string, test func(*diff.Change) bool) bool {
	var found []*diff.Change
	for i := range c.changes {
		if x := &c.changes[i]; x.Router == router && x.Effect == diff.MayMatter && test(x) {
			found = append(found, x)
		}
	}
	return c.put(found)
}

// put puts changes at the end.
func (c *causes) put(found []*diff.Change) bool {
	fresh := slices.DeleteFunc(slices.Clone(found), func(x *diff.Change) bool { return !c.once("change %s %s %s", x.Router, x.Path, x.Summary) })
	for _, x := range fresh[:min(len(fresh), maxAltered)] {
		c.out = append(c.out, Cause{Router: x.Router, Text: "the change: " + x.Summary, Sources: c.changedLines(x)})
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

// rooted puts in front of a chain that does not begin with a line of the change what the change alters: of what the finding points at, else on the
// routers of the chain, else anywhere.
func (c *causes) rooted(f *Finding) {
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
	for _, test := range []func(*diff.Change) bool{
		func(x *diff.Change) bool { return pointed(x) && within(x) }, pointed, within, func(*diff.Change) bool { return true },
	} {
		var found []*diff.Change
		for i := range c.changes {
			if x := &c.changes[i]; x.Effect == diff.MayMatter && test(x) {
				found = append(found, x)
			}
		}
		if len(found) == 0 {
			continue
		}
		chain := c.out
		c.out, c.seen = nil, map[string]bool{}
		c.put(found)
		c.out = append(c.out, slices.DeleteFunc(chain, func(x Cause) bool { // what stood further down stands in front now
			return slices.ContainsFunc(c.out, func(y Cause) bool { return x.Router == y.Router && x.Text == y.Text })
		})...)
		return
	}
}

// more is how a list goes on that is cut off.
func more(n int, noun, tail string) string {
	if n > 1 {
		noun += "s"
	}
	return fmt.Sprintf("; and %d more %s%s", n, noun, tail)
}
