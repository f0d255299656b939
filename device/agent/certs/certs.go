// Package certs is a small certificate authority for agents and those who call them: one authority, a certificate for
// each router's agent with the addresses at which it listens, and one for each role. It uses nothing but files and the
// clock, and no online authority: what an outage takes away must not be what lets anybody in.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device/agent"
)

// The authority's files in its folder.
const (
	CAFile = "ca.pem"
	caKey  = "ca.key"
)

const (
	caLife = 20 * 365 * 24 * time.Hour
	// skew lets a certificate hold on routers whose clocks are behind.
	skew = 24 * time.Hour
)

// Init makes an authority in a folder. It never writes over one that is there.
func Init(dir, name string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range []string{CAFile, caKey} {
		if _, err := os.Stat(filepath.Join(dir, f)); err == nil {
			return fmt.Errorf("%s is there already: an authority is not replaced, for every certificate would be void", filepath.Join(dir, f))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template, err := blank(pkix.Name{CommonName: name, OrganizationalUnit: []string{"Routegate agents"}}, caLife)
	if err != nil {
		return err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	return write(dir, CAFile, caKey, der, key)
}

// Issued are the files of a new certificate.
type Issued struct {
	Certificate, Key string
	NotAfter         time.Time
}

// IssueAgent makes the certificate of a router's agent, for the literal addresses at which it is called.
func IssueAgent(dir, router string, at []netip.Addr, life time.Duration) (Issued, error) {
	if len(at) == 0 {
		return Issued{}, errors.New("an agent's certificate needs the address at which it is called")
	}
	template, err := blank(pkix.Name{CommonName: router}, life)
	if err != nil {
		return Issued{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.URIs = []*url.URL{agent.RouterURI(router)}
	for _, a := range at {
		template.IPAddresses = append(template.IPAddresses, net.IP(a.WithZone("").Unmap().AsSlice()))
	}
	return issue(dir, router, template)
}

// IssueRole makes the certificate of a client. The name only tells two holders of a role apart, in logs.
func IssueRole(dir string, role agent.Role, name string, life time.Duration) (Issued, error) {
	if !slices.Contains(agent.Roles, role) {
		return Issued{}, fmt.Errorf("%q is not a role: want observer, controller or rescue", role)
	}
	if name == "" {
		name = string(role)
	}
	template, err := blank(pkix.Name{CommonName: name}, life)
	if err != nil {
		return Issued{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	template.URIs = []*url.URL{agent.RoleURI(role)}
	return issue(dir, name, template)
}

func blank(subject pkix.Name, life time.Duration) (*x509.Certificate, error) {
	if life <= 0 {
		return nil, errors.New("a certificate must hold for some time")
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: subject, NotBefore: now.Add(-skew), NotAfter: now.Add(life), KeyUsage: x509.KeyUsageDigitalSignature,
	}, nil
}

func issue(dir, name string, template *x509.Certificate) (Issued, error) {
	if name == "" || name == "ca" || name[0] == '.' || strings.ContainsAny(name, "/\\ ") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return Issued{}, fmt.Errorf("the name %q: want letters, digits, dots and dashes, for it names the files", name)
	}
	ca, key, err := authority(dir)
	if err != nil {
		return Issued{}, err
	}
	if template.NotAfter.After(ca.NotAfter) {
		template.NotAfter = ca.NotAfter
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Issued{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, own.Public(), key)
	if err != nil {
		return Issued{}, err
	}
	out := Issued{filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"), template.NotAfter}
	return out, write(dir, name+".pem", name+".key", der, own)
}

// authority reads the authority of a folder.
func authority(dir string) (*x509.Certificate, crypto.Signer, error) {
	read := func(name, kind string) ([]byte, error) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: there is no authority: make one with routegate agent certs init %s", filepath.Join(dir, name), dir)
		} else if err != nil {
			return nil, err
		}
		b, _ := pem.Decode(data)
		if b == nil || b.Type != kind {
			return nil, fmt.Errorf("%s: want PEM with a %s", filepath.Join(dir, name), kind)
		}
		return b.Bytes, nil
	}
	der, err := read(CAFile, "CERTIFICATE")
	if err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, CAFile), err)
	}
	der, err = read(caKey, "PRIVATE KEY")
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, caKey), err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("%s: the key cannot sign", filepath.Join(dir, caKey))
	}
	return ca, signer, nil
}

// write puts the key first: a certificate without its key is of no use.
func write(dir, certName, keyName string, der []byte, key *ecdsa.PrivateKey) error {
	pk, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, keyName), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, certName), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
