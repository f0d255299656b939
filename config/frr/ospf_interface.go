package frr

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// ospfAuth is what an interface says of authentication.
type ospfAuth struct {
	stated bool
	kind   string // "", "text", "md5"
	text   string
	keys   string // md5 keys as "id=secret", joined
}

func (g *grammar) ospfInterfaces() {
	mode := in(interfaceMode)
	head, tail := "[no] ip ospf ", " [A.B.C.D$addr]"
	g.do(mode, head+"[(1-65535)$instance] area ~ "+areaID+tail, (*parser).ifArea)
	g.do(mode, head+"cost ~ (1-65535)$value"+tail, (*parser).ifOSPFNumber)
	g.do(mode, head+"hello-interval ~ (1-65535)$value"+tail, (*parser).ifOSPFNumber)
	g.do(mode, head+"dead-interval ~ (1-65535)$value"+tail, (*parser).ifOSPFNumber)
	g.do(mode, head+"dead-interval minimal hello-multiplier ~ (1-20)$value"+tail, (*parser).ifOSPFNumber)
	g.do(mode, head+"priority ~ (0-255)$value"+tail, (*parser).ifOSPFNumber)
	g.do(mode, head+"network ~ <broadcast|non-broadcast|point-to-multipoint|point-to-point> [{dmvpn|non-broadcast|delay-reflood}]", (*parser).ifOSPFNetwork)
	g.do(mode, head+"passive"+tail, (*parser).ifOSPFPassive)
	g.do(mode, head+"mtu-ignore"+tail, (*parser).ifMTUIgnore)
	g.do(mode, head+"authentication [<null|message-digest>]"+tail, (*parser).ifAuthentication)
	g.do(mode, head+"authentication-key ~ WORD$key"+tail, (*parser).ifAuthKey)
	g.do(mode, head+"message-digest-key (1-255)$id ~ md5 WORD$key"+tail, (*parser).ifDigestKey)
	g.irrelevant(mode, head+"retransmit-interval ~ LINE...", head+"transmit-delay ~ LINE...", head+"retransmit-window ~ LINE...", head+"bfd [profile ~ WORD]",
		head+"graceful-restart LINE...", head+"capability opaque")
	g.not(mode, routes, "prefix suppression is not simulated", head+"prefix-suppression ~ LINE...", head+"prefix-suppression")
	g.not(mode, sessions, "filters on OSPF neighbors are not simulated", head+"neighbor-filter ~ LINE...")
	g.not(mode, sessions, "key chains are not simulated", head+"authentication key-chain ~ LINE...")
	g.not(mode, others, "MPLS is not simulated", head+"mpls LINE...")
}

// onIfOSPF is the interface's OSPF part; a setting of a single address of the interface is taken for the whole.
func (p *parser) onIfOSPF(field string) *network.OSPFInterface {
	i := p.onInterface()
	if i.OSPF == nil {
		i.OSPF = &network.OSPFInterface{Priority: 1, Hello: 10, Dead: 40}
		if i.Loopback {
			i.OSPF.NetworkType = network.OSPFLoopback
		}
	}
	i.OSPF.Span = i.OSPF.Span.Join(p.span())
	i.OSPF.Marks.Set(field, p.span())
	return i.OSPF
}

// whole downgrades a line that is about one address only.
func whole(a *args) verdict {
	if a.given("addr") {
		return unsupported(routes, "a setting of one address is simulated for the whole interface")
	}
	return modelled
}

func (p *parser) ifArea(a *args) verdict {
	for _, o := range p.processes {
		if !a.no && o.vrf == p.iface.VRF && o.Instance == int(a.num("instance")) && len(o.Networks) > 0 {
			return rejected("the process has network statements; FRR allows one of the two ways only")
		}
	}
	o := p.onIfOSPF("Area")
	o.HasArea, o.Area = !a.no, statedArea(a)
	if a.no {
		o.Area = 0
	}
	return whole(a)
}

func (p *parser) ifOSPFNumber(a *args) verdict {
	v := a.num("value")
	switch word := a.any("cost", "hello-interval", "dead-interval", "priority"); word {
	case "cost":
		p.onIfOSPF("Cost").Cost = v
	case "hello-interval":
		o := p.onIfOSPF("Hello")
		if o.Hello = v; a.no {
			o.Hello = 10
		}
		// Without a dead interval of its own, the interface waits for four hellos.
		if _, stated := o.Marks.Find("Dead"); !stated {
			o.Dead = 4 * o.Hello
		}
	case "dead-interval":
		o := p.onIfOSPF("Dead")
		switch {
		case a.no:
			o.Dead = 4 * o.Hello
		case a.has("minimal"):
			o.Dead = 1
		default:
			o.Dead = v
		}
	default:
		o := p.onIfOSPF("Priority")
		if o.Priority = uint8(v); a.no {
			o.Priority = 1
		}
	}
	return whole(a)
}

func (p *parser) ifOSPFNetwork(a *args) verdict {
	o := p.onIfOSPF("NetworkType")
	if p.iface.Loopback {
		return rejected("the network type of a loopback interface cannot be changed")
	}
	o.NetworkType = map[string]network.OSPFNetworkType{
		"point-to-multipoint": network.OSPFPointToMultipoint, "point-to-point": network.OSPFPointToPoint,
		"non-broadcast": network.OSPFNonBroadcast}[a.any("point-to-multipoint", "point-to-point", "non-broadcast")]
	if a.no {
		o.NetworkType = network.OSPFBroadcast
	}
	return modelled
}

func (p *parser) ifOSPFPassive(a *args) verdict {
	on := !a.no
	p.onIfOSPF("Passive").Passive = &on
	return whole(a)
}

func (p *parser) ifMTUIgnore(a *args) verdict {
	p.onIfOSPF("MTUIgnore").MTUIgnore = !a.no
	return whole(a)
}

func (p *parser) auth() *ospfAuth {
	p.onIfOSPF("AuthKey")
	x := p.auths[p.iface.Name]
	if x == nil {
		x = &ospfAuth{}
		p.auths[p.iface.Name] = x
	}
	return x
}

func (p *parser) ifAuthentication(a *args) verdict {
	x := p.auth()
	x.stated, x.kind = !a.no, "text"
	switch {
	case a.no, a.has("null"):
		x.kind = ""
	case a.has("message-digest"):
		x.kind = "md5"
	}
	return whole(a)
}

func (p *parser) ifAuthKey(a *args) verdict {
	p.auth().text = a.str("key")
	return whole(a)
}

func (p *parser) ifDigestKey(a *args) verdict {
	x, id := p.auth(), a.str("id")+"="
	var keep []string
	for _, k := range strings.Fields(x.keys) {
		if !strings.HasPrefix(k, id) {
			keep = append(keep, k)
		}
	}
	if !a.no {
		keep = append(keep, id+a.str("key"))
	}
	x.keys = strings.Join(keep, " ")
	return whole(a)
}

// finishOSPFInterfaces works out what both ends must agree on: the interface's kind of
// authentication, or its area's, with the key of that kind.
func (p *parser) finishOSPFInterfaces() {
	for name, i := range p.interfaces {
		kind, keys := "", p.auths[name]
		for _, o := range p.processes {
			if o.vrf != i.VRF {
				continue
			}
			if id, _, ok := o.AreaOf(i); ok && o.areas[id] != nil {
				kind = o.areas[id].auth
			}
		}
		if keys == nil {
			keys = &ospfAuth{}
		}
		if keys.stated {
			kind = keys.kind
		}
		if kind == "" {
			continue
		}
		if i.OSPF == nil {
			i.OSPF = &network.OSPFInterface{Priority: 1, Hello: 10, Dead: 40}
			if i.Loopback {
				i.OSPF.NetworkType = network.OSPFLoopback
			}
		}
		secret := keys.text
		if kind == "md5" {
			secret = keys.keys
		}
		i.OSPF.AuthKey = fingerprint(kind + " " + secret)
	}
}
