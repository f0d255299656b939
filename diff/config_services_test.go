package diff_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// TestServices: a service is known by its name; what it is said to be is compared field by field.
func TestServices(t *testing.T) {
	prefix := netip.MustParsePrefix
	with := func(services ...network.Service) *network.Network {
		return &network.Network{Env: network.Environment{Services: services}}
	}
	d := diff.Configuration(
		with(network.Service{Name: "www", Live: true, Lists: []string{"WWW"}, Span: network.At("routegate.yaml", 3)},
			network.Service{Name: "old", Lists: []string{"OLD"}, Span: network.At("routegate.yaml", 4)}),
		with(network.Service{Name: "www", Lists: []string{"WWW"}, Prefixes: []netip.Prefix{prefix("203.0.113.0/26")}, Span: network.At("routegate.yaml", 3)},
			network.Service{Name: "dls", Lists: []string{"DLS"}, Span: network.At("routegate.yaml", 5)}))
	var got []string
	for _, c := range d.Changes {
		span, _ := c.Span()
		got = append(got, fmt.Sprintf("%s %s %s: %s", span, c.Kind, c.Path, c.Summary))
	}
	want := []string{
		"routegate.yaml:5 added environment/service dls: service dls is new",
		"routegate.yaml:4 removed environment/service old: service old is removed",
		"routegate.yaml:3 modified environment/service www/live: service www: live is switched off",
		"routegate.yaml:3 added environment/service www/prefixes: service www: prefixes is set to 203.0.113.0/26",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
