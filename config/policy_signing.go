package config

import (
	"context"
	"fmt"

	"github.com/routegate/routegate/network"
)

// policySigning reads the bundle of policies, and the keys that it is verified with. Whether it is one, and whether the signature
// holds, the gate says: here are bytes.
func (r *reader) policySigning(ctx context.Context, src source, p *network.PolicySettings) {
	d := r.doc.Policy
	p.SignedOnly = d.SignedOnly
	if d.Bundle != "" {
		if file, text, ok := r.file(ctx, src, "policy.bundle", d.Bundle, maxFile); ok {
			p.Bundle, r.bundle = file, &PolicyFile{Path: file, Text: text}
		}
	}
	seen := map[string]bool{}
	for i, x := range d.Keys {
		at := fmt.Sprintf("policy.keys[%d]", i)
		switch {
		case x.ID == "":
			r.fail(at, "as in {id: acme, file: keys/acme.pem}", "a key needs an id")
			continue
		case seen[x.ID]:
			r.fail(at+".id", "", "key %s is there twice", x.ID)
			continue
		case x.File == "":
			r.fail(at, "as in {id: acme, file: keys/acme.pem}", "key %s: no file is named", x.ID)
			continue
		}
		seen[x.ID] = true
		if file, text, ok := r.file(ctx, src, at+".file", x.File, maxKey); ok {
			p.Keys = append(p.Keys, network.PolicyKey{ID: x.ID, Algorithm: x.Algorithm, File: file, PEM: string(text), Span: r.span(at)})
		}
	}
	if p.SignedOnly && len(d.Keys) == 0 {
		r.fail("policy.signed-only", "policy.keys: [{id: acme, file: keys/acme.pem}]", "no key is set that policies could be signed with")
	}
}

// maxKey bounds a file with a public key or a certificate.
const maxKey = 64 << 10
