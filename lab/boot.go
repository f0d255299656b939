package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"

	"github.com/routegate/routegate/network"
)

// Lab is a running network. Not safe for concurrent use.
type Lab struct {
	Plan    *Plan
	dir     string // run-time files: one folder a namespace
	prefix  string // of namespace names: several labs may share a world
	daemons []*daemon
	clients map[string]*grpc.ClientConn // of GoBGP's daemons, by namespace
	managed bool                        // there is a management network: see Manage
	lent    bool                        // there is a laptop: see Laptop
	// Rejected are the lines that a daemon refused while loading, as it said so.
	Rejected []string
}

type daemon struct {
	name string
	cmd  *exec.Cmd
}

var labs atomic.Int32

// Up boots a plan below dir (which it makes) and returns at once after every daemon has
// loaded its configuration: see Settle. On error everything is taken down again.
func Up(ctx context.Context, p *Plan, dir string) (l *Lab, err error) {
	if err := furnish(); err != nil {
		return nil, err
	}
	l = &Lab{Plan: p, dir: dir, prefix: fmt.Sprintf("l%d", labs.Add(1)), clients: map[string]*grpc.ClientConn{}}
	defer func() {
		if err != nil {
			l.Down()
			l = nil
		}
	}()
	if err := l.wire(ctx); err != nil {
		return l, err
	}
	for i := range p.Outside {
		if err := l.startSpeaker(ctx, &p.Outside[i]); err != nil {
			return l, fmt.Errorf("outside neighbor %s of %s: %w", p.Outside[i].Address.Addr(), p.Outside[i].Router, err)
		}
	}
	for i := range p.Nodes {
		if err := l.startRouter(ctx, &p.Nodes[i]); err != nil {
			return l, fmt.Errorf("%s: %w", p.Nodes[i].Router.Name, err)
		}
	}
	return l, nil
}

// Down ends the lab's daemons and removes its namespaces and files. It may be called twice.
func (l *Lab) Down() {
	for _, c := range l.clients {
		_ = c.Close()
	}
	clear(l.clients)
	for _, d := range l.daemons {
		if d.cmd.Process != nil {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		}
	}
	l.daemons = nil
	for _, ns := range l.namespaces() {
		_ = exec.Command("ip", "netns", "del", ns).Run()
	}
	_ = os.RemoveAll(l.dir)
}

// CopyFiles copies the daemons' configurations and logs to a folder, one folder a namespace.
func (l *Lab) CopyFiles(to string) error { return os.CopyFS(to, regularFiles{os.DirFS(l.dir)}) }

// in runs a command in a namespace of the lab.
func (l *Lab) in(ctx context.Context, ns string, command ...string) error {
	return run(ctx, "ip", append([]string{"netns", "exec", ns}, command...)...)
}

// Exec runs a command in a router's namespace, or in that of one of its VRFs, with FRR's vtysh and BIRD's birdc pointed at the router's own
// daemons, and returns what it printed on both streams.
func (l *Lab) Exec(ctx context.Context, router, vrf string, command ...string) (string, error) {
	for _, n := range l.Plan.Nodes {
		if n.Router.Name != router {
			continue
		}
		if n.Router.VRF(vrf) == nil {
			return "", fmt.Errorf("router %s has no VRF %q", router, vrf)
		}
		ns := l.prefix + n.Name
		if command[0] == "vtysh" {
			command = append([]string{"vtysh", "--vty_socket", l.folder(ns)}, command[1:]...)
		}
		if command[0] == "birdc" {
			command = append([]string{"birdc", "-s", filepath.Join(l.folder(ns), "bird.ctl")}, command[1:]...)
		}
		out, err := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", l.prefix + n.Space(vrf)}, command...)...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(out))
		}
		return string(out), nil
	}
	return "", fmt.Errorf("there is no router %s in the lab", router)
}

// output runs a command in a namespace and returns what it prints on standard output.
func (l *Lab) output(ctx context.Context, ns string, command ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", ns}, command...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(errs.Bytes()))
	}
	return out, nil
}

// daemon starts a long-running process in a namespace; its output goes to a log file in the namespace's folder.
func (l *Lab) daemon(ns, name string, command ...string) error {
	log, err := os.Create(filepath.Join(l.folder(ns), name+".out"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, command...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	l.daemons = append(l.daemons, &daemon{name: ns + "/" + name, cmd: cmd})
	return nil
}

func (l *Lab) folder(ns string) string { return filepath.Join(l.dir, strings.TrimPrefix(ns, l.prefix)) }

func (l *Lab) startRouter(ctx context.Context, n *Node) error {
	switch n.Router.Dialect {
	case "frr":
		return l.startFRR(ctx, n)
	case "gobgp":
		return l.startGoBGP(ctx, n)
	case "bird":
		return l.startBIRD(ctx, n)
	}
	return fmt.Errorf("a lab cannot boot dialect %q", n.Router.Dialect)
}

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// file finds one of the router's files by its base name; false when it has none.
func file(r *network.Router, bases ...string) (*network.File, bool) {
	for i := range r.Files {
		for _, b := range bases {
			if filepath.Base(r.Files[i].Path) == b {
				return &r.Files[i], true
			}
		}
	}
	return nil, false
}

var errNoFile = errors.New("no configuration file that the lab can load")
