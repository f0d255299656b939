// Package isolation runs this program once more where it has no network: in a network namespace of its own, without an interface
// that is up. TCP connections are made for it by the process that stays outside, to the addresses that it declared before the
// first of them, and handed in as open sockets (SCM_RIGHTS, unix(7)). Whatever else the program inside tries, a look-up of a name for one, the
// kernel has no route for.
//
// It needs Linux, and root or user namespaces. Sockets in the file system are still there inside: a name service behind one (nscd,
// systemd-resolved's varlink) can be asked by who does not refuse that himself.
package isolation

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
)

// Options are what the process outside is given.
type Options struct {
	Args           []string // of the program inside, without its name
	Stdout, Stderr io.Writer
	// Refuse says why there may be no connection to an address, "" where there may; nil: all that are declared may.
	Refuse func(netip.AddrPort) string
	// Dial opens a connection to an address that is declared and not refused. What it returns has a socket (syscall.Conn).
	Dial func(context.Context, netip.AddrPort) (net.Conn, error)
}

// ImpossibleError is a system on which there is no namespace to be had: nothing was run.
type ImpossibleError struct{ Why error }

func (e *ImpossibleError) Error() string { return fmt.Sprintf("no network namespace: %v", e.Why) }
func (e *ImpossibleError) Unwrap() error { return e.Why }

// Network is what the process inside has of one. Several may call it at once.
type Network struct {
	outside *net.UnixConn
	gone    chan struct{}
}

// Gone is closed when the process outside has ended, or was told to.
func (n *Network) Gone() <-chan struct{} { return n.gone }

// request is what the process inside sends, with a socket for the answer, which it closes when it has no use for one any more.
type request struct {
	Declare bool           `json:"declare,omitempty"` // else: connect
	Address netip.AddrPort `json:"address"`
}

// answer is of one request; a connection that was made comes with it.
type answer struct {
	Refused string `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
	Errno   int    `json:"errno,omitempty"` // what the kernel said; 0: it was not asked
}

// largest bounds a message, in bytes.
const largest = 4096
