package bgp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// emptying is a GoBGP that leaves EXTENDED_COMMUNITIES of no length with a route of its own, and a bgpd beside it, which has another bgpd.
const emptying = `#iface eth0 10.0.1.1/24
#route 10.11.0.0/16
[global.config]
  as = 65001
  router-id = "1.1.1.1"
[global.apply-policy.config]
  export-policy-list = ["EX"]
[[policy-definitions]]
  name = "EX"
[[policy-definitions.statements]]
  name = "EX-1"
  actions.bgp-actions.set-ext-community = {options = "remove", set-ext-community-method.communities-list = ["rt:65000:1"]}
  #actions.bgp-actions.set-large-community = {options = "add", set-large-community-method.communities-list = ["65000:3:4"]}
[[neighbors]]
  config = {neighbor-address = "10.0.1.2", peer-as = 65002}
`

// TestUnread: a bgpd takes such a route for withdrawn over eBGP where nothing comes behind the attribute, ends the session otherwise, and in neither
// case has anything for others. The three were seen with 8.4.4.
func TestUnread(t *testing.T) {
	const far = "interface eth0\n ip address 10.0.2.2/24\nrouter bgp 65003\n bgp router-id 3.3.3.3\n no bgp ebgp-requires-policy\n neighbor 10.0.2.1 remote-as 65002\n"
	for name, c := range map[string]struct {
		gobgp []string
		as    string
		want  bgp.SessionState
	}{
		"eBGP, the last attribute":    {nil, "65002", bgp.Established},
		"eBGP, others come behind it": {[]string{"  #actions", "  actions"}, "65002", bgp.Down},
		"iBGP":                        {[]string{"peer-as = 65002", "peer-as = 65001"}, "65001", bgp.Down},
	} {
		t.Run(name, func(t *testing.T) {
			g := emptying
			if c.gobgp != nil {
				g = strings.Replace(emptying, c.gobgp[0], c.gobgp[1], 1)
			}
			near := "interface eth0\n ip address 10.0.1.2/24\ninterface eth1\n ip address 10.0.2.1/24\nrouter bgp " + c.as + "\n bgp router-id 2.2.2.2\n no bgp ebgp-requires-policy\n neighbor 10.0.1.1 remote-as 65001\n neighbor 10.0.2.2 remote-as 65003\n"
			res, err := routing.Solve(t.Context(), build(t, []section{{"g", g}, {"near", near}, {"far", strings.ReplaceAll(far, "remote-as 65002", "remote-as "+c.as)}}), routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if s := res.Session("near", "", "10.0.1.1"); s.State != c.want {
				t.Errorf("the session is %s (%s), wanted %s", s.State, s.Detail, c.want)
			}
			if s := res.Session("near", "", "10.0.2.2"); s.State != bgp.Established {
				t.Errorf("the session behind it is %s (%s)", s.State, s.Detail)
			}
			if len(res.Uncertain) > 0 {
				t.Errorf("uncertain: %v", res.Uncertain)
			}
			for _, r := range []string{"near", "far"} {
				for e := range res.Entries(r, "", 0) {
					t.Errorf("%s has %s", r, e.Prefix)
				}
			}
		})
	}
}

// TestUnreadPassing: c has a session with g that is reset over and over, and what c announces comes to d through two GoBGPs only meanwhile: d's
// session stays up, and it is said that it may be reset.
func TestUnreadPassing(t *testing.T) {
	const policy = `
[[policy-definitions]]
  name = "EMPTY"
[[policy-definitions.statements]]
  name = "EMPTY-1"
  conditions.match-neighbor-set.neighbor-set = "C"
  actions.bgp-actions.set-ext-community = {options = "remove", set-ext-community-method.communities-list = ["rt:65000:1"]}
  actions.bgp-actions.set-large-community = {options = "add", set-large-community-method.communities-list = ["65000:3:4"]}
[[defined-sets.neighbor-sets]]
  neighbor-set-name = "C"
  neighbor-info-list = ["10.0.1.2"]
[global.apply-policy.config]
  import-policy-list = ["EMPTY"]
  export-policy-list = ["EMPTY"]
`
	res, err := routing.Solve(t.Context(), build(t, []section{
		{"c", "interface eth0\n ip address 10.0.1.2/24\nrouter bgp 65002\n bgp router-id 2.2.2.2\n no bgp ebgp-requires-policy\n no bgp network import-check\n neighbor 10.0.1.1 remote-as 65001\n address-family ipv4 unicast\n  network 10.12.0.0/16\n exit-address-family\n"},
		{"g", "#iface eth0 10.0.1.1/24\n#iface eth1 10.0.2.1/24\n#route 10.11.0.0/16\n[global.config]\n  as = 65001\n  router-id = \"1.1.1.1\"" + policy +
			"[[neighbors]]\n  config = {neighbor-address = \"10.0.1.2\", peer-as = 65002}\n[[neighbors]]\n  config = {neighbor-address = \"10.0.2.2\", peer-as = 65001}\n"},
		{"h", "#iface eth0 10.0.2.2/24\n#iface eth1 10.0.3.1/24\n[global.config]\n  as = 65001\n  router-id = \"4.4.4.4\"\n[[neighbors]]\n  config = {neighbor-address = \"10.0.2.1\", peer-as = 65001}\n[[neighbors]]\n  config = {neighbor-address = \"10.0.3.2\", peer-as = 65003}\n"},
		{"d", "interface eth0\n ip address 10.0.3.2/24\nrouter bgp 65003\n bgp router-id 3.3.3.3\n no bgp ebgp-requires-policy\n neighbor 10.0.3.1 remote-as 65001\n"},
	}), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := res.Session("c", "", "10.0.1.1"); s.State != bgp.Down {
		t.Errorf("c's session is %s", s.State)
	}
	if s := res.Session("d", "", "10.0.3.1"); s.State != bgp.Established {
		t.Errorf("d's session is %s (%s)", s.State, s.Detail)
	}
	if !slices.ContainsFunc(res.Uncertain, func(u routing.Uncertainty) bool {
		return u.Router == "d" && strings.Contains(u.Why, "10.12.0.0/16") && !u.Span.IsZero()
	}) {
		t.Errorf("d's session may be reset, and nothing says so: %v", res.Uncertain)
	}
}
