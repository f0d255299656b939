package policies

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Every rule is a folder: policy.rego, policy_test.rego, and README.md, its page.
//
//go:embed */*.rego */*/*.rego */*/README.md
var files embed.FS

// declared is one policy before it is compiled.
type declared struct {
	meta  Meta
	ref   ast.Ref // of its set of findings
	plain bool
}

// libraryModules are the embedded modules, parsed once.
type libraryModules struct {
	modules  map[string]*ast.Module
	texts    []Module
	tests    []Module // parsed only when they are run
	policies []declared
}

// library parses the embedded modules; an error is a defect of the library itself.
var library = sync.OnceValues(func() (*libraryModules, error) {
	l := &libraryModules{modules: map[string]*ast.Module{}}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".rego" {
			return err
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		return l.add(name, string(text))
	})
	if err != nil {
		return nil, fmt.Errorf("policy library: %w", err)
	}
	return l, nil
})

func (l *libraryModules) add(name, text string) error {
	shown := "policies/" + name
	if isTest(name) {
		l.tests = append(l.tests, Module{Path: shown, Text: text})
		return nil
	}
	m, err := parseModule(Module{Path: shown, Text: text})
	if err != nil {
		return err
	}
	l.modules[shown] = m
	l.texts = append(l.texts, Module{Path: shown, Text: text})
	meta, err := readMeta(m)
	if err != nil || meta == nil {
		return err // a module without METADATA is a helper
	}
	folder := path.Dir(name)
	page, err := files.ReadFile(folder + "/README.md")
	if err != nil {
		return err
	}
	meta.ID, meta.File, meta.Page = idOf(pathOf(m)), shown, string(page)
	if meta.ID != folder {
		return fmt.Errorf("%s: package %s is not in folder %s", shown, m.Package.Path, meta.ID)
	}
	l.policies = append(l.policies, declared{meta: *meta, ref: setOf(m, "findings")})
	return nil
}

// Library describes the embedded policies with their defaults, sorted by id.
func Library() []Meta {
	l, err := library()
	if err != nil {
		return nil // a defect of the build, which New reports and a test keeps out
	}
	var out []Meta
	for _, d := range l.policies { // in the order of folders, which is that of ids
		out = append(out, d.meta)
	}
	return out
}

// setOf refers to one rule of a module's package.
func setOf(m *ast.Module, rule string) ast.Ref {
	return m.Package.Path.Append(ast.StringTerm(rule))
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.rego") }

// parseModule reads Rego v1 with its annotations.
func parseModule(m Module) (*ast.Module, error) {
	parsed, err := ast.ParseModuleWithOpts(m.Path, m.Text, ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      capabilities(),
	})
	if err != nil {
		return nil, moduleErrors(m.Path, err)
	}
	if parsed == nil {
		return nil, ModuleErrors{{File: m.Path, Message: "the module is empty", Hint: "it needs at least a package"}}
	}
	return parsed, nil
}
