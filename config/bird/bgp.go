package bird

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// bgpSettings are those of a BGP protocol.
type bgpSettings struct {
	description          string
	routerID             netip.Addr
	localAS, remoteAS    uint32
	remote               network.RemoteASKind
	local, neighbor      netip.Addr
	listen               netip.Prefix // neighbor range
	iface                string
	localPort, port      uint16
	direct, multihop     bool
	hops                 uint32
	ttlSecurity          bool
	password             string
	rrClient, rsClient   bool
	clusterID            netip.Addr
	allowLocalAS         uint32
	confederation        uint32
	confederationMember  bool
	role                 string
	requireRoles         bool
	passive, strictBind  bool
	enforceFirst         bool
	defaultMED           uint32
	defaultLocalPref     uint32
	allowLocalPref       bool
	refuseASSets         bool
	medMetric, preferOld bool
	deterministicMED     bool
	ignorePathLength     bool
	igpMetricOff         bool
	ignoreCommunities    bool
	hold, keepalive      uint32
	bfd                  bool
}

// addressNext reports whether an address, or a constant that is one, stands next.
func (p *parser) addressNext() bool {
	t := p.peek()
	if t.kind == address {
		return true
	}
	s := p.find(t.text)
	return t.kind == word && !keywords[t.text] && s != nil && s.kind == constantName && s.value.Kind == network.AddressValue
}

func localOption(p *parser, o *protocol) verdict {
	b := &o.bgp
	t := p.last()
	if p.addressNext() {
		v, at := p.constantOf(token{})
		b.local = p.addressOf(v, at)
	}
	if p.take("port") {
		b.localPort = uint16(p.number())
	}
	if p.take("as") {
		b.localAS = p.number()
		if b.localAS == 0 {
			p.fail(t, "local AS number must not be 0")
		}
	}
	o.marks.Set("LocalAS", p.since(t))
	if b.localPort != 0 && b.localPort != 179 {
		return unsupported(sessions, "sessions are simulated on TCP port 179")
	}
	return modelled
}

func neighborOption(p *parser, o *protocol) verdict {
	b := &o.bgp
	t := p.last()
	if p.take("range") {
		if b.listen.IsValid() || b.neighbor.IsValid() {
			p.fail(t, "only one neighbor per BGP instance is allowed")
		}
		b.listen = p.prefixAfter(p.next())
	} else if p.addressNext() {
		if b.neighbor.IsValid() || b.listen.IsValid() {
			p.fail(t, "only one neighbor per BGP instance is allowed")
		}
		v, at := p.constantOf(token{})
		b.neighbor = p.addressOf(v, at)
		o.marks.Set("Address", p.since(t))
	}
	if p.take("%") {
		b.iface = p.next().text
	}
	if p.take("port") {
		b.port = uint16(p.number())
	}
	switch {
	case p.take("as"):
		b.remoteAS, b.remote = p.number(), network.RemoteASNumber
	case p.take("internal"):
		b.remote = network.RemoteASInternal
	case p.take("external"):
		b.remote = network.RemoteASExternal
	}
	if b.remote != network.RemoteASMissing {
		o.marks.Set("RemoteAS", p.since(t))
	}
	if b.port != 0 && b.port != 179 {
		return unsupported(sessions, "sessions are simulated on TCP port 179")
	}
	return modelled
}

// field makes an option that is obeyed, with the mark of the field that it sets.
func field(words, mark string, set func(p *parser, b *bgpSettings)) option {
	return option{words, func(p *parser, o *protocol) verdict {
		t := p.last()
		set(p, &o.bgp)
		o.marks.Set(mark, p.since(t))
		return modelled
	}}
}

var bgpOptions = []option{
	{"local", localOption},
	{"neighbor", neighborOption},
	field("local role", "Role", func(p *parser, b *bgpSettings) {
		t := p.next()
		roles := map[string]string{"peer": "peer", "provider": "provider", "customer": "customer", "rs_server": "rs-server", "rs_client": "rs-client"}
		if b.role = roles[t.text]; b.role == "" {
			p.fail(t, "unexpected %s, expecting a role", t)
		}
	}),
	field("require roles", "RoleStrict", func(p *parser, b *bgpSettings) { b.requireRoles = p.boolean() }),
	field("interface", "Interface", func(p *parser, b *bgpSettings) { b.iface = p.text() }),
	field("direct", "MultihopEnabled", func(_ *parser, b *bgpSettings) { b.direct, b.multihop = true, false }),
	field("multihop", "MultihopEnabled", func(p *parser, b *bgpSettings) {
		b.direct, b.multihop, b.hops = false, true, 64
		if !p.peek().is(";") {
			t := p.peek()
			if b.hops = p.number(); b.hops < 1 || b.hops > 255 {
				p.fail(t, "multihop must be in range 1-255")
			}
		}
	}),
	field("source address", "UpdateSource", func(p *parser, b *bgpSettings) {
		v, at := p.constantOf(token{})
		b.local = p.addressOf(v, at)
	}),
	field("ttl security", "TTLSecurityHops", func(p *parser, b *bgpSettings) { b.ttlSecurity = p.boolean() }),
	field("password", "Password", func(p *parser, b *bgpSettings) { b.password = p.text() }),
	field("rr client", "ReflectorClient", func(p *parser, b *bgpSettings) { b.rrClient = p.boolean() }),
	field("rs client", "RouteServerClient", func(p *parser, b *bgpSettings) { b.rsClient = p.boolean() }),
	field("rr cluster id", "ClusterID", func(p *parser, b *bgpSettings) {
		v, at := p.constantOf(token{})
		b.clusterID = p.addressOf(v, at)
	}),
	field("allow local as", "AllowASIn", func(p *parser, b *bgpSettings) {
		b.allowLocalAS = 255
		if !p.peek().is(";") {
			b.allowLocalAS = min(p.number(), 255)
		}
	}),
	field("confederation", "Confederation", func(p *parser, b *bgpSettings) { b.confederation = p.number() }),
	field("confederation member", "Confederation", func(p *parser, b *bgpSettings) { b.confederationMember = p.boolean() }),
	field("passive", "Passive", func(p *parser, b *bgpSettings) { b.passive = p.boolean() }),
	field("enforce first as", "EnforceFirstAS", func(p *parser, b *bgpSettings) { b.enforceFirst = p.boolean() }),
	field("default bgp_med", "DefaultMED", func(p *parser, b *bgpSettings) { b.defaultMED = p.number() }),
	field("default bgp_local_pref", "DefaultLocalPref", func(p *parser, b *bgpSettings) { b.defaultLocalPref = p.number() }),
	field("med metric", "Decision.AlwaysCompareMED", func(p *parser, b *bgpSettings) { b.medMetric = p.boolean() }),
	field("deterministic med", "Decision.DeterministicMED", func(p *parser, b *bgpSettings) { b.deterministicMED = p.boolean() }),
	field("prefer older", "Decision.Steps", func(p *parser, b *bgpSettings) { b.preferOld = p.boolean() }),
	field("path metric", "Decision.ASPathIgnore", func(p *parser, b *bgpSettings) { b.ignorePathLength = !p.boolean() }),
	field("igp metric", "Decision.IgnoreIGPMetric", func(p *parser, b *bgpSettings) { b.igpMetricOff = !p.boolean() }),
	field("interpret communities", "Habits.IgnoreWellKnown", func(p *parser, b *bgpSettings) { b.ignoreCommunities = !p.boolean() }),
	field("hold time", "Hold", func(p *parser, b *bgpSettings) { b.hold = p.number() }),
	field("keepalive time", "Keepalive", func(p *parser, b *bgpSettings) { b.keepalive = p.number() }),
	{"bfd", func(p *parser, o *protocol) verdict {
		t := p.last()
		if p.peek().is("{") || p.peek().is("graceful") {
			o.bgp.bfd = true
			p.rest()
		} else {
			o.bgp.bfd = p.boolean()
		}
		o.marks.Set("BFD", p.since(t))
		return modelled
	}},
	{"strict bind", func(p *parser, o *protocol) verdict { o.bgp.strictBind = p.boolean(); return harmless }},
	{"startup hold time", aNumber(harmless)}, {"connect retry time", aNumber(harmless)}, {"connect delay time", aNumber(harmless)},
	{"start delay time", aNumber(harmless)}, {"min hold time", aNumber(harmless)}, {"min keepalive time", aNumber(harmless)},
	{"error wait time", anyRest(harmless)}, {"error forget time", aNumber(harmless)}, {"disable after error", aBoolean(harmless)},
	{"disable after cease", anyRest(harmless)}, {"graceful restart", anyRest(harmless)}, {"graceful restart time", aNumber(harmless)},
	{"long lived graceful restart", anyRest(harmless)}, {"long lived stale time", aNumber(harmless)}, {"enable route refresh", aBoolean(harmless)},
	{"enable enhanced route refresh", aBoolean(harmless)}, {"enable extended messages", aBoolean(harmless)}, {"advertise hostname", aBoolean(harmless)},
	{"check link", aBoolean(harmless)}, {"free bind", aBoolean(harmless)},
	{"setkey", aBoolean(harmless)}, {"dynamic name", anyRest(harmless)}, {"dynamic name digits", aNumber(harmless)}, {"tx class", anyRest(harmless)},
	{"tx priority", anyRest(harmless)},
	{"enable as4", func(p *parser, _ *protocol) verdict {
		if !p.boolean() {
			return unsupported(routes, "AS numbers of two octets are not simulated")
		}
		return harmless
	}},
	{"capabilities", func(p *parser, _ *protocol) verdict {
		if !p.boolean() {
			return unsupported(sessions, "a session without capabilities is not simulated")
		}
		return harmless
	}},
	field("allow bgp_local_pref", "LocalPrefOutside", func(p *parser, b *bgpSettings) { b.allowLocalPref = p.boolean() }),
	field("allow as sets", "RejectASSets", func(p *parser, b *bgpSettings) { b.refuseASSets = !p.boolean() }),
}
