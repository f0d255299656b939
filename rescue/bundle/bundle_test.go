package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net/netip"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

func contents() *bundle.Contents {
	c := device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte("hostname edge1\npassword of a neighbor\n")}}}
	return &bundle.Contents{Network: "example", Created: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), Serial: 7,
		Routers: []bundle.Router{{Name: "edge1", Role: "edge", Driver: "frr", Agent: bundle.Agent{Address: netip.MustParseAddrPort("192.0.2.11:7443")},
			SSH:     bundle.SSH{Address: netip.MustParseAddrPort("192.0.2.11:22"), User: "rescue", HostKeys: []string{"ssh-ed25519 AAAA edge1"}},
			History: []bundle.Entry{{Hash: c.Hash(), Change: "c-1", At: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}}}},
		Credential:     bundle.Credential{Key: []byte("a secret key")},
		Configurations: map[device.Hash]device.Configuration{c.Hash(): c}}
}

func signer(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func seal(t *testing.T, c *bundle.Contents, k ed25519.PrivateKey, to ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bundle.Seal(&out, c, k, to...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAnyRecipientOpens: an age key, an SSH key, an SSH key with a passphrase; a stranger does not, and no secret shows.
func TestAnyRecipientOpens(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	plain, locked, stranger := sshKey(t, ""), sshKey(t, "correct horse"), sshKey(t, "")
	to, err := bundle.ParseRecipients("oncall.txt", []byte("# on call\n"+own.Recipient().String()+"\n"+plain.public+"\n\n"+locked.public+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	file := seal(t, contents(), signer(t), to...)
	for _, secret := range []string{"password", "a secret key", "192.0.2.11", "edge1"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("%q stands in the bundle for all to read", secret)
		}
	}
	s, err := bundle.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if h := s.Header; h.Network != "example" || h.Serial != 7 || h.Routers != 1 {
		t.Errorf("header %+v", h)
	}
	ask := func(string) ([]byte, error) { return []byte("correct horse"), nil }
	for name, key := range map[string]string{"age": own.String(), "ssh": plain.private, "ssh with a passphrase": locked.private} {
		ids, err := bundle.ParseIdentities(name, []byte(key), ask)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Open(ids...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := c.Configurations[c.Routers[0].History[0].Hash]; string(got.Files[0].Data) != "hostname edge1\npassword of a neighbor\n" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	ids, err := bundle.ParseIdentities("stranger", []byte(stranger.private), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(ids...); err == nil || !strings.Contains(err.Error(), "wrong passphrase or key") {
		t.Errorf("a stranger opens it: %v", err)
	}
	if _, err := bundle.ParseIdentities("locked", []byte(locked.private), nil); err == nil {
		t.Error("a locked key opens without anybody asked")
	}
}

func TestPassphrase(t *testing.T) {
	r, err := bundle.Passphrase("under the third mat")
	if err != nil {
		t.Fatal(err)
	}
	s, err := bundle.Read(seal(t, contents(), signer(t), r))
	if err != nil {
		t.Fatal(err)
	}
	for p, ok := range map[string]bool{"under the third mat": true, "under the first mat": false} {
		id, err := bundle.PassphraseIdentity(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(id); (err == nil) != ok {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := bundle.Passphrase("short"); err == nil {
		t.Error("a short passphrase is taken")
	}
}

// TestDamage: every cut and every flipped bit is noticed, before anybody is asked for a secret.
func TestDamage(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := seal(t, contents(), signer(t), own.Recipient())
	for n := range len(file) {
		if _, err := bundle.Read(file[:n]); err == nil {
			t.Fatalf("cut to %d of %d bytes it is taken", n, len(file))
		}
		bad := bytes.Clone(file)
		bad[n] ^= 4
		if _, err := bundle.Read(bad); err == nil {
			t.Fatalf("with byte %d changed it is taken", n)
		}
	}
	if _, err := bundle.Read(append(bytes.Clone(file), 'x')); err == nil {
		t.Error("with a byte more it is taken")
	}
	if _, err := bundle.Read(file[:len(file)-10]); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("got %v", err)
	}
	if _, err := bundle.Read([]byte("routegate rescue bundle v2\n{}\n")); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("got %v", err)
	}
}

func TestTrust(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key := signer(t)
	s, err := bundle.Read(seal(t, contents(), key, own.Recipient()))
	if err != nil {
		t.Fatal(err)
	}
	mine := []string{bundle.KeyText(key.Public().(ed25519.PublicKey))}
	now := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		trust   bundle.Trust
		want    string
		refuses bool
	}{
		"good":          {bundle.Trust{Signers: mine, Network: "example", Newest: 7, MaxAge: 72 * time.Hour, Now: now}, "", false},
		"a slow clock":  {bundle.Trust{Signers: mine, MaxAge: time.Hour, Now: now.AddDate(-3, 0, 0)}, "", false},
		"nobody known":  {bundle.Trust{Now: now}, "signed by someone else", true},
		"another":       {bundle.Trust{Signers: []string{"AAAA"}, Now: now}, "signed by someone else", true},
		"other network": {bundle.Trust{Signers: mine, Network: "lab", Now: now}, "of another network: example, wanted is lab", true},
		"old":           {bundle.Trust{Signers: mine, MaxAge: 24 * time.Hour, Now: now}, "old: made on 2026-11-01 08:00 UTC, 2 days ago", false},
		"superseded":    {bundle.Trust{Signers: mine, Newest: 9, Now: now}, "old: it has the number 7, and 9 was seen here", false},
	} {
		got := s.Check(c.trust)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %v", name, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), c.want) || got[0].Refuses() != c.refuses):
			t.Errorf("%s: got %v, want %q", name, got, c.want)
		}
	}
}

// TestUselessBundles: what would not help in the night that it is needed is not sealed.
func TestUselessBundles(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*bundle.Contents){
		"no way in":     func(c *bundle.Contents) { c.Routers[0].Agent, c.Routers[0].SSH = bundle.Agent{}, bundle.SSH{} },
		"no history":    func(c *bundle.Contents) { c.Routers[0].History = nil },
		"missing":       func(c *bundle.Contents) { c.Configurations = nil },
		"no host key":   func(c *bundle.Contents) { c.Routers[0].SSH.HostKeys = nil },
		"no router":     func(c *bundle.Contents) { c.Routers = nil },
		"twice":         func(c *bundle.Contents) { c.Routers = append(c.Routers, c.Routers[0]) },
		"wrong driver":  func(c *bundle.Contents) { c.Routers[0].Driver = "ios" },
		"no network":    func(c *bundle.Contents) { c.Network = "" },
		"other content": func(c *bundle.Contents) { c.Configurations[c.Routers[0].History[0].Hash] = device.Configuration{} },
	} {
		c := contents()
		spoil(c)
		if err := bundle.Seal(&bytes.Buffer{}, c, signer(t), own.Recipient()); err == nil {
			t.Errorf("%s: it is sealed", name)
		}
	}
	if err := bundle.Seal(&bytes.Buffer{}, contents(), signer(t)); err == nil {
		t.Error("sealed for nobody")
	}
	for _, text := range []string{"", "# nobody\n", "hello\n", "age1nonsense\n", "ssh-ed25519 nonsense\n"} {
		if _, err := bundle.ParseRecipients("f", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("routegate rescue bundle v1\n{}\n\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := bundle.Read(file); err == nil {
			t.Error("what nobody sealed is taken")
		}
	})
}

type keyPair struct{ public, private string }

func sshKey(t *testing.T, passphrase string) keyPair {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(priv, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(priv, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := ssh.NewPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(p))), string(pem.EncodeToMemory(block))}
}
