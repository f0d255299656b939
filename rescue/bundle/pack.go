package bundle

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/routegate/routegate/device"
)

// NewSigner makes a signing key in a file that is not there yet, for its owner alone, and returns its public half for
// rescue.signers.
func NewSigner(name string) (string, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if e := f.Close(); err == nil {
		err = e
	}
	return KeyText(public), err
}

// ReadSigner reads a key that NewSigner made.
func ReadSigner(name string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(text)
	if b == nil {
		return nil, fmt.Errorf("%s: want PEM with a private key (routegate rescue keys makes one)", name)
	}
	k, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	key, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key (routegate rescue keys makes one)", name)
	}
	return key, nil
}

// Tidy takes configurations out that no router's history names.
func (c *Contents) Tidy() {
	used := map[device.Hash]bool{}
	for _, r := range c.Routers {
		for _, e := range r.History {
			used[e.Hash] = true
		}
	}
	for h := range c.Configurations {
		if !used[h] {
			delete(c.Configurations, h)
		}
	}
}
