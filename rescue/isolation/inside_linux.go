package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// Inside is the network of the process that Run started, nil in any other. An error is a process that was to be cut off and is
// not.
func Inside() (*Network, error) {
	if os.Getenv(marker) == "" {
		return nil, nil
	}
	f := os.NewFile(descriptor, "outside")
	outside, err := packets(f)
	if err != nil {
		return nil, fmt.Errorf("%s is set, and descriptor %d leads to no process outside: %w", marker, descriptor, err)
	}
	f.Close()
	if err := os.Unsetenv(marker); err != nil {
		return nil, err
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 {
			return nil, fmt.Errorf("the network namespace is to be empty, and its interface %s is up", i.Name)
		}
	}
	n := &Network{outside: outside, gone: make(chan struct{})}
	go func() { // nothing is ever sent
		defer close(n.gone)
		_, _ = outside.Read(make([]byte, 1))
	}()
	return n, nil
}

// Declare names an address to which there will be connections; refused says why there may be none. After the first connection
// nothing more can be declared.
func (n *Network) Declare(at netip.AddrPort) (refused string, err error) {
	a, f, err := n.ask(context.Background(), request{Declare: true, Address: at})
	if f != nil {
		f.Close()
	}
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	return a.Refused, err
}

// Dial has the process outside connect, and returns the connection. An error is of net.Dial's kind.
func (n *Network) Dial(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	bad := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(at), Err: err}
	}
	a, f, err := n.ask(ctx, request{Address: at})
	switch {
	case err != nil:
		return nil, bad(err)
	case a.Refused != "":
		return nil, bad(errors.New(a.Refused))
	case a.Errno != 0:
		return nil, bad(os.NewSyscallError("connect", syscall.Errno(a.Errno)))
	case a.Error != "":
		return nil, bad(errors.New(a.Error))
	case f == nil:
		return nil, bad(errors.New("the process outside sent no connection"))
	}
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, bad(err)
	}
	return c, nil
}

// ask waits for the answer or for the context.
func (n *Network) ask(ctx context.Context, q request) (answer, *os.File, error) {
	own, others, err := pair()
	if err != nil {
		return answer{}, nil, err
	}
	defer own.Close()
	err = send(n.outside, q, int(others.Fd()))
	others.Close()
	if err != nil {
		return answer{}, nil, fmt.Errorf("the process outside: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = own.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	text, f, err := receive(own)
	if ctx.Err() != nil {
		if f != nil {
			f.Close()
		}
		return answer{}, nil, context.Cause(ctx)
	}
	var a answer
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err != nil {
		err = fmt.Errorf("the process outside does not answer: %w", err)
	}
	return a, f, err
}
