package gobgp

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// standing is what is known of a key.
type standing struct {
	state   network.Support
	affects network.Affects
	reason  string
}

var (
	modelled   = standing{state: network.Modelled}
	irrelevant = standing{state: network.Irrelevant}
)

// ignored keys are decoded and never looked at by GoBGP v3.37. Another version may, and who writes one
// believes that it does something.
func ignored(a network.Affects) standing {
	return standing{network.NotModelled, a, "GoBGP v3.37 reads this and does not act on it"}
}

func unsimulated(a network.Affects, reason string) standing {
	return standing{network.NotModelled, a, reason}
}

// keys is what is known of each key, by its path with [] for the elements of a list. A path
// stands for everything below it that is not listed itself. Neighbors and peer groups share
// "peer". What is not listed at all is a setting of GoBGP's that is not simulated.
var keys = map[string]standing{
	"global.config.as":                                                 modelled,
	"global.config.router-id":                                          modelled,
	"global.config.port":                                               modelled, // looked at again in global.go
	"global.config.local-address-list":                                 modelled, // looked at again in global.go
	"global.route-selection-options.config":                            ignored(network.AffectsRoutes),
	"global.route-selection-options.config.always-compare-med":         modelled,
	"global.route-selection-options.config.ignore-as-path-length":      modelled,
	"global.route-selection-options.config.external-compare-router-id": modelled,
	"global.route-selection-options.config.disable-best-path-selection": unsimulated(network.AffectsRoutes,
		"GoBGP then selects and announces nothing, which is not simulated"),
	"global.default-route-distance":                ignored(network.AffectsForwarding),
	"global.confederation.config":                  modelled,
	"global.use-multiple-paths.config.enabled":     modelled,
	"global.use-multiple-paths":                    ignored(network.AffectsRoutes),
	"global.graceful-restart":                      irrelevant,
	"global.afi-safis":                             ignored(network.AffectsRoutes),
	"global.afi-safis[].config":                    modelled, // looked at again in global.go
	"global.apply-policy.config":                   modelled,
	"global.apply-policy.config.in-policy-list":    ignored(network.AffectsRoutes),
	"global.apply-policy.config.default-in-policy": ignored(network.AffectsRoutes),

	"peer.config":                                          ignored(network.AffectsAnything),
	"peer.config.peer-as":                                  modelled,
	"peer.config.local-as":                                 modelled,
	"peer.config.auth-password":                            modelled,
	"peer.config.remove-private-as":                        modelled,
	"peer.config.description":                              modelled, // a change of it resets the session
	"peer.config.peer-group":                               modelled,
	"peer.config.peer-group-name":                          modelled,
	"peer.config.neighbor-address":                         modelled,
	"peer.config.neighbor-interface":                       modelled,
	"peer.config.admin-down":                               modelled,
	"peer.config.send-community":                           ignored(network.AffectsRoutes),
	"peer.config.send-software-version":                    irrelevant,
	"peer.config.vrf":                                      modelled,
	"peer.timers.config":                                   modelled, // hold and keepalive are in the model
	"peer.timers.config.connect-retry":                     irrelevant,
	"peer.timers.config.idle-hold-time-after-reset":        irrelevant,
	"peer.timers.config.minimum-advertisement-interval":    irrelevant,
	"peer.transport.config":                                ignored(network.AffectsSessions),
	"peer.transport.config.tcp-mss":                        irrelevant,
	"peer.transport.config.mtu-discovery":                  irrelevant,
	"peer.transport.config.passive-mode":                   modelled,
	"peer.transport.config.local-address":                  modelled,
	"peer.transport.config.remote-port":                    modelled,
	"peer.transport.config.local-port":                     irrelevant, // the source port of outgoing connections
	"peer.transport.config.bind-interface":                 unsimulated(network.AffectsSessions, "sockets bound to an interface are not simulated"),
	"peer.error-handling":                                  irrelevant,
	"peer.logging-options":                                 irrelevant,
	"peer.ebgp-multihop.config":                            modelled,
	"peer.ttl-security.config":                             modelled,
	"peer.route-reflector.config":                          modelled,
	"peer.route-server.config.route-server-client":         modelled,
	"peer.route-server.config.secondary-route":             unsimulated(network.AffectsRoutes, "secondary routes of a route server are not simulated"),
	"peer.as-path-options.config":                          modelled,
	"peer.as-path-options.config.allow-as-path-loop-local": unsimulated(network.AffectsRoutes, "sending routes of one's own that the peer's AS stands in is not simulated"),
	"peer.add-paths.config":                                modelled,
	"peer.graceful-restart.config":                         modelled, // a change of it resets the session
	"peer.apply-policy.config":                             modelled,
	"peer.apply-policy.config.in-policy-list":              ignored(network.AffectsRoutes),
	"peer.apply-policy.config.default-in-policy":           ignored(network.AffectsRoutes),
	"peer.use-multiple-paths":                              ignored(network.AffectsRoutes),
	"peer.afi-safis[].config.afi-safi-name":                modelled,
	"peer.afi-safis[].config.enabled":                      modelled, // looked at again in peer.go
	"peer.afi-safis[].add-paths.config":                    modelled,
	"peer.afi-safis[].prefix-limit.config":                 modelled,
	"peer.afi-safis[].prefix-limit.config.restart-timer":   ignored(network.AffectsSessions),
	"peer.afi-safis[].mp-graceful-restart":                 modelled, // a change of it resets the session
	"peer.afi-safis[].long-lived-graceful-restart":         irrelevant,
	"peer.afi-safis[].route-target-membership":             unsimulated(network.AffectsOther, "VPN routes are not simulated"),
	"peer.afi-safis[].apply-policy":                        ignored(network.AffectsRoutes),
	"peer.afi-safis[].route-selection-options":             ignored(network.AffectsRoutes),
	"peer.afi-safis[].use-multiple-paths":                  ignored(network.AffectsRoutes),
	"peer.afi-safis[]":                                     ignored(network.AffectsRoutes),

	"dynamic-neighbors[].config": modelled,

	"defined-sets.prefix-sets":                                                  modelled,
	"defined-sets.neighbor-sets":                                                modelled,
	"defined-sets.tag-sets":                                                     ignored(network.AffectsRoutes),
	"defined-sets.bgp-defined-sets":                                             modelled,
	"policy-definitions":                                                        modelled,
	"policy-definitions[].statements[].conditions":                              ignored(network.AffectsRoutes),
	"policy-definitions[].statements[].conditions.match-prefix-set":             modelled,
	"policy-definitions[].statements[].conditions.match-neighbor-set":           modelled,
	"policy-definitions[].statements[].conditions.bgp-conditions":               modelled,
	"policy-definitions[].statements[].conditions.bgp-conditions.med-eq":        ignored(network.AffectsRoutes),
	"policy-definitions[].statements[].conditions.bgp-conditions.local-pref-eq": ignored(network.AffectsRoutes),
	"policy-definitions[].statements[].conditions.bgp-conditions.rpki-validation-result": unsimulated(network.AffectsRoutes,
		"route origin validation is not simulated: a snapshot holds no ROAs"),
	"policy-definitions[].statements[].actions.igp-actions":                                                                  ignored(network.AffectsRoutes),
	"policy-definitions[].statements[].actions.bgp-actions.set-community.set-community-method.community-set-ref":             ignored(network.AffectsRoutes),
	"policy-definitions[].statements[].actions.bgp-actions.set-ext-community.set-ext-community-method.ext-community-set-ref": ignored(network.AffectsRoutes),

	"zebra.config.enabled":                      modelled,
	"zebra.config.redistribute-route-type-list": modelled,
	"zebra.config.version":                      modelled,
	"zebra.config.nexthop-trigger-enable":       modelled,
	"zebra.config.nexthop-trigger-delay":        irrelevant,
	"zebra.config.url":                          irrelevant,
	"zebra.config.software-name":                irrelevant,
	"zebra.config.mpls-label-range-size":        unsimulated(network.AffectsForwarding, "MPLS is not simulated"),

	"mrt-dump":      irrelevant,
	"bmp-servers":   irrelevant,
	"rpki-servers":  unsimulated(network.AffectsRoutes, "route origin validation is not simulated"),
	"vrfs[].config": modelled,
	"collector":     unsimulated(network.AffectsOther, "GoBGP has no collector"),
}

var unlisted = unsimulated(network.AffectsAnything, "a setting of GoBGP's that is not simulated")

// classify gives every node its standing; a table has that of what it holds.
func classify(n *node, pattern string, inherited standing) {
	if s, ok := keys[pattern]; ok {
		inherited = s
	}
	n.state, n.affects, n.reason = inherited.state, inherited.affects, inherited.reason
	if strings.HasSuffix(pattern, ".state") {
		// Operational state: gobgpd decodes it and fills it in itself.
		inherited = ignored(network.AffectsAnything)
	}
	for _, k := range n.kids {
		sub := pattern
		switch {
		case n.list && k.scalar:
		case n.list:
			sub += "[]"
		case pattern == "":
			sub = k.key
		default:
			sub += "." + k.key
		}
		switch sub {
		case "neighbors[]", "peer-groups[]":
			sub = "peer"
		}
		classify(k, sub, inherited)
	}
}

// rollUp gives tables the state of what they hold: modelled where anything in them is.
func rollUp(n *node) {
	if n.scalar || len(n.kids) == 0 {
		return
	}
	best := n.kids[0]
	for _, k := range n.kids {
		rollUp(k)
		if k.state == network.Modelled || k.state == network.NotModelled && best.state == network.Irrelevant {
			if best.state != network.Modelled {
				best = k
			}
		}
	}
	n.state, n.affects, n.reason = best.state, best.affects, best.reason
}
