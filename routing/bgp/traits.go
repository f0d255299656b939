package bgp

import "github.com/routegate/routegate/network"

// traits are what some session of an instance, or of the network, is configured with: the rules of what nobody has are not gone
// through session by session.
type traits uint8

const (
	limitsReceived traits = 1 << iota // maximum-prefix
	limitsSent                        // maximum-prefix-out
	advertisesIf                      // conditional advertisement
	originatesDefault
	removesPrivate
	changesMED // a MED of its own for all that has none
	confederates
)

// findTraits looks at every session's configuration, but for instances whose sessions are all the base's.
func (s *solver) findTraits() {
	s.traits = 0
	for i, in := range s.instances {
		if h := s.heir; h != nil && h.all[i] {
			in.traits = h.base.instances[i].traits
		} else {
			in.traits = traitsOf(in)
		}
		s.traits |= in.traits
	}
}

func traitsOf(in *instance) (t traits) {
	if in.config.Confederation.Identifier != 0 {
		t |= confederates
	}
	for _, p := range in.peers {
		if p.config.DefaultMED != 0 {
			t |= changesMED
		}
		for f := range p.config.Families {
			c := &p.config.Families[f]
			if c.MaximumPrefix != nil {
				t |= limitsReceived
			}
			if c.MaximumPrefixOut > 0 {
				t |= limitsSent
			}
			if c.Conditional != nil {
				t |= advertisesIf
			}
			if c.DefaultOriginate != nil {
				t |= originatesDefault
			}
			if c.RemovePrivateAS != network.KeepPrivateAS {
				t |= removesPrivate
			}
		}
	}
	return t
}
