package bgp

import (
	"slices"

	"github.com/routegate/routegate/network"
)

// session flags say what of the general rules can be left out on one end of a session.
type sessionFlags uint8

const (
	sendsPlainly    sessionFlags = 1 << iota // all of its update group are sent the same
	receivesPlainly                          // import changes nothing and loses nothing but loops
	exportsBarely                            // export puts our AS in front and takes off what does not travel
	sways                                    // what comes in, or goes out, may be preferred to shorter AS paths
	ranksPlainly                             // the instance prefers short AS paths after weight, preference and origin of its own
)

// mayBePlain reports whether prefixes of a family can be solved in the plain way at all.
func (s *solver) mayBePlain(f network.Family) bool { return !s.reflection && s.bestTravels(f) }

// bestTravels reports that nothing but best paths goes over sessions, and nothing turns after a prefix is solved: then the
// best paths stand for all that can be asked of it.
func (s *solver) bestTravels(f network.Family) bool {
	if s.opts.EveryPath || len(s.leaks) > 0 || s.emptiesExt() {
		return false
	}
	for _, in := range s.instances {
		if in.addPath[f] || in.config.VPN != nil || in.config.Habits.ServerTable && in.serves(f) {
			return false
		}
	}
	if s.traits&(advertisesIf|limitsSent|changesMED|confederates) == 0 {
		return true
	}
	for _, p := range s.peers {
		// What follows from the slots is made when it is asked for: nothing may have turned meanwhile.
		if p.families[f].up && (p.families[f].conditional || p.families[f].c.MaximumPrefixOut > 0 || p.state.Type == ConfedEBGP || p.config.DefaultMED != 0) {
			return false
		}
	}
	return true
}

// classify notes for every session what is plain about it. Called when nobody works.
func (s *solver) classify() {
	if s.classified {
		return
	}
	s.classified = true
	ranks := make([]bool, len(s.instances))
	s.uneven = make([]bool, len(s.instances))
	for i, in := range s.instances {
		ranks[i], in.usual = shortFirst(in.config), in.usualPreference()
		if h := s.heir; h != nil && h.all[i] && h.base.uneven != nil {
			s.uneven[i] = h.base.uneven[i]
			continue
		}
		s.uneven[i] = in.config.Decision.ASPathIgnore || slices.ContainsFunc(in.peers, func(p *peer) bool {
			return p.state.Type == IBGP && p.remote != nil && p.remote.in.config.DefaultLocalPref != in.config.DefaultLocalPref
		})
	}
	if h := s.heir; h != nil {
		// Whatever was torn down since is looked at again.
		h.flags = !s.torn && !s.solved && slices.Equal(s.uneven, h.base.uneven) && (len(s.aggregates) == 0) == (len(h.base.aggregates) == 0)
	}
	for _, f := range network.Families {
		s.plain[f], s.lanes[f], s.brief[f] = s.mayBePlain(f), nil, s.bestTravels(f)
		s.swaying[f] = nil
		todo := s.peers
		if h := s.heir; h != nil && h.flags {
			todo = h.fresh
			for _, p := range h.base.swaying[f] {
				if h.kept[p.id] {
					s.swaying[f] = append(s.swaying[f], s.peers[p.id])
				}
			}
		}
		for _, p := range todo {
			s.classifyEnd(p, f, ranks)
			if p.families[f].flags&sways != 0 {
				s.swaying[f] = append(s.swaying[f], p)
			}
		}
		if s.plain[f] {
			s.lanes[f] = s.makeLanes(f)
		}
	}
}

func (s *solver) classifyEnd(p *peer, f network.Family, ranks []bool) {
	x := &p.families[f]
	x.flags = 0
	if !x.up {
		return
	}
	b := p.in.config
	if p.state.Type == EBGP && !b.Habits.NotToSenderID && x.c.DefaultOriginate == nil && !b.SenderLoopCheck &&
		b.Confederation.Identifier == 0 && !x.c.UnsuppressMap.IsSet() &&
		len(s.aggregates) == 0 && !x.c.RouteServerClient {
		x.flags |= sendsPlainly
	}
	if c := x.c; p.state.Type == EBGP && !x.outPolicy && !b.RequirePolicy && !b.GracefulShutdown && !b.RejectASSets && !b.Habits.RewriteFirst && !p.config.LocalPrefOutside &&
		!b.Habits.MEDAfterPolicy && p.changed == 0 && p.config.Role == "" && b.Confederation.Identifier == 0 && c.RemovePrivateAS == network.KeepPrivateAS &&
		!c.ASOverride && !c.RouteServerClient && !c.ASPathUnchanged && !c.MEDUnchanged {
		x.flags |= exportsBarely
	}
	if p.state.Type == EBGP && !x.inPolicy && !b.RequirePolicy && !b.GracefulShutdown && !(p.config.EnforceFirstAS && !b.Habits.ReceiveAsIs) && !b.Habits.LocalPrefOnReceipt &&
		p.changed == 0 && !x.c.HasWeight && p.config.Role == "" && !b.RejectASSets && !p.config.RejectASSets && !p.config.LocalPrefOutside {
		x.flags |= receivesPlainly
	}
	if ranks[p.in.id] {
		x.flags |= ranksPlainly
	}
	prefers := func(p *peer) bool { x := &p.families[f]; return x.inRanks || x.c.HasWeight || s.uneven[p.in.id] }
	if p.remote != nil && (prefers(p) || prefers(p.remote)) {
		x.flags |= sways
	}
}

// shortFirst reports that nothing but weight, local preference, local origin and AIGP, which plain routes do not have, comes
// before the length of the AS path.
func shortFirst(b *network.BGP) bool {
	if b.Decision.ASPathIgnore || b.Decision.ASPathConfed {
		return false
	}
	for _, s := range b.Decision.Steps {
		switch s {
		case network.StepWeight, network.StepLocalPref, network.StepLocalOrigin, network.StepAIGP:
		case network.StepASPathLength:
			return true
		default:
			return false
		}
	}
	return false
}
