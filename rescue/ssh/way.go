package ssh

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

// DefaultCommand is what runs on a router whose bundle names no other. Where authorized_keys forces a command, the server
// runs that one whatever it is asked for.
const DefaultCommand = "routegate rollback --local --stdio"

// The names of the ways.
const (
	RouterName  = "ssh"
	JumpName    = "ssh through the jump host"
	ConsoleName = "ssh through the console server"
)

// Patience is how long one host may take to answer, to show its key and to let the credential in.
const Patience = 10 * time.Second

// Ways are the three of them, in the order in which they are tried. A bundle without an SSH key has none: nil. dial connects to
// the first server of a way; nil: the system does.
func Ways(c bundle.Credential, dial rescue.Dial) ([]rescue.Way, error) {
	if len(c.SSHKey) == 0 {
		return nil, nil
	}
	key, err := ssh.ParsePrivateKey(c.SSHKey)
	if err != nil {
		return nil, fmt.Errorf("the bundle's SSH key: %w", err)
	}
	if dial == nil {
		dial = rescue.TCP
	}
	in := entrance{key, dial}
	return []rescue.Way{&router{in}, &jump{in}, &console{in}}, nil
}

// entrance is how a server is reached and entered.
type entrance struct {
	key  ssh.Signer
	dial rescue.Dial
}

// router is SSH to the router's own address.
type router struct{ entrance }

func (w *router) Name() string { return RouterName }

func (w *router) Offered(r bundle.Router) bool { return r.SSH.Address.IsValid() }

func (w *router) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	return reach(ctx, r, w.open)
}

func (w *router) open(ctx context.Context, r bundle.Router) (*session, error) {
	host, err := w.connect(ctx, r)
	if err != nil {
		return nil, err
	}
	return host.command(ctx, commandOf(r))
}

func (w *router) connect(ctx context.Context, r bundle.Router) (*host, error) {
	return w.entrance.connect(ctx, entry{Name: "the router", Address: r.SSH.Address, User: r.SSH.User, HostKeys: r.SSH.HostKeys})
}

func commandOf(r bundle.Router) string {
	if r.Command != "" {
		return r.Command
	}
	return DefaultCommand
}

// jump is SSH to the router through a connection that the jump host opens (direct-tcpip, RFC 4254 §7.2). The jump host sees
// the inner connection's bytes and none of its contents: the router shows its own key.
type jump struct{ entrance }

func (w *jump) Name() string { return JumpName }

func (w *jump) Offered(r bundle.Router) bool {
	return r.Console.Address.IsValid() && r.Console.Onward.IsValid()
}

func (w *jump) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	return reach(ctx, r, w.open)
}

func (w *jump) open(ctx context.Context, r bundle.Router) (*session, error) {
	host, err := w.connect(ctx, r)
	if err != nil {
		return nil, err
	}
	return host.command(ctx, commandOf(r))
}

func (w *jump) connect(ctx context.Context, r bundle.Router) (*host, error) {
	if len(r.SSH.HostKeys) == 0 {
		return nil, errors.New("the bundle has the jump host's key and none of the router's own: nobody could tell who answers behind it")
	}
	outer, err := w.outside(ctx, r, "the jump host")
	if err != nil {
		return nil, err
	}
	inner, err := outer.onward(ctx, entry{Name: "the router", Address: r.Console.Onward, User: r.SSH.User, HostKeys: r.SSH.HostKeys}, w.key)
	if err != nil {
		outer.close()
		return nil, err
	}
	return inner, nil
}

// outside is the connection to a router's console server or jump host.
func (in *entrance) outside(ctx context.Context, r bundle.Router, what string) (*host, error) {
	return in.connect(ctx, entry{Name: what, Address: r.Console.Address, User: r.Console.User, HostKeys: r.Console.HostKeys})
}

// console is the router's serial console, which a command on the console server opens. The command is typed at its shell: it
// must be one that is logged in, since a bundle holds no password.
type console struct{ entrance }

func (w *console) Name() string { return ConsoleName }

func (w *console) Offered(r bundle.Router) bool {
	return r.Console.Address.IsValid() && r.Console.Console != ""
}

func (w *console) Reach(ctx context.Context, r bundle.Router) (rescue.Reached, error) {
	return reach(ctx, r, w.open)
}

func (w *console) open(ctx context.Context, r bundle.Router) (*session, error) {
	host, err := w.outside(ctx, r, "the console server")
	if err != nil {
		return nil, err
	}
	return host.typed(ctx, r.Console.Console, commandOf(r))
}

// entry is a host that is to be entered.
type entry struct {
	Name     string // for people: the router, the jump host
	Address  netip.AddrPort
	User     string
	HostKeys []string
}

func (e entry) String() string { return fmt.Sprintf("%s at %s", e.Name, e.Address) }
