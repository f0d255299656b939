package gate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/routegate/routegate/network"
)

// memberRouters are the routers of one role:, site: or group:.
type memberRouters struct {
	place   string
	routers map[string]bool
}

// membersOf are the routers of each role, site and group on either side, those with most first.
func membersOf(sides ...*network.Network) []memberRouters {
	by := map[string]map[string]bool{}
	for _, n := range sides {
		for _, d := range n.Env.Devices {
			for kind, name := range map[string]string{"role:": d.Role, "site:": d.Site, "group:": d.Group} {
				if name == "" {
					continue
				}
				if by[kind+name] == nil {
					by[kind+name] = map[string]bool{}
				}
				by[kind+name][d.Name] = true
			}
		}
	}
	var out []memberRouters
	for _, place := range slices.Sorted(maps.Keys(by)) {
		out = append(out, memberRouters{place, by[place]})
	}
	slices.SortStableFunc(out, func(a, b memberRouters) int { return cmp.Compare(len(b.routers), len(a.routers)) })
	return out
}

// draftPlaces names routers by the role, site or group that holds three and more of them and no other, the largest first, and the
// rest by name; none where even that would be too many to be read.
func draftPlaces(routers []string, members []memberRouters) []string {
	all, left := map[string]bool{}, map[string]bool{}
	for _, r := range routers {
		all[r], left[r] = true, true
	}
	var out []string
	for _, m := range members {
		fresh, others := 0, false
		for r := range m.routers {
			others = others || !all[r]
			if left[r] {
				fresh++
			}
		}
		if fresh < 3 || others {
			continue
		}
		out = append(out, m.place)
		for r := range m.routers {
			delete(left, r)
		}
	}
	slices.Sort(out)
	if out = append(out, sortedNames(left)...); len(out) > draftSets {
		return nil
	}
	return out
}
