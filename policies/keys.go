package policies

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"
)

// Key verifies signatures of bundles: a public key, with the algorithm that it is used with (RFC 7518 §3.1).
type Key struct {
	ID        string // as the signature names it ("keyid" of its claims, "kid" of its header); a single key verifies whatever that says
	Algorithm string // RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512
	pem       string
}

// algorithms by the kind of key, the default first. Those with a shared secret (HS256 ...) are not among them: who could
// verify could sign as well, and the key of a snapshot is there for everybody to read.
var (
	rsaAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	ecAlgorithms  = map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
)

// NewKey reads a public key or a certificate in PEM. Without an algorithm it is RS256 for RSA, and for ECDSA what the curve says.
func NewKey(id, algorithm string, text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("no PEM block in it: want a public key (-----BEGIN PUBLIC KEY-----)")
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = c.PublicKey
		}
	default:
		if strings.Contains(block.Type, "PRIVATE") {
			return Key{}, errors.New("a private key: who can read it can sign policies; want the public one (openssl pkey -in KEY.pem -pubout)")
		}
		return Key{}, fmt.Errorf("a PEM block of type %q: want PUBLIC KEY", block.Type)
	}
	if err != nil {
		return Key{}, fmt.Errorf("no key that can be read: %w", err)
	}
	algorithm, err = algorithmOf(public, algorithm)
	return Key{ID: id, Algorithm: algorithm, pem: string(pem.EncodeToMemory(block))}, err
}

// algorithmOf is the algorithm wanted, or the key's first; one of another kind of key is an error.
func algorithmOf(public any, wanted string) (string, error) {
	var fit []string
	switch k := public.(type) {
	case *rsa.PublicKey:
		fit = rsaAlgorithms
	case *ecdsa.PublicKey:
		if a := ecAlgorithms[k.Curve.Params().Name]; a != "" {
			fit = []string{a}
		}
	}
	switch {
	case len(fit) == 0:
		return "", errors.New("neither RSA nor ECDSA with P-256, P-384 or P-521, which bundles are signed with")
	case wanted == "":
		return fit[0], nil
	case !slices.Contains(fit, wanted):
		return "", fmt.Errorf("algorithm %s does not go with this key: want %s", wanted, strings.Join(fit, ", "))
	}
	return wanted, nil
}

func keyNames(keys []Key) string {
	var out []string
	for _, k := range keys {
		out = append(out, "key "+k.ID)
	}
	return strings.Join(out, " or ")
}

// verification asks for a signature by one of the keys. One key is taken whatever the signature calls it: `opa build` names none
// unless it is told to.
func verification(keys []Key) *bundle.VerificationConfig {
	public := map[string]*bundle.KeyConfig{}
	only := ""
	for _, k := range keys {
		public[k.ID] = &bundle.KeyConfig{Key: k.pem, Algorithm: k.Algorithm}
		only = k.ID
	}
	if len(keys) > 1 {
		only = ""
	}
	return bundle.NewVerificationConfig(public, only, "", nil)
}
