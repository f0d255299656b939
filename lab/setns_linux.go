package lab

import "golang.org/x/sys/unix"

// setns moves this thread into a network namespace.
func setns(fd uintptr) error { return unix.Setns(int(fd), unix.CLONE_NEWNET) }
