package policies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Meta describes one policy. It is read from the METADATA of its package.
type Meta struct {
	ID          string   `json:"id"` // group/name
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Level       string   `json:"level"`   // shadow, advisory, soft, hard or unknown: the highest that its findings have
	Scope       string   `json:"scope"`   // state: both sides are judged and compared; change: the step itself is judged
	Needs       []string `json:"needs"`   // what must be said for it to apply: owned, relations, protect, management, failures, demands, capacity (of protect), rpki, flowspec, services in routegate.yaml; intent; waivers
	Outages     []string `json:"outages"` // exhibits of the museum that it answers
	Params      []Param  `json:"params"`
	Page        string   `json:"page"` // its manual page, Markdown
	File        string   `json:"file"` // where it is written
	User        bool     `json:"user"` // beside the library
	Disabled    bool     `json:"disabled"`
}

// Param is one parameter that policies read from input.params.
type Param struct {
	Name        string      `json:"name"`
	Default     any         `json:"default"` // a number, a boolean, a text or a list of texts
	Unit        string      `json:"unit,omitempty"`
	Range       *[2]float64 `json:"range,omitempty"`      // of a number, both ends included
	PerRouter   bool        `json:"per_router,omitempty"` // it may be set for some routers (policy.params-at); policies read it with lib.params_of
	Description string      `json:"description"`
	Value       any         `json:"value"` // in effect
}

// Levels, from the mildest. "unknown" says that the gate cannot know, which it treats as a
// refusal that no policy gave.
var levelRank = map[string]int{"shadow": 0, "advisory": 1, "soft": 2, "unknown": 3, "hard": 4}

var levelNames = []string{"shadow", "advisory", "soft", "unknown", "hard"}

var knownNeeds = []string{"capacity", "demands", "failures", "flowspec", "intent", "management", "owned", "protect", "relations", "rpki", "services", "waivers"}

// custom is METADATA custom: of a policy's package.
type custom struct {
	Level   string   `json:"level"`
	Scope   string   `json:"scope"`
	Needs   []string `json:"needs"`
	Outages []string `json:"outages"`
	Params  []Param  `json:"params"`
}

// readMeta gives what the METADATA of a module's package says; nil when it has none.
func readMeta(m *ast.Module) (*Meta, error) {
	for _, a := range m.Annotations {
		if a.Scope != "package" {
			continue
		}
		meta, err := decodeMeta(a)
		if err != nil {
			return nil, moduleError(a.Location, "METADATA: "+err.Error(),
				"title, description and custom: {level, scope} are needed; needs, outages and params may follow")
		}
		return meta, nil
	}
	return nil, nil
}

func decodeMeta(a *ast.Annotations) (*Meta, error) {
	raw, err := json.Marshal(a.Custom)
	if err != nil {
		return nil, err
	}
	var c custom
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("custom: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if a.Title == "" {
		return nil, errors.New("no title")
	}
	if err := oneOf("custom.level", c.Level, levelNames); err != nil {
		return nil, err
	}
	if err := oneOf("custom.scope", c.Scope, []string{"state", "change"}); err != nil {
		return nil, err
	}
	for _, n := range c.Needs {
		if err := oneOf("custom.needs", n, knownNeeds); err != nil {
			return nil, err
		}
	}
	for i := range c.Params {
		if err := c.Params[i].check(); err != nil {
			return nil, err
		}
	}
	return &Meta{
		Title: a.Title, Description: strings.TrimSpace(a.Description), Level: c.Level, Scope: c.Scope,
		Needs: sorted(c.Needs), Outages: sorted(c.Outages), Params: append([]Param{}, c.Params...),
	}, nil
}

func oneOf(what, got string, known []string) error {
	for _, k := range known {
		if got == k {
			return nil
		}
	}
	if got == "" {
		return fmt.Errorf("%s is missing: one of %s", what, strings.Join(known, ", "))
	}
	return fmt.Errorf("%s %q is not one of %s", what, got, strings.Join(known, ", "))
}

// idOf makes group/name of a package path; the library's and the user's root are left out.
func idOf(pkg []string) string {
	if len(pkg) > 1 && pkg[0] == "routegate" {
		pkg = pkg[1:]
	}
	return strings.ReplaceAll(strings.Join(pkg, "/"), "_", "-")
}

// pathOf is the path of a package without the leading data.
func pathOf(m *ast.Module) []string {
	var out []string
	for _, t := range m.Package.Path[1:] {
		if s, ok := t.Value.(ast.String); ok {
			out = append(out, string(s))
		}
	}
	return out
}
