package frr

import "github.com/routegate/routegate/network"

// bgpSwitch is a command of `router bgp` that turns one thing on or off.
type bgpSwitch struct {
	pattern string
	field   string
	apply   func(i *instance, on bool)
}

// set is the handler.
func (o bgpSwitch) set(p *parser, a *args) verdict {
	o.apply(p.onBGP(o.field), !a.no)
	return modelled
}

// enforceFirstAS is `bgp enforce-first-as`: from release 6 to 9 only neighbors have it (8.4.4 knows no such command).
func (p *parser) enforceFirstAS(a *args) verdict {
	if d := p.defaults; !d.before(6, 0) && d.before(10, 0) {
		return rejected("this release has enforce-first-as for neighbors only: neighbor ... enforce-first-as")
	}
	p.onBGP("EnforceFirstAS").firstAS = !a.no
	return modelled
}

var bgpSwitches = []bgpSwitch{
	{"bgp always-compare-med", "Decision.AlwaysCompareMED", func(i *instance, on bool) { i.Decision.AlwaysCompareMED = on }},
	{"bgp deterministic-med", "Decision.DeterministicMED", func(i *instance, on bool) { i.Decision.DeterministicMED = on }},
	{"bgp bestpath as-path confed", "Decision.ASPathConfed", func(i *instance, on bool) { i.Decision.ASPathConfed = on }},
	{"bgp bestpath as-path ignore", "Decision.ASPathIgnore", func(i *instance, on bool) { i.Decision.ASPathIgnore = on }},
	{"bgp bestpath as-path multipath-relax [<as-set|no-as-set>]", "Decision.MultipathRelax",
		func(i *instance, on bool) { i.Decision.MultipathRelax = on }},
	{"bgp bestpath compare-routerid", "Decision.CompareRouterID", func(i *instance, on bool) { i.Decision.CompareRouterID = on }},
	{"bgp bestpath peer-type multipath-relax", "Decision.MultipathPeerType",
		func(i *instance, on bool) { i.Decision.MultipathPeerType = on }},
	{"bgp client-to-client reflection", "ClientToClient", func(i *instance, on bool) { i.ClientToClient = on }},
	{"bgp route-reflector allow-outbound-policy", "ReflectorOutboundPolicy",
		func(i *instance, on bool) { i.ReflectorOutboundPolicy = on }},
	{"bgp disable-ebgp-connected-route-check", "SkipConnectedCheck", func(i *instance, on bool) { i.SkipConnectedCheck = on }},
	{"bgp ebgp-requires-policy", "RequirePolicy", func(i *instance, on bool) { i.RequirePolicy = on }},
	{"bgp network import-check [exact]", "ImportCheck", func(i *instance, on bool) { i.ImportCheck = on }},
	{"bgp graceful-shutdown", "GracefulShutdown", func(i *instance, on bool) { i.GracefulShutdown = on }},
	{"bgp suppress-fib-pending", "SuppressFIBPending", func(i *instance, on bool) { i.SuppressFIBPending = on }},
	{"bgp reject-as-sets", "RejectASSets", func(i *instance, on bool) { i.RejectASSets = on }},
}

// steps is bgpd's order of path selection: bgpd counts the IGP metric before it looks at age, and
// compares ages of eBGP paths only, unless `bgp bestpath compare-routerid` says not to.
func steps(compareRouterID bool) []network.Step {
	s := []network.Step{
		network.StepWeight, network.StepLocalPref, network.StepLocalOrigin, network.StepAIGP, network.StepASPathLength,
		network.StepOrigin, network.StepMED, network.StepPeerType, network.StepIGPMetric,
	}
	if !compareRouterID {
		s = append(s, network.StepOldest)
	}
	return append(s, network.StepRouterID, network.StepClusterListLength, network.StepNeighborAddress, network.StepPathID)
}
