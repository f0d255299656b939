package frr

import "syscall"

// apart puts a process into a network and a process namespace of its own.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
}
