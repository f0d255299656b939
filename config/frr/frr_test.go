package frr

import (
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
)

// parse reads one frr.conf.
func parse(t testing.TB, text string) *network.Router {
	t.Helper()
	r, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ledgerOf renders the lines that are not modelled.
func ledgerOf(r *network.Router) string {
	var b strings.Builder
	for _, f := range r.Files {
		for _, n := range f.Notes {
			b.WriteString(n.Span.String() + " [" + n.Context + "] " + n.Text + " -- " + n.Reason + " (" + n.Affects.String() + ")\n")
		}
	}
	return b.String()
}

func TestSmoke(t *testing.T) {
	r := parse(t, `frr version 8.4.4
frr defaults datacenter
hostname leaf1
interface lo
 ip address 10.0.0.1/32
!
router bgp 65001
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 neigh SPINE peer-group
 neighbor SPINE remote-as external
 neighbor eth0 interface peer-group SPINE
 address-family ipv4 uni
  network 10.0.0.1/32
  neighbor SPINE route-map OUT out
 exit-address-family
!
route-map OUT permit 10
 match ip address prefix-list LOOP
 set as-path prepend 1 2
 set community 65000:1 additive
!
ip prefix-list LOOP permit 10.0.0.0/24 ge 32
bgp as-path access-list 1 permit ^65_
pim foo
`)
	t.Log(ledgerOf(r))
	b := r.Default().BGP
	t.Logf("%+v", b.Neighbors[0])
	t.Logf("%+v", r.Policies[0])
}
