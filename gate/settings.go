package gate

import (
	"context"
	"fmt"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/policies"
)

// PoliciesOf describes the policies as a snapshot sets them: the library's and its own.
func PoliciesOf(ctx context.Context, where string) ([]policies.Meta, error) {
	s, err := config.Load(ctx, where, config.Options{})
	if err != nil {
		return nil, err
	}
	e, err := policies.New(ctx, policySettings(s))
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return e.Policies(), nil
}

// policySettings are a snapshot's own policies and its settings.
func policySettings(s *config.Snapshot) policies.Options {
	set := s.Network.Env.Policy
	o := policies.Options{Params: set.Params, Levels: set.Levels, Disabled: set.Disabled}
	for _, x := range set.ParamsAt {
		o.ParamsAt = append(o.ParamsAt, policies.ParamsAt{Place: x.Place, Params: x.Params})
	}
	for _, f := range s.Policies {
		o.User = append(o.User, policies.Module{Path: f.Path, Text: string(f.Text)})
	}
	return o
}
