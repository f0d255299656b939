package process

import (
	"os/exec"
	"runtime"
	"syscall"
)

// CombinedOutput is cmd.CombinedOutput of a program that does not outlive this process, also when that is killed with -9:
// half-way through a reload it would go on configuring the daemon, against whoever has come after.
func CombinedOutput(cmd *exec.Cmd) ([]byte, error) {
	// The kernel sends the signal when the thread ends that started the program, not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	return cmd.CombinedOutput()
}
