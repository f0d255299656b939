package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// Opening says how a bundle's file is opened by a person.
type Opening struct {
	File       string
	Signers    string   // the file of the signers who are trusted, one public key a line; "": SignersFile
	Identities []string // key files; none: those of ~/.ssh
	// Ask asks for a passphrase: the bundle's, or a key's. Nil where nobody can be asked.
	Ask     func(prompt string) ([]byte, error)
	Insist  bool // go on though it is signed by nobody who is known, or of another network
	Network string
	MaxAge  time.Duration
}

// UntrustedError is a bundle over which nothing should be rolled back unless a person insists.
type UntrustedError struct {
	File     string
	Problems []Problem
}

func (e *UntrustedError) Error() string {
	var out []string
	for _, p := range e.Problems {
		if p.Refuses() {
			out = append(out, p.String())
		}
	}
	return e.File + ": the bundle is " + strings.Join(out, "; and ") + ". If you know that it is yours, the same command with --insist goes on"
}

// SignersFile is where the trusted signers are looked for: a person's own file, the machine's, or the one that lies with the bundle.
func SignersFile(bundle string) string {
	var places []string
	if dir, err := os.UserConfigDir(); err == nil {
		places = append(places, filepath.Join(dir, "routegate", "rescue.signers"))
	}
	places = append(places, "/etc/routegate/rescue.signers", filepath.Join(filepath.Dir(bundle), "rescue.signers"))
	for _, p := range places {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// ReadSigners reads public keys, one a line; # begins a comment.
func ReadSigners(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range strings.Split(string(text), "\n") {
		if l, _, _ = strings.Cut(l, "#"); strings.TrimSpace(l) != "" {
			out = append(out, strings.TrimSpace(l))
		}
	}
	return out, nil
}

// Look reads a bundle and says what is wrong with it, without a secret.
func (o Opening) Look() (*Sealed, []Problem, error) {
	data, err := os.ReadFile(o.File)
	if err != nil {
		return nil, nil, fmt.Errorf("the bundle: %w: --bundle FILE says where it is; on a router's own console routegate rollback --local needs none", err)
	}
	s, err := Read(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", o.File, err)
	}
	t := Trust{Network: o.Network, MaxAge: o.MaxAge, Now: time.Now()}
	if o.Signers == "" {
		o.Signers = SignersFile(o.File)
	}
	if o.Signers != "" {
		if t.Signers, err = ReadSigners(o.Signers); err != nil {
			return nil, nil, err
		}
	}
	return s, s.Check(t), nil
}

// Open looks, and opens. Problems that refuse nothing are returned beside the contents.
func (o Opening) Open() (*Contents, []Problem, error) {
	s, problems, err := o.Look()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range problems {
		if p.Refuses() && !o.Insist {
			return nil, problems, &UntrustedError{o.File, problems}
		}
	}
	c, err := o.Unseal(s)
	return c, problems, err
}

// Unseal opens what was looked at, whoever signed it.
func (o Opening) Unseal(s *Sealed) (*Contents, error) {
	ids, err := o.identities(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	c, err := s.Open(ids...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	return c, nil
}

// ForPassphrase reports a bundle that a passphrase opens, and nothing else.
func (s *Sealed) ForPassphrase() bool {
	head, _, _ := bytes.Cut(s.text, []byte("\n---"))
	return bytes.Contains(head, []byte("\n-> scrypt "))
}

func (o Opening) identities(s *Sealed) ([]age.Identity, error) {
	if s.ForPassphrase() {
		if o.Ask == nil {
			return nil, errors.New("a passphrase opens it, and nobody can be asked: --passphrase-file FILE")
		}
		p, err := o.Ask("passphrase of the bundle")
		if err != nil {
			return nil, err
		}
		id, err := PassphraseIdentity(string(p))
		if err != nil {
			return nil, err
		}
		return []age.Identity{id}, nil
	}
	files, own := o.Identities, false
	if home, err := os.UserHomeDir(); len(files) == 0 && err == nil {
		own = true
		for _, name := range []string{"id_ed25519", "id_rsa"} {
			files = append(files, filepath.Join(home, ".ssh", name))
		}
	}
	var out []age.Identity
	for _, name := range files {
		text, err := os.ReadFile(name)
		if own && errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		ids, err := ParseIdentities(name, text, o.Ask)
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	if len(out) == 0 {
		return nil, errors.New("a key opens it, and none is in ~/.ssh: --identity FILE names one")
	}
	return out, nil
}
