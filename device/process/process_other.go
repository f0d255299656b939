//go:build !linux

package process

import (
	"context"
	"errors"
)

// Listener needs Linux.
func Listener(context.Context, string) (pid int, started string, err error) {
	return 0, "", errors.ErrUnsupported
}

// Arguments needs Linux.
func Arguments(int) []string { return nil }
