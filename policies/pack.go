package policies

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
)

// Signing signs a bundle. The zero value signs nothing.
type Signing struct {
	Key       []byte // a private key in PEM: RSA, or ECDSA with P-256, P-384 or P-521
	Algorithm string // as of Key; "": the key's first
	ID        string // names the key in the signature; may be empty
}

// Packed is a bundle that was made.
type Packed struct {
	Bytes     []byte
	Modules   int    // in it
	Algorithm string // of the signature; "": not signed
}

// Pack makes a bundle of the policies in a folder, without their tests. They must compile beside the library. The same
// folder makes the same bytes, but for signatures, in which ECDSA has chance.
func Pack(ctx context.Context, dir string, s Signing) (*Packed, error) {
	modules, err := ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if _, err := New(ctx, Options{User: modules}); err != nil {
		return nil, err
	}
	b := bundle.Bundle{Data: map[string]any{}}
	b.SetRegoVersion(ast.RegoV1)
	for _, m := range modules {
		if isTest(m.Path) {
			continue
		}
		parsed, err := parseModule(m)
		if err != nil {
			return nil, err
		}
		inside, err := filepath.Rel(dir, filepath.FromSlash(m.Path))
		if err != nil {
			return nil, err
		}
		at := "/" + filepath.ToSlash(inside)
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: at, Path: at, RelativePath: at, Raw: []byte(m.Text), Parsed: parsed})
	}
	if len(b.Modules) == 0 {
		return nil, fmt.Errorf("%s: only tests are in it, and a bundle has none", dir)
	}
	signed, err := s.sign(&b)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := bundle.NewWriter(&out).DisableFormat(true).Write(b); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &Packed{Bytes: out.Bytes(), Modules: len(b.Modules), Algorithm: signed}, nil
}

// ReadDir reads every module under a folder, in the order of paths. What else OPA would load from there is refused rather than left
// out in silence.
func ReadDir(dir string) ([]Module, error) {
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if base := filepath.Base(name); err == nil && !e.IsDir() && (base == "data.json" || base == "data.yaml" || base == "data.yml") {
			return &ModuleError{File: filepath.ToSlash(name), Message: "policies in a folder have no data files", Hint: "make them a rule, as in `names := {...}`, or make the bundle with opa build"}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return readModules(dir)
}

// sign gives the algorithm that it signed with.
func (s *Signing) sign(b *bundle.Bundle) (string, error) {
	if len(s.Key) == 0 {
		return "", nil
	}
	block, _ := pem.Decode(s.Key)
	if block == nil {
		return "", errors.New("the signing key: no PEM block in it: want a private key (-----BEGIN PRIVATE KEY-----)")
	}
	private, err := parsePrivate(block)
	if err != nil {
		return "", fmt.Errorf("the signing key: %w", err)
	}
	algorithm, err := algorithmOf(private.Public(), s.Algorithm)
	if err != nil {
		return "", fmt.Errorf("the signing key: %w", err)
	}
	set := bundle.NewSigningConfig(string(pem.EncodeToMemory(block)), algorithm, "")
	return algorithm, b.GenerateSignature(set, s.ID, false)
}

func parsePrivate(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "EC PARAMETERS":
		return nil, errors.New("it begins with EC PARAMETERS (openssl pkey -in KEY.pem -out NEW.pem writes the key alone)")
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("it is encrypted, and there is nobody to ask for the password (openssl pkey -in KEY.pem takes it off)")
	default:
		return nil, fmt.Errorf("a PEM block of type %q: want PRIVATE KEY", block.Type)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it cannot sign")
	}
	return signer, nil
}
