package gate

import (
	"context"

	"github.com/routegate/routegate/config"
)

// Addresses are what a routegate.yaml says of where a network is managed.
type Addresses = config.Addresses

// AddressesOf reads them of a snapshot, and nothing else of it.
func AddressesOf(ctx context.Context, where string) (*Addresses, error) {
	return config.ReadAddresses(ctx, where)
}
