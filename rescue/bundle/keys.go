package bundle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// Passphrase is the recipient of a bundle that a passphrase opens. It stands alone: age mixes it with no other.
func Passphrase(p string) (age.Recipient, error) {
	if len(p) < 12 {
		return nil, fmt.Errorf("the passphrase has %d characters, want 12 or more: the bundle lies where many can copy it", len(p))
	}
	return age.NewScryptRecipient(p)
}

// PassphraseIdentity opens a bundle that was sealed for a passphrase.
func PassphraseIdentity(p string) (age.Identity, error) { return age.NewScryptIdentity(p) }

// ParseRecipients reads a file of recipients, one a line: age1..., ssh-ed25519 ..., ssh-rsa ...; # begins a comment. Name is for
// errors, which say the line.
func ParseRecipients(name string, text []byte) ([]age.Recipient, error) {
	var out []age.Recipient
	in := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := recipient(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		out = append(out, r)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no recipient, want lines like age1... or ssh-ed25519 ...", name)
	}
	return out, nil
}

func recipient(line string) (age.Recipient, error) {
	switch {
	case strings.HasPrefix(line, "age1"):
		return age.ParseX25519Recipient(line)
	case strings.HasPrefix(line, "ssh-"):
		return agessh.ParseRecipient(line)
	}
	return nil, fmt.Errorf("%.12q is no recipient, want age1..., ssh-ed25519 ... or ssh-rsa ...", line)
}

// ParseIdentities reads a key file: age's own (AGE-SECRET-KEY-1...) or an OpenSSH private key. Ask is called for the passphrase of
// an encrypted SSH key, once, and may be nil where nobody can be asked.
func ParseIdentities(name string, text []byte, ask func(prompt string) ([]byte, error)) ([]age.Identity, error) {
	if !bytes.Contains(text, []byte("-----BEGIN")) {
		ids, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return ids, nil
	}
	id, err := agessh.ParseIdentity(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked) && ask == nil:
		return nil, fmt.Errorf("%s: the key has a passphrase, and nobody can be asked for it", name)
	case errors.As(err, &locked) && locked.PublicKey == nil:
		return nil, fmt.Errorf("%s: the key has a passphrase and an old form that hides its public half: write it anew with ssh-keygen -p", name)
	case errors.As(err, &locked):
		id, err = agessh.NewEncryptedSSHIdentity(locked.PublicKey, text, func() ([]byte, error) { return ask("passphrase of " + name) })
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return []age.Identity{id}, nil
}
