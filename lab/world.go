// Package lab boots a snapshot as a real network on this machine: one network
// namespace a router, the real daemons in them, and speakers for the outside that
// send what routegate.yaml announces. It reads back what the daemons decided and
// compares that with what package routing predicts.
//
// It needs Linux and root. Everything lives in a private world (network, mount and
// process namespaces of its own, below unshare), which the kernel clears away when
// its first process ends, whatever happens.
package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
)

// inside marks a process that runs in a private world.
const inside = "ROUTEGATE_LAB_WORLD"

// Inside reports whether this process is in a private world already.
func Inside() bool { return os.Getenv(inside) == "1" }

// Missing says in one line what this machine lacks for a lab; "" when nothing.
func Missing() string {
	switch {
	case runtime.GOOS != "linux":
		return "a lab needs Linux network namespaces; this is " + runtime.GOOS
	case os.Geteuid() != 0:
		return "a lab needs root (network namespaces); run it with sudo"
	}
	var absent []string
	for _, tool := range []string{"unshare", "ip", "vtysh", daemonDir + "/bgpd"} {
		if _, err := exec.LookPath(tool); err != nil {
			absent = append(absent, tool)
		}
	}
	if len(absent) > 0 {
		return "a lab needs " + strings.Join(absent, ", ") + " (Debian: apt-get install frr iproute2 util-linux)"
	}
	return ""
}

// Enter runs this program again, with the same arguments, inside a private world and returns
// its exit code. Call it first thing, when Inside reports false. Output and input are shared. The world ends with this process, killed or not.
func Enter() (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 2, fmt.Errorf("lab: own executable: %w", err)
	}
	args := append([]string{"-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", self}, os.Args[1:]...)
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	endsWithCaller(cmd)
	// An interrupt reaches the program inside as well, and ends it: this one waits for that.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	}
	return 2, fmt.Errorf("lab: private world: %w", err)
}

// furnishing: several labs of one world may come up at once, and it is furnished once.
var furnishing sync.Mutex

// furnish mounts the private world's own run-time folders, once a process.
func furnish() error {
	furnishing.Lock()
	defer furnishing.Unlock()
	if !Inside() {
		return errors.New("lab: not in a private world; call Enter first")
	}
	for _, dir := range []string{"/run/netns", "/run/frr"} {
		if mounted(dir) {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("lab: %w", err)
		}
		if out, err := exec.Command("mount", "-t", "tmpfs", "tmpfs", dir).CombinedOutput(); err != nil {
			return fmt.Errorf("lab: mount %s: %w: %s", dir, err, out)
		}
	}
	return nil
}

func mounted(dir string) bool {
	text, err := os.ReadFile("/proc/self/mounts")
	return err == nil && strings.Contains(string(text), "tmpfs "+dir+" tmpfs")
}
