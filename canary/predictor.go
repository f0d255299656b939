package canary

import (
	"context"

	"github.com/routegate/routegate/device"
)

// Predictor knows what the network would do: the gate's simulation, seen from here.
type Predictor interface {
	// Predict is what routers should decide while the routers in applied run the proposed configuration and all others
	// the one from before: one Observation for each router asked for. An error says that the simulation knows no answer
	// (it does not converge, say): then nothing may be confirmed on it.
	Predict(ctx context.Context, applied, routers []string) (map[string]device.Observation, error)
	// Loses is what the protected prefixes would lose if all routers of the wave were gone at once, while those in applied
	// run the proposed configuration: one sentence for each loss, none where all survive.
	Loses(ctx context.Context, applied, wave []string) ([]string, error)
}
