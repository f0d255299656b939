// Package direct is the way in to a router's agent over the management address: mutual TLS with the credential made for
// rescue. The agent must show a certificate of the bundle's authority that names the router.
package direct

import (
	"context"
	"errors"
	"fmt"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

// Way is rescue.Way.
type Way struct {
	identity agent.Identity
	dial     rescue.Dial
}

var _ rescue.Way = (*Way)(nil)

// New takes the bundle's credential, and what connects; nil: the system.
func New(c bundle.Credential, dial rescue.Dial) *Way {
	return &Way{agent.Identity{CA: c.CA, Certificate: c.Certificate, Key: c.Key}, dial}
}

func (w *Way) target(r bundle.Router) agent.Target {
	return agent.Target{Router: r.Name, Address: r.Agent.Address.String(), Identity: w.identity, Dial: w.dial}
}

// Name is the way's.
const Name = "agent"

func (*Way) Name() string { return Name }

func (*Way) Offered(r bundle.Router) bool { return r.Agent.Address.IsValid() }

// Reach connects and asks for the status, so that who is at the other end is known.
func (w *Way) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	a, err := agent.DialRescue(w.target(r))
	if err != nil {
		return nil, err
	}
	st, err := a.Status(ctx)
	if err == nil && st.Router != "" && st.Router != r.Name {
		err = fmt.Errorf("the agent at %s is that of %s", r.Agent.Address, st.Router)
	}
	if err != nil {
		a.Close()
		if errors.Is(err, device.ErrUnreachable) && ctx.Err() != nil {
			return nil, fmt.Errorf("%s: no answer", r.Agent.Address)
		}
		return nil, err
	}
	return a, nil
}
