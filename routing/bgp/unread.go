package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// emptiesExt reports that some policy may leave EXTENDED_COMMUNITIES without any, so that sessions hang on what goes over them.
func (s *solver) emptiesExt() bool {
	for _, in := range s.instances {
		if in.config.VPN != nil {
			return true
		}
		for _, p := range in.device.Policies {
			for i := range p.Statements {
				for _, a := range p.Statements[i].Set {
					if x, ok := a.(network.SetExtCommunity); ok && x.LeavesEmpty && x.Mode != network.AddTo {
						return true
					}
				}
			}
		}
	}
	return false
}

// unread reports that the neighbor is sent an update that it does not read.
func (w *worker) unread(p *peer) bool {
	if p.remote == nil || p.remote.in.config.Habits.EmptyExtTaken {
		return false
	}
	for _, r := range w.out[p.id] {
		if r.attrs.EmptyExt {
			return true
		}
	}
	return false
}

// dropUnread tears down the sessions over which an update goes that the other end does not read, and reports whether there
// were any: then everything is solved again without them. On routers they come up again, up to that update.
func (s *solver) dropUnread(changed map[netip.Prefix]bool) bool {
	dropped := false
	for _, p := range s.prefixes {
		t := s.tables[p]
		if t == nil {
			continue
		}
		for _, c := range t.counts {
			x := s.peers[c.peer]
			if !c.unread || x.state.State != Established {
				continue
			}
			why := "it is sent " + p.String() + " with EXTENDED_COMMUNITIES of no length, left by a policy that removes or replaces them"
			q := x.remote
			q.down(ReasonMalformed, why+", and ends the session; it comes up again and again")
			s.shut(q)
			x.down(ReasonMalformed, "on "+q.in.device.Name+": "+why)
			s.shut(x)
			dropped = true
		}
	}
	if dropped {
		s.withoutSessions(changed)
	}
	return dropped
}
