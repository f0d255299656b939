package probe

import (
	"errors"
	"syscall"
)

// bindTo ties a socket to an interface (SO_BINDTODEVICE).
func bindTo(c syscall.RawConn, iface string) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = syscall.BindToDevice(int(fd), iface) }); e != nil {
		return e
	}
	return err
}

// unreachable is the kernel's own word that there is no way to the target.
func unreachable(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
}
