package policy

import (
	"sort"

	"github.com/routegate/routegate/network"
)

// Input is a set of the things that a policy looks at.
type Input uint32

const (
	ReadsPrefix Input = 1 << iota
	ReadsNextHop
	ReadsPeer // the neighbor's address or interface
	ReadsASPath
	ReadsCommunities
	ReadsLarge
	ReadsExt
	ReadsLocalPref
	ReadsMED
	ReadsTag
	ReadsOrigin
	ReadsInterface
	ReadsType      // internal, external or local; the OSPF kind
	ReadsProtocol  // the source of a redistributed route
	ReadsDirection // import, export, redistribution
	ReadsLocal     // the local AS or our address towards the peer
	ReadsIGPMetric
	ReadsRPKI
	ReadsUnknown // a clause that is not simulated
)

// ReadsAttributes are the inputs that lie in Route.Attributes: who remembers results
// by attribute set need not tell them apart.
const ReadsAttributes = ReadsNextHop | ReadsASPath | ReadsCommunities | ReadsLarge | ReadsExt | ReadsLocalPref | ReadsMED | ReadsTag | ReadsOrigin

// Has reports whether any of the inputs is in the set.
func (i Input) Has(any Input) bool { return i&any != 0 }

// Reads is what the outcome of a chain depends on.
type Reads struct {
	Inputs Input
	// Prefixes are the sets that the route's prefix is tested with, sorted by kind and
	// name: two prefixes that every one of them treats alike are alike to the chain,
	// unless Lengths or Families say otherwise.
	Prefixes []*network.PrefixSet
	Lengths  bool // prefix lengths are matched by number
	Families bool // the address family is matched
	Every    bool // each prefix may be a case of its own
	// Ranks: what decides before and with the length of the AS path can be set: weight, local preference, the path itself.
	Ranks bool
	// Policies are the names of all policies that the chain can run, sorted; undefined ones too.
	Policies []string
}

// Reads says what a chain looks at, through every policy that it calls.
func (e *Evaluator) Reads(c network.PolicyChain) Reads {
	r := reader{e: e, seen: map[string]bool{}, sets: map[prefixSetKey]bool{}}
	for _, ref := range c.Policies {
		r.policy(ref.Name)
	}
	sort.Strings(r.out.Policies)
	sort.Slice(r.out.Prefixes, func(i, j int) bool {
		a, b := r.out.Prefixes[i], r.out.Prefixes[j]
		if a.Kind != b.Kind {
			return a.Kind < b.Kind
		}
		return a.Name < b.Name
	})
	return r.out
}

type reader struct {
	e    *Evaluator
	seen map[string]bool
	sets map[prefixSetKey]bool
	out  Reads
}

func (r *reader) policy(name string) {
	if r.seen[name] {
		return
	}
	r.seen[name] = true
	r.out.Policies = append(r.out.Policies, name)
	p := r.e.policies[name]
	if p == nil {
		return
	}
	if p.Program != nil {
		r.program(p.Program)
		r.out.Ranks = true
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		for _, c := range s.Match {
			r.condition(c)
		}
		for _, a := range s.Set {
			_, weight := a.(network.SetWeight)
			r.out.Ranks = r.out.Ranks || weight || written(a).Has(ReadsLocalPref|ReadsASPath)
			r.action(a)
		}
		if s.Call.IsSet() {
			r.policy(s.Call.Name)
		}
	}
}

func (r *reader) condition(c network.Condition) {
	switch c := c.(type) {
	case network.MatchPrefix:
		r.out.Inputs |= ReadsPrefix
		k := prefixSetKey{c.Kind, c.Set}
		if s := r.e.prefixSets[k]; s != nil && !r.sets[k] {
			r.sets[k] = true
			r.out.Prefixes = append(r.out.Prefixes, s.PrefixSet)
		}
	case network.MatchPrefixLength:
		r.out.Inputs |= ReadsPrefix
		r.out.Lengths = true
	case network.MatchFamily:
		r.out.Inputs |= ReadsPrefix
		r.out.Families = true
	case network.MatchNextHop:
		r.out.Inputs |= ReadsNextHop
	case network.MatchRouteSource:
		r.out.Inputs |= ReadsPeer
	case network.MatchNeighbor:
		if c.Local {
			r.out.Inputs |= ReadsDirection
		} else {
			r.out.Inputs |= ReadsPeer
		}
	case network.MatchASPath, network.MatchASPathLength:
		r.out.Inputs |= ReadsASPath
	case network.MatchCommunity:
		r.out.Inputs |= [...]Input{ReadsCommunities, ReadsLarge, ReadsExt}[c.Kind]
	case network.MatchCommunityCount:
		r.out.Inputs |= ReadsCommunities
	case network.MatchLocalPref:
		r.out.Inputs |= ReadsLocalPref
	case network.MatchMED:
		r.out.Inputs |= ReadsMED
	case network.MatchTag:
		r.out.Inputs |= ReadsTag
	case network.MatchOrigin:
		r.out.Inputs |= ReadsOrigin
	case network.MatchInterface:
		r.out.Inputs |= ReadsInterface
	case network.MatchRouteType:
		r.out.Inputs |= ReadsType
	case network.MatchSource:
		r.out.Inputs |= ReadsProtocol
	case network.MatchRPKI:
		r.out.Inputs |= ReadsRPKI
	case network.MatchNever:
	default:
		r.out.Inputs |= ReadsUnknown
	}
}

// action: what is written relative to an input depends on it too.
func (r *reader) action(a network.Action) {
	switch a := a.(type) {
	case network.SetLocalPref:
		if a.Op != network.Assign {
			r.out.Inputs |= ReadsLocalPref
		}
	case network.SetMED:
		if a.Op != network.Assign {
			r.out.Inputs |= ReadsMED
		}
		if a.IGP {
			r.out.Inputs |= ReadsIGPMetric
		}
	case network.SetNextHop:
		switch a.Kind {
		case network.NextHopPeer:
			r.out.Inputs |= ReadsPeer | ReadsDirection
		case network.NextHopNeighbor:
			r.out.Inputs |= ReadsPeer
		case network.NextHopSelf:
			r.out.Inputs |= ReadsLocal
		case network.NextHopUnchanged:
			r.out.Inputs |= ReadsNextHop
		}
	case network.PrependASPath, network.ExcludeASPath:
		r.out.Inputs |= ReadsASPath
	case network.ReplaceASPath:
		r.out.Inputs |= ReadsASPath
		if a.With == 0 {
			r.out.Inputs |= ReadsLocal
		}
	case network.SetCommunity:
		if a.Mode != network.Replace {
			r.out.Inputs |= ReadsCommunities
		}
	case network.SetLargeCommunity:
		if a.Mode != network.Replace {
			r.out.Inputs |= ReadsLarge
		}
	case network.SetExtCommunity:
		if a.Mode != network.Replace {
			r.out.Inputs |= ReadsExt
		}
	case network.SetUnmodelled:
		r.out.Inputs |= ReadsUnknown
	}
}
