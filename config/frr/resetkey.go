package frr

import (
	"strconv"

	"github.com/routegate/routegate/network"
)

// resetKey collects what bgpd resets the session for when it changes: who the ends are,
// how they reach each other, and the capabilities that the OPEN message carries.
// Policies, timers, weights and allowas-in are not among it: they take a soft reset or none.
func (i *instance) resetKey(x *peer, n *network.Neighbor) string {
	b := make([]byte, 0, 160)
	add := func(name, value string) {
		if value != "" {
			if len(b) > 0 {
				b = append(b, ';')
			}
			b = append(b, name...)
			b = append(b, '=')
			b = append(b, value...)
		}
	}
	flag := func(name string, on bool) {
		if on {
			add(name, "1")
		}
	}
	number := func(name string, v uint64) {
		if v != 0 {
			add(name, strconv.FormatUint(v, 10))
		}
	}
	number("as", uint64(i.AS))
	if i.RouterID.IsValid() {
		add("router-id", i.RouterID.String())
	}
	number("confederation", uint64(i.Confederation.Identifier))
	if n.RemoteAS.Kind == network.RemoteASNumber {
		number("remote-as", uint64(n.RemoteAS.Number))
	} else {
		add("remote-as", [...]string{"", "", "external", "internal", "auto"}[n.RemoteAS.Kind])
	}
	add("peer-group", n.PeerGroup)
	add("interface", n.Interface)
	flag("v6only", x.v6only)
	number("local-as", uint64(n.LocalAS.Number))
	flag("local-as-no-prepend", n.LocalAS.NoPrepend)
	flag("local-as-replace-as", n.LocalAS.ReplaceAS)
	flag("local-as-dual-as", n.LocalAS.DualAS)
	if n.UpdateSource.IsValid() {
		add("update-source", n.UpdateSource.String())
	}
	add("update-source", n.UpdateInterface)
	number("ttl", uint64(n.TTL))
	number("ttl-security", uint64(n.TTLSecurityHops))
	flag("disable-connected-check", n.SkipConnectedCheck)
	flag("shutdown", n.Shutdown)
	flag("passive", n.Passive)
	if n.Password != "" {
		add("password", fingerprint(n.Password))
	}
	number("port", uint64(n.Port))
	flag("extended-nexthop", n.ExtendedNextHop)
	add("role", n.Role)
	flag("role-strict", n.RoleStrict)
	for f := range n.Families {
		if nf := &n.Families[f]; nf.Active {
			name := network.Family(f).String()
			flag(name, true)
			flag(name+".reflector-client", nf.ReflectorClient)
			flag(name+".route-server-client", nf.RouteServerClient)
			flag(name+".addpath-rx", nf.AddPathReceive)
			flag(name+".addpath-tx", nf.AddPathSendAll || nf.AddPathSendBestAS || nf.AddPathSendMax > 0)
		}
	}
	others := x.others
	if x.group != nil && len(others) == 0 {
		others = x.group.others
	}
	for _, f := range others {
		flag(f, true)
	}
	return string(b)
}
