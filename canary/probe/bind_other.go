//go:build !linux

package probe

import "syscall"

func bindTo(syscall.RawConn, string) error { return errNoBinding }

func unreachable(error) bool { return false }
