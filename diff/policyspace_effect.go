package diff

import (
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// judge marks as without effect the changes inside a policy that is proven to mean the same
// everywhere, and changed references whose chain is.
func (s *spaceComparison) judge() {
	proven := map[string]bool{}
	example := map[string]*SpaceWitness{}
	for _, a := range s.a.Policies {
		if b := s.b.Policy(a.Name); b != nil && s.changed.policies[a.Name] {
			u := s.alone(b, a)
			cmp := policy.Compare(&u.before, &u.after, policy.Options{First: true})
			proven[a.Name] = cmp.Equal() && cmp.Complete
			for _, w := range []*policy.Witness{cmp.ShrankBy, cmp.GrewBy, cmp.AltersBy} {
				if w != nil && example[a.Name] == nil {
					example[a.Name] = witness(w)
				}
			}
		}
	}
	for i := range s.c.out.Changes {
		ch := &s.c.out.Changes[i]
		switch ch.Object {
		case ObjectPolicy, ObjectStatement:
			if proven[ch.Name] && ch.Effect == MayMatter {
				ch.Effect = NoEffect
				ch.Summary += " (the policy treats every route as before)"
			} else if w := example[ch.Name]; ch.Kind == Moved && ch.Effect == MayMatter && w != nil {
				ch.Summary += " (for example " + w.text() + ")"
			} else if to := s.renamed[ch.Before]; to != "" && to == ch.After && strings.HasSuffix(ch.Path, "/call") {
				ch.Effect = NoEffect
			}
		case ObjectNeighbor, ObjectNetwork, ObjectRedistribution:
			s.reference(ch, ch.Path)
		case ObjectPeerGroup:
			s.groupReference(ch)
		}
	}
}

// reference marks a changed reference to a policy as without effect where the use of every one of the paths is proven to
// be, and the change is nothing but that reference.
func (s *spaceComparison) reference(ch *Change, paths ...string) {
	if ch.Effect != MayMatter || besides(ch) {
		return
	}
	renamed := true
	for _, path := range paths {
		i := slices.IndexFunc(s.uses, func(u use) bool { return u.path == path })
		if i < 0 {
			return
		}
		u := &s.uses[i]
		follows := same(s.followed(u.before.Chain), u.after.Chain) && u.before.Unconfigured == u.after.Unconfigured
		c, compared := s.found[path]
		if !follows && !(compared && c.Equal() && c.Complete) {
			return
		}
		renamed = renamed && follows
	}
	ch.Effect = NoEffect
	ch.Summary += map[bool]string{true: " (the policy is only renamed)", false: " (every route is treated as before)"}[renamed]
}

// groupReference judges a reference of a peer group by the members that inherit it. Neighbors that a listen
// range takes in are not known, and so nothing is claimed for their group.
func (s *spaceComparison) groupReference(ch *Change) {
	group := "peer-group " + ch.Name
	if len(ch.Members) == 0 || !strings.Contains(ch.Path, group+"/") {
		return
	}
	for _, v := range s.a.VRFs {
		if v.BGP != nil && slices.ContainsFunc(v.BGP.Listen, func(l network.ListenRange) bool { return l.PeerGroup == ch.Name }) {
			return
		}
	}
	var paths []string
	for _, m := range ch.Members {
		paths = append(paths, strings.Replace(ch.Path, group+"/", "neighbor "+m+"/", 1))
	}
	s.reference(ch, paths...)
}

// besides reports whether something else than the policy of a statement that names one beside other
// things differs: "policy A, metric 5".
func besides(ch *Change) bool {
	rest := func(text string) string {
		parts := strings.Split(text, ", ")
		return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" || strings.HasPrefix(p, "policy ") }), ", ")
	}
	switch ch.Object {
	case ObjectNetwork, ObjectRedistribution:
		return ch.Kind != Modified || rest(ch.Before) != rest(ch.After)
	}
	return false
}
