//go:build !linux

package drill

import (
	"errors"
	"syscall"
)

func (m *Management) bind(_, _ string, _ syscall.RawConn) error {
	return errors.New("binding a socket to " + m.name + " needs Linux")
}
