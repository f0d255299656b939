package network

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
)

// Demand is traffic: a volume from a source to prefixes, as routegate.yaml states it.
type Demand struct {
	Name string
	From string // a router, role:NAME, site:NAME, group:NAME; "" where Via says it
	// Via are the neighboring ASes over which traffic from outside comes in: over the first that has a route to the
	// destination, so that the later ones take what the earlier ones lose. Empty: From.
	Via    []uint32
	To     []netip.Prefix // the volume is shared by them equally
	Volume BitRate
	Span   Span
}

// Bandwidth is what routegate.yaml says of the links between two routers, or of a port towards hosts or outside.
type Bandwidth struct {
	Ends [2]End  // an Interface of "" is any; the second Router is "" where the port leads out of the snapshot
	Rate BitRate // in each direction
	Span Span
}

// SiteCapacity is how much traffic one site can serve.
type SiteCapacity struct {
	Site string
	Rate BitRate
	Span Span
}

// fits reports whether a stated end means an interface.
func (e End) fits(x End) bool {
	return e.Router == x.Router && (e.Interface == "" || e.Interface == x.Interface)
}

// Between reports whether it is about the link between two ends, in whatever order; an outer end is zero.
func (b *Bandwidth) Between(x, y End) bool {
	return b.Ends[0].fits(x) && b.Ends[1].fits(y) || b.Ends[0].fits(y) && b.Ends[1].fits(x)
}

// Bandwidths answer what links carry. Read-only once made; safe for concurrent readers.
type Bandwidths struct {
	n      *Network
	stated map[[2]string][]*Bandwidth // by the routers at both ends, sorted
}

// NewBandwidths collects what a network says of its links.
func NewBandwidths(n *Network) *Bandwidths {
	b := &Bandwidths{n: n, stated: map[[2]string][]*Bandwidth{}}
	for i := range n.Env.Bandwidths {
		x := &n.Env.Bandwidths[i]
		key := routersOf(x.Ends[0], x.Ends[1])
		b.stated[key] = append(b.stated[key], x)
	}
	return b
}

func routersOf(x, y End) [2]string {
	return [2]string{min(x.Router, y.Router), max(x.Router, y.Router)}
}

// Of is what a link carries from one end to the other, 0 where nothing says so, and where that is said. What routegate.yaml says
// of the link counts first, then the smaller of what the configurations of both interfaces say, then, between two
// routers, routegate.yaml's default. An end that is outside, or hosts, or a segment of three and more, is zero.
func (b *Bandwidths) Of(from, to End) (BitRate, Span) {
	for _, x := range b.stated[routersOf(from, to)] {
		if x.Between(from, to) {
			return x.Rate, x.Span
		}
	}
	var rate BitRate
	var span Span
	for _, e := range [2]End{from, to} {
		if r := b.n.Router(e.Router); r != nil {
			if x := r.Interface(e.Interface); x != nil && x.Bandwidth > 0 && (rate == 0 || BitRate(x.Bandwidth) < rate) {
				rate, span = BitRate(x.Bandwidth), x.Span
			}
		}
	}
	if rate == 0 && from.Router != "" && to.Router != "" {
		return b.n.Env.DefaultBandwidth, b.n.Env.DefaultBandwidthSpan
	}
	return rate, span
}

// Capacity is what a site can serve of a protected service; ok is false where nothing says so.
func (p *Protected) Capacity(site string) (SiteCapacity, bool) {
	i := slices.IndexFunc(p.Capacities, func(c SiteCapacity) bool { return c.Site == site })
	if i < 0 {
		return SiteCapacity{}, false
	}
	return p.Capacities[i], true
}

// BitRate is in bit/s.
type BitRate uint64

// String writes it as people do: 400 Mbit/s, 1.5 Gbit/s.
func (n BitRate) String() string {
	for _, u := range []struct {
		size float64
		name string
	}{{1e12, "Tbit/s"}, {1e9, "Gbit/s"}, {1e6, "Mbit/s"}, {1e3, "kbit/s"}} {
		if x := float64(n) / u.size; x >= 0.999995 { // what rounds to 1000 of a unit is 1 of the next
			return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) + " " + u.name
		}
	}
	return strconv.FormatUint(uint64(n), 10) + " bit/s"
}
