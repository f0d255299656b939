package bird

import "github.com/routegate/routegate/network"

// check refuses what BIRD refuses of a protocol once it is read to its end.
func (p *parser) check(t token, o *protocol) {
	switch o.kind {
	case "bgp":
		p.checkBGP(t, o)
	case "pipe":
		p.checkPipe(t, o)
	case "kernel":
		p.checkKernel(t, o)
	case "static":
		if len(o.channels) == 0 {
			p.fail(t, "protocol %s: channel not specified", o.name)
		}
	}
}

// external reports a session with another AS. One whose other end may have any AS but ours is external too.
func (b *bgpSettings) external() bool {
	switch b.remote {
	case network.RemoteASInternal:
		return false
	case network.RemoteASExternal:
		return true
	}
	return b.remoteAS != b.localAS
}

func (p *parser) checkBGP(t token, o *protocol) {
	b := &o.bgp
	fail := func(why string) { p.fail(t, "protocol %s: %s", o.name, why) }
	switch {
	case b.localAS == 0:
		fail("local AS number must be set")
	case !b.neighbor.IsValid() && !b.listen.IsValid():
		fail("neighbor must be configured")
	case b.remote == network.RemoteASMissing || b.remote == network.RemoteASNumber && b.remoteAS == 0:
		fail("remote AS number must be set")
	case b.neighbor.IsLinkLocalUnicast() && b.neighbor.Is6() && b.iface == "":
		fail("link-local addresses require defined interface")
	case b.strictBind && !b.local.IsValid():
		fail("local address must be configured for strict bind")
	case b.rrClient && b.external():
		fail("only internal neighbor can be RR client")
	case b.rsClient && !b.external():
		fail("only external neighbor can be RS client")
	case b.requireRoles && b.role == "":
		fail("local role must be set if roles are required")
	case b.confederationMember && b.confederation == 0:
		fail("confederation ID must be set for member sessions")
	}
	for _, c := range o.sortedChannels() {
		if c.gatewayRecursive != nil && !*c.gatewayRecursive && (b.multihop || !b.external() && !b.direct) {
			fail("multihop BGP cannot use direct gateway mode")
		}
		if c.name != "ipv4" && c.name != "ipv6" || !b.external() || b.confederationMember {
			continue
		}
		// RFC 8212, as BIRD has it since 2.0.1.
		if !c.given[0] {
			fail("EBGP requires explicit import policy")
		}
		if !c.given[1] {
			fail("EBGP requires explicit export policy")
		}
	}
}

func (p *parser) checkPipe(t token, o *protocol) {
	switch a, b := o.pipe[0], o.pipe[1]; {
	case a == nil:
		p.fail(t, "protocol %s: primary routing table not specified", o.name)
	case b == nil:
		p.fail(t, "protocol %s: secondary routing table not specified", o.name)
	case a == b:
		p.fail(t, "protocol %s: primary table and peer table must be different", o.name)
	case a.table != b.table:
		p.fail(t, "protocol %s: primary table and peer table must have the same type", o.name)
	}
}

// checkKernel: a table has one kernel protocol.
func (p *parser) checkKernel(t token, o *protocol) {
	for _, c := range o.sortedChannels() {
		for _, q := range p.protocols {
			if d := q.channels[c.name]; q.kind == "kernel" && d != nil && d.table == c.table {
				p.fail(t, "protocol %s: kernel syncer (%s) already attached to table %s", o.name, q.name, c.table)
			}
		}
	}
}
