//go:build !linux

package frr

import "syscall"

// apart is nothing where there are no namespaces: FRR does not run there either.
func apart() *syscall.SysProcAttr { return nil }
