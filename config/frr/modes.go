package frr

import (
	"strings"
	"sync"

	"github.com/routegate/routegate/network"
)

// modeID names a node of FRR's command line: which commands are known.
type modeID uint8

const (
	sameMode modeID = iota // of a rule: the command opens no block
	enableMode
	configMode
	interfaceMode
	vrfMode
	bgpMode
	unicastMode     // address-family ipv4 unicast
	unicast6Mode    // address-family ipv6 unicast
	overlayMode     // address families of VPNs: vpn, evpn, flowspec, link-state
	plainFamilyMode // multicast and labeled-unicast
	evpnVNIMode
	bgpForeignMode // vnc, bmp and srv6 blocks below router bgp
	ospfMode
	routeMapMode
	keyChainMode
	keyMode
	lineMode
	bfdMode
	bfdPeerMode
	bfdProfileMode
	ripMode
	isisMode
	ospf6Mode
	eigrpMode
	babelMode
	pimMode
	rpkiMode
	pbrMode
	nexthopGroupMode
	segmentMode
	mplsMode
	ldpFamilyMode
	linkParamsMode
	numModes
)

// parents is where a command is tried that its own mode does not know.
var parents = [numModes]modeID{
	unicastMode: bgpMode, unicast6Mode: bgpMode, overlayMode: bgpMode, plainFamilyMode: bgpMode, evpnVNIMode: overlayMode, bgpForeignMode: bgpMode,
	keyMode: keyChainMode, bfdPeerMode: bfdMode, bfdProfileMode: bfdMode, linkParamsMode: interfaceMode, ldpFamilyMode: mplsMode,
}

func (m modeID) parent() modeID {
	if p := parents[m]; p != sameMode {
		return p
	}
	if m == configMode || m == enableMode {
		return enableMode
	}
	return configMode
}

// rule is one command of one or more modes.
type rule struct {
	do     func(*parser, *args) verdict // nil: the line is is
	is     verdict
	opens  modeID
	closes bool    // leaves the mode
	group  groupID // FRR commits the command in a transaction of this daemon (see transaction.go)
	bgpd   bool    // a command of bgpd's that commits the transaction before it
}

// grammar is the command tree of every mode, for positive and negative forms.
type grammar [numModes]struct{ yes, no node }

// commands is built on first use and read-only from then on.
var commands = sync.OnceValue(func() *grammar {
	g := &grammar{}
	g.system()
	g.interfaces()
	g.statics()
	g.bgp()
	g.bgpFamilies()
	g.neighbors()
	g.neighborFamilies()
	g.routeMaps()
	g.routeMapMatches()
	g.routeMapSets()
	g.prefixLists()
	g.accessLists()
	g.communityLists()
	g.ospf()
	g.ospfAreas()
	g.ospfInterfaces()
	g.foreign()
	for i := range g {
		g[i].yes.seal()
		g[i].no.seal()
	}
	return g
})

func in(m ...modeID) []modeID { return m }

// anyFamily is `router bgp`, where commands of a family mean IPv4 unicast, and the two families.
func anyFamily() []modeID { return in(bgpMode, unicastMode, unicast6Mode) }

func (g *grammar) rule(modes []modeID, pattern string, r *rule) {
	yes, no := true, false
	switch {
	case len(pattern) > 5 && pattern[:5] == "[no] ":
		no, pattern = true, pattern[5:]
	case len(pattern) > 3 && pattern[:3] == "no ":
		yes, no, pattern = false, true, pattern[3:]
	}
	for _, m := range modes {
		switch m {
		case bgpMode, unicastMode, unicast6Mode, overlayMode, plainFamilyMode, evpnVNIMode, bgpForeignMode:
			r.bgpd = true
		}
		if yes {
			g[m].yes.add(pattern, false, r)
		}
		if no {
			g[m].no.add(pattern, true, r)
		}
	}
}

// do adds a command that the handler interprets.
func (g *grammar) do(modes []modeID, pattern string, h func(*parser, *args) verdict) {
	g.rule(modes, pattern, &rule{do: h})
}

// yang is do for a command of FRR's transactional front end.
func (g *grammar) yang(modes []modeID, pattern string, h func(*parser, *args) verdict) {
	g.rule(modes, pattern, &rule{do: h, group: bgpdGroup})
}

// static adds a command of staticd's transactional front end.
func (g *grammar) static(modes []modeID, pattern string, h func(*parser, *args) verdict) {
	g.rule(modes, pattern, &rule{do: h, group: staticGroup})
}

// list adds a command of bgpd's own lists, which commit the transaction before them.
func (g *grammar) list(pattern string, h func(*parser, *args) verdict) {
	g.rule(in(configMode), pattern, &rule{do: h, bgpd: true})
}

// block adds a command that opens a block.
func (g *grammar) block(modes []modeID, pattern string, opens modeID, h func(*parser, *args) verdict) {
	g.rule(modes, pattern, &rule{do: h, opens: opens, bgpd: opens == bgpMode})
}

// foreignBlock adds a block of which nothing is modelled.
func (g *grammar) foreignBlock(modes []modeID, opens modeID, affects network.Affects, why string, patterns ...string) {
	for _, p := range patterns {
		g.rule(modes, p, &rule{is: unsupported(affects, why), opens: opens})
	}
}

// not adds commands that FRR obeys and the model does not hold.
func (g *grammar) not(modes []modeID, affects network.Affects, why string, patterns ...string) {
	for _, p := range patterns {
		g.both(modes, p, &rule{is: unsupported(affects, why)})
	}
}

// both adds a command with and without the text that may follow it.
func (g *grammar) both(modes []modeID, pattern string, r *rule) {
	g.rule(modes, pattern, r)
	if bare, ok := strings.CutSuffix(pattern, " ~ LINE..."); ok {
		g.rule(modes, bare, r)
	}
}

// irrelevant adds commands that cannot change a route.
func (g *grammar) irrelevant(modes []modeID, patterns ...string) {
	for _, p := range patterns {
		g.both(modes, p, &rule{is: harmless})
	}
}

// leave adds the words that end a block.
func (g *grammar) leave(modes []modeID, patterns ...string) {
	for _, p := range patterns {
		g.rule(modes, p, &rule{is: blankLine, closes: true})
	}
}
