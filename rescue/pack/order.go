package pack

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"golang.org/x/sys/unix"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// Order is one packing: whose configurations are collected, who signs, who can open it, and the bundle from before.
type Order struct {
	Plan       *Plan
	Signer     string // the file of the key that signs
	Recipients string // the file of who can open it; "": a passphrase, for which Before.Ask is asked
	// Before opens the bundle from before, if it is there: routers that do not answer keep what it has of them.
	Before bundle.Opening
	Out    string // where the bundle is written; "": over the one from before
}

// ErrNobodyAsked is wrapped where a passphrase is to open the bundle, and there is nobody who could be asked for it.
var ErrNobodyAsked = errors.New("who can open it? A file of recipients, or one with a passphrase, must be named: nobody can be asked")

// Result is a bundle that was made, or what was found out before it could not be.
type Result struct {
	File           string // where it is written; "": nowhere
	Serial         uint64
	Network        string
	Routers        int
	Configurations int
	Missing        []string // routers that did not answer, with the reason; they keep what the bundle from before has
}

// Order is the packing that the plan itself describes. ask asks for a passphrase, and may be nil.
func (p *Plan) Order(ask func(prompt string) ([]byte, error)) (*Order, error) {
	s := &p.Sealing
	if s.Bundle == "" || s.Signer == "" {
		return nil, fmt.Errorf("%s: want pack: {bundle: rescue.bundle, signer: rescue.key, recipients: oncall.txt}: where nobody types a command, the plan says it", p.File)
	}
	if s.PassphraseFile != "" {
		ask = Passphrase(s.PassphraseFile)
	}
	return &Order{Plan: p, Signer: s.Signer, Recipients: s.Recipients,
		Before: bundle.Opening{File: s.Bundle, Signers: s.Signers, Identities: s.Identities, Ask: ask}}, nil
}

// Passphrase answers every question with the first line of a file.
func Passphrase(file string) func(string) ([]byte, error) {
	return func(string) ([]byte, error) {
		text, err := os.ReadFile(file)
		first, _, _ := bytes.Cut(text, []byte("\n"))
		return first, err
	}
}

// sealing is what must be at hand before a router is asked.
type sealing struct {
	key        ed25519.PrivateKey
	recipients []age.Recipient
	before     *bundle.Contents // nil: there is none, or it is not used
}

// Ready says why the bundle could not be made, as far as that can be told without calling a router or writing a file. warn is
// told why the bundle from before is not used.
func (o *Order) Ready(warn func(error)) error {
	if _, err := o.sealing(warn); err != nil {
		return err
	}
	if _, err := o.Plan.credential(); err != nil {
		return err
	}
	if _, err := o.Plan.reader(); err != nil {
		return err
	}
	if dir := filepath.Dir(o.out()); unix.Access(dir, unix.W_OK) != nil {
		return fmt.Errorf("%s cannot be written: %s is no folder in which a file can be made", o.out(), dir)
	}
	return nil
}

// Run makes the bundle. Where it does not, the result still names the routers that did not answer. warn is told why the
// bundle from before is not used.
func (o *Order) Run(ctx context.Context, now time.Time, warn func(error)) (Result, error) {
	var r Result
	s, err := o.sealing(warn)
	if err != nil {
		return r, err
	}
	c, missing, err := Make(ctx, o.Plan, s.before, now)
	if err != nil {
		return r, err
	}
	if ctx.Err() != nil {
		return r, fmt.Errorf("no bundle is written: %w", context.Cause(ctx))
	}
	r = Result{Serial: c.Serial, Network: c.Network, Routers: len(c.Routers), Configurations: len(c.Configurations), Missing: missing}
	var text bytes.Buffer
	if err := bundle.Seal(&text, c, s.key, s.recipients...); err != nil {
		return r, fmt.Errorf("no bundle is written: %w", err)
	}
	if err := device.PublishFile(o.out(), text.Bytes()); err != nil {
		return r, err
	}
	r.File = o.out()
	return r, nil
}

func (o *Order) out() string {
	if o.Out != "" {
		return o.Out
	}
	return o.Before.File
}

func (o *Order) sealing(warn func(error)) (s sealing, err error) {
	if s.key, err = bundle.ReadSigner(o.Signer); err != nil {
		return s, err
	}
	if s.recipients, err = o.recipients(); err != nil {
		return s, err
	}
	if _, err := os.Stat(o.Before.File); err != nil {
		return s, nil
	}
	if s.before, _, err = o.Before.Open(); err != nil {
		warn(err)
		return s, nil
	}
	if s.before.Network != o.Plan.Network {
		return s, fmt.Errorf("%s is of the network %s, the plan of %s", o.Before.File, s.before.Network, o.Plan.Network)
	}
	return s, nil
}

func (o *Order) recipients() ([]age.Recipient, error) {
	if o.Recipients != "" {
		text, err := os.ReadFile(o.Recipients)
		if err != nil {
			return nil, err
		}
		return bundle.ParseRecipients(o.Recipients, text)
	}
	if o.Before.Ask == nil {
		return nil, ErrNobodyAsked
	}
	text, err := o.Before.Ask("passphrase of the bundle")
	if err != nil {
		return nil, err
	}
	r, err := bundle.Passphrase(string(text))
	return []age.Recipient{r}, err
}
