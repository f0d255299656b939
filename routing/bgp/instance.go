package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// instance is one BGP speaker: a router's BGP in one VRF.
type instance struct {
	id        int
	router    int
	vrf       string
	under     string // the VRF whose interfaces and main table the sessions use
	table     string // the VRF in whose table next hops are looked up
	device    *network.Router
	config    *network.BGP
	policies  *policy.Evaluator
	routerID  netip.Addr
	clusterID netip.Addr
	own       map[netip.Addr]bool       // addresses of interfaces that are not shut down
	peers     []*peer                   // sorted by neighbor key; dynamic ones too
	addPath   [network.NumFamilies]bool // some neighbor is sent more than the best path
	weight    uint32                    // of routes of its own
	reflects  bool                      // some iBGP neighbor is a client
	mixed     [network.NumFamilies][]mixedGroup
	traits    traits
	arrival   []*peer // in the order in which routes are taken to have come in
	usual     uint32  // see usualPreference
}

// localWeight is what FRR gives the routes of its own; only a decision process that
// looks at weights sees it.
const localWeight = 32768

func (s *solver) addInstances() {
	made := map[*network.Router]*instance{} // by the base
	if s.opts.Base != nil {
		for _, in := range s.opts.Base.s.instances {
			if in.vrf == "" {
				made[in.device] = in
			}
		}
	}
	for i, r := range s.net.Routers {
		var e *policy.Evaluator
		for _, v := range r.VRFs {
			if v.BGP == nil {
				continue
			}
			old := made[r]
			if e == nil && old != nil {
				e = old.policies
			} else if e == nil {
				e = policy.Compile(r)
			}
			in := &instance{id: len(s.instances), router: i, vrf: v.Name, under: v.Underlay(), table: v.Underlay(), device: r, config: v.BGP, policies: e}
			if v.Beside() {
				in.table = v.Name
			}
			in.routerID = routerID(r, in.under, v.BGP)
			in.clusterID = v.BGP.ClusterID
			if !in.clusterID.IsValid() {
				in.clusterID = in.routerID
			}
			if slices.Contains(v.BGP.Decision.Steps, network.StepWeight) {
				in.weight = localWeight
			}
			s.instances = append(s.instances, in)
			s.byVRF[vrfKey{i, v.Name}] = in
			if old != nil && v.Name == "" {
				in.own = old.own
				continue
			}
			in.own = map[netip.Addr]bool{}
			for j := range r.Interfaces {
				if f := &r.Interfaces[j]; f.VRF == in.under && !f.Shutdown {
					for _, a := range f.Addresses {
						in.own[a.Prefix.Addr()] = true
					}
				}
			}
		}
	}
}

// routerID is the configured one, or what RouterIDRule chooses among the IPv4
// addresses of the instance's interfaces.
func routerID(r *network.Router, vrf string, b *network.BGP) netip.Addr {
	if b.RouterID.IsValid() || b.RouterIDRule == network.RouterIDRequired {
		return b.RouterID
	}
	var best netip.Addr
	onLoopback := false
	for i := range r.Interfaces {
		f := &r.Interfaces[i]
		if f.VRF != vrf || f.Shutdown {
			continue
		}
		for _, a := range f.Addresses {
			x := a.Prefix.Addr()
			if !x.Is4() || x.IsLoopback() {
				continue
			}
			switch {
			case !best.IsValid():
			case b.RouterIDRule == network.RouterIDLowest:
				if best.Less(x) {
					continue
				}
			case onLoopback != f.Loopback:
				if onLoopback {
					continue
				}
			case x.Less(best):
				continue
			}
			best, onLoopback = x, f.Loopback
		}
	}
	return best
}

// connected is the interface, up and of the instance, on whose subnet the address is.
func (s *solver) connected(in *instance, a netip.Addr) (*network.Interface, netip.Prefix) {
	r := in.device
	var best *network.Interface
	var subnet netip.Prefix
	for i := range r.Interfaces {
		f := &r.Interfaces[i]
		if f.VRF != in.under || f.Shutdown {
			continue
		}
		for _, x := range f.Addresses {
			p := x.Prefix.Masked()
			if x.Peer.IsValid() {
				p = netip.PrefixFrom(x.Peer, x.Peer.BitLen())
			}
			if p.Contains(a) && (best == nil || p.Bits() > subnet.Bits()) && (f.Loopback || s.under.LinkUp(in.router, f.Name)) {
				best, subnet = f, p
			}
		}
	}
	return best, subnet
}

// direct reports whether the address is on a connected subnet, or the main table's way to it is a static
// route: that passes for connected with zebra (tried with 8.4.4: eBGP between
// loopbacks comes up without multihop over static routes).
func (s *solver) direct(in *instance, a netip.Addr) bool {
	if f, _ := s.connected(in, a); f != nil || in.config.Habits.OneTable {
		return f != nil
	}
	var best rib.Route
	found := false
	for r := range s.under.Routes(in.router, in.under, network.FamilyOfAddr(a)) {
		if r.Prefix.Contains(a) && (!found || r.Prefix.Bits() >= best.Prefix.Bits()) {
			best, found = r, true
		}
	}
	return found && best.Protocol == network.Static && best.Prefix.Bits() > 0
}

// address is the interface's primary address of a family that is not link-local.
func address(f *network.Interface, family network.Family) netip.Addr {
	if f != nil {
		for _, a := range f.Addresses {
			if x := a.Prefix.Addr(); network.FamilyOfAddr(x) == family && !x.IsLinkLocalUnicast() {
				return x
			}
		}
	}
	return netip.Addr{}
}

// linkLocal is the interface's link-local address: configured, or as its wire says.
func (s *solver) linkLocal(router int, iface string) netip.Addr {
	if f := s.net.Routers[router].Interface(iface); f != nil {
		for _, a := range f.Addresses {
			if x := a.Prefix.Addr(); x.Is6() && x.IsLinkLocalUnicast() {
				return x
			}
		}
	}
	for _, far := range s.under.Wire(router, iface) {
		if far.Router == router && far.Interface == iface {
			continue
		}
		for _, near := range s.under.Wire(far.Router, far.Interface) {
			if near.Router == router && near.Interface == iface {
				return near.LinkLocal
			}
		}
	}
	return netip.Addr{}
}
