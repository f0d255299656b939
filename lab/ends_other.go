//go:build !linux

package lab

import "os/exec"

func endsWithCaller(*exec.Cmd) {}
