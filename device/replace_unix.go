//go:build unix

package device

import (
	"os"
	"syscall"
)

// Own gives the file the owner and group of another.
func Own(f *os.File, was os.FileInfo) error {
	s, ok := was.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(s.Uid), int(s.Gid))
}
