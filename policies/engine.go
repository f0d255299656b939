// Package policies judges a change: rules in Rego, the library of this folder and
// the user's own, look at one documented document (Input) and give findings.
//
// It sees a network only through that document. A rule that fails, takes too
// long or says something that is not a finding is reported as an error, which the
// gate turns into "unknown": never into silence.
package policies

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Module is one file of Rego.
type Module struct {
	Path string // as it is to be shown: policies/no-bogons.rego
	Text string
}

// Options configure an Engine. The zero value is the library with its defaults.
type Options struct {
	User     []Module          // the user's policies, of a folder and of a bundle; tests (*_test.rego) are left out
	Data     map[string]any    // the data documents of a bundle
	Params   map[string]any    // by parameter name: routegate.yaml policy.params
	ParamsAt []ParamsAt        // the same at some routers: routegate.yaml policy.params-at
	Levels   map[string]string // by policy id: routegate.yaml policy.levels
	Disabled []string          // policy ids
	Timeout  time.Duration     // of one Evaluate; 0: DefaultTimeout
}

// DefaultTimeout bounds one evaluation of every policy. The library takes some
// milliseconds; what takes this long is a user's rule that has gone wrong.
const DefaultTimeout = 20 * time.Second

// Engine holds compiled policies. It is immutable and safe for concurrent use.
type Engine struct {
	policies []*policy // sorted by id
	params   map[string]any
	paramsAt []ParamsAt // checked
	timeout  time.Duration
	digest   string
}

// policy is one compiled policy.
type policy struct {
	meta  Meta
	query rego.PreparedEvalQuery
	plain bool // a conftest rule: a set of sentences instead of findings
}

// New compiles the library and the user's modules. What is wrong with a user's module is a
// ModuleErrors; an unknown parameter, level or policy id is refused with the nearest known one.
func New(ctx context.Context, o Options) (*Engine, error) {
	lib, err := library()
	if err != nil {
		return nil, err
	}
	user, err := parseUser(o.User)
	if err != nil {
		return nil, err
	}
	found, err := user.policies(lib)
	if err != nil {
		return nil, err
	}
	metas := append(append([]declared(nil), lib.policies...), found...)
	sort.Slice(metas, func(i, j int) bool { return metas[i].meta.ID < metas[j].meta.ID })

	params, err := resolveParams(metas, o.Params)
	if err != nil {
		return nil, err
	}
	at, err := resolveParamsAt(metas, o.ParamsAt)
	if err != nil {
		return nil, err
	}
	if err := applySettings(metas, params, o); err != nil {
		return nil, err
	}
	c, err := compileModules(lib, user, metas, o.Data)
	if err != nil {
		return nil, err
	}
	e := &Engine{params: params, paramsAt: at, timeout: o.Timeout, digest: digest(lib, o, params)}
	if e.timeout <= 0 {
		e.timeout = DefaultTimeout
	}
	data := o.Data
	if data == nil {
		data = map[string]any{}
	}
	store := inmem.NewFromObject(data)
	for _, d := range metas {
		p := &policy{meta: d.meta, plain: d.plain}
		if !d.meta.Disabled {
			p.query, err = rego.New(
				rego.Compiler(c),
				rego.Store(store),
				rego.ParsedQuery(ast.NewBody(ast.Equality.Expr(ast.VarTerm("findings"), ast.NewTerm(d.ref)))),
				rego.StrictBuiltinErrors(true),
			).PrepareForEval(ctx)
			if err != nil {
				return nil, fmt.Errorf("policy %s: %w", d.meta.ID, err)
			}
		}
		e.policies = append(e.policies, p)
	}
	return e, nil
}

// Policies describes every policy as it is configured here, sorted by id.
func (e *Engine) Policies() []Meta {
	out := make([]Meta, 0, len(e.policies))
	for _, p := range e.policies {
		out = append(out, p.meta)
	}
	return out
}

// digest names the rules that a verdict was made with: every module, parameter and setting. The user's modules count by what
// they say and by their order, not by their paths: the same policies in a folder and in a bundle are the same rules.
func digest(lib *libraryModules, o Options, params map[string]any) string {
	h := sha256.New()
	field := func(s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }
	byPath := func(in []Module) []Module {
		return slices.SortedStableFunc(slices.Values(in), func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	}
	for _, m := range byPath(lib.texts) {
		field(m.Path)
		field(m.Text)
	}
	for _, m := range byPath(o.User) {
		if !isTest(m.Path) {
			field(m.Text)
		}
	}
	// encoding/json sorts the keys of maps, and these values are JSON already.
	all := []any{params, o.ParamsAt, o.Levels, sorted(o.Disabled)}
	if len(o.Data) > 0 {
		all = append(all, o.Data)
	}
	settings, err := json.Marshal(all)
	if err != nil {
		settings = []byte(err.Error())
	}
	field(string(settings))
	return hex.EncodeToString(h.Sum(nil))
}

func sorted(s []string) []string {
	s = append([]string{}, s...)
	sort.Strings(s)
	return s
}
