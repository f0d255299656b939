package frr

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"syscall"
)

// process is the process that listens at a daemon's vty socket, and when it started, in ticks since boot.
func process(ctx context.Context, folder, name string) (pid int, started string, err error) {
	var dial net.Dialer
	c, err := dial.DialContext(ctx, "unix", filepath.Join(folder, name+".vty"))
	if err != nil {
		return 0, "", fmt.Errorf("%s: %w: %w", name, errSilent, err)
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

// modules are the -M options that a daemon was started with: bgpd takes BMP's commands only with its module.
func modules(ctx context.Context, folder, name string) (args []string) {
	pid, _, err := process(ctx, folder, name)
	if err != nil {
		return nil
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil
	}
	words := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	for i, w := range words {
		if (w == "-M" || w == "--module") && i+1 < len(words) && !strings.ContainsAny(words[i+1], " \t") {
			args = append(args, "-M", words[i+1])
		}
	}
	return args
}
