package bgp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// limitSessions tears down the sessions over which more prefixes come than maximum-prefix allows, and
// reports whether there were any: then everything is solved again without them.
func (s *solver) limitSessions(changed map[netip.Prefix]bool) bool {
	if s.traits&limitsReceived == 0 {
		return false
	}
	total := s.totals()
	tripped := false
	for _, p := range s.peers {
		for _, f := range network.Families {
			x := &p.families[f]
			m := x.c.MaximumPrefix
			if !x.up || m == nil || m.WarningOnly || m.Limit == 0 {
				continue
			}
			n := total.accepted[p.id][f]
			if p.in.config.Habits.LimitReceived {
				n = total.received[p.id][f]
			}
			late := !p.in.config.Habits.LimitAtOnce && n == int(m.Limit)+1
			if n <= int(m.Limit) || late && s.opts.Fresh && !asksAgain(p, x) {
				continue
			}
			why := fmt.Sprintf("%d prefixes of %s, maximum-prefix is %d", n, f, m.Limit)
			if late {
				why += ", and one too many stands at most until the neighbor's next update"
			}
			p.down(ReasonMaximumPrefix, why)
			s.shut(p)
			if q := p.remote; q != nil && q.state.State == Established {
				q.down(ReasonMaximumPrefix, "on "+p.in.device.Name+": "+why)
				s.shut(q)
			}
			tripped = true
			break
		}
	}
	if tripped {
		s.withoutSessions(changed)
	}
	return tripped
}

// withoutSessions has everything solved again after sessions were taken down.
func (s *solver) withoutSessions(changed map[netip.Prefix]bool) {
	s.torn = true
	if s.heir != nil {
		clear(s.heir.all)
	}
	s.groupPeers()
	for _, p := range s.prefixes {
		changed[p] = true
	}
}

// asksAgain reports that the neighbor's next update comes by itself: five seconds after a route map was configured, at a start
// too, bgpd asks the neighbors from which it applies to what comes in for everything again (tried with 8.4.4).
func asksAgain(p *peer, x *exchange) bool {
	return slices.ContainsFunc(x.c.Import.Policies, func(r network.Ref) bool { return p.in.device.Policy(r.Name) != nil })
}

func (s *solver) shut(p *peer) {
	for f := range p.families {
		p.families[f].up, p.families[f].sentDefault, p.families[f].addPathSend = false, nil, false
		p.state.Families[f] = false
	}
}

// tally is how many prefixes go over each session.
type tally struct {
	received, accepted, sent [][network.NumFamilies]int
	// What all plain lanes of an instance carry, by instance, and what of it the far ends refuse, by their
	// peer. settle adds it to the above.
	alike, refused [][network.NumFamilies]int
}

func newTally(peers int) *tally {
	return &tally{received: make([][network.NumFamilies]int, peers), accepted: make([][network.NumFamilies]int, peers), sent: make([][network.NumFamilies]int, peers)}
}

func (s *solver) newLaneTally() *tally {
	n := newTally(len(s.peers))
	n.alike, n.refused = make([][network.NumFamilies]int, len(s.instances)), make([][network.NumFamilies]int, len(s.peers))
	return n
}

func (n *tally) add(o *tally) {
	for p := range o.sent {
		for f := range network.Families {
			n.received[p][f] += o.received[p][f]
			n.accepted[p][f] += o.accepted[p][f]
			n.sent[p][f] += o.sent[p][f]
		}
	}
}

// settle adds what the lanes carried.
func (n *tally) settle(s *solver) {
	for _, f := range network.Families {
		if s.lanes[f] == nil {
			continue
		}
		for _, p := range s.peers {
			h := &s.lanes[f].said[p.id]
			if h.kind != lanePlain {
				continue
			}
			c := n.alike[p.in.id][f]
			n.sent[p.id][f] += c
			n.received[h.via][f] += c
			n.accepted[h.via][f] += c - n.refused[h.via][f]
		}
	}
	n.alike, n.refused = nil, nil
}

// totals is counts, or where tables were taken over what has changed since.
func (s *solver) totals() *tally {
	if s.reuse == nil {
		return s.counts()
	}
	if s.reuse.counted == nil {
		s.reuse.counted = s.recount(s.reuse)
	}
	return s.reuse.counted
}

// counts sums over all prefixes what goes over each session.
func (s *solver) counts() *tally {
	total := newTally(len(s.peers))
	var plain []standing
	for _, t := range s.weigh(s.prefixes) {
		switch {
		case t.plain && s.tallied:
		case t.plain:
			plain = append(plain, t)
		default:
			f := network.FamilyOf(t.prefix)
			for _, c := range t.counts {
				total.received[c.peer][f] += t.n * int(flag(c.received))
				total.accepted[c.peer][f] += t.n * int(flag(c.accepted))
				total.sent[c.peer][f] += t.n * int(flag(c.sent))
			}
		}
	}
	if s.tallied {
		total.add(s.tally)
		return total
	}
	mine := make([]*tally, min(len(s.workers), max(1, len(plain)/4)))
	s.divide(len(mine), len(plain), 1, func(k int) func(int) {
		mine[k] = newTally(len(s.peers))
		return func(i int) { s.workers[k].countPlain(plain[i].table, mine[k], plain[i].n, nil) }
	})
	for _, n := range mine {
		total.add(n)
	}
	return total
}

// limitSent applies maximum-prefix-out: what comes later in the order of prefixes is left out.
func (s *solver) limitSent(changed map[netip.Prefix]bool) {
	if s.traits&limitsSent == 0 {
		return
	}
	for _, p := range s.peers {
		for _, f := range network.Families {
			x := &p.families[f]
			if !x.up || x.c.MaximumPrefixOut == 0 || x.admitted != nil {
				continue
			}
			var sent []netip.Prefix
			for _, q := range s.prefixes {
				if t := s.tables[q]; t != nil && network.FamilyOf(q) == f && slices.ContainsFunc(t.counts, func(c count) bool { return int(c.peer) == p.id && c.sent }) {
					sent = append(sent, q)
				}
			}
			if len(sent) <= int(x.c.MaximumPrefixOut) {
				continue
			}
			x.admitted = map[netip.Prefix]bool{}
			for i, q := range sent {
				if i < int(x.c.MaximumPrefixOut) {
					x.admitted[q] = true
				} else {
					changed[q] = true
				}
			}
			s.uncertain[Uncertainty{Router: p.in.router, Why: fmt.Sprintf("neighbor %s: maximum-prefix-out lets the first %d prefixes through: which ones depends on timing", p.config.Key(), x.c.MaximumPrefixOut)}] = true
		}
	}
}

// crossState names the state of everything that crosses prefixes, to see one come back.
func (s *solver) crossState() string {
	var b strings.Builder
	for _, a := range s.aggregates {
		fmt.Fprintf(&b, "%p ", pathAttrs(a.path))
	}
	for _, l := range s.leaks {
		for _, p := range s.prefixes {
			for _, c := range l.taken[p] {
				fmt.Fprintf(&b, "%s %p %d ", p, c.attrs, c.via)
			}
		}
	}
	for i, m := range s.hidden {
		list := make([]netip.Prefix, 0, len(m))
		for p := range m {
			list = append(list, p)
		}
		slices.SortFunc(list, netip.Prefix.Compare)
		fmt.Fprint(&b, i, list)
	}
	for _, p := range s.peers {
		for f := range p.families {
			x := &p.families[f]
			if x.held || x.sentDefault != nil || x.admitted != nil || p.state.Reason == ReasonMaximumPrefix || p.state.Reason == ReasonMalformed {
				fmt.Fprintf(&b, "|%d %d %t %p %d %d", p.id, f, x.held, x.sentDefault, len(x.admitted), p.state.Reason)
			}
		}
	}
	return b.String()
}

func pathAttrs(p *path) *attrs {
	if p == nil {
		return nil
	}
	return p.attrs
}
