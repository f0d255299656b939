package bgp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var updateFeatures = flag.Bool("update-features", false, "write the table of features and daemons into docs/FIDELITY.md")

// feature is a part of BGP with how each dialect says it; "" where the dialect cannot.
type feature struct{ name, frr, gobgp, bird string }

var features = []feature{
	{"eBGP and iBGP sessions", `remote-as`, `peer-as`, `protocol bgp`},
	{"unnumbered or link-local sessions", `interface remote-as`, `neighbor-interface`, `neighbor fe80::`},
	{"RFC 8950 next hops", `interface remote-as`, `neighbor-interface`, `extended next hop`},
	{"IPv6", `address-family ipv6 unicast`, `ipv6-unicast`, `ipv6 \{`},
	{"peer groups, templates", `peer-group`, `peer-group`, `template bgp`},
	{"password", `neighbor \S+ password`, `auth-password`, `password "`},
	{"TTL security", `ttl-security`, `ttl-security`, `ttl security on`},
	{"multihop", `ebgp-multihop`, `ebgp-multihop`, `multihop`},
	{"source address", `update-source`, `local-address`, `(source address|local [0-9a-f:.]+ as)`},
	{"passive", `passive`, `passive-mode`, `passive`},
	{"shut down", `neighbor \S+ shutdown`, `admin-down`, `disabled`},
	{"listen ranges", `bgp listen range`, `dynamic-neighbors`, `neighbor range`},
	{"local-as", `local-as`, `local-as`, ``},
	{"own AS allowed", `allowas-in`, `allow-own-as`, `allow local as`},
	{"as-override", `as-override`, `replace-peer-as`, `bgp_path\.(delete|filter)`},
	{"remove-private-as", `remove-private-AS`, `remove-private-as`, `bgp_path\.(delete|filter)\(\[64512`},
	{"enforce first AS", ``, ``, `enforce first as`},
	{"AS sets refused", `reject-as-sets`, ``, `allow as sets`},
	{"next-hop-self", `next-hop-self`, `set-next-hop = "self"`, `next hop self`},
	{"next hop unchanged", `(next-hop unchanged|attribute-unchanged)`, `set-next-hop = "unchanged"`, `next hop keep`},
	{"next hop set by policy", `set ip(v6)? next-hop`, `set-next-hop`, `bgp_next_hop =`},
	{"gateways, recursive next hops", ``, ``, `gateway (direct|recursive)`},
	{"reflection, cluster ids", `route-reflector-client`, `route-reflector-client`, `rr client`},
	{"route server", `route-server-client`, `route-server-client`, `rs client`},
	{"confederations", `confederation identifier`, `confederation`, `confederation`},
	{"roles (RFC 9234)", `local-role`, ``, `local role`},
	{"own networks", `(?m)^\s+network `, ``, `route \S+ (blackhole|via|unreachable|prohibit)`},
	{"redistribution", `redistribute`, `redistribute-route-type`, `protocol (direct|ospf)`},
	{"aggregates", `aggregate-address`, ``, ``},
	{"default route originated", `default-originate`, ``, ``},
	{"limits of prefixes", `maximum-prefix `, `max-prefixes`, `(import|receive) limit`},
	{"limits outwards", `maximum-prefix-out`, ``, `export limit`},
	{"conditional advertisement", `advertise-map`, ``, ``},
	{"prefixes matched", `prefix-list`, `prefix-set`, `net ~`},
	{"AS paths matched", `as-path access-list`, `as-path-set`, `bgp_path ~`},
	{"communities matched", `match community`, `community-set`, `~ bgp_community|bgp_community ~`},
	{"communities changed", `set community`, `set-community`, `bgp_community(\.|\s*=)`},
	{"large communities", `large-community`, `large-community`, `bgp_large_community`},
	{"extended communities", `extcommunity`, `ext-community`, `bgp_ext_community`},
	{"well-known communities", `(no-export|no-advertise|local-AS)`, `(no-export|no-advertise)`, `65535,\s*652`},
	{"prepending", `as-path prepend`, `set-as-path-prepend`, `bgp_path\.prepend`},
	{"local preference set", `set local-preference`, `set-local-pref`, `bgp_local_pref =`},
	{"local preference outside", ``, ``, `allow bgp_local_pref`},
	{"default local preference", `bgp default local-preference`, ``, `default bgp_local_pref`},
	{"MED set", `set metric`, `set-med`, `bgp_med =`},
	{"MED rules", `always-compare-med|deterministic-med|missing-as-worst`, `always-compare-med`, `med metric|deterministic med|default bgp_med`},
	{"weight, preference", `weight`, ``, `preference`},
	{"policy required (RFC 8212)", `(?m)^ *bgp ebgp-requires-policy`, ``, ``},
	{"older paths preferred", ``, ``, `prefer older`},
	{"path length ignored", `as-path ignore`, `ignore-as-path-length`, `path metric`},
	{"multipath", `maximum-paths`, `use-multiple-paths`, `merge paths`},
	{"add-path", `addpath-tx`, `add-paths`, `add paths`},
	{"routes between VRFs", `(import vrf|import vpn)`, ``, ``},
	{"tables beside the main one, pipes", ``, ``, `protocol pipe`},
	{"functions, constants, cases", ``, ``, `(?m)^(function|define) |case `},
}

// TestFeatureTable: the table of docs/FIDELITY.md says of each feature how many archives have it in the words of each
// daemon. Whether a case is the daemon's is a matter of who was booted: archives hold what the daemons of its dialects showed.
func TestFeatureTable(t *testing.T) {
	var files []string
	for _, pattern := range []string{"testdata/*.txtar", "testdata/sessions/*.txtar"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("no archives: %v", err)
		}
		files = append(files, more...)
	}
	texts := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := map[string]string{}
		for _, part := range strings.Split(string(text), "\n-- ")[1:] {
			name, body, _ := strings.Cut(part, " --\n")
			switch {
			case name == "want", name == "sessions", name == "fresh":
			case strings.Contains(body, "[global.config]"):
				in["gobgp"] += body
			case strings.Contains(body, "protocol device"):
				in["bird"] += body
			default:
				in["frr"] += body
			}
		}
		for dialect, body := range in {
			texts[dialect] = append(texts[dialect], body)
		}
	}
	var b strings.Builder
	b.WriteString("| Feature | FRR | GoBGP | BIRD |\n|---|---|---|---|\n")
	for _, f := range features {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.name, held(texts["frr"], f.frr), held(texts["gobgp"], f.gobgp), held(texts["bird"], f.bird))
	}
	fmt.Fprintf(&b, "| *archives* | %d | %d | %d |\n", len(texts["frr"]), len(texts["gobgp"]), len(texts["bird"]))
	const doc, open, end = "../../docs/FIDELITY.md", "<!-- features: written by go test ./routing/bgp -run TestFeatureTable -update-features -->\n", "<!-- /features -->\n"
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), open)
	old, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table of features", doc)
	}
	if old == b.String() {
		return
	}
	if !*updateFeatures {
		t.Fatalf("the table of features in %s is not what the archives hold: go test ./routing/bgp -run TestFeatureTable -update-features", doc)
	}
	if err := os.WriteFile(doc, []byte(head+open+b.String()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// held counts the texts that have a feature; "-" is for a dialect that cannot say it.
func held(texts []string, pattern string) string {
	if pattern == "" {
		return "-"
	}
	says := regexp.MustCompile(pattern)
	n := 0
	for _, text := range texts {
		if says.MatchString(text) {
			n++
		}
	}
	return fmt.Sprint(n)
}
