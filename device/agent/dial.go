package agent

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/agentpb"
)

// Identity is a certificate with its key and the one authority that is trusted, all PEM. The system's authorities are
// never asked.
type Identity struct {
	CA, Certificate, Key []byte
}

// ReadIdentity reads the three files.
func ReadIdentity(ca, certificate, key string) (Identity, error) {
	var id Identity
	for _, f := range []struct {
		name string
		to   *[]byte
	}{{ca, &id.CA}, {certificate, &id.Certificate}, {key, &id.Key}} {
		data, err := os.ReadFile(f.name)
		if err != nil {
			return Identity{}, err
		}
		*f.to = data
	}
	return id, nil
}

// Check says what is wrong with an identity before anybody is called with it; it does not look at dates or roles.
func (id Identity) Check() error {
	_, _, err := id.tls()
	return err
}

// tls is what both ends have in common.
func (id Identity) tls() (*tls.Config, *x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(id.CA) {
		return nil, nil, errors.New("the authority's certificate (CA) is not PEM")
	}
	pair, err := tls.X509KeyPair(id.Certificate, id.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate and key: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}, pool, nil
}

// Target is an agent that is to be called.
type Target struct {
	Router   string   // what the agent's certificate must name; "" takes any agent of the authority at the address
	Address  string   // a literal IP address and a port, or unix: and the path of the agent's socket; never a name
	Identity Identity // not for a Unix socket
	// Dial opens the connections, but for a Unix socket's; nil: the system does.
	Dial func(context.Context, netip.AddrPort) (net.Conn, error)
}

// IsSocket reports an address that is a Unix socket's, which needs no identity.
func IsSocket(address string) bool { return strings.HasPrefix(address, "unix:") }

// largest is what one message may hold: the tables of a router with a full table on many sessions.
const largest = 512 << 20

// Dial prepares calls to an agent; the first call connects. It asks no DNS and no proxy, whatever the environment says.
// The context bounds nothing but Dial itself.
func Dial(_ context.Context, t Target) (device.Agent, error) { return newClient(t) }

func newClient(t Target) (*client, error) {
	address, creds, err := t.transport()
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(creds),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithContextDialer(t.dial),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largest), grpc.MaxCallSendMsgSize(largest)),
	)
	if err != nil {
		return nil, fmt.Errorf("agent at %s: %w", t.Address, err)
	}
	return &client{target: t, conn: conn, rpc: agentpb.NewAgentClient(conn)}, nil
}

// DialRescue is Dial for a rescue's calls: the credential is of the role rescue, or the address a Unix socket's.
func DialRescue(t Target) (device.Rescuer, error) { return newClient(t) }

// All is every call that an agent takes.
type All interface {
	device.Agent
	device.Rescuer
}

// DialLocal is Dial for root on the router itself: the address is a Unix socket's.
func DialLocal(t Target) (All, error) { return newClient(t) }

// DialArchive is Dial for who collects what a router has had.
func DialArchive(t Target) (interface {
	device.Agent
	device.Archive
}, error) {
	return newClient(t)
}

func (t Target) transport() (string, credentials.TransportCredentials, error) {
	if path, ok := strings.CutPrefix(t.Address, "unix:"); ok {
		if path == "" {
			return "", nil, errors.New("agent at unix: the path of the socket is missing")
		}
		return t.Address, insecure.NewCredentials(), nil
	}
	at, err := netip.ParseAddrPort(t.Address)
	if err != nil {
		return "", nil, fmt.Errorf("agent at %q: want a literal IP address and a port, as in 192.0.2.11:7443 (names are not looked up: DNS may be what is broken)", t.Address)
	}
	config, pool, err := t.Identity.tls()
	if err != nil {
		return "", nil, fmt.Errorf("agent at %s: %w", t.Address, err)
	}
	config.RootCAs = pool
	config.ServerName = at.Addr().WithZone("").String()
	router := t.Router
	config.VerifyConnection = func(s tls.ConnectionState) error {
		names := named(s.PeerCertificates[0], "router")
		if len(names) == 0 {
			return errors.New("the certificate at the other end is not an agent's")
		}
		if router != "" && !slices.Contains(names, router) {
			return fmt.Errorf("the agent there is that of %s, not of %s", strings.Join(names, ", "), router)
		}
		return nil
	}
	return at.String(), credentials.NewTLS(config), nil
}

func (t *Target) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return d.DialContext(ctx, "unix", path)
	}
	if t.Dial != nil {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		return t.Dial(ctx, at)
	}
	return d.DialContext(ctx, "tcp", address)
}

// client is an agent over the wire. Several may call it at once.
type client struct {
	target Target
	conn   *grpc.ClientConn
	rpc    agentpb.AgentClient
}

var (
	_ device.Agent   = (*client)(nil)
	_ device.Rescuer = (*client)(nil)
	_ device.Archive = (*client)(nil)
)

func (c *client) Close() error { return c.conn.Close() }

// failed says which agent an error is about, where the agent did not say anything itself.
func (c *client) failed(err error) error {
	err = fromWire(err)
	if errors.Is(err, device.ErrUnreachable) {
		who := c.target.Address
		if c.target.Router != "" {
			who = c.target.Router + " at " + who
		}
		return fmt.Errorf("%s: %w", who, err)
	}
	return err
}

func (c *client) status(r *agentpb.StatusReply, err error) (device.Status, error) {
	if err != nil {
		return device.Status{}, c.failed(err)
	}
	return statusFromWire(r), nil
}

func (c *client) Status(ctx context.Context) (device.Status, error) {
	return c.status(c.rpc.Status(ctx, &agentpb.StatusRequest{}))
}

func (c *client) Running(ctx context.Context) (device.Configuration, error) {
	r, err := c.rpc.Running(ctx, &agentpb.RunningRequest{})
	if err != nil {
		return device.Configuration{}, c.failed(err)
	}
	return configurationFromWire(r), nil
}

func (c *client) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	r, err := c.rpc.Differences(ctx, configurationToWire(want))
	if err != nil {
		return nil, c.failed(err)
	}
	return differencesFromWire(r), nil
}

func (c *client) Observe(ctx context.Context) (device.Observation, error) {
	r, err := c.rpc.Observe(ctx, &agentpb.ObserveRequest{})
	if err != nil {
		return device.Observation{}, c.failed(err)
	}
	return observationFromWire(r)
}

func (c *client) Arm(ctx context.Context, order device.Order) (device.Status, error) {
	return c.status(c.rpc.Arm(ctx, orderToWire(order)))
}

func (c *client) Apply(ctx context.Context, change string) (device.Status, error) {
	return c.status(c.rpc.Apply(ctx, &agentpb.ChangeRequest{Change: change}))
}

func (c *client) Confirm(ctx context.Context, change string) (device.Status, error) {
	return c.status(c.rpc.Confirm(ctx, &agentpb.ChangeRequest{Change: change}))
}

func (c *client) Revert(ctx context.Context, change, reason string) (device.Status, error) {
	return c.status(c.rpc.Revert(ctx, &agentpb.ChangeRequest{Change: change, Reason: reason}))
}

func (c *client) Stored(ctx context.Context) ([]device.Stored, error) {
	r, err := c.rpc.Stored(ctx, &agentpb.StoredRequest{})
	if err != nil {
		return nil, c.failed(err)
	}
	return storedFromWire(r), nil
}

func (c *client) Restore(ctx context.Context, to device.Hash, reason string) (device.Status, error) {
	return c.RestoreFor(ctx, to, "", reason)
}

func (c *client) RestoreFor(ctx context.Context, to device.Hash, holder, reason string) (device.Status, error) {
	return c.status(c.rpc.Restore(ctx, &agentpb.RestoreRequest{Hash: string(to), Holder: holder, Reason: reason}))
}

func (c *client) Lease(ctx context.Context, holder string, term time.Duration) (device.Lease, error) {
	r, err := c.rpc.Lease(ctx, &agentpb.LeaseRequest{Holder: holder, TermNanoseconds: int64(term)})
	if err != nil {
		return device.Lease{}, c.failed(err)
	}
	return leaseFromWire(r)
}

func (c *client) Release(ctx context.Context, holder string) error {
	_, err := c.rpc.Release(ctx, &agentpb.LeaseRequest{Holder: holder})
	if err != nil {
		return c.failed(err)
	}
	return nil
}

func (c *client) Recall(ctx context.Context, h device.Hash) (device.Configuration, error) {
	r, err := c.rpc.Recall(ctx, &agentpb.RecallRequest{Hash: string(h)})
	if err != nil {
		return device.Configuration{}, c.failed(err)
	}
	return configurationFromWire(r), nil
}
