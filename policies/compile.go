package policies

import (
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// forbidden are built-in functions that would make a verdict depend on more than the input,
// beside those that OPA itself marks as not deterministic (http.send, time.now_ns,
// opa.runtime, rand.intn, net.lookup_ip_addr ...).
var forbidden = []string{"trace", "rand.", "providers.", "net.lookup"}

// capabilities is what policies may do: OPA's own list without network, clock and chance.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet = []string{}
	var kept []*ast.Builtin
	for _, b := range c.Builtins {
		if b.Nondeterministic || hasPrefix(b.Name, forbidden) {
			continue
		}
		kept = append(kept, b)
	}
	c.Builtins = kept
	return c
})

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// newCompiler knows the input document's fields and the parameters, so that a policy that
// misspells one is refused with its line: Rego itself would take it for "undefined", and say nothing.
func newCompiler(policies []declared) *ast.Compiler {
	schema := ast.NewSchemaSet()
	schema.Put(ast.SchemaRootRef, typeSchema(policies))
	return ast.NewCompiler().WithCapabilities(capabilities()).WithSchemas(schema).WithUseTypeCheckAnnotations(true)
}

// compileModules compiles the library with the user's modules; data must not stand where rules do.
func compileModules(lib *libraryModules, user *userModules, policies []declared, data map[string]any) (*ast.Compiler, error) {
	all := make(map[string]*ast.Module, len(lib.modules)+len(user.modules))
	for name, m := range lib.modules {
		all[name] = m
	}
	for name, m := range user.modules {
		if _, ok := all[name]; ok {
			// Two files of one name would hide one another.
			name = "user:" + name
		}
		all[name] = m
	}
	c := newCompiler(policies).WithPathConflictsCheck(overlaps(data))
	if c.Compile(all); c.Failed() {
		return nil, moduleErrors("policies", c.Errors)
	}
	return c, nil
}
