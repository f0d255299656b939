package bgp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/routing"
)

// withholding is a router that takes private ASes off towards one neighbor and has a condition there. What
// bgpd 8.4.4 did with each of the variants was seen.
const withholding = `interface eth0
 ip address 10.0.1.1/24
interface eth1
 ip address 10.0.2.1/24
ip prefix-list P seq 5 permit 30.0.0.0/8 le 32
ip prefix-list Q seq 5 permit 20.0.0.0/16
route-map A permit 10
 match ip address prefix-list P
route-map E permit 10
 match ip address prefix-list Q
router bgp 65001
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.1.2 remote-as 65002
 neighbor 10.0.2.2 remote-as 1299
 address-family ipv4 unicast
  network 20.0.0.0/16
  neighbor 10.0.2.2 remove-private-AS
  neighbor 10.0.2.2 advertise-map A non-exist-map E
 exit-address-family
`

// TestWithheld: a condition that holds routes back ends bgpd where private ASes are taken off a route that is not among them.
func TestWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		swap []string
		ends bool
	}{
		"not named":        {nil, true},
		"replaced":         {[]string{"remove-private-AS", "remove-private-AS all replace-AS"}, true},
		"named":            {[]string{"permit 30.0.0.0/8", "permit 20.0.0.0/8"}, false},
		"nothing held":     {[]string{"Q seq 5 permit 20.0.0.0/16", "Q seq 5 permit 9.9.9.9/32"}, false},
		"no private AS":    {[]string{"remote-as 65002", "remote-as 3356"}, false},
		"nothing is taken": {[]string{"  neighbor 10.0.2.2 remove-private-AS\n", ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			conf := withholding
			as := "65002"
			if c.swap != nil {
				conf = strings.Replace(conf, c.swap[0], c.swap[1], 1)
				if conf == withholding {
					t.Fatal("nothing is swapped")
				}
				if strings.HasSuffix(c.swap[1], "3356") {
					as = "3356"
				}
			}
			res, err := routing.Solve(t.Context(), build(t, []section{{"r1", conf},
				{"r2", "interface eth0\n ip address 10.0.1.2/24\nrouter bgp " + as + "\n no bgp ebgp-requires-policy\n no bgp network import-check\n neighbor 10.0.1.1 remote-as 65001\n address-family ipv4 unicast\n  network 20.2.0.0/16\n exit-address-family\n"},
				{"r3", "interface eth1\n ip address 10.0.2.2/24\nrouter bgp 1299\n no bgp ebgp-requires-policy\n neighbor 10.0.2.1 remote-as 65001\n"}}), routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			said := slices.ContainsFunc(res.Uncertain, func(u routing.Uncertainty) bool {
				return u.Router == "r1" && !u.Arrival && strings.Contains(u.Why, "segmentation fault") && !u.Span.IsZero()
			})
			if said != c.ends {
				t.Errorf("said: %t, wanted %t; uncertain: %v", said, c.ends, res.Uncertain)
			}
		})
	}
}
