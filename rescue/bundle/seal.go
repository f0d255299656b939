package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"
)

// magic is the first line of a bundle; it ends with the version of the form.
const magic = "routegate rescue bundle v1\n"

// Header is what is readable without a secret.
type Header struct {
	Network  string    `json:"network"`
	Created  time.Time `json:"created"`
	Serial   uint64    `json:"serial"`
	Routers  int       `json:"routers"`
	Signer   string    `json:"signer"` // the Ed25519 public key, base64
	Contents string    `json:"sha256"` // of what follows the signature
	Size     int       `json:"size"`   // of it, in bytes
}

// Seal writes a bundle: the header, the signature over it, and the contents, encrypted so that each of the recipients alone
// can open them. The form: three lines (magic, header, signature), then age's own.
func Seal(w io.Writer, c *Contents, signer ed25519.PrivateKey, recipients ...age.Recipient) error {
	if err := c.check(); err != nil {
		return err
	}
	if len(recipients) == 0 {
		return errors.New("nobody could open the bundle: want a passphrase or a recipient")
	}
	var sealed bytes.Buffer
	enc, err := age.Encrypt(&sealed, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	z := gzip.NewWriter(enc)
	if err := errors.Join(json.NewEncoder(z).Encode(c), z.Close(), enc.Close()); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	sum := sha256.Sum256(sealed.Bytes())
	head, err := json.Marshal(Header{Network: c.Network, Created: c.Created.UTC(), Serial: c.Serial, Routers: len(c.Routers),
		Signer: KeyText(signer.Public().(ed25519.PublicKey)), Contents: hex.EncodeToString(sum[:]), Size: sealed.Len()})
	if err != nil {
		return err
	}
	signed := append([]byte(magic), append(head, '\n')...)
	out := append(signed, base64.StdEncoding.EncodeToString(ed25519.Sign(signer, signed))...)
	out = append(out, '\n')
	_, err = w.Write(append(out, sealed.Bytes()...))
	return err
}

// KeyText is a public key as headers and settings have it.
func KeyText(k ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(k) }

// Sealed is a bundle whose signature fits and whose bytes are all there. By whom it was signed is for Check.
type Sealed struct {
	Header Header
	text   []byte
}

// Read takes a bundle apart. It is an error that says what is wrong where the file is not one, is cut off, or was changed.
func Read(file []byte) (*Sealed, error) {
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok {
		if i := bytes.IndexByte(file, '\n'); i > 0 && i < 64 && bytes.HasPrefix(file, []byte("routegate rescue bundle v")) {
			return nil, fmt.Errorf("a bundle of another version: %q, this program reads v1", file[:i])
		}
		return nil, errors.New("not a rescue bundle")
	}
	head, rest, ok := bytes.Cut(rest, []byte("\n"))
	if !ok {
		return nil, errors.New("damaged: it ends within its header")
	}
	signature, sealed, ok := bytes.Cut(rest, []byte("\n"))
	if !ok {
		return nil, errors.New("damaged: it ends within its signature")
	}
	var h Header
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("damaged: its header cannot be read: %w", err)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(h.Signer)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("damaged: its header names no signer")
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(string(signature))
	if err != nil || !ed25519.Verify(key, file[:len(magic)+len(head)+1], sig) {
		return nil, errors.New("damaged or changed: the signature does not fit its header")
	}
	sum := sha256.Sum256(sealed)
	switch {
	case len(sealed) < h.Size:
		return nil, fmt.Errorf("damaged: it is cut off, %d of %d bytes are there", len(sealed), h.Size)
	case len(sealed) > h.Size || hex.EncodeToString(sum[:]) != h.Contents:
		return nil, errors.New("damaged or changed: the contents are not those that were signed")
	}
	return &Sealed{Header: h, text: sealed}, nil
}

// Open decrypts the contents with any of the identities.
func (s *Sealed) Open(identities ...age.Identity) (*Contents, error) {
	r, err := age.Decrypt(bytes.NewReader(s.text), identities...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, errors.New("wrong passphrase or key: none of those given opens the bundle")
		}
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("contents: %w", err)
	}
	var c Contents
	if err := json.NewDecoder(z).Decode(&c); err != nil {
		return nil, fmt.Errorf("contents: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("contents: %w", err)
	}
	if c.Network != s.Header.Network || c.Serial != s.Header.Serial {
		return nil, fmt.Errorf("the header says bundle %d of %s, the contents bundle %d of %s", s.Header.Serial, s.Header.Network, c.Serial, c.Network)
	}
	return &c, nil
}
