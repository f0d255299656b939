package rollout

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
)

// The running controller listens on a Unix socket in the journal's folder. Who calls is told by the kernel, so that an
// approval is of the account that gave it: no password, no single sign-on that an outage could take away.
const socket = "control.sock"

// request is one line from a command to the controller, reply one line back.
type request struct {
	Do      canary.Verb `json:"do"` // or "status"
	Role    string      `json:"role,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Binding string      `json:"binding,omitempty"`
}

type reply struct {
	Error    string          `json:"error,omitempty"`
	Document json.RawMessage `json:"document,omitempty"`
}

const statusVerb canary.Verb = "status"

// short is a path to the socket that fits into an address however deep the folder lies (108 bytes): through the folder's descriptor.
func short(dir string) (path string, done func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), socket), func() { d.Close() }, nil
}

type control struct {
	listener net.Listener
	dir      string
	driver   *canary.Driver
	board    *board
	open     sync.WaitGroup
}

// listen opens the socket. The journal's lock is held: whatever lies there is a dead controller's.
func listen(dir string, d *canary.Driver, b *board) (*control, error) {
	if err := os.Remove(filepath.Join(dir, socket)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	path, done, err := short(dir)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer done()
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // that path is gone by then
	// Any account may call; what it may do is decided by who it is.
	if err := os.Chmod(filepath.Join(dir, socket), 0o666); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	c := &control{listener: l, dir: dir, driver: d, board: b}
	go c.serve()
	return c, nil
}

func (c *control) close() {
	c.listener.Close()
	c.open.Wait()
	os.Remove(filepath.Join(c.dir, socket))
}

func (c *control) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.open.Add(1)
		go func() {
			defer c.open.Done()
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			answer, err := json.Marshal(c.answer(conn.(*net.UnixConn)))
			if err == nil {
				conn.Write(append(answer, '\n'))
			}
		}()
	}
}

func (c *control) answer(conn *net.UnixConn) reply {
	var q request
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &q)
	}
	if err != nil {
		return reply{Error: "not a request: " + err.Error()}
	}
	who, uid, err := caller(conn)
	if err != nil {
		return reply{Error: err.Error()}
	}
	p := c.driver.Hands.Plan
	known := uid == 0 || uid == os.Getuid() || slices.ContainsFunc(p.Approvers, func(a canary.Approver) bool { return a.Name == who })
	switch {
	case !known:
		return reply{Error: fmt.Sprintf("%s has no say in this rollout: it is %s's, and rollout.approvers does not name the account", who, p.By)}
	case q.Do == statusVerb:
		return reply{Document: c.board.get()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 9*time.Second)
	defer cancel()
	if err := c.driver.Tell(ctx, canary.Command{Do: q.Do, By: who, Role: q.Role, Reason: q.Reason, Binding: q.Binding}); err != nil {
		return reply{Error: err.Error()}
	}
	return reply{Document: c.board.get()}
}

// caller is the account at the other end, by the kernel's word.
func caller(conn *net.UnixConn) (name string, uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return "", 0, err
	}
	var cred *syscall.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return "", 0, err
	}
	if credErr != nil {
		return "", 0, credErr
	}
	u, err := user.LookupId(strconv.Itoa(int(cred.Uid)))
	if err != nil {
		return "", 0, fmt.Errorf("who is calling is not known: %w", err)
	}
	return u.Username, int(cred.Uid), nil
}

// ErrNoController is where no controller runs that could be told something.
var ErrNoController = errors.New("no controller runs")

// Order tells the running controller of a journal something and returns where the rollout stands then. It is
// ErrNoController where none runs.
func Order(ctx context.Context, dir string, do canary.Verb, role, reason, binding string) (*canary.Document, error) {
	held, err := journal.Held(dir)
	if err != nil && !errors.Is(err, os.ErrPermission) {
		return nil, err
	}
	if err == nil && held == nil {
		return nil, ErrNoController
	}
	path, done, err := short(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoController
	}
	if err != nil {
		return nil, fmt.Errorf("the controller cannot be called: %w", err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(15 * time.Second))
	text, err := json.Marshal(request{do, role, reason, binding})
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(text, '\n')); err != nil {
		return nil, fmt.Errorf("the controller: %w", err)
	}
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the controller does not answer: %w", err)
	}
	var r reply
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, fmt.Errorf("the controller: %w", err)
	}
	if r.Error != "" {
		return nil, refuse("%s", r.Error)
	}
	doc := &canary.Document{}
	if err := json.Unmarshal(r.Document, doc); err != nil {
		return nil, fmt.Errorf("the controller: %w", err)
	}
	return doc, nil
}
