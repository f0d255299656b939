package policies

import (
	"fmt"
	"maps"
	"strings"
)

// ParamsAt are parameters at some routers.
type ParamsAt struct {
	Place  string         `json:"place"` // a router, or role:, site:, group:
	Params map[string]any `json:"params"`
}

// resolveParamsAt checks the parameters that are set for some routers: only those that are measured at a router can be.
func resolveParamsAt(policies []declared, given []ParamsAt) ([]ParamsAt, error) {
	known, perRouter := map[string]Param{}, map[string]Param{}
	for _, d := range policies {
		for _, p := range d.meta.Params {
			if known[p.Name] = p; p.PerRouter {
				perRouter[p.Name] = p
			}
		}
	}
	var out []ParamsAt
	for _, at := range given {
		x := ParamsAt{Place: at.Place, Params: map[string]any{}}
		for _, name := range sortedKeys(at.Params) {
			p, ok := perRouter[name]
			if _, whole := known[name]; !ok && whole {
				return nil, fmt.Errorf("policy.params-at: %s: %s is measured over the whole network (those of routers: %s)", at.Place, name, strings.Join(sortedKeys(perRouter), ", "))
			}
			if !ok {
				return nil, fmt.Errorf("policy.params-at: %s: %q is no parameter%s", at.Place, name, didYouMean(name, sortedKeys(perRouter)))
			}
			v, err := p.accept(at.Params[name])
			if err != nil {
				return nil, fmt.Errorf("policy.params-at: %s: %w", at.Place, err)
			}
			x.Params[name] = v
		}
		out = append(out, x)
	}
	return out, nil
}

// paramsOfRouters are all parameters at each router for which some are set otherwise: what is said of the router itself goes before
// what is said of its group, that before its site, and that before its role.
func (e *Engine) paramsOfRouters(in *Input) []RouterParams {
	out := map[string]map[string]any{}
	set := func(router string, at *ParamsAt) {
		if out[router] == nil {
			out[router] = maps.Clone(e.params)
		}
		maps.Copy(out[router], at.Params)
	}
	for _, kind := range []string{"role", "site", "group", ""} {
		for i := range e.paramsAt {
			at := &e.paramsAt[i]
			before, name, selects := strings.Cut(at.Place, ":")
			switch {
			case !selects && kind == "":
				set(at.Place, at)
			case selects && kind == before:
				for router, d := range in.Network.Devices {
					if map[string]string{"role": d.Role, "site": d.Site, "group": d.Group}[kind] == name {
						set(router, at)
					}
				}
			}
		}
	}
	list := []RouterParams{}
	for _, router := range sortedKeys(out) {
		list = append(list, RouterParams{Router: router, Params: out[router]})
	}
	return list
}
