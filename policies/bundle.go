package policies

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
)

// maxBundleFile bounds one file of a bundle, in bytes.
const maxBundleFile = 16 << 20

// Bundle is what policies need of an OPA bundle: a gzipped tar archive of modules and data, as Pack and `opa build` make it.
type Bundle struct {
	Modules []Module       // sorted by path: the bundle's name, then the path in it; tests are left out
	Data    map[string]any // the bundle's data.json and data.yaml documents: what rules see as data
	Signed  bool           // by one of the keys that ReadBundle was given
}

// ReadBundle reads a bundle; name is how errors and findings call it. With keys its signature must be by one of them and cover every
// file (bundle.VerificationConfig); a signed bundle without a key to verify it with is refused. What is wrong is a *ModuleError, or a
// ModuleErrors where it is Rego.
func ReadBundle(name string, text []byte, keys []Key) (*Bundle, error) {
	if len(text) == 0 {
		return nil, bundleError(name, "the bundle is empty", howToPack)
	}
	reader := bundle.NewReader(bytes.NewReader(text)).WithRegoVersion(ast.RegoV1).WithProcessAnnotations(true).WithSizeLimitBytes(maxBundleFile)
	if len(keys) > 0 {
		reader = reader.WithBundleVerificationConfig(verification(keys))
	}
	b, err := reader.Read()
	if err != nil {
		return nil, readError(name, err, keys)
	}
	if b.Type() != bundle.SnapshotBundleType {
		return nil, bundleError(name, "it is a delta bundle: a patch, not policies", howToPack)
	}
	if len(b.WasmModules) > 0 || len(b.PlanModules) > 0 {
		return nil, bundleError(name, "it is compiled (wasm or plan): policies are read as Rego", "opa build --target rego, which is the default")
	}
	out := &Bundle{Data: b.Data, Signed: len(keys) > 0}
	for _, m := range b.Modules {
		if !isTest(m.Path) {
			out.Modules = append(out.Modules, Module{Path: path.Join(name, m.Path), Text: string(m.Raw)})
		}
	}
	if len(out.Modules) == 0 {
		return nil, bundleError(name, "no .rego file in it", howToPack)
	}
	slices.SortFunc(out.Modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

const howToPack = "routegate policy pack DIR -o FILE makes a bundle, and so does opa build"

// readError says which of the things that can be wrong with a bundle it is, in OPA's words where those say more.
func readError(name string, err error, keys []Key) error {
	if list := moduleErrors(name, err); list[0].Line > 0 {
		for _, e := range list {
			e.File = path.Join(name, e.File)
		}
		return list
	}
	said := err.Error()
	is := func(text string) bool { return strings.Contains(said, text) }
	switch {
	case is("missing .signatures.json"), is("missing JWT"):
		return bundleError(name, "the bundle is not signed, and a key is set that must have signed it", "routegate policy pack DIR -o FILE --sign-key KEY.pem")
	case is("verification key not provided"):
		return bundleError(name, "the bundle is signed, and no key is set to verify it with", "policy.keys in routegate.yaml, or --policies-key FILE")
	case is("failed to verify JWT signature"):
		return bundleError(name, "the signature is not by "+keyNames(keys)+": another key or another algorithm signed it, or somebody altered it", "")
	case is("verification key corresponding to ID"), is("verification key ID is empty"):
		return bundleError(name, fmt.Sprintf("the signature names none of the keys that are set (%s): %s", keyNames(keys), said), "")
	case is("digest mismatch"), is("not included in bundle signature"), is("not found in the target bundle"):
		return bundleError(name, "the bundle is not what was signed: "+said, "somebody altered it after it was signed; take it from where it was made")
	case is("archive read failed"), is("unexpected EOF"), is("bundle read failed"), is("gzip"):
		return bundleError(name, "not a whole gzipped tar archive: "+said, howToPack)
	}
	return bundleError(name, "not a bundle that can be read: "+said, howToPack)
}

func bundleError(name, message, hint string) *ModuleError {
	return &ModuleError{File: name, Message: strings.ReplaceAll(message, "\n", " "), Hint: hint}
}

// overlaps are the places where a bundle's data would stand under a package of rules, which OPA's compiler then refuses.
func overlaps(data map[string]any) func(at []string) (bool, error) {
	return func(at []string) (bool, error) {
		var v any = data
		for _, key := range at {
			m, ok := v.(map[string]any)
			if !ok {
				return v != nil, nil
			}
			if v, ok = m[key]; !ok {
				return false, nil
			}
		}
		return true, nil
	}
}
