package gobgp

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	api "github.com/osrg/gobgp/v3/api"
	"google.golang.org/protobuf/proto"
)

// policies puts all sets and policies into gobgpd in one call, which it does between two updates of a neighbor. Policies that
// still apply and are not wanted any more stay until the assignments have changed.
func (a *application) policies(ctx context.Context) error {
	want, have := a.want.objects, a.have
	same := true
	for _, k := range kinds {
		same = same && len(compareMaps("", ofKind(want.sets, k), ofKind(have.sets, k))) == 0
	}
	same = same && len(compareMaps("", want.policies, have.policies)) == 0
	if !same {
		a.again = true
		if err := a.set(ctx, meanwhile(want, have)); err != nil {
			return err
		}
	}
	for _, d := range directions {
		if len(compareObject("", want.assignments[d], have.assignments[d])) == 0 {
			continue
		}
		a.again = true
		x := proto.CloneOf(want.assignments[d])
		x.Name, x.Direction = globalTable, d
		if _, err := a.client.SetPolicyAssignment(ctx, &api.SetPolicyAssignmentRequest{Assignment: x}); err != nil {
			return fmt.Errorf("assign %s policies: %w", strings.ToLower(d.String()), err)
		}
	}
	return nil
}

// finish takes away what stayed meanwhile, once nothing applies it.
func (a *application) finish(ctx context.Context) error {
	for name := range a.have.policies {
		if a.want.objects.policies[name] == nil {
			return a.set(ctx, a.want.objects)
		}
	}
	for key := range a.have.sets {
		if a.want.objects.sets[key] == nil {
			return a.set(ctx, a.want.objects)
		}
	}
	return nil
}

func (a *application) set(ctx context.Context, o *objects) error {
	r := &api.SetPoliciesRequest{DefinedSets: []*api.DefinedSet{}, Policies: []*api.Policy{}}
	for _, k := range kinds {
		sets := ofKind(o.sets, k)
		for _, n := range slices.Sorted(maps.Keys(sets)) {
			x := proto.CloneOf(sets[n])
			if k == api.DefinedType_LARGE_COMMUNITY {
				plain(x.List)
			}
			r.DefinedSets = append(r.DefinedSets, x)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(o.policies)) {
		x := proto.CloneOf(o.policies[n])
		for _, st := range x.Statements {
			// Read twice on the way into a statement.
			plain(st.GetActions().GetLargeCommunity().GetCommunities())
			plain(st.GetActions().GetLargeCommunity().GetCommunities())
		}
		r.Policies = append(r.Policies, x)
	}
	if _, err := a.client.SetPolicies(ctx, r); err != nil {
		return fmt.Errorf("set policies: %w", err)
	}
	return nil
}

var exact = regexp.MustCompile(`^\^(\^*\d+:\d+:\d+\$*)\$$`)

// plain takes one pair of anchors off large communities: GoBGP tells a value as "^65000:1:2$", or with more anchors where it has
// read it more than once, and puts another pair around what it is given.
func plain(list []string) {
	for i, x := range list {
		list[i] = exact.ReplaceAllString(x, "$1")
	}
}

// meanwhile is what is wanted and, beside it, policies that apply now and are not wanted: as they are, with statements and sets of
// other names where the wanted ones have theirs.
func meanwhile(want, have *objects) *objects {
	o := &objects{sets: maps.Clone(want.sets), policies: maps.Clone(want.policies)}
	statements := map[string]bool{}
	for _, p := range want.policies {
		for _, s := range p.Statements {
			statements[s.Name] = true
		}
	}
	for _, name := range applied(have) {
		if want.policies[name] != nil || have.policies[name] == nil {
			continue
		}
		p := proto.CloneOf(have.policies[name])
		for _, s := range p.Statements {
			if statements[s.Name] {
				s.Name = aside + s.Name
			}
			for kind, m := range matches(s.Conditions) {
				set := have.sets[setKey{kind, m.Name}]
				if set == nil {
					continue
				}
				if w := want.sets[setKey{kind, m.Name}]; w != nil && len(compareObject("", w, set)) > 0 {
					set = proto.CloneOf(set)
					set.Name = aside + set.Name
					m.Name = set.Name
				}
				o.sets[setKey{kind, set.Name}] = set
			}
		}
		o.policies[name] = p
	}
	return o
}

// aside begins the names of what stays for a moment only.
const aside = "routegate-aside-"

// applied names the policies that apply, to the global table or to a route server's client.
func applied(o *objects) (names []string) {
	for _, d := range directions {
		for _, p := range o.assignments[d].GetPolicies() {
			names = append(names, p.Name)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o.peers)) {
		for _, x := range []*api.PolicyAssignment{o.peers[k].ApplyPolicy.GetImportPolicy(), o.peers[k].ApplyPolicy.GetExportPolicy()} {
			for _, p := range x.GetPolicies() {
				names = append(names, p.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// matches are the sets that a statement's conditions name.
func matches(c *api.Conditions) map[api.DefinedType]*api.MatchSet {
	all := map[api.DefinedType]*api.MatchSet{api.DefinedType_PREFIX: c.GetPrefixSet(), api.DefinedType_NEIGHBOR: c.GetNeighborSet(), api.DefinedType_AS_PATH: c.GetAsPathSet(),
		api.DefinedType_COMMUNITY: c.GetCommunitySet(), api.DefinedType_EXT_COMMUNITY: c.GetExtCommunitySet(), api.DefinedType_LARGE_COMMUNITY: c.GetLargeCommunitySet()}
	maps.DeleteFunc(all, func(_ api.DefinedType, m *api.MatchSet) bool { return m == nil })
	return all
}
