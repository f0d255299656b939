package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/agentpb"
)

// Server offers an agent to clients: with mutual TLS on the management address, and on a Unix socket to root.
type Server struct {
	agent device.Agent
	tcp   *grpc.Server // nil without an identity
	local *grpc.Server
}

// NewServer makes a server of what an agent can do. Without an identity it serves Unix sockets only.
func NewServer(a device.Agent, id *Identity) (*Server, error) {
	s := &Server{agent: a}
	s.local = s.grpc(nil, func(context.Context) (Role, error) { return Local, nil })
	if id == nil {
		return s, nil
	}
	config, pool, err := id.tls()
	if err != nil {
		return nil, err
	}
	config.ClientCAs = pool
	config.ClientAuth = tls.RequireAndVerifyClientCert
	s.tcp = s.grpc(credentials.NewTLS(config), roleOfPeer)
	return s, nil
}

// Listen opens the management address, which is a literal one: an agent that needs DNS to start is not there when DNS
// is down.
func Listen(address string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %q: want a literal IP address and a port, as in 192.0.2.11:7443", address)
	}
	return net.Listen("tcp", at.String())
}

// Serve answers on a listener until Stop: a Unix socket's clients are root, all others need a certificate.
func (s *Server) Serve(l net.Listener) error {
	g := s.tcp
	if l.Addr().Network() == "unix" {
		g = s.local
	}
	if g == nil {
		return errors.New("without an identity an agent serves a Unix socket only")
	}
	return g.Serve(l)
}

// Stop ends the server and every call in it: the caller sees that no answer came.
func (s *Server) Stop() {
	s.local.Stop()
	if s.tcp != nil {
		s.tcp.Stop()
	}
}

func (s *Server) grpc(creds credentials.TransportCredentials, role func(context.Context) (Role, error)) *grpc.Server {
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(64 << 20), // configurations
		grpc.MaxSendMsgSize(largest),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			r, err := role(ctx)
			if err != nil {
				return nil, toWire(&device.Refusal{Code: device.RefusedRole, Detail: err.Error()})
			}
			call := path.Base(info.FullMethod)
			if !slices.Contains(rights[call], r) {
				return nil, toWire(&device.Refusal{Code: device.RefusedRole, Detail: fmt.Sprintf("the role %s may not %s", r, call)})
			}
			return next(ctx, req)
		}),
	}
	if creds != nil {
		options = append(options, grpc.Creds(creds))
	}
	g := grpc.NewServer(options...)
	agentpb.RegisterAgentServer(g, &service{agent: s.agent})
	return g
}

func roleOfPeer(ctx context.Context) (Role, error) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return "", errors.New("the connection tells nothing of its other end")
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 {
		return "", errors.New("the client showed no certificate of the authority")
	}
	return roleOf(info.State.VerifiedChains[0][0])
}

// service is the wire's side of a device.Agent.
type service struct {
	agentpb.UnimplementedAgentServer
	agent device.Agent
}

func statusReply(s device.Status, err error) (*agentpb.StatusReply, error) {
	if err != nil {
		return nil, toWire(err)
	}
	return statusToWire(s), nil
}

func (s *service) Status(ctx context.Context, _ *agentpb.StatusRequest) (*agentpb.StatusReply, error) {
	return statusReply(s.agent.Status(ctx))
}

func (s *service) Stored(ctx context.Context, _ *agentpb.StoredRequest) (*agentpb.StoredReply, error) {
	all, err := s.agent.Stored(ctx)
	if err != nil {
		return nil, toWire(err)
	}
	return storedToWire(all), nil
}

func (s *service) Running(ctx context.Context, _ *agentpb.RunningRequest) (*agentpb.Configuration, error) {
	c, err := s.agent.Running(ctx)
	if err != nil {
		return nil, toWire(err)
	}
	return configurationToWire(c), nil
}

func (s *service) Differences(ctx context.Context, r *agentpb.Configuration) (*agentpb.DifferencesReply, error) {
	all, err := s.agent.Differences(ctx, configurationFromWire(r))
	if err != nil {
		return nil, toWire(err)
	}
	return differencesToWire(all), nil
}

func (s *service) Observe(ctx context.Context, _ *agentpb.ObserveRequest) (*agentpb.Observation, error) {
	o, err := s.agent.Observe(ctx)
	if err != nil {
		return nil, toWire(err)
	}
	return observationToWire(o), nil
}

func (s *service) Arm(ctx context.Context, r *agentpb.ArmRequest) (*agentpb.StatusReply, error) {
	return statusReply(s.agent.Arm(ctx, orderFromWire(r)))
}

func (s *service) Apply(ctx context.Context, r *agentpb.ChangeRequest) (*agentpb.StatusReply, error) {
	return statusReply(s.agent.Apply(ctx, r.GetChange()))
}

func (s *service) Confirm(ctx context.Context, r *agentpb.ChangeRequest) (*agentpb.StatusReply, error) {
	return statusReply(s.agent.Confirm(ctx, r.GetChange()))
}

func (s *service) Revert(ctx context.Context, r *agentpb.ChangeRequest) (*agentpb.StatusReply, error) {
	return statusReply(s.agent.Revert(ctx, r.GetChange(), r.GetReason()))
}

func (s *service) Restore(ctx context.Context, r *agentpb.RestoreRequest) (*agentpb.StatusReply, error) {
	if x, ok := s.agent.(device.Rescuer); ok {
		return statusReply(x.RestoreFor(ctx, device.Hash(r.GetHash()), r.GetHolder(), r.GetReason()))
	}
	return statusReply(s.agent.Restore(ctx, device.Hash(r.GetHash()), r.GetReason()))
}

func (s *service) Lease(ctx context.Context, r *agentpb.LeaseRequest) (*agentpb.LeaseReply, error) {
	x, ok := s.agent.(device.Rescuer)
	if !ok {
		return s.UnimplementedAgentServer.Lease(ctx, r)
	}
	l, err := x.Lease(ctx, r.GetHolder(), time.Duration(r.GetTermNanoseconds()))
	return leaseToWire(l, err)
}

func (s *service) Release(ctx context.Context, r *agentpb.LeaseRequest) (*agentpb.LeaseReply, error) {
	x, ok := s.agent.(device.Rescuer)
	if !ok {
		return s.UnimplementedAgentServer.Release(ctx, r)
	}
	return leaseToWire(device.Lease{}, x.Release(ctx, r.GetHolder()))
}

func (s *service) Recall(ctx context.Context, r *agentpb.RecallRequest) (*agentpb.Configuration, error) {
	x, ok := s.agent.(device.Archive)
	if !ok {
		return s.UnimplementedAgentServer.Recall(ctx, r)
	}
	c, err := x.Recall(ctx, device.Hash(r.GetHash()))
	if err != nil {
		return nil, toWire(err)
	}
	return configurationToWire(c), nil
}
