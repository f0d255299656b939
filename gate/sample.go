package gate

import (
	"net/netip"
	"slices"
)

// representative is an address of a prefix that stands for all of it: the first that is not the
// subnet's own name.
func representative(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr()
	if p.Bits() >= a.BitLen()-1 {
		return a
	}
	return a.Next()
}

// special are address ranges in which nothing of the Internet is (RFC 6890 and its registry): where a class
// reaches beyond them, as the default route's does, they do not stand for it.
var special = parsePrefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/3", "fc00::/7", "fe80::/10", "ff00::/8")

// maxSkips bounds the search for an address that stands for a class.
const maxSkips = 4096

// sample is an address of a class of destinations: the first that no longer class covers and that is
// not the subnet's own name, outside of special ranges where the class reaches beyond them.
func (s *side) sample(class netip.Prefix) netip.Addr {
	if a, ok := s.uncovered(class, special); ok {
		return a
	}
	if a, ok := s.uncovered(class, nil); ok {
		return a
	}
	return representative(class)
}

func (s *side) uncovered(class netip.Prefix, avoid []netip.Prefix) (netip.Addr, bool) {
	a := representative(class)
	for range maxSkips {
		p, covered := s.longerThan(class, a)
		if !covered {
			i := slices.IndexFunc(avoid, func(x netip.Prefix) bool { return x.Bits() > class.Bits() && x.Contains(a) })
			if i < 0 {
				return a, true
			}
			p = avoid[i]
		}
		a = lastOf(p).Next()
		if class.Bits() < a.BitLen()-1 && p.Bits() < a.BitLen()-1 && a.IsValid() {
			a = a.Next() // not a subnet's own name either
		}
		if !a.IsValid() || !class.Contains(a) {
			return netip.Addr{}, false
		}
	}
	return netip.Addr{}, false
}

// longerThan is the longest class inside of another one that holds an address.
func (s *side) longerThan(class netip.Prefix, a netip.Addr) (netip.Prefix, bool) {
	classes := s.res.Classes()
	for bits := a.BitLen(); bits > class.Bits(); bits-- {
		p := netip.PrefixFrom(a, bits).Masked()
		if _, found := slices.BinarySearchFunc(classes, p, netip.Prefix.Compare); found {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// lastOf is the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		if keep := p.Bits() - 8*i; keep < 8 {
			b[i] |= 0xff >> max(keep, 0)
		}
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
