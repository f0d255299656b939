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
// deny and warn in package main or policy.
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

// userPackage is every module of one package.
type userPackage struct {
	path    []string
	modules []*ast.Module
}

func (p *userPackage) first() *ast.Module { return p.modules[0] }

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

// rule finds the first rule of a name.
func (p *userPackage) rule(name string) *ast.Rule {
	for _, m := range p.modules {
		for _, r := range m.Rules {
			if ref := r.Head.Ref(); len(ref) > 0 && ref[0].Value.Compare(ast.Var(name)) == 0 {
				return r
			}
		}
	}
	return nil
}

// meta is what the METADATA of any of the package's modules says; nil when there is none.
func (p *userPackage) meta() (*Meta, error) {
	for _, m := range p.modules {
		if meta, err := readMeta(m); meta != nil || err != nil {
			return meta, err
		}
	}
	return nil, nil
}

func (p *userPackage) policies() ([]declared, *ModuleError) {
	if r := p.rule("findings"); r != nil {
		meta, err := p.meta()
		if err != nil {
			return nil, err.(*ModuleError)
		}
		if meta == nil {
			return nil, moduleError(r.Loc(), "findings without METADATA",
				"write `# METADATA` with title and custom: {level: hard, scope: change} above `package`")
		}
		meta.ID, meta.File, meta.User = idOf(p.path), r.Loc().File, true
		meta.Page = meta.Description
		return []declared{{meta: *meta, ref: setOf(p.first(), "findings")}}, nil
	}
	if name := strings.Join(p.path, "."); name != "main" && name != "policy" {
		return nil, nil
	}
	var out []declared
	for _, c := range []struct{ rule, level string }{{"deny", "hard"}, {"warn", "advisory"}} {
		r := p.rule(c.rule)
		if r == nil {
			continue
		}
		m := Meta{
			ID: idOf(append(append([]string{}, p.path...), c.rule)), Title: c.rule + " of package " + p.path[0],
			Level: c.level, Scope: "change", Needs: []string{}, Outages: []string{}, Params: []Param{},
			File: r.Loc().File, User: true,
		}
		out = append(out, declared{meta: m, ref: setOf(p.first(), c.rule), plain: true})
	}
	return out, nil
}
