package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/routegate/routegate/rescue/bundle"
)

// Plan is rescue.yaml. Addresses are literal.
type Plan struct {
	Network    string            `yaml:"network"`
	Keep       int               `yaml:"keep"` // configurations a router; 0: 5
	Credential Credential        `yaml:"credential"`
	Collect    Collect           `yaml:"collect"`
	Routers    map[string]Router `yaml:"routers"`
	Sealing    Sealing           `yaml:"pack"`
	// Snapshot is where a routegate.yaml says what the plan does not (Stated): a folder, or git:REF. Once read: where one was read, "" for nowhere.
	Snapshot string `yaml:"snapshot"`

	File  string   `yaml:"-"` // where it was read; "" where it was not
	Notes []string `yaml:"-"` // what a person should know, and what stops nothing
	text  yaml.Node
}

// Sealing says how the bundle is made where no command line does: after a rollout nobody is there to type one.
type Sealing struct {
	Bundle         string   `yaml:"bundle"`          // the file that is made anew
	Signer         string   `yaml:"signer"`          // the key that signs
	Recipients     string   `yaml:"recipients"`      // the file of who can open it; "": a passphrase
	PassphraseFile string   `yaml:"passphrase-file"` // its first line is the passphrase; "": it is asked for
	Identities     []string `yaml:"identity"`        // what opens the bundle from before; none: the keys of ~/.ssh
	Signers        string   `yaml:"signers"`         // whose signature on it is trusted; "": bundle.SignersFile
}

// Credential are the files of the rescue credential.
type Credential struct {
	CA          string `yaml:"ca"`
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	SSHKey      string `yaml:"ssh-key"`
}

// Collect are the files of who reads configurations from agents: of the role observer or controller.
type Collect struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Router is one router's ways in.
type Router struct {
	Role    string           `yaml:"role"`
	Driver  string           `yaml:"driver"`
	Stage   int              `yaml:"stage"`
	Agent   netip.AddrPort   `yaml:"agent"`
	SSH     *SSH             `yaml:"ssh"`
	Console *SSH             `yaml:"console"`
	Command string           `yaml:"command"`
	Place   string           `yaml:"place"`  // for the runbook: where the machine stands
	Config  string           `yaml:"config"` // for the runbook: what its daemon starts with
	State   string           `yaml:"state"`  // for the runbook: its agent's folder
	Probes  []netip.AddrPort `yaml:"probes"`
}

// SSH is bundle.SSH.
type SSH struct {
	Address  netip.AddrPort `yaml:"address"`
	User     string         `yaml:"user"`
	HostKeys []string       `yaml:"host-keys"`
	Onward   netip.AddrPort `yaml:"onward"`
	Console  string         `yaml:"console"`
}

func (s *SSH) bundle() bundle.SSH {
	if s == nil {
		return bundle.SSH{}
	}
	return bundle.SSH{Address: s.Address, User: s.User, HostKeys: s.HostKeys, Onward: s.Onward, Console: s.Console}
}

// ReadPlan reads rescue.yaml; paths in it are from its folder. Unknown keys and names instead of addresses are refused, and so is what
// contradicts the routegate.yaml that stated reads: of the snapshot that the plan names ("": none). It may know of none (nil).
func ReadPlan(name string, stated func(snapshot string) (*Stated, error)) (*Plan, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p := Plan{File: name}
	if err := yaml.Unmarshal(text, &p.text); err != nil {
		return nil, unreadable(name, err)
	}
	if err := literal(name, "", &p.text); err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(name, err)
	}
	if p.Snapshot != "" && !strings.HasPrefix(p.Snapshot, "git:") && !filepath.IsAbs(p.Snapshot) {
		p.Snapshot = filepath.Join(filepath.Dir(name), p.Snapshot)
	}
	s, err := stated(p.Snapshot)
	if err != nil {
		return nil, err
	}
	if s != nil {
		p.Snapshot = s.Snapshot
		if err := p.fill(s); err != nil {
			return nil, err
		}
	}
	if err := p.whole(); err != nil {
		return nil, err
	}
	if p.Keep <= 0 {
		p.Keep = 5
	}
	for _, f := range p.files() {
		if *f != "" && !filepath.IsAbs(*f) {
			*f = filepath.Join(filepath.Dir(name), *f)
		}
	}
	return &p, nil
}

// unreadable says what yaml has against a plan: the first of it, with its line.
func unreadable(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) && len(wrong.Errors) > 0 {
		text = wrong.Errors[0]
	}
	at := name
	if line, rest, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(line, "line ") {
		at, text = name+":"+strings.TrimPrefix(line, "line "), rest
	}
	if text, _, unknown := strings.Cut(text, " not found in type "); unknown {
		return fmt.Errorf("%s: there is no key %s here (docs/rescue.md has all of them)", at, strings.TrimPrefix(text, "field "))
	}
	return fmt.Errorf("%s: %s (docs/rescue.md has an example)", at, text)
}

// literal is an error where an address is none: yaml's own has no line.
func literal(name, key string, n *yaml.Node) error {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value != "" && slices.Contains([]string{"agent", "address", "onward", "probes"}, key):
		if _, err := netip.ParseAddrPort(n.Value); err != nil {
			return fmt.Errorf("%s:%d: %s: %s is not an address with a port (as in 192.0.2.11:7443 or [2001:db8::1]:7443; names are not resolved)", name, n.Line, key, n.Value)
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := literal(name, n.Content[i].Value, n.Content[i+1]); err != nil {
				return err
			}
		}
	default:
		for _, c := range n.Content {
			if err := literal(name, key, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// files are all the paths that the plan names.
func (p *Plan) files() []*string {
	c, s := &p.Credential, &p.Sealing
	out := []*string{&c.CA, &c.Certificate, &c.Key, &c.SSHKey, &p.Collect.Certificate, &p.Collect.Key, &s.Bundle, &s.Signer, &s.Recipients, &s.PassphraseFile, &s.Signers}
	for i := range s.Identities {
		out = append(out, &s.Identities[i])
	}
	return out
}
