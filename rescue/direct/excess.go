package direct

import (
	"context"
	"errors"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue/bundle"
)

// Excess is what the credential may do there beyond what a rescue needs: none is as it should be. What it asks for makes no
// sense on purpose, so that nothing happens where the agent does not refuse the role.
func (w *Way) Excess(ctx context.Context, r bundle.Router) ([]string, error) {
	a, err := agent.Dial(ctx, w.target(r))
	if err != nil {
		return nil, err
	}
	defer a.Close()
	var out []string
	_, arm := a.Arm(ctx, device.Order{})
	_, read := a.Running(ctx)
	for _, x := range []struct {
		what string
		err  error
	}{{"may arm a change", arm}, {"may read the running configuration, with its passwords", read}} {
		var refusal *device.Refusal
		switch {
		case errors.Is(x.err, device.ErrUnreachable):
			return out, x.err
		case !errors.As(x.err, &refusal) || refusal.Code != device.RefusedRole:
			out = append(out, x.what)
		}
	}
	return out, nil
}
