package policies

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/policies/signertest"
)

const bundled = "# METADATA\n# title: x\n# custom: {level: hard, scope: change}\npackage acme.still\n\n" +
	"findings contains {\"key\": r, \"message\": sprintf(\"%s changes\", [r])} if some r in input.change.routers_changed\n"

// signer is a private key in PEM, and its public half as policies are verified with it.
func signer(t *testing.T, id string, key crypto.Signer) (private []byte, public Key) {
	t.Helper()
	private, half, err := signertest.PEM(key)
	if err != nil {
		t.Fatal(err)
	}
	if public, err = NewKey(id, "", half); err != nil {
		t.Fatal(err)
	}
	return private, public
}

func ecSigner(t *testing.T, id string, curve elliptic.Curve) ([]byte, Key) {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer(t, id, k)
}

func rsaSigner(t *testing.T, id string) ([]byte, Key) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer(t, id, k)
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func packed(t *testing.T, dir string, s Signing) []byte {
	t.Helper()
	p, err := Pack(t.Context(), dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bytes
}

func TestWhatIsPackedIsRead(t *testing.T) {
	dir := folder(t, map[string]string{"still.rego": bundled, "still_test.rego": "package acme.still_test\n\ntest_x if true\n", "more/help.rego": "package acme.help\n\nx := 1\n"})
	rsaKey, rsaPublic := rsaSigner(t, "rsa")
	p256, p256Public := ecSigner(t, "p256", elliptic.P256())
	p384, p384Public := ecSigner(t, "p384", elliptic.P384())
	pss := rsaPublic
	pss.Algorithm = "PS512"
	both := []Key{rsaPublic, p256Public}
	for _, c := range []struct {
		name string
		sign Signing
		keys []Key
	}{
		{"unsigned", Signing{}, nil},
		{"RSA", Signing{Key: rsaKey}, []Key{rsaPublic}},
		{"RSA PSS", Signing{Key: rsaKey, Algorithm: "PS512"}, []Key{pss}},
		{"P-256", Signing{Key: p256}, []Key{p256Public}},
		{"P-384", Signing{Key: p384}, []Key{p384Public}},
		{"one of two, named", Signing{Key: p256, ID: "p256"}, both},
		{"the other one", Signing{Key: rsaKey, ID: "rsa"}, both},
		{"one key, whatever the signature calls it", Signing{Key: p256, ID: "somebody"}, []Key{p256Public}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := ReadBundle("acme.tar.gz", packed(t, dir, c.sign), c.keys)
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, m := range b.Modules {
				paths = append(paths, m.Path)
			}
			if got := strings.Join(paths, " "); got != "acme.tar.gz/more/help.rego acme.tar.gz/still.rego" || b.Modules[1].Text != bundled {
				t.Errorf("modules %s\n%s", got, b.Modules[1].Text)
			}
			if b.Signed != (c.keys != nil) {
				t.Errorf("signed %v", b.Signed)
			}
		})
	}
	if !bytes.Equal(packed(t, dir, Signing{}), packed(t, dir, Signing{})) {
		t.Error("the same folder makes other bytes")
	}
}

// The same rules have the same digest, in whichever way they come; other ones have another.
func TestDigestOfABundle(t *testing.T) {
	dir := folder(t, map[string]string{"still.rego": bundled, "still_test.rego": "package acme.still_test\n\ntest_x if true\n"})
	digest := func(modules []Module, data map[string]any) string {
		e, err := New(t.Context(), Options{User: modules, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		return e.Digest()
	}
	inFolder, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := digest(inFolder, nil)
	key, public := ecSigner(t, "acme", elliptic.P256())
	for _, s := range []Signing{{}, {Key: key}} {
		var keys []Key
		if s.Key != nil {
			keys = []Key{public}
		}
		b, err := ReadBundle("acme.tar.gz", packed(t, dir, s), keys)
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(b.Modules, b.Data); got != want {
			t.Errorf("signed %v: %s in the bundle, %s in the folder", s.Key != nil, got, want)
		}
		b.Modules[0].Text += "# more\n"
		if digest(b.Modules, b.Data) == want {
			t.Error("an altered module has the digest of the old one")
		}
	}
	if digest(inFolder, map[string]any{"acme": map[string]any{"names": []any{"edge1"}}}) == want {
		t.Error("data does not count")
	}
}

// Bundles that opa build 1.22.2 made and signed, with data, and with tests in them.
func TestBundlesOfOPA(t *testing.T) {
	for _, name := range []string{"opa-rs256", "opa-es256"} {
		t.Run(name, func(t *testing.T) {
			read := func(name string) []byte {
				text, err := os.ReadFile(filepath.Join("testdata", name))
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			key, err := NewKey("acme", "", read(name+".pem"))
			if err != nil {
				t.Fatal(err)
			}
			b, err := ReadBundle(name+".tar.gz", read(name+".tar.gz"), []Key{key})
			if err != nil {
				t.Fatal(err)
			}
			r := evaluate(t, Options{User: b.Modules, Data: b.Data}, &Input{Change: Change{RoutersChanged: []string{"edge1", "edge2"}}})
			var said []string
			for _, f := range r.Findings {
				if f.Policy == "acme/frozen" {
					said = append(said, f.Message)
				}
			}
			if len(said) != 1 || said[0] != "edge1 is frozen" {
				t.Errorf("findings %q", said)
			}
		})
	}
}

// repacked is a bundle with other files in it.
func repacked(t *testing.T, text []byte, edit func(name, text string) (string, bool), more map[string]string) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	write := func(name, text string) {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, text); err != nil {
			t.Fatal(err)
		}
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, keep := edit(h.Name, string(data)); keep {
			write(h.Name, text)
		}
	}
	for name, text := range more {
		write(name, text)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBundlesThatAreRefused(t *testing.T) {
	dir := folder(t, map[string]string{"still.rego": bundled})
	key, public := ecSigner(t, "acme", elliptic.P256())
	_, other := ecSigner(t, "other", elliptic.P256())
	_, third := rsaSigner(t, "third")
	signed, unsigned := packed(t, dir, Signing{Key: key, ID: "acme"}), packed(t, dir, Signing{})
	as := func(name, text string) (string, bool) { return text, true }
	without := func(gone string) func(name, text string) (string, bool) {
		return func(name, text string) (string, bool) { return text, strings.TrimPrefix(name, "/") != gone }
	}
	for _, c := range []struct {
		name string
		text []byte
		keys []Key
		want string
	}{
		{"unsigned, and a key is set", unsigned, []Key{public}, "acme.tar.gz: the bundle is not signed, and a key is set"},
		{"the signature is taken out", repacked(t, signed, without(".signatures.json"), nil), []Key{public}, "acme.tar.gz: the bundle is not signed, and a key is set"},
		{"an empty list of signatures", repacked(t, signed, without(".signatures.json"), map[string]string{".signatures.json": `{"signatures": []}`}), []Key{public}, "the bundle is not signed"},
		{"signed, and no key is set", signed, nil, "the bundle is signed, and no key is set to verify it with (policy.keys"},
		{"signed by somebody else", signed, []Key{other}, "the signature is not by key other: another key or another algorithm"},
		{"named like none of several keys", signed, []Key{other, third}, "the signature names none of the keys that are set (key other or key third)"},
		{"a key of another kind", signed, []Key{third}, "the signature is not by key third"},
		{"altered", repacked(t, signed, func(name, text string) (string, bool) { return strings.ReplaceAll(text, "changes", "is fine"), true }, nil), []Key{public},
			"the bundle is not what was signed: still.rego: digest mismatch"},
		{"more", repacked(t, signed, as, map[string]string{"more.rego": "package acme.more\n"}), []Key{public}, "file more.rego not included in bundle signature"},
		{"more data", repacked(t, signed, without("data.json"), map[string]string{"data.json": `{"a": 1}`}), []Key{public}, "data.json: digest mismatch"},
		{"less", repacked(t, signed, without("still.rego"), nil), []Key{public}, "[still.rego] specified in bundle signatures but not found"},
		{"cut short", signed[:len(signed)/2], []Key{public}, "not a whole gzipped tar archive"},
		{"cut short, unsigned", unsigned[:len(unsigned)/2], nil, "not a whole gzipped tar archive"},
		{"no archive", []byte("package acme.still\n"), nil, "not a whole gzipped tar archive"},
		{"nothing", nil, nil, "the bundle is empty"},
		{"no policies", repacked(t, unsigned, without("still.rego"), nil), nil, "no .rego file in it"},
		{"not Rego", repacked(t, unsigned, as, map[string]string{"x.rego": "package x\ny := z w\n"}), nil, "acme.tar.gz/x.rego:2: "},
		{"older Rego", repacked(t, unsigned, as, map[string]string{"x.rego": "package x\ny[z] { z := 1 }\n"}), nil, "acme.tar.gz/x.rego:2: "},
		{"compiled", repacked(t, unsigned, as, map[string]string{"policy.wasm": "\x00asm"}), nil, "it is compiled"},
		{"a patch", repacked(t, unsigned, func(string, string) (string, bool) { return "", false }, map[string]string{"patch.json": `{"data": [{"op": "upsert", "path": "/a", "value": 1}]}`}), nil, "delta bundle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadBundle("acme.tar.gz", c.text, c.keys)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwants %s", err, c.want)
			}
		})
	}
}

// A bundle's data must not stand in for what a rule says.
func TestDataInThePlaceOfRules(t *testing.T) {
	_, err := New(t.Context(), Options{User: []Module{{Path: "x.rego", Text: bundled}}, Data: map[string]any{"acme": map[string]any{"still": map[string]any{"findings": []any{}}}}})
	if err == nil || !strings.Contains(err.Error(), "conflicting rule for data path acme/still/findings") {
		t.Errorf("error %v", err)
	}
	_, err = New(t.Context(), Options{Data: map[string]any{"routegate": map[string]any{"lib": map[string]any{"effective": []any{}}}}})
	if err == nil || !strings.Contains(err.Error(), "conflicting rule") {
		t.Errorf("error %v", err)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	private, _ := ecSigner(t, "acme", elliptic.P256())
	for _, c := range []struct{ name, text, algorithm, want string }{
		{"a private key", string(private), "", "a private key: who can read it can sign policies"},
		{"no PEM", "secret", "", "no PEM block in it"},
		{"half a key", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})), "", "no key that can be read"},
		{"another algorithm", string(public(t)), "RS256", "algorithm RS256 does not go with this key: want ES256"},
		{"a shared secret", string(public(t)), "HS256", "algorithm HS256 does not go with this key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewKey("acme", c.algorithm, []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwants %s", err, c.want)
			}
		})
	}
}

func public(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/opa-es256.pem")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func FuzzReadBundle(f *testing.F) {
	for _, name := range []string{"opa-rs256", "opa-es256"} {
		text, err := os.ReadFile("testdata/" + name + ".tar.gz")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	pemText, err := os.ReadFile("testdata/opa-es256.pem")
	if err != nil {
		f.Fatal(err)
	}
	key, err := NewKey("acme", "", pemText)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, keys := range [][]Key{nil, {key}} {
			if b, err := ReadBundle("x.tar.gz", text, keys); err == nil && len(b.Modules) == 0 {
				t.Error("a bundle without a module")
			}
		}
	})
}
