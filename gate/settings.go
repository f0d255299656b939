package gate

import (
	"context"
	"fmt"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/policies"
)

// PoliciesOf describes the policies as a snapshot sets them: the library's and its own, or those of rules.
func PoliciesOf(ctx context.Context, where string, rules Rules) ([]policies.Meta, error) {
	s, err := config.Load(ctx, where, config.Options{})
	if err != nil {
		return nil, err
	}
	e, err := newEngine(ctx, rules, s, s)
	if err != nil {
		return nil, err
	}
	return e.Policies(), nil
}

// newEngine compiles the policies that judge a change: the library's, with those of the proposed side or of rules.
func newEngine(ctx context.Context, rules Rules, before, after *config.Snapshot) (*policies.Engine, error) {
	o := policySettings(after)
	if err := rules.into(&o, before, after); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	e, err := policies.New(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return e, nil
}

// policySettings are a snapshot's settings of the policies.
func policySettings(s *config.Snapshot) policies.Options {
	set := s.Network.Env.Policy
	o := policies.Options{Params: set.Params, Levels: set.Levels, Disabled: set.Disabled}
	for _, x := range set.ParamsAt {
		o.ParamsAt = append(o.ParamsAt, policies.ParamsAt{Place: x.Place, Params: x.Params})
	}
	return o
}
