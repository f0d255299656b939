//go:build !linux

package frr

import (
	"context"
	"errors"
)

// process and modules need Linux, as FRR's vtysh here does.
func process(context.Context, string, string) (pid int, started string, err error) {
	return 0, "", errors.ErrUnsupported
}

func modules(context.Context, string, string) []string { return nil }
