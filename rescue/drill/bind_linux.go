package drill

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// bind is SO_BINDTODEVICE (socket(7)).
func (m *Management) bind(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) {
		err = os.NewSyscallError("binding a socket to "+m.name, unix.BindToDevice(int(fd), m.name))
	}); e != nil {
		return e
	}
	return err
}
