// Package process tells which process listens at a socket of this machine, so that a restart of a daemon shows.
package process

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"syscall"
)

// Listener is the process that listens at a Unix socket, and when it started, in ticks since boot; "" where it cannot be
// seen from here.
func Listener(ctx context.Context, socket string) (pid int, started string, err error) {
	var dial net.Dialer
	c, err := dial.DialContext(ctx, "unix", socket)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, "", err
	}
	var cred *syscall.Ucred
	var inner error
	if err := raw.Control(func(fd uintptr) {
		cred, inner = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return 0, "", err
	}
	if inner != nil {
		return 0, "", inner
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cred.Pid))
	if err != nil {
		return int(cred.Pid), "", nil // of another process namespace: the number alone has to do
	}
	// The command's name may hold blanks; field 22 is counted from behind it.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) > 19 {
		started = fields[19]
	}
	return int(cred.Pid), started, nil
}

// Arguments is the command line of a process; nil where this process may not see it.
func Arguments(pid int) []string {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
}
