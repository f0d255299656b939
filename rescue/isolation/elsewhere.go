//go:build !linux

package isolation

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
)

var errElsewhere = errors.New(runtime.GOOS + " has none")

// Run runs nothing: the error is an *ImpossibleError.
func Run(context.Context, Options) (exit int, err error) { return 0, &ImpossibleError{errElsewhere} }

// Inside is nil.
func Inside() (*Network, error) { return nil, nil }

// Declare is of no process here.
func (*Network) Declare(netip.AddrPort) (refused string, err error) { return "", errElsewhere }

// Dial is of no process here.
func (*Network) Dial(context.Context, netip.AddrPort) (net.Conn, error) { return nil, errElsewhere }
