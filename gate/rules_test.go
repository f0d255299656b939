package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/policies/signertest"
)

const stillRule = "# METADATA\n# title: x\n# custom: {level: hard, scope: change}\npackage acme.still\n\n" +
	"findings contains {\"key\": r, \"message\": sprintf(\"%s changes\", [r])} if some r in input.change.routers_changed\n"

// signerOf is a private key, and its public half.
func signerOf(t *testing.T) (private, public []byte) {
	t.Helper()
	private, public, err := signertest.New()
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// writeAll puts files into a folder.
func writeAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The side that runs says who signs: a change that brings its own key along is judged with the old one, and a new key comes
// in a change of its own, after which both sign.
func TestKeysOfTheSideThatRuns(t *testing.T) {
	rules := t.TempDir()
	writeAll(t, rules, map[string][]byte{"still.rego": []byte(stillRule)})
	oldKey, oldPublic := signerOf(t)
	newKey, newPublic := signerOf(t)
	snapshot := func(settings string, signer []byte, id string) string {
		dir := twoEdges(t, edit{known, "network: example", "network: example\npolicy: {" + settings + "}"})
		b, err := policies.Pack(t.Context(), rules, policies.Signing{Key: signer, ID: id})
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, dir, map[string][]byte{"acme.tar.gz": b.Bytes, "old.pem": oldPublic, "new.pem": newPublic})
		return dir
	}
	const (
		bundle  = "bundle: acme.tar.gz, keys: "
		onlyOld = bundle + "[{id: old, file: old.pem}]"
		onlyNew = bundle + "[{id: new, file: new.pem}]"
		both    = bundle + "[{id: old, file: old.pem}, {id: new, file: new.pem}]"
	)
	for _, c := range []struct {
		name, before, after string
		want                string // "": taken
	}{
		{"nothing changes", snapshot(onlyOld, oldKey, "old"), snapshot(onlyOld, oldKey, "old"), ""},
		{"the first key", twoEdges(t), snapshot(onlyNew, newKey, "new"), ""},
		{"a key of the change's own", snapshot(onlyOld, oldKey, "old"), snapshot(onlyNew, newKey, "new"), "the signature is not by key old"},
		{"a second key, and the old one signs", snapshot(onlyOld, oldKey, "old"), snapshot(both, oldKey, "old"), ""},
		{"then the new one signs", snapshot(both, oldKey, "old"), snapshot(both, newKey, "new"), ""},
		{"then the old one goes", snapshot(both, newKey, "new"), snapshot(onlyNew, newKey, "new"), ""},
		{"a change that drops the keys with the signature", snapshot(onlyOld, oldKey, "old"), snapshot("bundle: acme.tar.gz", nil, ""), "the bundle is not signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := BindingOf(t.Context(), c.before, c.after, Rules{})
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want %s", err, c.want)
			case c.want == "" && b.Policies == "":
				t.Error("no digest of the policies")
			}
		})
	}
}

// The hash that approvals are bound to is the same for policies in a folder and in a bundle, and another one for other policies.
func TestBindingOfABundle(t *testing.T) {
	rules := t.TempDir()
	writeAll(t, rules, map[string][]byte{"still.rego": []byte(stillRule)})
	packed := func() string {
		b, err := policies.Pack(t.Context(), rules, policies.Signing{})
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, rules+"-bundle", map[string][]byte{"acme.tar.gz": b.Bytes})
		return filepath.Join(rules+"-bundle", "acme.tar.gz")
	}
	before, after := twoEdges(t), twoEdges(t, edit{edge1, "hostname edge1", "hostname edge-1"})
	hash := func(from string) string {
		b, err := BindingOf(t.Context(), before, after, Rules{Policies: from})
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash
	}
	folder := hash(rules)
	if got := hash(packed()); got != folder {
		t.Errorf("%s of the bundle, %s of the folder", got, folder)
	}
	if hash("") == folder {
		t.Error("no policies have the hash of some")
	}
	writeAll(t, rules, map[string][]byte{"still.rego": []byte(strings.Replace(stillRule, "hard", "soft", 1))})
	if hash(packed()) == folder {
		t.Error("other policies have the same hash")
	}
}
