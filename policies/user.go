package policies

import (
	"fmt"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// userModules are the modules beside the library, by path.
type userModules struct {
	modules map[string]*ast.Module
	order   []string
}

func parseUser(in []Module) (*userModules, error) {
	u := &userModules{modules: map[string]*ast.Module{}}
	var errs ModuleErrors
	for _, m := range in {
		if isTest(m.Path) {
			continue
		}
		parsed, err := parseModule(m)
		if err != nil {
			errs = append(errs, err.(ModuleErrors)...)
			continue
		}
		if err := ownPackage(parsed); err != nil {
			errs = append(errs, err)
			continue
		}
		if u.modules[m.Path] != nil {
			errs = append(errs, &ModuleError{File: m.Path, Message: "two modules of this path, in a folder and in a bundle", Hint: "name the bundle otherwise"})
			continue
		}
		u.modules[m.Path] = parsed
		u.order = append(u.order, m.Path)
	}
	sort.Strings(u.order)
	return u, errs.orNil()
}

// ownPackage refuses modules that would add to the library's own rules: a second `findings` or a
// second helper of the same name would change what the library says.
func ownPackage(m *ast.Module) *ModuleError {
	p := pathOf(m)
	if len(p) == 0 || p[0] != "routegate" || len(p) > 2 && p[1] == "user" {
		return nil
	}
	return moduleError(m.Package.Location, fmt.Sprintf("package %s belongs to the library", strings.Join(p, ".")),
		"use routegate.user."+p[len(p)-1])
}

// policies finds the rules that are policies: a set of findings with METADATA, or conftest's
// rules in any package.
func (u *userModules) policies(lib *libraryModules) ([]declared, error) {
	taken := map[string]string{}
	for _, d := range lib.policies {
		taken[d.meta.ID] = d.meta.File
	}
	var out []declared
	var errs ModuleErrors
	for _, pkg := range u.packages() {
		found, err := pkg.policies()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, d := range found {
			if file, ok := taken[d.meta.ID]; ok {
				errs = append(errs, moduleError(pkg.first().Package.Location,
					fmt.Sprintf("policy %s exists already (%s)", d.meta.ID, file), "name the package otherwise"))
				continue
			}
			taken[d.meta.ID] = d.meta.File
			out = append(out, d)
		}
	}
	return out, errs.orNil()
}

func (u *userModules) packages() []*userPackage {
	var out []*userPackage
	byPath := map[string]*userPackage{}
	for _, name := range u.order {
		m := u.modules[name]
		key := m.Package.Path.String()
		p := byPath[key]
		if p == nil {
			p = &userPackage{path: pathOf(m)}
			byPath[key] = p
			out = append(out, p)
		}
		p.modules = append(p.modules, m)
	}
	return out
}
