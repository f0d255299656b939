package generate

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// WANSize is the size of a wide-area network.
type WANSize struct {
	Routers   int // reflectors, cores and edges together
	Feeds     int // providers, each of which sends a full table
	Prefixes  int // of the tables together
	Peers     int // networks that send a small part of the table
	Customers int
	Seed      uint64
}

// The ASes of WAN: its own, and the first of each kind of neighbor.
const (
	wanAS      = 64500
	providerAS = 64601
	peerAS     = 64701
	customerAS = 64801
)

// The communities of WAN: where a route was learned.
const (
	fromProvider = "64500:100"
	fromPeer     = "64500:200"
	fromCustomer = "64500:300"
)

// wanBlock is what the network announces as its own, in one piece.
var wanBlock = netip.MustParsePrefix("203.0.113.0/24")

// WAN is an operator's network: OSPF underneath, two planes of route reflectors, cores in a ring with chords, edges on two
// cores each. The providers' full tables and the peers' parts of them come as MRT table dumps. Edges drop what nobody may
// announce, mark where a route was learned, prefer customers to peers and peers to providers, and announce
// to both of these only the network's own and its customers' routes.
func WAN(z WANSize, d Dialect) (Snapshot, error) {
	switch {
	case d != FRR:
		return nil, fmt.Errorf("wide-area network: it runs OSPF, which only the frr dialect can say")
	case z.Routers < 12 || z.Routers > 2000:
		return nil, fmt.Errorf("wide-area network of %d routers: want 12 to 2000", z.Routers)
	case z.Feeds < 1 || z.Feeds > 16 || z.Peers < 0 || z.Peers > 64 || z.Customers < 0 || z.Customers > 1000:
		return nil, fmt.Errorf("wide-area network: want 1 to 16 feeds, at most 64 peers and 1000 customers")
	case z.Prefixes < 100 || z.Prefixes > 4_000_000:
		return nil, fmt.Errorf("wide-area network with %d prefixes outside: want 100 to 4000000", z.Prefixes)
	}
	w := &wan{size: z, random: rand.New(rand.NewPCG(z.Seed, 1))}
	w.routers()
	w.inside()
	w.outside()
	t := newTables(z, w.random)
	files := []File{{"routegate.yaml", []byte(w.environment(t))}}
	for i := range z.Feeds {
		files = append(files, File{fmt.Sprintf("feeds/provider-%02d.mrt.gz", i), t.dump(providerAS+uint32(i), i, 1)})
	}
	for i := range z.Peers {
		files = append(files, File{fmt.Sprintf("feeds/peer-%02d.mrt.gz", i), t.dump(peerAS+uint32(i), z.Feeds+i, peerShare)})
	}
	return snapshot(d, w.fabric.devices, files...), nil
}

// wan is a wide-area network that is being made.
type wan struct {
	fabric
	size                     WANSize
	random                   *rand.Rand
	reflectors, cores, edges []*device
	announcements            []announcement
}

// announcement is who sends something to whom.
type announcement struct {
	as   uint32
	edge *device
	peer netip.Addr
	kind string // provider, peer, customer
	n    int    // of its kind
}

func (w *wan) routers() {
	add := func(kind string, n int) *device {
		x := w.add(fmt.Sprintf("%s-%03d", kind, n))
		x.as, x.loopback, x.ospf = wanAS, true, true
		return x
	}
	reflectors := 2
	if w.size.Routers >= 40 {
		reflectors = 4
	}
	cores := max(4, w.size.Routers/10)
	for i := range reflectors {
		w.reflectors = append(w.reflectors, add("reflector", i))
	}
	for i := range cores {
		w.cores = append(w.cores, add("core", i))
	}
	for i := range w.size.Routers - reflectors - cores {
		w.edges = append(w.edges, add("edge", i))
	}
}

// inside lays the links and the iBGP sessions.
func (w *wan) inside() {
	n := len(w.cores)
	for i := range n {
		w.cable(w.cores[i], w.cores[(i+1)%n])
	}
	for i := range n / 2 {
		if n > 4 {
			w.cable(w.cores[i], w.cores[i+n/2])
		}
	}
	for i, r := range w.reflectors {
		at := i * n / len(w.reflectors)
		w.cable(r, w.cores[at])
		w.cable(r, w.cores[(at+1)%n])
	}
	for i, e := range w.edges {
		w.cable(e, w.cores[i%n])
		w.cable(e, w.cores[(i+1)%n])
	}
	for i, r := range w.reflectors {
		r.groups = append(r.groups, group{name: "REFLECTORS", as: wanAS, internal: true}, group{name: "CLIENTS", as: wanAS, internal: true, client: true})
		for _, o := range w.reflectors[:i] {
			meet(r, o, "REFLECTORS", "REFLECTORS")
		}
	}
	for i, x := range append(w.cores[:n:n], w.edges...) {
		x.groups = append(x.groups, group{name: "REFLECTORS", as: wanAS, internal: true, nextHopSelf: true})
		plane := i % (len(w.reflectors) / 2) * 2
		meet(x, w.reflectors[plane], "REFLECTORS", "CLIENTS")
		meet(x, w.reflectors[plane+1], "REFLECTORS", "CLIENTS")
	}
}

// meet makes an iBGP session between loopbacks.
func meet(a, b *device, groupA, groupB string) {
	a.peers = append(a.peers, peer{addr: b.routerID, as: wanAS, note: b.name, group: groupA})
	b.peers = append(b.peers, peer{addr: a.routerID, as: wanAS, note: a.name, group: groupB})
}

// outside spreads the neighbors over the edges, as far from each other as there is room.
func (w *wan) outside() {
	kinds := []struct {
		name string
		as   uint32
		n    int
	}{{"provider", providerAS, w.size.Feeds}, {"peer", peerAS, w.size.Peers}, {"customer", customerAS, w.size.Customers}}
	at, total := 0, w.size.Feeds+w.size.Peers+w.size.Customers
	for _, k := range kinds {
		for i := range k.n {
			edge := w.edges[at*max(1, len(w.edges)/total)%len(w.edges)]
			at++
			near := address(edgeBlock, uint32(2*at))
			edge.ports = append(edge.ports, port{name: fmt.Sprintf("eth%d", len(edge.ports)+1), addr: netip.PrefixFrom(near, 31), note: fmt.Sprintf("%s-%02d", k.name, i), outside: true})
			name := strings.ToUpper(k.name)
			limit := w.size.Prefixes + w.size.Prefixes/4
			switch {
			case k.name == "customer":
				limit = 100
				name = edge.customer(i)
			default:
				edge.uplink(name, k.name == "peer")
			}
			edge.peers = append(edge.peers, peer{addr: near.Next(), as: k.as + uint32(i), note: fmt.Sprintf("%s-%02d", k.name, i), group: name, limit: limit})
			w.announcements = append(w.announcements, announcement{k.as + uint32(i), edge, near.Next(), k.name, i})
		}
	}
	// The network's own addresses are announced in one piece where it meets others, and by more than one router.
	for _, a := range w.announcements {
		a.edge.announceBlock()
	}
	for i := range min(4, len(w.cores)) {
		c := w.cores[i]
		c.racks = []netip.Prefix{netip.PrefixFrom(address(wanBlock.Addr().String(), uint32(i)*64), 26)}
		c.networks = c.racks
	}
}

func (d *device) announceBlock() {
	if len(d.blackholes) == 0 {
		d.blackholes = []netip.Prefix{wanBlock}
		d.networks = append(d.networks, wanBlock)
	}
}

// environment is routegate.yaml.
func (w *wan) environment(t *tables) string {
	var b strings.Builder
	fmt.Fprintf(&b, "network: wan\nowned: [%s]\ndevices:\n", wanBlock)
	for i, x := range w.reflectors {
		fmt.Fprintf(&b, "  %s: {role: reflector, group: plane-%d}\n", x.name, i%2)
	}
	for _, x := range w.cores {
		fmt.Fprintf(&b, "  %s: {role: core}\n", x.name)
	}
	for _, x := range w.edges {
		fmt.Fprintf(&b, "  %s: {role: edge}\n", x.name)
	}
	b.WriteString("relations:\n")
	for _, a := range w.announcements {
		fmt.Fprintf(&b, "  - {as: %d, is: %s%s}\n", a.as, a.kind, customerPrefixes(t, a))
	}
	b.WriteString("announcements:\n")
	for _, a := range w.announcements {
		if a.kind == "customer" {
			fmt.Fprintf(&b, "  - {from: %d, to: %s, neighbor: %s%s}\n", a.as, a.edge.name, a.peer, customerPrefixes(t, a))
			continue
		}
		fmt.Fprintf(&b, "  - {from: %d, to: %s, neighbor: %s, mrt: feeds/%s-%02d.mrt.gz}\n", a.as, a.edge.name, a.peer, a.kind, a.n)
	}
	fmt.Fprintf(&b, "protect:\n  - {name: own, prefixes: [%s], min-origins: 2, reachable-from: [role:edge]}\n", wanBlock)
	return b.String()
}

func customerPrefixes(t *tables, a announcement) string {
	if a.kind != "customer" {
		return ""
	}
	var list []string
	for _, p := range t.customers[a.n] {
		list = append(list, p.String())
	}
	return ", prefixes: [" + strings.Join(list, ", ") + "]"
}
