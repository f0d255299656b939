package gate

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
)

// changes writes the difference of the configurations into the document.
func changes(d *diff.ConfigDiff, q quoters) Changes {
	c := Changes{
		Known:          true,
		RoutersChanged: names(d.RoutersChanged), RoutersAdded: names(d.RoutersAdded), RoutersRemoved: names(d.RoutersRemoved),
		Items: []Change{}, Spaces: []Space{}, NotModelled: []LedgerLine{},
	}
	for i := range d.Changes {
		x := &d.Changes[i]
		c.Items = append(c.Items, Change{
			Router: x.Router, Path: x.Path, Kind: x.Kind.String(), Object: x.Object.String(), Name: x.Name,
			Before: x.Before, After: x.After, HasEffect: x.Effect != diff.NoEffect, Summary: x.Summary,
			Members: names(x.Members), Sources: q.both(x.BeforeSpan, x.AfterSpan),
		})
	}
	for i := range d.Spaces {
		if s := &d.Spaces[i]; !s.Equal() || len(s.Uncertain) > 0 {
			c.Spaces = append(c.Spaces, space(s, q))
		}
	}
	for i := range d.Ledger {
		c.NotModelled = append(c.NotModelled, ledgerLine(&d.Ledger[i], q))
	}
	return c
}

func space(s *diff.SpaceChange, q quoters) Space {
	out := Space{
		Router: s.Router, Path: s.Path, Users: names(s.Users), Name: s.Name, Grew: s.Grew, Shrank: s.Shrank, Alters: s.Alters,
		Complete: s.Complete, Witnesses: []Witness{}, Uncertain: names(s.Uncertain), Summary: s.Summary,
	}
	for _, w := range []struct {
		now string
		by  *diff.SpaceWitness
	}{{"accepted", s.GrewBy}, {"refused", s.ShrankBy}, {"altered", s.AltersBy}} {
		if w.by != nil {
			out.Witnesses = append(out.Witnesses, Witness{Now: w.now, Route: w.by.Route, Before: w.by.Before, After: w.by.After,
				Sources: q.both(w.by.BeforeSpan, w.by.AfterSpan)})
		}
	}
	return out
}

func ledgerLine(l *diff.LedgerChange, q quoters) LedgerLine {
	from := q.after
	if l.Kind == diff.Removed {
		from = q.before
	}
	src, _ := from.source(l.Span)
	if len(src.Lines) == 0 {
		src = Source{Side: from.side, File: l.Span.File, First: int(l.Span.First), Last: int(l.Span.Last), Lines: []Line{{int(l.Span.First), mask(l.Text), true}}, Removed: []Line{}}
	}
	return LedgerLine{Router: l.Router, Kind: l.Kind.String(), Reason: l.Reason, Affects: l.Affects.String(), Source: src}
}

// policyFiles are the changes of the snapshot's own policies: a change that takes a rule away is not
// judged by it, and so must be seen to take it away.
func policyFiles(before, after *config.Snapshot) []Change {
	out := []Change{}
	add := func(path, kind, verb string) {
		out = append(out, Change{Path: "environment/policy/file " + path, Kind: kind, Object: "environment", Name: path, HasEffect: true,
			Summary: fmt.Sprintf("policy file %s %s", path, verb), Members: []string{}, Sources: []Source{}})
	}
	is := ownRules(after)
	text := map[string][]byte{}
	for _, f := range is {
		text[f.Path] = f.Text
	}
	for _, f := range ownRules(before) {
		now, stands := text[f.Path]
		switch {
		case !stands:
			add(f.Path, "removed", "is removed")
		case !bytes.Equal(now, f.Text):
			add(f.Path, "modified", "is altered")
		}
		delete(text, f.Path)
	}
	for _, f := range is {
		if _, fresh := text[f.Path]; fresh {
			add(f.Path, "added", "is new")
		}
	}
	return out
}

// ownRules are the files that hold a snapshot's own policies.
func ownRules(s *config.Snapshot) []config.PolicyFile {
	out := slices.Clone(s.Policies)
	if s.Bundle != nil {
		out = append(out, *s.Bundle)
	}
	return out
}

// names makes a list that is never null in JSON.
func names(s []string) []string { return append([]string{}, s...) }
