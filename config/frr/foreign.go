package frr

import "github.com/routegate/routegate/network"

// foreign adds the protocols and functions that are not simulated: their blocks, so that modes are
// followed, and the words that their blocks know, so that a line is looked for in the blocks
// around only where FRR would do so.
func (g *grammar) foreign() {
	top := in(configMode)
	words := func(mode modeID, affects network.Affects, why string, list ...string) {
		for _, w := range list {
			g.not(in(mode), affects, why, "[no] "+w+" ~ LINE...", "[no] "+w)
		}
	}
	removal := func(affects network.Affects, why string, patterns ...string) { g.not(top, affects, why, patterns...) }

	const rip = "RIP is not simulated"
	g.foreignBlock(top, ripMode, others, rip, "router rip [vrf WORD]", "router ripng [vrf WORD]")
	removal(others, rip, "no router rip [vrf WORD]", "no router ripng [vrf WORD]")
	words(ripMode, others, rip, "network", "neighbor", "version", "redistribute", "passive-interface", "default-metric", "default-information",
		"distance", "timers", "route", "offset-list", "distribute-list", "allow-ecmp", "aggregate-address")
	g.not(in(ripMode), others, rip, "[no] route-map WORD <in|out> WORD", "[no] bfd default-profile ~ WORD")

	const isis = "IS-IS is not simulated"
	g.foreignBlock(top, isisMode, others, isis, "router isis WORD [vrf WORD]", "router openfabric WORD")
	removal(others, isis, "no router isis WORD [vrf WORD]", "no router openfabric WORD", "[no] <ip|ipv6> router isis WORD")
	words(isisMode, others, isis, "net", "is-type", "metric-style", "redistribute", "default-information", "area-password", "domain-password",
		"log-adjacency-changes", "log-pdu-drops", "lsp-gen-interval", "lsp-refresh-interval", "lsp-mtu", "lsp-timers", "max-lsp-lifetime", "spf-interval",
		"spf-delay-ietf", "spf", "spf-prefix-priority", "set-overload-bit", "set-attached-bit", "attached-bit", "mpls-te", "topology",
		"dynamic-hostname", "purge-originator", "advertise-high-metrics", "fast-reroute", "fabric-tier", "priority", "affinity", "advertise-definition", "prefix-metric", "advertise-passive-only", "distribute-list",
		"metric", "admin-group-send-zero", "traffic-share", "asla-legacy-flag", "dataplane", "locator", "node-msd", "max-sid-depth")
	for _, p := range []string{"[no] hostname dynamic", "[no] mpls ldp-sync [holddown (0-10000)]", "[no] segment-routing LINE..."} {
		g.rule(in(isisMode), p, &rule{is: unsupported(others, isis)})
	}

	g.foreignBlock(in(isisMode), isisMode, others, isis, "flex-algo (128-255)", "segment-routing srv6")

	const ospf6 = "OSPFv3 is not simulated"
	g.foreignBlock(top, ospf6Mode, others, ospf6, "router ospf6 [(1-65535)] [vrf WORD]")
	removal(others, ospf6, "no router ospf6 [vrf WORD]")
	words(ospf6Mode, others, ospf6, "ospf6", "area", "redistribute", "default-information", "distance", "timers", "auto-cost",
		"log-adjacency-changes", "stub-router", "maximum-paths", "graceful-restart", "summary-address", "aggregation", "write-multiplier")

	g.not(in(ospf6Mode), others, ospf6, "[no] interface WORD area LINE...")

	const eigrp = "EIGRP is not simulated"
	g.foreignBlock(top, eigrpMode, others, eigrp, "router eigrp (1-65535) [vrf WORD]")
	removal(others, eigrp, "no router eigrp (1-65535) [vrf WORD]")
	words(eigrpMode, others, eigrp, "network", "neighbor", "eigrp", "redistribute", "passive-interface", "metric", "maximum-paths", "timers", "variance", "distribute-list")

	const babel = "Babel is not simulated"
	g.foreignBlock(top, babelMode, others, babel, "router babel")
	removal(others, babel, "no router babel", "[no] babel LINE...")
	words(babelMode, others, babel, "network", "redistribute", "babel", "distribute-list", "ipv6 distribute-list")

	const pim = "multicast routing is not simulated"
	g.foreignBlock(top, pimMode, others, pim, "router pim [vrf WORD]", "router pim6 [vrf WORD]")
	removal(others, pim, "no router pim LINE...", "no router pim6 LINE...")
	words(pimMode, others, pim, "rp", "register-accept-list", "join-prune-interval", "keep-alive-timer", "packets", "spt-switchover", "ssm", "ecmp", "msdp", "igmp",
		"rpf-lookup-mode", "register-suppress-time", "send-v6-secondary", "bsr", "autorp", "multicast", "mlag", "embedded-rp", "mroute", "dm", "vxlan")

	const mpls = "MPLS is not simulated"
	g.foreignBlock(top, mplsMode, forwarding, mpls, "mpls ldp", "l2vpn WORD type vpls", "pseudowire WORD")
	removal(forwarding, mpls, "no mpls ldp", "no l2vpn WORD type vpls", "no pseudowire WORD", "[no] mpls label LINE...", "[no] mpls lsp LINE...")
	words(mplsMode, forwarding, mpls, "router-id", "discovery", "dual-stack", "neighbor", "ordered-control", "wait-for-sync", "label",
		"session", "ttl-security", "bridge", "mtu", "vc", "control-word")
	g.foreignBlock(in(mplsMode), mplsMode, forwarding, mpls, "member pseudowire WORD")
	g.not(in(mplsMode), forwarding, mpls, "member interface WORD", "no member LINE...")
	g.foreignBlock(in(mplsMode), ldpFamilyMode, forwarding, mpls, "address-family <ipv4|ipv6>")
	g.foreignBlock(in(ldpFamilyMode), ldpFamilyMode, forwarding, mpls, "interface WORD")
	words(ldpFamilyMode, forwarding, mpls, "discovery", "label", "neighbor", "session", "ttl-security")

	const sr = "segment routing is not simulated"
	g.foreignBlock(top, segmentMode, forwarding, sr, "segment-routing")
	// Blocks in blocks, each with an exit of its own.
	g.foreignBlock(in(segmentMode), segmentMode, forwarding, sr, "traffic-eng", "srv6", "locators", "locator WORD", "encapsulation", "formats",
		"format WORD", "static-sids", "segment-list WORD", "policy color LINE...", "pcep", "pce WORD", "pce-config WORD", "pcc")
	words(segmentMode, forwarding, sr, "prefix", "source-address", "index", "mpls-te", "candidate-path", "name", "binding-sid", "metric", "bandwidth", "behavior",
		"block-len", "node-len", "func-bits", "compressed", "sid", "peer", "address", "timer", "config", "msd", "affinity", "objective-function", "format",
		"source-address-mode", "locator", "policy")

	const bfd = "BFD options are not simulated"
	g.rule(top, "bfd", &rule{is: unsupported(sessions, bfd), opens: bfdMode})
	removal(sessions, bfd, "no bfd")
	g.foreignBlock(in(bfdMode), bfdPeerMode, sessions, bfd, "peer LINE...")
	g.foreignBlock(in(bfdMode), bfdProfileMode, sessions, bfd, "profile WORD")
	g.not(in(bfdMode), sessions, bfd, "no peer LINE...", "no profile WORD", "[no] log-session-changes", "[no] sbfd LINE...")
	for _, m := range []modeID{bfdPeerMode, bfdProfileMode} {
		words(m, sessions, bfd, "detect-multiplier", "receive-interval", "transmit-interval", "echo-mode", "echo-interval", "echo", "passive-mode", "minimum-ttl",
			"shutdown", "profile", "label", "log-session-changes", "bfd-mode")
	}

	const rpki = "RPKI validation is not simulated"
	g.foreignBlock(top, rpkiMode, routes, rpki, "rpki")
	removal(routes, rpki, "no rpki")
	words(rpkiMode, routes, rpki, "rpki")

	const pbr = "policy-based routing is not simulated"
	g.foreignBlock(top, pbrMode, forwarding, pbr, "pbr-map WORD seq (1-700)")
	removal(forwarding, pbr, "no pbr-map WORD [seq (1-700)]", "[no] pbr LINE...")
	words(pbrMode, forwarding, pbr, "match", "set")
	g.foreignBlock(top, nexthopGroupMode, forwarding, pbr, "nexthop-group WORD")
	removal(forwarding, pbr, "no nexthop-group WORD")
	words(nexthopGroupMode, forwarding, pbr, "nexthop", "backup-group", "resilient")

	// A changed key takes the adjacencies down that are authenticated with it.
	const keys = "authentication by key chains is not simulated"
	g.foreignBlock(top, keyChainMode, sessions, keys, "key chain WORD")
	removal(sessions, keys, "no key chain WORD")
	g.foreignBlock(in(keyChainMode), keyMode, sessions, keys, "key (0-4294967295)")
	g.not(in(keyChainMode), sessions, keys, "no key (0-4294967295)")
	g.not(in(keyChainMode, keyMode), sessions, keys, "[no] key-string ~ LINE...", "[no] accept-lifetime ~ LINE...", "[no] send-lifetime ~ LINE...",
		"[no] cryptographic-algorithm ~ LINE...")

	removal(others, "VRRP is not simulated", "[no] vrrp LINE...")
	removal(others, "EVPN is not simulated", "[no] evpn LINE...")
	removal(others, "NHRP is not simulated", "[no] nhrp LINE...")
	removal(routes, "static multicast or imported routes are not simulated", "[no] allow-external-route-update")
	removal(others, "OSPFv3 is not simulated", "[no] ospf6 LINE...")
	removal(others, "what this daemon does is not simulated", "[no] sharp LINE...", "[no] watchfrr LINE...", "[no] pathd LINE...", "[no] traffic-eng LINE...")
}
