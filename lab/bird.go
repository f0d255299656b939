package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

var (
	bgpHead     = regexp.MustCompile(`\b(?:protocol|template)\s+bgp\b[^{};#"]*\{`)
	installed   = regexp.MustCompile(`(?m)^(\s*include\s+")/etc/(?:bird/)?`)
	birdRefusal = regexp.MustCompile(`(?m)^bird: (.*)$`)
)

// startBIRD runs bird with the router's own files: a file that it refuses is an error, as at a boot.
func (l *Lab) startBIRD(ctx context.Context, n *Node) error {
	ns := l.prefix + n.Name
	main, ok := file(n.Router, "bird.conf")
	if !ok {
		return errNoFile
	}
	if _, err := exec.LookPath("bird"); err != nil {
		return errors.New("bird is not installed (Debian: apt-get install bird2)")
	}
	dir := l.folder(ns)
	for i := range n.Router.Files {
		f := &n.Router.Files[i]
		inside, below := strings.CutPrefix(f.Path, path.Dir(main.Path)+"/")
		if !below {
			continue
		}
		to := filepath.Join(dir, filepath.FromSlash(inside))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		text := f.Text
		if !l.Plan.AsWritten {
			text = hasten(text)
		}
		if f == main && !l.Plan.AsWritten {
			text = append([]byte("log stderr all; "), text...)
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return err
		}
	}
	return l.runBIRD(ctx, ns)
}

// runBIRD starts bird with the file that lies in the namespace's folder.
func (l *Lab) runBIRD(ctx context.Context, ns string) error {
	dir := l.folder(ns)
	socket := filepath.Join(dir, "bird.ctl")
	if err := l.daemon(ns, "bird", "bird", "-f", "-c", filepath.Join(dir, "bird.conf"), "-s", socket, "-P", filepath.Join(dir, "bird.pid")); err != nil {
		return err
	}
	if err := l.awaitBIRD(ctx, ns, socket); err != nil {
		out, _ := os.ReadFile(filepath.Join(dir, "bird.out"))
		if m := birdRefusal.FindSubmatch(out); m != nil {
			out = m[1]
		}
		return fmt.Errorf("bird did not start: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// awaitBIRD waits until the control socket answers, which it does a moment after it is there.
func (l *Lab) awaitBIRD(ctx context.Context, ns, socket string) error {
	if err := awaitFile(ctx, socket, 10*time.Second); err != nil {
		return err
	}
	for deadline := time.Now().Add(2 * time.Second); ; {
		_, err := l.birdc(ctx, ns, "show status")
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// hasten is a file of BIRD's with short times until it calls a neighbor, which the file's own settings override, and
// with included files looked for beside the main one.
func hasten(text []byte) []byte {
	text = bgpHead.ReplaceAll(text, []byte("$0 connect retry time 1; connect delay time 1; error wait time 1, 1;"))
	return installed.ReplaceAll(text, []byte("$1"))
}

// birdc asks a BIRD over its control socket and returns the lines of the answer, without their codes. An answer
// that is an error is one.
func (l *Lab) birdc(ctx context.Context, ns, command string) ([]string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(l.folder(ns), "bird.ctl"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	r := newBIRDReader(conn)
	if _, err := r.answer(); err != nil { // the greeting
		return nil, err
	}
	if _, err := fmt.Fprintln(conn, command); err != nil {
		return nil, err
	}
	lines, err := r.answer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return lines, nil
}

// birdNeighbor finds the name of a BGP protocol's neighbor: that of the configuration, or the address that a
// protocol made for a range speaks with; and whose session it is.
func birdNeighbor(r *network.Router, protocol, address string) (key string, of *network.VRF) {
	for _, v := range r.VRFs {
		if v.BGP == nil {
			continue
		}
		for _, n := range v.BGP.Neighbors {
			if n.Name == protocol {
				return n.Key(), v
			}
		}
	}
	return address, r.Default()
}
