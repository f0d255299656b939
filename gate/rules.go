package gate

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// Rules are the user's policies where they do not come from the proposed snapshot. The zero value takes those of the snapshot.
type Rules struct {
	// Policies is a folder or an OPA bundle, which stand in place of the snapshot's own; "": the snapshot's.
	Policies string
	// Keys are files with public keys. With one, only bundles that one of them has signed are taken, whatever routegate.yaml says.
	Keys []string
}

// trust is what signatures are verified with, and whether anything without one is taken.
type trust struct {
	keys []policies.Key
	only bool
	why  string // what asks for signatures
}

// into reads the user's policies and verifies them.
func (r Rules) into(o *policies.Options, before, after *config.Snapshot) error {
	t, err := r.trust(before, after)
	if err != nil {
		return err
	}
	files, bundle := after.Policies, after.Bundle
	if r.Policies != "" {
		if files, bundle, err = readPolicies(r.Policies); err != nil {
			return err
		}
	}
	for _, f := range files {
		if t.only {
			return fmt.Errorf("%s: not signed, and %s (a bundle carries a signature: routegate policy pack DIR -o FILE --sign-key KEY.pem)", f.Path, t.why)
		}
		o.User = append(o.User, policies.Module{Path: f.Path, Text: string(f.Text)})
	}
	if bundle == nil {
		return nil
	}
	b, err := policies.ReadBundle(bundle.Path, bundle.Text, t.keys)
	if err != nil {
		return err
	}
	o.User, o.Data = append(o.User, b.Modules...), b.Data
	return nil
}

// trust is what the side that runs asks for, where it asks for anything: a change must not bring the key along that its own rules
// are verified with, nor take the demand away that it is judged under.
func (r Rules) trust(before, after *config.Snapshot) (trust, error) {
	was, is := &before.Network.Env.Policy, &after.Network.Env.Policy
	t := trust{why: environmentKey + " takes signed policies only (policy.signed-only)"}
	if len(r.Keys) > 0 {
		t.only, t.why = true, "--policies-key takes signed policies only"
		for _, file := range r.Keys {
			text, err := os.ReadFile(file)
			if err != nil {
				return t, fmt.Errorf("--policies-key: %w", err)
			}
			k, err := policies.NewKey(filepath.Base(file), "", text)
			if err != nil {
				return t, fmt.Errorf("--policies-key %s: %w", file, err)
			}
			t.keys = append(t.keys, k)
		}
		return t, nil
	}
	t.only = was.SignedOnly || is.SignedOnly
	from := is.Keys
	if len(was.Keys) > 0 {
		from = was.Keys
	}
	for _, k := range from {
		key, err := newKey(k)
		if err != nil {
			return t, err
		}
		t.keys = append(t.keys, key)
	}
	return t, nil
}

const environmentKey = "routegate.yaml"

func newKey(k network.PolicyKey) (policies.Key, error) {
	key, err := policies.NewKey(k.ID, k.Algorithm, []byte(k.PEM))
	if err != nil {
		return key, fmt.Errorf("%s:%d: policy.keys: key %s (%s): %w", k.Span.File, k.Span.First, k.ID, k.File, err)
	}
	return key, nil
}

// readPolicies reads a folder or a bundle of this machine.
func readPolicies(name string) ([]config.PolicyFile, *config.PolicyFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("--policies: %w", err)
	}
	if !info.IsDir() {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("--policies: %w", err)
		}
		return nil, &config.PolicyFile{Path: filepath.ToSlash(name), Text: text}, nil
	}
	modules, err := policies.ReadDir(name)
	if err != nil {
		return nil, nil, fmt.Errorf("--policies: %w", err)
	}
	var files []config.PolicyFile
	for _, m := range modules {
		files = append(files, config.PolicyFile{Path: m.Path, Text: []byte(m.Text)})
	}
	return files, nil, nil
}
