package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// daemonDir is where Debian puts FRR's daemons.
const daemonDir = "/usr/lib/frr"

// startFRR starts the daemons that the router's configuration needs, then loads
// the configuration by vtysh as a boot in production does: lines that FRR
// rejects are collected, the rest is loaded.
func (l *Lab) startFRR(ctx context.Context, n *Node) error {
	text, err := integrated(n.Router)
	if err != nil {
		return err
	}
	text = withoutNamespaces(text)
	if !l.Plan.AsWritten {
		text = append(conditionsSoon(text, n.Router), quicken(n.Router)...)
	}
	return l.runFRR(ctx, n, text)
}

func (l *Lab) runFRR(ctx context.Context, n *Node, text []byte) error {
	ns, r := l.prefix+n.Name, n.Router
	dir := l.folder(ns)
	if err := makeFor("frr", dir); err != nil {
		return err
	}
	conf := filepath.Join(dir, "frr.conf")
	if err := os.WriteFile(conf, text, 0o644); err != nil {
		return err
	}
	empty := filepath.Join(dir, "empty.conf")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		return err
	}
	for _, d := range daemonsOf(r) {
		if err := l.runFRRDaemon(ctx, n, d); err != nil {
			return err
		}
	}
	// vtysh exits non-zero where a line is refused; what it says is the oracle's evidence.
	cmd := exec.CommandContext(ctx, "ip", "netns", "exec", ns, "vtysh", "--vty_socket", dir, "-f", conf)
	out, _ := cmd.CombinedOutput()
	for _, line := range strings.Split(string(out), "\n") {
		if s := strings.TrimSpace(line); strings.HasPrefix(s, "line ") || strings.HasPrefix(s, "%") {
			l.Rejected = append(l.Rejected, r.Name+": "+s)
		}
	}
	return ctx.Err()
}

// runFRRDaemon starts one of FRR's daemons without a configuration and waits until vtysh can reach it.
func (l *Lab) runFRRDaemon(ctx context.Context, n *Node, d string) error {
	dir := l.folder(l.prefix + n.Name)
	command := []string{daemonDir + "/" + d, "--vty_socket", dir, "-z", filepath.Join(dir, "zserv.api"),
		"-f", filepath.Join(dir, "empty.conf"), "-i", filepath.Join(dir, d+".pid"), "-P", "0", "--log", "file:" + filepath.Join(dir, d+".log")}
	if d == "bgpd" && l.Plan.BMP {
		command = append(command, "-M", "bmp")
	}
	if err := l.daemon(l.prefix+n.Name, d, l.amongVRFs(n, command)...); err != nil {
		return err
	}
	if err := awaitFile(ctx, filepath.Join(dir, d+".vty"), 10*time.Second); err != nil {
		out, _ := os.ReadFile(filepath.Join(dir, d+".out"))
		return fmt.Errorf("%s did not start: %w: %s", d, err, bytes.TrimSpace(out))
	}
	return nil
}

// daemonsOf lists what has to run; zebra first.
func daemonsOf(r *network.Router) []string {
	d := []string{"zebra", "staticd"}
	if slices.ContainsFunc(r.VRFs, func(v *network.VRF) bool { return len(v.OSPF) > 0 }) {
		d = append(d, "ospfd")
	}
	if r.Dialect == "frr" && slices.ContainsFunc(r.VRFs, func(v *network.VRF) bool { return v.BGP != nil }) {
		d = append(d, "bgpd")
	}
	return d
}

// integrated is the router's configuration as one text, split files joined.
func integrated(r *network.Router) ([]byte, error) {
	var text []byte
	for i := range r.Files {
		if strings.HasSuffix(r.Files[i].Path, ".conf") && !strings.HasPrefix(filepath.Base(r.Files[i].Path), "gobgp") {
			text = append(text, r.Files[i].Text...)
			text = append(text, "\n!\nend\n"...)
		}
	}
	if len(text) == 0 {
		return nil, errNoFile
	}
	text = bytes.ReplaceAll(text, []byte("\nend\n"), []byte("\n!\n"))
	return text, nil
}

// quicken shortens timers that change when things happen and not what happens. It also turns off that bgpd passes over updates
// like the one before: with 8.4.4 a neighbor can be left without a route by that.
func quicken(r *network.Router) []byte {
	var b bytes.Buffer
	if r.Dialect != "frr" {
		return nil
	}
	for _, v := range r.VRFs {
		if v.BGP == nil {
			continue
		}
		fmt.Fprintf(&b, "!\n%s\n coalesce-time 20\n no bgp suppress-duplicates\n%s", opening(v), soon)
		for _, n := range v.BGP.Neighbors {
			fmt.Fprintf(&b, " neighbor %s timers connect 1\n neighbor %s advertisement-interval 0\n", n.Key(), n.Key())
		}
		b.WriteString("exit\n")
	}
	return b.Bytes()
}

// opening is the line that a BGP instance's block begins with.
func opening(v *network.VRF) string {
	if v.Name == "" {
		return fmt.Sprintf("router bgp %d", v.BGP.AS)
	}
	return fmt.Sprintf("router bgp %d vrf %s", v.BGP.AS, v.Name)
}

// soon evaluates conditional advertisement as often as bgpd can.
const soon = " bgp conditional-advertisement timer 5\n"

// conditionsSoon says so before the first advertise-map stands: bgpd starts the first timer there, with the
// interval that holds at that moment, and a shorter one counts only once that has run out.
func conditionsSoon(text []byte, r *network.Router) []byte {
	for _, v := range r.VRFs {
		if v.BGP == nil || r.Dialect != "frr" || !conditional(v.BGP) {
			continue
		}
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(opening(v)) + `[ \t]*\n`)
		if at := line.FindIndex(text); at != nil {
			text = slices.Concat(text[:at[1]], []byte(soon), text[at[1]:])
		}
	}
	return text
}

// makeFor makes a folder that belongs to a daemon's user.
func makeFor(name, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("user %s: %w", name, err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return os.Chown(dir, uid, gid)
}

// awaitFile waits for a daemon's socket.
func awaitFile(ctx context.Context, path string, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not appear within %s", filepath.Base(path), limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
