package frr

import "strings"

// system adds what every daemon knows: names, the shell, and the closed list of
// lines that cannot change a route.
func (g *grammar) system() {
	blocks := make([]modeID, 0, numModes)
	for m := enableMode; m < numModes; m++ {
		blocks = append(blocks, m)
	}
	g.leave(blocks, "exit", "quit")
	// A file's `end` is nothing: what follows is read in the block that was open.
	g.rule(blocks, "end", &rule{is: blankLine})
	g.leave(in(unicastMode, unicast6Mode, overlayMode, plainFamilyMode, ldpFamilyMode), "exit-address-family")
	g.leave(in(vrfMode), "exit-vrf")
	g.leave(in(evpnVNIMode), "exit-vni")
	g.leave(in(bgpForeignMode), "exit-vnc", "exit-vrf-policy")
	g.leave(in(linkParamsMode), "exit-link-params")

	top := in(configMode)
	g.do(in(enableMode), "configure [terminal]", (*parser).configure)
	g.irrelevant(in(enableMode), "enable", "write [LINE...]", "copy LINE...", "terminal LINE...", "clear LINE...", "show LINE...")
	g.do(top, "frr version LINE...$version", (*parser).frrVersion)
	g.do(top, "frr defaults LINE...$profile", (*parser).frrDefaults)
	g.do(top, "[no] hostname ~ WORD$name", (*parser).hostname)
	g.do(top, "[no] bgp route-map delay-timer ~ (0-600)$seconds", (*parser).routeMapDelay)

	g.irrelevant(top,
		"[no] domainname ~ WORD", "[no] service LINE...", "[no] log ~ LINE...", "[no] debug LINE...",
		"[no] password ~ LINE...", "[no] enable password ~ LINE...", "[no] username LINE...", "[no] banner ~ LINE...",
		"[no] agentx", "[no] smux LINE...", "[no] terminal LINE...", "[no] allow-reserved-ranges", "[no] fpm LINE...",
		"[no] zebra nexthop-group keep (1-3600)", "[no] zebra nexthop kernel enable", "[no] zebra nexthop proto only", "[no] zebra dplane limit ~ (0-10000)", "[no] dump bgp ~ LINE...",
		"[no] zebra protodown LINE...", "[no] zebra route-map delay-timer ~ (0-600)",
		"[no] bgp send-extra-data zebra", "[no] bgp session-dscp ~ LINE...", "[no] bgp community alias WORD WORD",
		"output file WORD", "no output LINE...", "[no] vtysh LINE...", "write LINE...",
		"[no] netns ~ LINE...", "[no] nhrp nflog-group ~ LINE...", "[no] mgmt LINE...", "[no] python LINE...",
		"[no] bgp input-queue-limit ~ LINE...", "[no] bgp output-queue-limit ~ LINE...", "[no] zebra zapi-packets LINE...",
		"[no] bgp update-delay ~ (0-3600) [(1-3600)]", "[no] zebra work-queue ~ LINE...", "[no] affinity-map LINE...",
	)
	g.rule(top, "line vty [LINE...]", &rule{is: harmless, opens: lineMode})
	g.irrelevant(in(lineMode), "[no] exec-timeout ~ LINE...", "[no] access-class ~ LINE...", "[no] ipv6 access-class ~ LINE...",
		"[no] login", "[no] transport LINE...", "[no] password LINE...", "[no] history LINE...", "[no] length LINE...")
	g.irrelevant(in(keyChainMode), "[no] description ~ LINE...")
}

func (p *parser) configure(*args) verdict {
	p.frames[0].mode = configMode
	return blankLine
}

// hostname is what the router calls itself; the simulation knows it by its folder.
// policyDelay is bgpd's default: changed route-maps and lists are applied five seconds after the last change.
const policyDelay = 5

// routeMapDelay is of all instances, wherever it stands. It moves no route, only the moment.
func (p *parser) routeMapDelay(a *args) verdict {
	p.r.PolicyDelay = policyDelay
	if !a.no {
		p.r.PolicyDelay = a.num("seconds")
	}
	return harmless
}

func (p *parser) hostname(a *args) verdict {
	p.r.Hostname = a.str("name")
	if a.no {
		p.r.Hostname = ""
	}
	return harmless
}

// frrVersion selects the defaults of the release that wrote the file.
func (p *parser) frrVersion(a *args) verdict {
	v := strings.Fields(a.str("version"))[0]
	if !p.defaults.setVersion(v) {
		return rejected(quote(v) + " is no version")
	}
	p.r.Version = v
	return modelled
}

// frrDefaults selects the profile; it counts for the BGP instances that follow.
func (p *parser) frrDefaults(a *args) verdict {
	switch profile := a.str("profile"); profile {
	case "datacenter":
		p.defaults.datacenter = true
	case "traditional":
		p.defaults.datacenter = false
	default:
		return rejected("there is no profile " + quote(profile))
	}
	return modelled
}
