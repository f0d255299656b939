package faults

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/lab/labtest"
)

// TestRunbook: routers that never had a change are packed; with every agent dead and the program missing, the commands of the printed page, typed at each router as they stand
// there, bring it back: FRR by a restart and by frr-reload.py, GoBGP and BIRD.
func TestRunbook(t *testing.T) {
	labtest.Require(t)
	t.Parallel()
	g := newGone(t, false)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	page := g.do(0, "rescue", "runbook", "rescue.bundle", "--passphrase-file", "passphrase")
	g.ruin(ctx)
	for _, r := range g.routers {
		must(t, g.KillAgent(r))
	}
	for _, r := range g.routers {
		g.byHand(ctx, r, typed(t, page, r))
	}
	g.back(ctx, g.routers...)
}

// typed are the commands of a router's part of the page, from where one is root there. Of FRR's two ways core takes the restart.
func typed(t *testing.T, page, router string) (out []string) {
	t.Helper()
	_, part, ok := strings.Cut(page, "\n"+router+"  stage ")
	_, part, in := strings.Cut(part, "3. Keep what is there now")
	part, _, end := strings.Cut(part, "=====")
	if !ok || !in || !end {
		t.Fatalf("the page has no part of %s:\n%s", router, page)
	}
	for line := range strings.Lines(part) {
		c, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		switch {
		case !ok:
		case strings.HasPrefix(c, "less "), strings.HasPrefix(c, "tail "): // for who has no agent's folder
		case strings.Contains(c, "frr-reload.py") && router == "core", c == "systemctl restart frr" && router != "core":
		case c == "systemctl restart bird": // for a BIRD that gives no answer
		case strings.HasPrefix(c, "cat ") && len(out) > 0 && out[len(out)-1] == c:
		default:
			out = append(out, c)
		}
	}
	return out
}

// byHand types at a router. Its daemons are not where Debian has them: the tools are told by scripts of their names where they are,
// and systemctl by the lab. What is root's own folder there is nobody's here.
func (g *gone) byHand(ctx context.Context, router string, commands []string) {
	g.t.Helper()
	folder, tools := g.Folder(g.t, router), g.t.TempDir()
	for name, text := range map[string]string{
		"vtysh":     `exec /usr/bin/vtysh --vty_socket ` + folder + ` "$@"`,
		"birdc":     `exec /usr/sbin/birdc -s ` + folder + `/bird.ctl "$@"`,
		"gobgp":     `exec /usr/bin/gobgp --target unix://` + folder + `/api.sock "$@"`,
		"systemctl": `echo "$@" > "${0%/*}/asked" && read answer < "${0%/*}/answer" && test "$answer" = done`,
	} {
		must(g.t, os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	}
	script := "set -ex\nmkfifo " + tools + "/asked " + tools + "/answer\nmount -t tmpfs tmpfs /root\nexport PATH=" + tools + ":$PATH\n"
	for _, c := range commands {
		c = strings.Replace(c, "frr-reload.py --reload", "frr-reload.py --bindir "+tools+" --confdir "+folder+" --rundir "+folder+" --stdout --reload", 1)
		script += strings.Replace(c, "; echo $?", "", 1) + "\n"
	}
	cmd, err := g.Lab.Command(router, "unshare", "-m", "sh", "-c", script+"echo all typed\n")
	must(g.t, err)
	done := make(chan error, 1)
	go func() { done <- g.restarter(ctx, router, tools) }()
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "all typed\n") {
		g.t.Fatalf("%s: %v\n%s", router, err, out)
	}
	select {
	case err := <-done:
		must(g.t, err)
	default:
	}
	g.t.Logf("%s by hand, %d commands, %.1f s:\n%s", router, len(commands), time.Since(began).Seconds(), out)
}

// restarter is systemd for one restart.
func (g *gone) restarter(ctx context.Context, router, tools string) error {
	asked := filepath.Join(tools, "asked")
	for ctx.Err() == nil {
		if _, err := os.Stat(asked); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	f, err := os.Open(asked) // returns when systemctl writes
	if err != nil {
		return err
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "restart ") {
		return fmt.Errorf("systemctl %q: %v", line, err)
	}
	if err = g.Lab.Kill(router, g.Lab.Daemons(router)...); err == nil {
		err = g.StartDaemons(ctx, router)
	}
	answer := "done"
	if err != nil {
		answer = "failed"
	}
	if e := os.WriteFile(filepath.Join(tools, "answer"), []byte(answer+"\n"), 0o600); err == nil {
		err = e
	}
	return err
}
