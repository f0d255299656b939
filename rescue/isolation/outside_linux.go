package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// marker is in the environment of the process inside, whose descriptor 3 is the socket to the one outside.
const (
	marker     = "ROUTEGATE_ISOLATED"
	descriptor = 3
)

// grace is how long the process inside may take to end after it is told to.
const grace = 10 * time.Second

// Run runs this program inside, with the same standard input, and returns its exit code. With the context it is told to end,
// and is killed if it does not. The error is an *ImpossibleError where it could not be started.
func Run(ctx context.Context, o Options) (exit int, err error) {
	own, others, err := pair()
	if err != nil {
		return 0, &ImpossibleError{err}
	}
	defer own.Close()
	inside, err := start(ctx, &o, own, others)
	others.Close()
	switch {
	case ctx.Err() != nil && err != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		return 0, &ImpossibleError{err}
	}
	b := broker{Options: o, declared: map[netip.AddrPort]bool{}}
	served := make(chan struct{})
	go func() {
		defer close(served)
		b.serve(own)
	}()
	waited := inside.Wait()
	own.Close()
	<-served
	if !inside.ProcessState.Exited() {
		return 0, fmt.Errorf("the process in the network namespace: %w", waited)
	}
	return inside.ProcessState.ExitCode(), nil
}

// start tries what root may do first: files stay as readable as they are outside then. A user is who he is outside, with no
// other user beside him.
func start(ctx context.Context, o *Options, own *net.UnixConn, others *os.File) (*exec.Cmd, error) {
	as := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}}
	ways := []*syscall.SysProcAttr{as}
	if os.Geteuid() == 0 {
		ways = []*syscall.SysProcAttr{{Cloneflags: syscall.CLONE_NEWNET}, as}
	}
	var err error
	for _, w := range ways {
		cmd := exec.CommandContext(ctx, "/proc/self/exe", o.Args...)
		cmd.Args[0] = os.Args[0]
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, o.Stdout, o.Stderr
		cmd.Env = append(os.Environ(), marker+"=1")
		cmd.ExtraFiles = []*os.File{others}
		cmd.SysProcAttr = w
		cmd.Cancel, cmd.WaitDelay = own.Close, grace
		if err = cmd.Start(); err == nil {
			return cmd, nil
		}
	}
	var failed *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		err = errors.New("the system's limit of namespaces is reached (user.max_net_namespaces, user.max_user_namespaces)")
	case errors.As(err, &failed):
		err = failed.Err
	}
	return nil, err
}

// broker serves one process inside.
type broker struct {
	Options
	mu       sync.Mutex
	declared map[netip.AddrPort]bool
	sealed   bool // a connection was asked for: nothing more is declared
}

// serve answers until the other end is closed or says what nobody understands, and returns when nothing is under way any more.
func (b *broker) serve(inside *net.UnixConn) {
	defer inside.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var under sync.WaitGroup
	defer under.Wait()
	defer cancel()
	for {
		text, back, err := receive(inside)
		if err != nil {
			return
		}
		var q request
		if back == nil || json.Unmarshal(text, &q) != nil {
			return
		}
		under.Go(func() {
			defer back.Close()
			b.answer(ctx, q, back)
		})
	}
}

func (b *broker) answer(ctx context.Context, q request, back *os.File) {
	reply, err := packets(back)
	if err != nil {
		return
	}
	defer reply.Close()
	if !q.Declare {
		b.connect(ctx, q.Address, reply)
		return
	}
	a := answer{}
	b.mu.Lock()
	if b.sealed {
		a.Error = "nothing more can be declared"
	} else {
		b.declared[q.Address] = true
	}
	b.mu.Unlock()
	if a.Error == "" && b.Refuse != nil {
		a.Refused = b.Refuse(q.Address)
	}
	_ = send(reply, a, -1)
}

func (b *broker) connect(ctx context.Context, at netip.AddrPort, reply *net.UnixConn) {
	b.mu.Lock()
	b.sealed = true
	known := b.declared[at]
	b.mu.Unlock()
	if !known {
		_ = send(reply, answer{Refused: fmt.Sprintf("%s was not declared", at)}, -1)
		return
	}
	if b.Refuse != nil {
		if why := b.Refuse(at); why != "" {
			_ = send(reply, answer{Refused: why}, -1)
			return
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // who asked has nothing to say but that he waits no longer
		_, _ = reply.Read(make([]byte, 1))
		cancel()
	}()
	conn, err := b.Dial(ctx, at)
	if err != nil {
		a := answer{Error: err.Error()}
		var no syscall.Errno
		if errors.As(err, &no) {
			a.Errno = int(no)
		}
		_ = send(reply, a, -1)
		return
	}
	defer conn.Close()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { _ = send(reply, answer{}, int(fd)) })
	}
	if err != nil {
		_ = send(reply, answer{Error: err.Error()}, -1)
	}
}

// pair is a socket and the other end of it. Messages keep their bounds.
func pair() (*net.UnixConn, *os.File, error) {
	two, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	own, others := os.NewFile(uintptr(two[0]), "isolation"), os.NewFile(uintptr(two[1]), "isolation")
	defer own.Close()
	c, err := packets(own)
	if err != nil {
		others.Close()
		return nil, nil, err
	}
	return c, others, nil
}

// packets is a socket as a connection, with a descriptor of its own.
func packets(f *os.File) (*net.UnixConn, error) {
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("not a Unix socket")
	}
	return u, nil
}

// send sends a message, and with it a descriptor unless that is negative.
func send(to *net.UnixConn, message any, fd int) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	_, _, err = to.WriteMsgUnix(text, rights, nil)
	return err
}

// receive is a message, and the descriptor that came with it or nil.
func receive(from *net.UnixConn) ([]byte, *os.File, error) {
	text, rights := make([]byte, largest), make([]byte, unix.CmsgSpace(4))
	n, m, flags, _, err := from.ReadMsgUnix(text, rights)
	if err != nil {
		return nil, nil, err
	}
	var file *os.File
	controls, err := unix.ParseSocketControlMessage(rights[:m])
	for _, c := range controls {
		fds, e := unix.ParseUnixRights(&c)
		if err == nil {
			err = e
		}
		for _, fd := range fds {
			file = os.NewFile(uintptr(fd), "received")
		}
	}
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = fmt.Errorf("a message of more than %d bytes", largest)
	}
	if err != nil && file != nil {
		file.Close()
	}
	return text[:n], file, err
}
