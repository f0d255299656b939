package config

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

const twoEdges = `-- devices/edge1/frr.conf --
router bgp 64500
-- devices/edge2/frr.conf --
router bgp 64500
-- routegate.yaml --
devices: {edge1: {role: edge, site: ams}, edge2: {role: edge, site: fra}}
`

func TestServices(t *testing.T) {
	s := load(t, folder(t, twoEdges+`services:
  - {name: resolver, prefixes: [203.0.113.0/26, "2001:db8::/48"], lists: [RESOLVER, RESOLVER6]}
  - name: dls
    live: false
    lists: [DLS]
  - {name: caches-ams, lists: [CACHES], at: ["site:ams"]}
  - {name: caches-fra, lists: [CACHES], at: [edge2]}
`), Options{})
	var got []string
	for _, x := range s.Network.Env.Services {
		got = append(got, fmt.Sprint(x.Span, " ", x.Name, " ", x.Live, " ", x.Prefixes, " ", x.Lists, " ", x.At))
	}
	want := []string{
		"routegate.yaml:3 resolver true [203.0.113.0/26 2001:db8::/48] [RESOLVER RESOLVER6] []",
		"routegate.yaml:4-6 dls false [] [DLS] []",
		"routegate.yaml:7 caches-ams true [] [CACHES] [site:ams]",
		"routegate.yaml:8 caches-fra true [] [CACHES] [edge2]",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// TestServicesRefused: what is wrong with a service has one error, with its line.
func TestServicesRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"services: [{lists: [A]}]", "routegate.yaml:2:12: services[0]: a service needs a name"},
		{"services: [{name: a}]", "services[0]: a: neither prefixes nor lists are named"},
		{"services:\n  - {name: a, lists: [A]}\n  - {name: a, lists: [B]}", "routegate.yaml:4:12: services[1].name: there are two services a"},
		{"services: [{name: a, list: [A]}]", "unknown key list in services[0] (did you mean lists?)"},
		{"services: [{name: a, lists: A}]", "want a list"},
		{"services: [{name: a, live: perhaps, lists: [A]}]", "services[0].live"},
		{"services: [{name: a, prefixes: [203.0.113.1/24]}]", "203.0.113.1/24 has bits set beyond its length"},
		{"services: [{name: a, lists: [A, A]}]", `the list "A" is empty, or stands twice`},
		{"services: [{name: a, lists: [A], at: [\"role:egde\"]}]", "no device has the role egde (did you mean edge?)"},
		{"services: [{name: a, lists: [A], at: [outside]}]", "outside has no lists"},
		{"services:\n  - {name: a, lists: [A]}\n  - {name: b, lists: [B, A], at: [edge2]}", "routegate.yaml:4:26: services[1].lists[1]: the list A at edge2 is of a and of b (one list is of one service; `at` says"},
	} {
		_, err := Load(context.Background(), folder(t, twoEdges+c.text+"\n"), Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}
