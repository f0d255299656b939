package diff

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// rpki compares the files of VRPs.
func (c *comparison) rpki(b, a *network.RPKI) {
	was, is := b.VRPs, a.VRPs
	p := place{object: ObjectEnvironment, path: "environment/rpki", name: "rpki", noun: "route origin validation", before: b.Span, after: a.Span}
	switch {
	case was == is:
	case was == nil:
		c.appears(&p, "", vrpsText(is), true)
	case is == nil:
		c.appears(&p, vrpsText(was), "", false)
	default:
		if added, gone := vrpsApart(was.List, is.List); len(added)+len(gone) > 0 {
			c.add(Change{Path: p.path, Kind: Modified, Object: p.object, Name: p.name, Before: vrpsText(was), After: vrpsText(is),
				BeforeSpan: p.before, AfterSpan: p.after, Summary: fmt.Sprintf("VRPs: %d new%s, %d gone%s", len(added), vrpExamples(added), len(gone), vrpExamples(gone))})
		} else if !was.Generated.Equal(is.Generated) {
			c.add(Change{Path: p.path, Kind: Modified, Object: p.object, Name: p.name, Before: vrpsText(was), After: vrpsText(is), Effect: NoEffect,
				BeforeSpan: p.before, AfterSpan: p.after, Summary: "the same VRPs are written anew"})
		}
	}
}

func vrpsText(v *network.VRPs) string {
	return fmt.Sprintf("%d VRPs of %s", len(v.List), v.Generated.Format(time.RFC3339))
}

// vrpsApart are the VRPs that only one of two sorted lists has.
func vrpsApart(was, is []network.VRP) (added, gone []network.VRP) {
	for len(was) > 0 && len(is) > 0 {
		switch o := compareVRP(was[0], is[0]); {
		case o < 0:
			gone, was = append(gone, was[0]), was[1:]
		case o > 0:
			added, is = append(added, is[0]), is[1:]
		default:
			was, is = was[1:], is[1:]
		}
	}
	return append(added, is...), append(gone, was...)
}

func compareVRP(a, b network.VRP) int {
	return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()),
		cmp.Compare(a.MaxLength, b.MaxLength), cmp.Compare(a.AS, b.AS))
}

func vrpExamples(list []network.VRP) string {
	var t []string
	for _, v := range list[:min(len(list), 3)] {
		t = append(t, fmt.Sprintf("%s up to /%d by AS%d", v.Prefix, v.MaxLength, v.AS))
	}
	if len(list) > 3 {
		t = append(t, "...")
	}
	if len(t) == 0 {
		return ""
	}
	return " (" + strings.Join(t, ", ") + ")"
}
