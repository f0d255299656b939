package gobgp

import (
	"testing"

	"github.com/routegate/routegate/network"
)

// TestNeighborAddressText: a neighbor's address that is not written as gobgpd writes it is in the ledger.
func TestNeighborAddressText(t *testing.T) {
	for text, want := range map[string]network.Support{
		"2001:db8:4::1": network.Modelled, "2001:DB8:4::1": network.NotModelled, "2001:db8:4:0::1": network.NotModelled, "10.0.0.1": network.Modelled,
	} {
		r, err := Parse("r", Source{Path: "gobgpd.toml", Text: []byte("[global.config]\nas = 65001\nrouter-id = \"192.0.2.1\"\n[[neighbors]]\n[neighbors.config]\npeer-as = 65002\nneighbor-address = \"" + text + "\"\n")})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Files[0].Support[6]; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
