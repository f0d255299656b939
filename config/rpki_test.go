package config

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/routegate/routegate/network"
)

// Both relying parties' spelling of the same VRPs.
const (
	routinator = `{
  "metadata": {
    "generated": 1769860800,
    "generatedTime": "2026-01-31T12:00:00Z"
  },
  "roas": [
    { "asn": "AS64500", "prefix": "203.0.113.0/24", "maxLength": 25, "ta": "ripe" },
    { "asn": "AS0", "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "arin" },
    { "asn": "AS64500", "prefix": "203.0.113.0/24", "maxLength": 25, "ta": "arin" }
  ],
  "routerKeys": [], "aspas": [{"customer": "AS1", "providers": ["AS2"]}]
}
`
	rpkiClient = `{
	"metadata": { "buildmachine": "rp", "buildtime": "2026-01-31T12:00:00Z", "elapsedtime": 81, "roas": 2 },

	"roas": [
		{ "asn": 0, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "arin", "expires": 1769900000 },
		{ "asn": 64500, "prefix": "203.0.113.0/24", "maxLength": 25, "ta": "ripe", "expires": 1769900000 }
	],
	"bgpsec_keys": []
}
`
)

func TestVRPs(t *testing.T) {
	want := &network.VRPs{File: "vrps.json", Generated: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), List: []network.VRP{
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), MaxLength: 24, AS: 0, Anchor: "arin"},
		{Prefix: netip.MustParsePrefix("203.0.113.0/24"), MaxLength: 25, AS: 64500, Anchor: "ripe"},
	}}
	for name, text := range map[string]string{"Routinator": routinator, "rpki-client": rpkiClient} {
		got, err := parseVRPs(t.Context(), "vrps.json", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.IgnoreFields(network.VRP{}, "Line")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		for _, v := range got.List {
			if line := strings.Split(text, "\n")[v.Line-1]; !strings.Contains(line, v.Prefix.String()) {
				t.Errorf("%s: %s is said to stand in line %d: %s", name, v.Prefix, v.Line, line)
			}
		}
	}
}

func TestVRPsThatAreRefused(t *testing.T) {
	one := func(vrp string) string {
		return "{\"metadata\": {\"generated\": 1},\n\"roas\": [\n{\"asn\": 1, \"prefix\": \"10.0.0.0/8\"},\n" + vrp + "\n]}"
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "v.json:1: the file ends too early (was it written to the end?)"},
		{"a list", "[]", "v.json:1: want an object with metadata and roas"},
		{"CSV", "ASN,IP Prefix\n", "v.json:1: not JSON: "},
		{"cut off", "{\"metadata\": {\"generated\": 1},\n\"roas\": [\n{\"asn\": 1,", "v.json:3: the file ends too early"},
		{"no metadata", `{"roas": []}`, "v.json:1: there is no metadata"},
		{"no VRPs", `{"metadata": {"generated": 1}}`, "v.json:1: there is no roas"},
		{"no time", "{\n\"metadata\": {\"roas\": 1}, \"roas\": []}", "v.json:2: metadata does not say when the file was written"},
		{"a bad time", `{"metadata": {"buildtime": "today"}, "roas": []}`, `v.json:1: metadata: "today" is not a time`},
		{"a bad time in seconds", `{"metadata": {"generated": -5}, "roas": []}`, `v.json:1: metadata.generated: -5 is not a time`},
		{"twice", `{"metadata": {"generated": 1}, "roas": [], "roas": []}`, "v.json:1: roas stands twice"},
		{"something after it", `{"metadata": {"generated": 1}, "roas": []} {}`, "v.json:1: something follows the end of the document"},
		{"a misspelled key", one(`{"asn": 1, "prefix": "10.0.0.0/8", "maxlength": 9}`), "v.json:4: unknown key maxlength in a VRP (did you mean maxLength?)"},
		{"no AS", one(`{"prefix": "10.0.0.0/8"}`), "v.json:4: a VRP without asn"},
		{"no prefix", one(`{"asn": 1}`), "v.json:4: a VRP without prefix"},
		{"an AS that is none", one(`{"asn": "ASX", "prefix": "10.0.0.0/8"}`), "v.json:4: asn: ASX is not an AS number"},
		{"an AS too large", one(`{"asn": 4294967296, "prefix": "10.0.0.0/8"}`), "v.json:4: asn: 4294967296 is not an AS number"},
		{"host bits", one(`{"asn": 1, "prefix": "10.0.0.1/8"}`), "v.json:4: 10.0.0.1/8 has bits set beyond its length"},
		{"no prefix length", one(`{"asn": 1, "prefix": "10.0.0.1"}`), "v.json:4: 10.0.0.1 is not a prefix"},
		{"too short a maximum", one(`{"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 7}`), "v.json:4: maxLength 7 does not fit 10.0.0.0/8 (a number from 8 to 32)"},
		{"too long a maximum", one(`{"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 33}`), "v.json:4: maxLength 33 does not fit"},
		{"a maximum in quotes", one(`{"asn": 1, "prefix": "10.0.0.0/8", "maxLength": "9"}`), "v.json:4: maxLength 9 does not fit"},
		{"a key twice", one(`{"asn": 1, "asn": 2, "prefix": "10.0.0.0/8"}`), "v.json:4: asn stands twice"},
		{"an anchor that is none", one(`{"asn": 1, "prefix": "10.0.0.0/8", "ta": 3}`), "v.json:4: ta: want text, not 3"},
	} {
		_, err := parseVRPs(t.Context(), "v.json", []byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestRPKIInRoutegateYAML(t *testing.T) {
	dir := folder(t, small+"-- routegate.yaml --\nrpki: {vrps: rpki/vrps.json}\n-- rpki/vrps.json --\n"+routinator)
	a := load(t, dir, Options{})
	b := load(t, dir, Options{Base: a})
	if v := a.Network.Env.RPKI.VRPs; v == nil || len(v.List) != 2 || v != b.Network.Env.RPKI.VRPs {
		t.Errorf("%v and %v: the same file is shared", v, b.Network.Env.RPKI.VRPs)
	}
	for yaml, want := range map[string]string{
		"rpki: {}\n":                         "routegate.yaml:1:7: rpki: no file of VRPs is named",
		"rpki: {vrps: ../x.json}\n":          "routegate.yaml:1:14: rpki.vrps: ../x.json leaves the snapshot",
		"rpki: {vrps: none.json}\n":          "routegate.yaml:1:14: rpki.vrps: none.json: ",
		"rpki: {roas: x.json}\n":             "routegate.yaml:1:8: unknown key roas in rpki",
		"\nrpki: {vrps: rpki/bad.json}\n#\n": "rpki/bad.json:1: ",
	} {
		bad := folder(t, small+"-- routegate.yaml --\n"+yaml+"-- rpki/bad.json --\n{]\n")
		if _, err := Load(context.Background(), bad, Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", yaml, err, want)
		}
	}
}

func FuzzVRPs(f *testing.F) {
	f.Add(routinator)
	f.Add(rpkiClient)
	f.Add(`{"metadata":{"generated":1},"roas":[{"asn":1,"prefix":"::/0","maxLength":0,"source":[{"a":1}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseVRPs(context.Background(), "v.json", []byte(text))
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Line < 1 || e.Line > 1+strings.Count(text, "\n") {
				t.Fatalf("%v has no line of the file", err)
			}
			return
		}
		// Written anew, it reads the same.
		var b strings.Builder
		for i, x := range v.List {
			if i > 0 {
				b.WriteString(",\n")
			}
			fmt.Fprintf(&b, `{"asn": %d, "prefix": %q, "maxLength": %d}`, x.AS, x.Prefix, x.MaxLength)
		}
		again, err := parseVRPs(context.Background(), "v.json", fmt.Appendf(nil, `{"metadata": {"generated": %d}, "roas": [%s]}`, max(1, v.Generated.Unix()), b.String()))
		if err != nil || len(again.List) != len(v.List) {
			t.Fatalf("%v: %d VRPs of %d", err, len(again.List), len(v.List))
		}
		for i := range v.List {
			if a, b := v.List[i], again.List[i]; a.Prefix != b.Prefix || a.AS != b.AS || a.MaxLength != b.MaxLength {
				t.Fatalf("%v became %v", a, b)
			}
		}
	})
}
