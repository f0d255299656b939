package lab

import (
	"os/exec"
	"syscall"
)

// endsWithCaller has the kernel kill a command when the thread that starts it ends: the caller is locked to it (runtime.LockOSThread).
func endsWithCaller(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
