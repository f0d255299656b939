package gobgp

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

const top = "[global.config]\nas = 1\nrouter-id = \"192.0.2.1\"\n"

// What gobgpd refuses, or dies of, is refused with the line and with what would be right.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"not TOML", "gobgpd.toml", "[global\n", "f/gobgpd.toml:1: not TOML"},
		{"not YAML", "gobgpd.yaml", "a: b\n c: d\n", "f/gobgpd.yaml:2: not YAML"},
		{"unknown section", "gobgpd.toml", top + "[neighbours]\n", "f/gobgpd.toml:4: unknown key neighbours: gobgpd refuses the file (did you mean neighbors?)"},
		{"unknown key", "gobgpd.toml", top + "[[neighbors]]\n[neighbors.config]\nneighbor-adress = \"10.0.0.1\"\n",
			"f/gobgpd.toml:6: unknown key neighbor-adress in neighbors[0].config: gobgpd refuses the file (did you mean neighbor-address?)"},
		{"unknown key in YAML", "gobgpd.yaml", "global:\n  config:\n    asn: 1\n", "f/gobgpd.yaml:3: unknown key asn in global.config: gobgpd refuses the file (did you mean as?)"},
		{"unknown key in JSON", "gobgpd.json", "{\n\t\"zebra\": {\n\t\t\"conf\": {}}}", "f/gobgpd.json:3: unknown key conf in zebra: gobgpd refuses the file (did you mean config?)"},
		{"wrong type", "gobgpd.toml", "[global.config]\nas = \"many\"\n", "f/gobgpd.toml:2: global.config.as: want a number (uint32), not many"},
		{"a table for a list", "gobgpd.toml", top + "[policy-definitions]\nname = \"p\"\n", "f/gobgpd.toml:4: policy-definitions: want a list, not one table (as in [[policy-definitions]] of TOML)"},
		{"no router id", "gobgpd.toml", "[global.config]\nas = 1\n", "f/gobgpd.toml:1: global.config.router-id is missing"},
		{"empty file", "gobgpd.toml", "", "f/gobgpd.toml: global.config.router-id is missing"},
		{"no AS", "gobgpd.toml", "[global.config]\nrouter-id = \"192.0.2.1\"\n", "f/gobgpd.toml:1: global.config.as is missing"},
		{"bad router id", "gobgpd.toml", "[global.config]\nas = 1\nrouter-id = \"r1\"\n", "f/gobgpd.toml:3: router-id r1 is not one"},
		{"name for address", "gobgpd.toml", top + "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"peer.example\"\n", "f/gobgpd.toml:6: neighbor-address peer.example is not an IP address"},
		{"no address", "gobgpd.toml", top + "[[neighbors]]\n[neighbors.config]\npeer-as = 2\n", "f/gobgpd.toml:4: a neighbor without address and interface"},
		{"same neighbor twice", "gobgpd.toml", top + strings.Repeat("[[neighbors]]\n[neighbors.config]\nneighbor-address = \"10.0.0.1\"\n", 2), "f/gobgpd.toml:7: neighbor 10.0.0.1 is configured twice"},
		{"private AS towards iBGP", "gobgpd.toml", top + "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"10.0.0.1\"\npeer-as = 1\nremove-private-as = \"all\"\n",
			"f/gobgpd.toml:8: neighbor 10.0.0.1: can't set remove-private-as for iBGP peer"},
		{"two families", "gobgpd.toml", top + "[[defined-sets.prefix-sets]]\nprefix-set-name = \"ps\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"10.0.0.0/8\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"2001:db8::/32\"\n",
			"f/gobgpd.toml:8: prefix set ps holds IPv4 and IPv6"},
		{"bad range", "gobgpd.toml", top + "[[defined-sets.prefix-sets]]\nprefix-set-name = \"ps\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"10.0.0.0/8\"\nmasklength-range = \"8-24\"\n",
			"f/gobgpd.toml:8: prefix set ps: invalid mask length range: 8-24"},
		{"bad expression", "gobgpd.toml", top + "[[defined-sets.bgp-defined-sets.as-path-sets]]\nas-path-set-name = \"a\"\nas-path-list = [\"^1$\",\n \"(\"]\n",
			"f/gobgpd.toml:7: AS path set a: invalid regular expression ("},
		{"same statement twice", "gobgpd.toml", top + "[[policy-definitions]]\nname = \"p\"\n[[policy-definitions.statements]]\nname = \"s\"\n[[policy-definitions.statements]]\nname = \"s\"\n",
			"f/gobgpd.toml:8: statement s is configured twice"},
		{"bad option", "gobgpd.toml", top + "[[defined-sets.bgp-defined-sets.community-sets]]\ncommunity-set-name = \"c\"\n[[policy-definitions]]\nname = \"p\"\n[[policy-definitions.statements]]\n[policy-definitions.statements.conditions.bgp-conditions.match-community-set]\ncommunity-set = \"c\"\nmatch-set-options = \"some\"\n",
			"f/gobgpd.toml:11: match-set-options \"some\": gobgpd would drop all policies without a word (any, all or invert)"},
		{"bad community", "gobgpd.toml", top + "[[policy-definitions]]\nname = \"p\"\n[[policy-definitions.statements]]\n[policy-definitions.statements.actions.bgp-actions.set-community]\noptions = \"add\"\n[policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]\ncommunities-list = [\"backup\"]\n",
			"f/gobgpd.toml:10: \"backup\" is not a community"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("r", Source{Path: "f/" + c.file, Text: []byte(c.text)})
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%T is not an *Error", err)
			}
		})
	}
}

// A specific entry of a prefix set hides what a wider one would accept.
func TestPrefixSetHides(t *testing.T) {
	r, err := Parse("r", Source{Path: "gobgpd.toml", Text: []byte(top + `
[[defined-sets.prefix-sets]]
prefix-set-name = "ps"
[[defined-sets.prefix-sets.prefix-list]]
ip-prefix = "10.0.0.0/8"
masklength-range = "8..32"
[[defined-sets.prefix-sets.prefix-list]]
ip-prefix = "10.1.0.0/16"
`)})
	if err != nil {
		t.Fatal(err)
	}
	set := r.PrefixSet(0, "ps")
	for p, want := range map[string]bool{"10.2.3.0/24": true, "10.1.0.0/16": true, "10.1.2.0/24": false, "10.0.0.0/8": true, "10.0.0.0/7": false} {
		if got := set.Accepts(mustPrefix(p)); got != want {
			t.Errorf("%s: accepted %v, want %v", p, got, want)
		}
	}
}

// Whatever the bytes: an answer, and a ledger with a state for every line.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && !strings.HasSuffix(name, ".golden") {
			f.Add(uint8(len(filepath.Ext(name))), text)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, text []byte) {
		name := [...]string{"gobgpd.toml", "gobgpd.yaml", "gobgpd.json"}[kind%3]
		start := time.Now()
		r, err := Parse("r", Source{Path: name, Text: text})
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%d bytes take %s", len(text), d)
		}
		if err != nil {
			if strings.Contains(err.Error(), "the file cannot be decoded") {
				t.Logf("a library panics: %v", err)
			}
			return
		}
		lines := strings.Count(strings.TrimSuffix(string(text), "\n"), "\n") + 1
		if len(text) > 0 && len(r.Files[0].Support) != lines {
			t.Errorf("%d lines, %d states", lines, len(r.Files[0].Support))
		}
	})
}

// What gobgpd logs and runs on with is read as it runs, and the line is in the ledger.
func TestDangling(t *testing.T) {
	const top = "[global.config]\nas = 1\nrouter-id = \"192.0.2.1\"\n"
	const neighbor = "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"10.0.0.1\"\npeer-as = 2\n"
	t.Run("no such set", func(t *testing.T) {
		r, err := Parse("r", Source{Path: "f/gobgpd.toml", Text: []byte(top +
			"[[defined-sets.prefix-sets]]\nprefix-set-name = \"pst\"\n[[policy-definitions]]\nname = \"p\"\n[[policy-definitions.statements]]\n" +
			"[policy-definitions.statements.conditions.match-prefix-set]\nprefix-set = \"ps\"\n" + neighbor +
			"[global.apply-policy.config]\nexport-policy-list = [\"p\"]\ndefault-export-policy = \"reject-route\"\ndefault-import-policy = \"reject-route\"\n")})
		if err != nil {
			t.Fatal(err)
		}
		if b := r.Default().BGP; b.LocalImport.Configured() || b.Neighbors[0].Families[0].Export.Configured() || !b.Missing.PoliciesUnloaded {
			t.Errorf("policies are applied: %v %v", b.LocalImport, b.Neighbors[0].Families[0].Export)
		}
		if len(r.Policies) != 1 || len(r.Files[0].Notes) != 0 {
			t.Errorf("the policy is not read, or not understood: %v %v", r.Policies, r.Files[0].Notes)
		}
	})
	t.Run("no such group", func(t *testing.T) {
		r, err := Parse("r", Source{Path: "f/gobgpd.toml", Text: []byte(top + neighbor + "peer-group = \"inside\"\n" + strings.ReplaceAll(neighbor, "10.0.0.1", "10.0.0.5"))})
		if err != nil {
			t.Fatal(err)
		}
		if list := r.Default().BGP.Neighbors; len(list) != 1 || list[0].Key() != "10.0.0.5" {
			t.Errorf("neighbors: %v", list)
		}
		if notes := r.Files[0].Notes; len(notes) == 0 || notes[0].Reason != "there is no peer group inside: gobgpd runs on without the neighbor" {
			t.Errorf("notes: %v", notes)
		}
	})
}
