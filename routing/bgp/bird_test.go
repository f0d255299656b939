package bgp_test

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/config/bird"
	"github.com/routegate/routegate/network"
)

// buildBIRD reads a bird.conf whose comments say what the file cannot: "#iface eth0 10.0.1.1/24" for
// the host's addresses.
func buildBIRD(t *testing.T, s section) *network.Router {
	t.Helper()
	r, err := bird.Parse(s.name, []bird.Source{{Path: "devices/" + s.name + "/bird.conf", Text: []byte(s.text)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(s.text, "\n") {
		w := strings.Fields(l)
		if len(w) != 3 || w[0] != "#iface" {
			continue
		}
		i := slices.IndexFunc(r.Interfaces, func(f network.Interface) bool { return f.Name == w[1] })
		if i < 0 {
			i = len(r.Interfaces)
			r.Interfaces = append(r.Interfaces, network.Interface{Name: w[1], Loopback: w[1] == "lo"})
		}
		r.Interfaces[i].Addresses = append(r.Interfaces[i].Addresses, network.Address{Prefix: netip.MustParsePrefix(w[2])})
	}
	slices.SortFunc(r.Interfaces, func(a, b network.Interface) int { return cmp.Compare(a.Name, b.Name) })
	for _, o := range r.Default().OSPF {
		for k := range o.Patterns {
			for i := range r.Interfaces {
				if f := &r.Interfaces[i]; f.OSPF == nil && o.Patterns[k].Fits(f) {
					settings := o.Patterns[k].Settings
					if f.Loopback {
						settings.Cost = 0
					}
					f.OSPF = &settings
				}
			}
		}
	}
	return r
}
