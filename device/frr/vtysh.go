package frr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/device/process"
)

// vty is a set of daemons that a vtysh speaks to: the router's own, or those of a rehearsal.
type vty struct {
	binary, folder, pathspace string
}

func (d *Driver) vty() vty { return vty{d.o.Vtysh, d.o.VtySocket, d.o.Pathspace} }

// errSilent is wrapped where the daemons did not answer before the context ended: what they run is not known.
var errSilent = errors.New("FRR does not answer")

// run starts vtysh and returns what it printed on both streams. That vtysh exits with an error is no error here: what it
// printed says why.
func (v vty) run(ctx context.Context, args ...string) (string, error) {
	var all []string
	if v.folder != "" {
		all = append(all, "--vty_socket", v.folder)
	}
	if v.pathspace != "" {
		all = append(all, "-N", v.pathspace)
	}
	cmd := exec.CommandContext(ctx, v.binary, append(all, args...)...)
	cmd.WaitDelay = time.Second
	out, err := process.CombinedOutput(cmd)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return string(out), fmt.Errorf("vtysh %s: %w: %w", strings.Join(args, " "), errSilent, ctx.Err())
	case err != nil && !errors.As(err, &exit):
		return string(out), fmt.Errorf("vtysh: %w", err)
	}
	return string(out), nil
}

// show asks for one thing and returns the answer.
func (v vty) show(ctx context.Context, command string) (string, error) {
	out, err := v.run(ctx, "-c", command)
	if err == nil && strings.HasPrefix(strings.TrimSpace(out), "%") {
		err = fmt.Errorf("%s: %s", command, strings.TrimSpace(out))
	}
	return out, err
}

// running is the running configuration as vtysh prints it, from the first line of it on.
func (v vty) running(ctx context.Context) (string, error) {
	out, err := v.run(ctx, "-c", "show running-config")
	if err != nil {
		return "", err
	}
	_, body, ok := strings.Cut(out, "Current configuration:\n")
	if !ok || !strings.HasSuffix(strings.TrimSpace(body), "end") {
		return "", fmt.Errorf("show running-config: the answer is not whole: %q", last(out))
	}
	return body, nil
}

func last(s string) string { return s[max(0, len(s)-200):] }

// refusal is a line that the daemons did not take.
type refusal struct {
	Line int    // of the text given, from 1; 0 where vtysh does not say
	Text string // what they said
}

// load gives the daemons a text. Lines that they refuse are returned, the others count: FRR works that way.
func (v vty) load(ctx context.Context, text string) ([]refusal, error) {
	return v.read(ctx, text)
}

// syntax has vtysh read a text without giving it to the daemons.
func (v vty) syntax(ctx context.Context, text string) ([]refusal, error) {
	return v.read(ctx, text, "-C")
}

// read has vtysh read a text from a file, with more options before it.
func (v vty) read(ctx context.Context, text string, options ...string) ([]refusal, error) {
	file, err := os.CreateTemp("", "routegate-frr-*.conf")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(text)
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	out, err := v.run(ctx, append(options, "-f", file.Name())...)
	return refusals(out), err
}

// refusals reads what vtysh prints while it loads a file: what a daemon says ("% Configure the peer-group first"), and then
// the line ("line 16: Failure to communicate[13] to bgpd, line:  neighbor ...").
func refusals(out string) (all []refusal) {
	var said []string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		var n int
		rest, numbered := strings.CutPrefix(line, "line ")
		if numbered {
			_, err := fmt.Sscanf(rest, "%d:", &n)
			numbered = err == nil
		}
		switch {
		case numbered:
			if _, what, ok := strings.Cut(rest, ": "); ok {
				said = append(said, what)
			}
			all = append(all, refusal{n, strings.Join(said, " ")})
			said = nil
		case line == "", strings.HasPrefix(line, "["), strings.HasPrefix(line, "Note:"), strings.HasPrefix(line, "The route-map '"):
			// a blank, a time stamp, and what bgpd remarks on a map that comes later in the file
		default:
			said = append(said, line)
		}
	}
	if text := strings.Join(said, " "); strings.Contains(text, "Error description: ") {
		// A transaction was refused, which vtysh tells without a line.
		_, text, _ = strings.Cut(text, "Error description: ")
		text, _, _ = strings.Cut(text, " The following commands")
		return append(all, refusal{0, "% " + text})
	}
	if len(said) > 0 && slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, "%") }) {
		all = append(all, refusal{0, strings.Join(said, " ")})
	}
	return all
}

// daemonNames are FRR's, in the order in which they are started.
var daemonNames = []string{"zebra", "staticd", "ospfd", "ospf6d", "bgpd", "bfdd", "isisd", "ripd", "ripngd", "eigrpd", "pimd", "pim6d", "ldpd", "nhrpd", "babeld", "pbrd", "vrrpd", "pathd", "sharpd", "fabricd"}

// daemons lists the daemons that have a socket in the folder, and fails where one of them does not take a connection: vtysh
// would go on without it, and its part would be missing from what is read and from what is given.
func daemons(ctx context.Context, folder string) (all []string, err error) {
	for _, name := range daemonNames {
		path := filepath.Join(folder, name+".vty")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		var dial net.Dialer
		c, err := dial.DialContext(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w (if %s is not meant to run, remove its socket)", name, errSilent, err, name)
		}
		c.Close()
		all = append(all, name)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no FRR daemon has a vty socket in %s: %w", folder, errSilent)
	}
	return all, nil
}
