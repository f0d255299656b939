package policies

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// userPackage is every module of one package.
type userPackage struct {
	path    []string
	modules []*ast.Module
}

func (p *userPackage) first() *ast.Module { return p.modules[0] }

// rules are the first rules of every name that holds.
func (p *userPackage) rules(holds func(name string) bool) (out []*ast.Rule) {
	seen := map[string]bool{}
	for _, m := range p.modules {
		for _, r := range m.Rules {
			if name := ruleName(r); !seen[name] && holds(name) {
				seen[name] = true
				out = append(out, r)
			}
		}
	}
	return out
}

func ruleName(r *ast.Rule) string {
	if ref := r.Head.Ref(); len(ref) > 0 {
		if name, ok := ref[0].Value.(ast.Var); ok {
			return string(name)
		}
	}
	return ""
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

// conftest are the names of conftest's rules; those that warn refuse nothing.
var conftest = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// policies are the package's set of findings, with METADATA, and conftest's rules, each a policy by itself.
func (p *userPackage) policies() ([]declared, *ModuleError) {
	findings := p.rules(func(name string) bool { return name == "findings" })
	sentences := p.rules(conftest.MatchString)
	var out []declared
	if len(findings) > 0 {
		own, err := p.own(findings[0])
		if err != nil {
			return nil, err
		}
		out = own
	} else if len(sentences) == 0 {
		return nil, p.neverAsked()
	}
	for _, r := range sentences {
		if len(r.Head.Args) > 0 {
			continue // a function
		}
		d, err := p.sentences(r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// sentences is a policy in conftest's manner: a set of texts, or of objects with msg.
func (p *userPackage) sentences(r *ast.Rule) (declared, *ModuleError) {
	if err := p.withoutState(); err != nil {
		return declared{}, err
	}
	name, level := ruleName(r), "hard"
	if r.Head.RuleKind() != ast.MultiValue {
		return declared{}, moduleError(r.Loc(), fmt.Sprintf("%s is not a set, and would refuse nothing", name), fmt.Sprintf("write `%s contains msg if { ... }`", name))
	}
	if strings.HasPrefix(name, "warn") {
		level = "advisory"
	}
	m := Meta{
		ID: idOf(append(append([]string{}, p.path...), name)), Title: name + " of package " + strings.Join(p.path, "."),
		Level: level, Scope: "change", Needs: []string{}, Outages: []string{}, Params: []Param{},
		File: r.Loc().File, User: true,
	}
	return declared{meta: m, ref: setOf(p.first(), name), plain: true}, nil
}

// own is a policy in the library's manner.
func (p *userPackage) own(r *ast.Rule) ([]declared, *ModuleError) {
	meta, err := p.meta()
	if err != nil {
		return nil, err.(*ModuleError)
	}
	if meta == nil {
		return nil, moduleError(r.Loc(), "findings without METADATA",
			"write `# METADATA` with title and custom: {level: hard, scope: change} above `package`")
	}
	if meta.Scope == "change" {
		if err := p.withoutState(); err != nil {
			return nil, err
		}
	}
	meta.ID, meta.File, meta.User = idOf(p.path), r.Loc().File, true
	meta.Page = meta.Description
	return []declared{{meta: *meta, ref: setOf(p.first(), "findings")}}, nil
}

// neverAsked refuses what looks like a policy and is none: it would find nothing, and say nothing.
func (p *userPackage) neverAsked() *ModuleError {
	for _, m := range p.modules {
		for _, a := range m.Annotations {
			if _, level := a.Custom["level"]; a.Scope == "package" && level {
				return moduleError(m.Package.Location, "METADATA of a policy, and no rule `findings` in its package", "write `findings contains f if { ... }`")
			}
		}
	}
	return nil
}

// withoutState refuses input.state where there is none: what asks for it would find nothing.
func (p *userPackage) withoutState() *ModuleError {
	var at *ast.Location
	for _, m := range p.modules {
		ast.WalkTerms(m, func(x *ast.Term) bool {
			ref, ok := x.Value.(ast.Ref)
			if ok && at == nil && len(ref) > 1 && ref[0].Equal(ast.InputRootDocument) && ref[1].Equal(ast.StringTerm("state")) {
				at = x.Location
			}
			return false
		})
	}
	if at == nil {
		return nil
	}
	return moduleError(at, "input.state is there in policies of scope state only", "ask input.before and input.after, or set custom.scope to state")
}
