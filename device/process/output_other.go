//go:build !linux

package process

import "os/exec"

// CombinedOutput is cmd.CombinedOutput; that a program ends with this process needs Linux.
func CombinedOutput(cmd *exec.Cmd) ([]byte, error) { return cmd.CombinedOutput() }
