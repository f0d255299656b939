package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lists are the prefixes in each of a router's lists; "P le N" is P and what is inside of it.
type lists map[string][]string

// threeDialects writes routers of three dialects with the same lists, which nothing refers to; those in own stand at that router in place of
// the others.
func threeDialects(t *testing.T, environment string, all lists, own map[string]lists) string {
	t.Helper()
	write := map[string]func(string, []string) string{"f1": frrList, "g1": gobgpList, "b1": birdList}
	text := map[string]string{
		"f1": "router bgp 64500\n bgp router-id 192.0.2.1\n",
		"g1": "[global.config]\n  as = 64500\n  router-id = \"192.0.2.2\"\n",
		"b1": "router id 192.0.2.3;\nprotocol device {}\n",
	}
	file := map[string]string{"f1": "frr.conf", "g1": "gobgpd.toml", "b1": "bird.conf"}
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for router, out := range text {
		for _, name := range []string{"RESOLVER", "WWW", "DLS"} {
			prefixes, said := own[router][name]
			if !said {
				prefixes = all[name]
			}
			if len(prefixes) > 0 {
				out += write[router](name, prefixes)
			}
		}
		put("devices/"+router+"/"+file[router], out)
	}
	put("routegate.yaml", environment)
	return dir
}

func frrList(name string, prefixes []string) (out string) {
	for i, p := range prefixes {
		action := "permit"
		if rest, ok := strings.CutPrefix(p, "deny "); ok {
			action, p = "deny", rest
		}
		out += fmt.Sprintf("ip prefix-list %s seq %d %s %s\n", name, 5*(i+1), action, p)
	}
	return out
}

func gobgpList(name string, prefixes []string) string {
	out := fmt.Sprintf("[[defined-sets.prefix-sets]]\n  prefix-set-name = %q\n", name)
	for _, p := range prefixes {
		prefix, le, ranged := strings.Cut(p, " le ")
		out += fmt.Sprintf("  [[defined-sets.prefix-sets.prefix-list]]\n    ip-prefix = %q\n", prefix)
		if ranged {
			_, bits, _ := strings.Cut(prefix, "/")
			out += fmt.Sprintf("    masklength-range = \"%s..%s\"\n", bits, le)
		}
	}
	return out
}

func birdList(name string, prefixes []string) string {
	var out []string
	for _, p := range prefixes {
		if prefix, le, ranged := strings.Cut(p, " le "); ranged {
			_, bits, _ := strings.Cut(prefix, "/")
			p = fmt.Sprintf("%s{%s,%s}", prefix, bits, le)
		}
		out = append(out, p)
	}
	return fmt.Sprintf("define %s = [ %s ];\n", name, strings.Join(out, ", "))
}

const (
	liveTwo = `services:
  - {name: resolver, prefixes: [203.0.113.0/26], lists: [RESOLVER]}
  - {name: www, lists: [WWW]}
`
	latentOne = liveTwo + "  - {name: dls, live: false, lists: [DLS]}\n"
)

// TestServices: what comes to stand in the lists of services, in three dialects, and what stood there before.
func TestServices(t *testing.T) {
	good := lists{"RESOLVER": {"203.0.113.0/26"}, "WWW": {"198.51.100.0/25"}, "DLS": {"198.51.100.128/26"}}
	with := func(name string, prefixes ...string) lists {
		out := lists{}
		for k, v := range good {
			out[k] = v
		}
		out[name] = prefixes
		return out
	}
	at := func(router, name string, prefixes ...string) map[string]lists {
		return map[string]lists{router: {name: prefixes}}
	}
	const dls, everywhere = "dls, which is not live, has ", "DLS of 3 routers (b1, f1 and g1): "
	for _, c := range []struct {
		name              string
		was, is           lists
		ownWas, ownIs     map[string]lists
		environment, then string // before and after; "": latentOne
		want              []string
	}{
		{name: "nothing", was: good, is: good},
		{name: "a fresh prefix", was: good, is: with("DLS", "198.51.100.128/26", "198.51.100.192/26")},
		{name: "the first list of a new service", was: with("DLS"), is: good, environment: liveTwo, then: latentOne},
		{name: "a live prefix in the list of one that is not live", was: good, is: with("DLS", "198.51.100.128/26", "203.0.113.0/26"),
			want: []string{"hygiene/service-not-live hard new " + dls + "203.0.113.0/26 in " + everywhere + "it is of the live service resolver"}},
		{name: "in the change that names the service", was: with("DLS"), is: with("DLS", "203.0.113.0/26"), environment: liveTwo, then: latentOne,
			want: []string{"hygiene/service-not-live hard new " + dls + "203.0.113.0/26 in " + everywhere + "it is of the live service resolver"}},
		{name: "named when it stands there already", was: with("DLS", "203.0.113.0/26"), is: with("DLS", "203.0.113.0/26"), environment: liveTwo, then: latentOne},
		{name: "it stood there before", was: with("DLS", "203.0.113.0/26"), is: with("DLS", "203.0.113.0/26", "198.51.100.192/26")},
		{name: "it spreads", was: with("DLS"), is: with("DLS"), ownWas: at("f1", "DLS", "203.0.113.0/26"), ownIs: map[string]lists{"f1": {"DLS": {"203.0.113.0/26"}}, "g1": {"DLS": {"203.0.113.0/26"}}},
			want: []string{"hygiene/service-not-live hard worse " + dls + "203.0.113.0/26 in DLS of 2 routers (f1 and g1): it is of the live service resolver"}},
		{name: "more-specifics of a live prefix", was: good, is: with("DLS", "203.0.113.32/27"),
			want: []string{"hygiene/service-not-live hard new " + dls + "203.0.113.32/27 in " + everywhere + "it lies in 203.0.113.0/26 of the live service resolver"}},
		{name: "a range that reaches it", was: good, is: with("DLS", "203.0.113.0/24 le 26"),
			want: []string{"hygiene/service-not-live hard new " + dls + "203.0.113.0/26 in " + everywhere + "it is of the live service resolver"}},
		{name: "a route around it", was: good, is: with("DLS", "203.0.113.0/25")},
		{name: "denied before", was: good, is: good, ownIs: at("f1", "DLS", "deny 203.0.113.0/26", "203.0.113.0/24 le 26", "198.51.100.128/26"),
			want: []string{"hygiene/service-list-differs advisory new DLS (dls) of f1 has 203.0.113.0/24 le 26 and deny 203.0.113.0/26 more, compared with 2 other routers"}},
		{name: "of two live services", was: good, is: with("WWW", "198.51.100.0/25", "203.0.113.0/26"),
			want: []string{"hygiene/service-prefix-shared hard new 203.0.113.0/26 is of two services: resolver has it in RESOLVER of 3 routers (b1, f1 and g1), and www in WWW of 3 routers (b1, f1 and g1)"}},
		{name: "stated, and rendered nowhere", was: with("RESOLVER"), is: with("RESOLVER"), environment: latentOne, then: latentOne + "  - {name: new, prefixes: [198.51.100.0/25]}\n",
			want: []string{"hygiene/service-prefix-shared hard new 198.51.100.0/25 is of two services: new has it among its prefixes in routegate.yaml, and www in WWW of 3 routers (b1, f1 and g1)"}},
		{name: "not among its own", was: good, is: with("RESOLVER", "203.0.113.0/26", "203.0.113.64/26"),
			want: []string{"hygiene/service-outside-prefixes hard new resolver has 203.0.113.64/26 in RESOLVER of 3 routers (b1, f1 and g1), which routegate.yaml does not say is its own"}},
		{name: "the last list goes", was: good, is: with("RESOLVER"),
			want: []string{"hygiene/service-list-missing soft new no router has the list RESOLVER of the live service resolver"}},
		{name: "one router drifts", was: good, is: good, ownIs: at("g1", "WWW", "198.51.100.0/26"),
			want: []string{"hygiene/service-list-differs advisory new WWW (www) of g1 lacks 198.51.100.0/25 and has 198.51.100.0/26 more, compared with 2 other routers"}},
		{name: "protected alone", was: good, is: with("DLS", "198.51.100.128/26", "192.0.2.128/25"), environment: latentOne + "protect: [{name: dns, prefixes: [192.0.2.200/32]}]\n",
			want: []string{"hygiene/service-not-live hard new " + dls + "192.0.2.128/25 in " + everywhere + "192.0.2.200/32 is protected (dns)"}},
		{name: "turned up with what is its own", was: good, is: good, environment: latentOne, then: strings.Replace(latentOne, "live: false, ", "", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.environment == "" {
				c.environment = latentOne
			}
			if c.then == "" {
				c.then = c.environment
			}
			v := checked(t, Options{Before: threeDialects(t, c.environment, c.was, c.ownWas), After: threeDialects(t, c.then, c.is, c.ownIs)})
			var got []string
			for _, f := range v.Findings {
				if strings.HasPrefix(f.Policy, "hygiene/service-") {
					got = append(got, fmt.Sprint(f.Policy, " ", f.Level, " ", f.Status, " ", f.Message))
				}
			}
			if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
				t.Errorf("%s (%s): got\n%s\nwant\n%s", v.Verdict, v.Summary, g, w)
			}
			if refused := v.Verdict == Deny; refused != (len(c.want) > 0 && !strings.Contains(c.want[0], "advisory")) {
				t.Errorf("the verdict is %s (%s)", v.Verdict, v.Summary)
			}
		})
	}
}
