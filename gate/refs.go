package gate

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/network"
)

// refKind is what a reference names.
type refKind uint8

const (
	refPolicy refKind = iota
	refPrefixSet
	refASPathSet
	refCommunitySet
	refNeighborSet
)

// reference is one place of a router's configuration that names a policy or a set.
type reference struct {
	kind   refKind
	name   string
	prefix network.PrefixSetKind // of refPrefixSet
	comm   network.CommunityKind // of refCommunitySet
	by     string                // "neighbor 10.0.0.1 ipv4-unicast import"
	effect string                // what the daemon does where there is no such thing
	policy string                // the policy whose entry it stands in; "" outside of policies
	entry  string
	// The neighbor whose routes it decides about, and the neighbor's instance; "" elsewhere.
	neighbor, vrf string
	in            bool // about those that it sends to us, and not those that we send
	span          network.Span
}

// word is what the router's dialect calls the thing.
func (r *reference) word(dialect string) string {
	if dialect == "gobgp" {
		return [...]string{"policy", "prefix-set", "as-path-set", r.comm.String() + "-set", "neighbor-set"}[r.kind]
	}
	switch r.kind {
	case refPolicy:
		return "route-map"
	case refPrefixSet:
		return r.prefix.String()
	case refASPathSet:
		return "as-path access-list"
	case refCommunitySet:
		return r.comm.String() + "-list"
	}
	return "neighbor-set"
}

// exists reports whether the router defines it.
func (r *reference) exists(on *network.Router) bool {
	switch r.kind {
	case refPolicy:
		return on.Policy(r.name) != nil
	case refPrefixSet:
		return on.PrefixSet(r.prefix, r.name) != nil
	case refASPathSet:
		return on.ASPathSet(r.name) != nil
	case refCommunitySet:
		return on.CommunitySet(r.comm, r.name) != nil
	}
	return on.NeighborSet(r.name) != nil
}

// references lists every place of a router that names a policy or a set, in the order of the model.
func references(r *network.Router) []reference {
	var out refList
	for _, v := range r.VRFs {
		lead := ""
		if v.Name != "" {
			lead = "vrf " + v.Name + " "
		}
		if v.BGP != nil {
			out.bgp(v.BGP, v.Name, lead)
		}
		for _, o := range v.OSPF {
			out.ospf(o, lead)
		}
	}
	holds := "never matches"
	for _, v := range r.VRFs {
		if v.BGP != nil && v.BGP.Missing.ConditionHolds {
			holds = "always matches"
		}
		if v.BGP != nil && v.BGP.Missing.PoliciesUnloaded {
			holds = "keeps the daemon from loading any policy at all: everything is accepted and announced"
		}
	}
	for _, p := range r.Policies {
		for i := range p.Statements {
			out.statement(p.Name, &p.Statements[i], holds)
		}
	}
	return out
}

type refList []reference

func (l *refList) add(kind refKind, ref network.Ref, by, effect string) {
	if ref.IsSet() {
		*l = append(*l, reference{kind: kind, name: ref.Name, by: by, effect: effect, span: ref.Span})
	}
}

func (l *refList) prefixSet(kind network.PrefixSetKind, ref network.Ref, by, effect string) {
	if ref.IsSet() {
		*l = append(*l, reference{kind: refPrefixSet, prefix: kind, name: ref.Name, by: by, effect: effect, span: ref.Span})
	}
}

// passes says what a missing definition does to a neighbor's routes.
func passes(d network.Disposition, verb string) string {
	if d == network.Reject {
		return verb + " nothing"
	}
	return verb + " everything"
}

func (l *refList) bgp(b *network.BGP, vrf, lead string) {
	for _, f := range network.Families {
		fam := &b.Families[f]
		for _, x := range fam.Networks {
			l.add(refPolicy, x.Policy, lead+"network "+x.Prefix.String(), "the network is not announced")
		}
		for _, x := range fam.Redistribute {
			l.add(refPolicy, x.Policy, lead+"redistribute "+x.From.String()+" into bgp", "redistributes nothing")
		}
		for _, x := range fam.Aggregates {
			l.add(refPolicy, x.Policy, lead+"aggregate "+x.Prefix.String(), "the attributes stay as they are")
			l.add(refPolicy, x.SuppressMap, lead+"aggregate "+x.Prefix.String()+" suppress-map", "suppresses nothing")
		}
		for _, x := range fam.Leaks {
			l.add(refPolicy, x.Policy, lead+"pipe "+x.Pipe+" from table "+x.Table, "the pipe brings nothing")
		}
		l.add(refPolicy, fam.LeakPolicy, lead+"import vrf "+f.String(), "imports nothing")
		l.add(refPolicy, fam.VPN.ImportPolicy, lead+"import vpn "+f.String(), "imports nothing")
		l.add(refPolicy, fam.VPN.ExportPolicy, lead+"export vpn "+f.String(), "exports nothing")
		l.add(refPolicy, fam.TableMap, lead+"table-map "+f.String(), "installs nothing")
	}
	chain := func(c network.PolicyChain, by, verb string) {
		for _, ref := range c.Policies {
			l.add(refPolicy, ref, by, passes(b.Missing.Policy, verb))
		}
	}
	chain(b.LocalImport, lead+"global import", "originates")
	for _, n := range b.Neighbors {
		from := len(*l)
		for _, f := range network.Families {
			nf := &n.Families[f]
			if !nf.Active {
				continue
			}
			by := fmt.Sprintf("%sneighbor %s %s ", lead, n.Key(), f)
			list, access := network.PrefixList, network.AccessList
			if f == network.IPv6Unicast {
				list, access = network.PrefixList6, network.AccessList6
			}
			chain(nf.Import, by+"import", "accepts")
			chain(nf.Export, by+"export", "announces")
			l.prefixSet(access, nf.DistributeIn, by+"distribute-list in", passes(b.Missing.PrefixSet, "accepts"))
			l.prefixSet(access, nf.DistributeOut, by+"distribute-list out", passes(b.Missing.PrefixSet, "announces"))
			l.prefixSet(list, nf.PrefixListIn, by+"prefix-list in", passes(b.Missing.PrefixSet, "accepts"))
			l.prefixSet(list, nf.PrefixListOut, by+"prefix-list out", passes(b.Missing.PrefixSet, "announces"))
			l.add(refASPathSet, nf.FilterListIn, by+"filter-list in", passes(b.Missing.ASPathSet, "accepts"))
			l.add(refASPathSet, nf.FilterListOut, by+"filter-list out", passes(b.Missing.ASPathSet, "announces"))
			l.add(refPolicy, nf.UnsuppressMap, by+"unsuppress-map", "unsuppresses nothing")
			if c := nf.Conditional; c != nil {
				l.add(refPolicy, c.Advertise, by+"advertise-map", "conditional advertisement does nothing")
				l.add(refPolicy, c.Condition, by+"exist-map", "the condition counts as not met")
			}
			if d := nf.DefaultOriginate; d != nil {
				l.add(refPolicy, d.Policy, by+"default-originate", "the default route is not sent")
			}
		}
		for i := from; i < len(*l); i++ {
			x := &(*l)[i]
			x.neighbor, x.vrf, x.in = n.Key(), vrf, strings.HasSuffix(x.by, " in") || strings.HasSuffix(x.by, " import")
		}
	}
}

func (l *refList) ospf(o *network.OSPF, lead string) {
	for _, x := range o.Redistribute {
		l.add(refPolicy, x.Policy, lead+"redistribute "+x.From.String()+" into ospf", "redistributes nothing")
	}
	if o.DefaultOriginate != nil {
		l.add(refPolicy, o.DefaultOriginate.Policy, lead+"default-information originate", "the default route is not sent")
	}
	for _, a := range o.Areas {
		by := fmt.Sprintf("%sarea %d filter-list ", lead, a.ID)
		l.prefixSet(network.PrefixList, a.ImportFilter, by+"in", "filters nothing")
		l.prefixSet(network.PrefixList, a.ExportFilter, by+"out", "filters nothing")
	}
}

func (l *refList) statement(policy string, s *network.Statement, holds string) {
	by := policy + " " + s.Name
	add := func(r reference, match bool) {
		if r.name == "" {
			return
		}
		r.by, r.policy, r.entry = by, policy, s.Name
		if r.effect = "changes nothing"; match {
			r.effect = holds
		}
		*l = append(*l, r)
	}
	for _, c := range s.Match {
		span := c.Where()
		switch c := c.(type) {
		case network.MatchPrefix:
			add(reference{kind: refPrefixSet, prefix: c.Kind, name: c.Set, span: span}, true)
		case network.MatchNextHop:
			add(reference{kind: refPrefixSet, prefix: c.Kind, name: c.Set, span: span}, true)
		case network.MatchRouteSource:
			add(reference{kind: refPrefixSet, prefix: c.Kind, name: c.Set, span: span}, true)
		case network.MatchNeighbor:
			add(reference{kind: refNeighborSet, name: c.Set, span: span}, true)
		case network.MatchASPath:
			add(reference{kind: refASPathSet, name: c.Set, span: span}, true)
		case network.MatchCommunity:
			add(reference{kind: refCommunitySet, comm: c.Kind, name: c.Set, span: span}, true)
		}
	}
	for _, a := range s.Set {
		span := a.Where()
		switch a := a.(type) {
		case network.ExcludeASPath:
			add(reference{kind: refASPathSet, name: a.Set, span: span}, false)
		case network.SetCommunity:
			add(reference{kind: refCommunitySet, comm: network.StandardCommunity, name: a.Set, span: span}, false)
		case network.SetLargeCommunity:
			add(reference{kind: refCommunitySet, comm: network.LargeCommunityKind, name: a.Set, span: span}, false)
		case network.SetExtCommunity:
			add(reference{kind: refCommunitySet, comm: network.ExtCommunityKind, name: a.Set, span: span}, false)
		}
	}
	if s.Call.IsSet() {
		add(reference{kind: refPolicy, name: s.Call.Name, span: s.Call.Span}, false)
		(*l)[len(*l)-1].effect = "the call is passed over"
	}
}
