package labtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// StartAgent starts a router's agent as a process in the router's namespace, where none runs.
func (m *Managed) StartAgent(router string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.agents[router]
	if g.process != nil {
		return nil
	}
	command := []string{m.program, "agent", "--config", filepath.Join(g.dir, "agent.yaml")}
	if g.boots > 0 {
		command = append(g.machine(), command...)
	}
	cmd, err := m.Lab.Command(router, command...)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(g.dir, "agent.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	g.process = cmd
	return nil
}

// KillAgent ends a router's agent as kill -9 does, and returns when it is gone.
func (m *Managed) KillAgent(router string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.agents[router]
	if g.process == nil {
		return nil
	}
	err := g.process.Process.Kill()
	_ = g.process.Wait()
	g.process = nil
	return err
}

// StallAgent has a router's agent stand still, as on a machine that is overloaded, or go on.
func (m *Managed) StallAgent(router string, stall bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.agents[router]
	if g.process == nil {
		return nil
	}
	return g.process.Process.Signal(stalls[stall])
}

var stalls = map[bool]syscall.Signal{true: syscall.SIGSTOP, false: syscall.SIGCONT}

// StallDaemon does the same to its routing daemon.
func (m *Managed) StallDaemon(router string, stall bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Lab.Signal(router, m.daemon(router), stalls[stall])
}

// daemon is the router's routing daemon: bgpd, gobgpd or bird.
func (m *Managed) daemon(router string) string {
	return map[string]string{"frr": "bgpd", "gobgp": "gobgpd", "bird": "bird"}[m.Plan.Net.Router(router).Dialect]
}

// AgentLog is what a router's agent wrote to its log, for a test that fails.
func (m *Managed) AgentLog(router string) string {
	text, err := os.ReadFile(filepath.Join(m.agents[router].dir, "agent.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// machine makes what it starts see a machine that has booted anew: another boot id, and a clock since boot that began a few
// seconds ago.
func (g *guard) machine() []string {
	up := "0"
	if text, err := os.ReadFile("/proc/uptime"); err == nil {
		up, _, _ = strings.Cut(string(text), ".")
	}
	since, _ := strconv.Atoi(up)
	return []string{"unshare", "-m", "-T", "--boottime", strconv.Itoa(20 - since), "sh", "-c",
		fmt.Sprintf(`mount --bind '%s' /proc/sys/kernel/random/boot_id && exec "$@"`, filepath.Join(g.dir, "boot-id")), "sh"}
}

// KillDaemon ends the routing daemon of a router (bgpd, gobgpd or bird) as kill -9 does.
func (m *Managed) KillDaemon(router string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Lab.Kill(router, m.daemon(router))
}

// StartDaemons starts what does not run of a router's daemons, from the files on its disk.
func (m *Managed) StartDaemons(ctx context.Context, router string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Lab.StartAgain(ctx, router)
}

// PowerOff ends everything on a router at once. Its next agent finds another boot id, and a clock that began anew.
func (m *Managed) PowerOff(ctx context.Context, router string) error {
	if err := m.KillAgent(router); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.agents[router]
	g.boots++
	if err := os.WriteFile(filepath.Join(g.dir, "boot-id"), []byte(rand.Text()+"\n"), 0o600); err != nil {
		return err
	}
	return m.Lab.PowerOff(ctx, router)
}

// PowerOn boots a router: its daemons from the files on its disk, and its agent.
func (m *Managed) PowerOn(ctx context.Context, router string) error {
	if err := m.StartDaemons(ctx, router); err != nil {
		return err
	}
	return m.StartAgent(router)
}
