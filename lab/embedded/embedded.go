// Package embedded runs a snapshot's GoBGP routers inside this process, on loopback addresses: real sessions, real updates,
// no root and no network. The demonstration and fast tests of rollouts live on it; whole networks of other daemons are
// package lab's.
//
// A snapshot's addresses in 10.0.0.0/8 become those of 127.0.0.0/8 with the same last three bytes, all of which a machine
// has; FromSnapshot and ToSnapshot translate texts. Its neighbors outside are speakers of the same kind.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	gobgpconfig "github.com/osrg/gobgp/v3/pkg/config"
	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/osrg/gobgp/v3/pkg/server"

	dialect "github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/network"
)

// Options say how the lab differs from its snapshot. The zero value does not.
type Options struct {
	// Dir is where the routers' files and sockets go: an existing folder with a short path, for a socket's name has 107 bytes.
	Dir string
	// Also are other snapshots of the network: their neighbors outside speak, too, whether the routers know them yet or not.
	Also []*network.Network
	// Withholds reports what a neighbor outside does not send though routegate.yaml says so; nil: nothing. It is how a
	// demonstration makes the fault that no model can know.
	Withholds func(as uint32, p netip.Prefix) bool
}

// Lab is a running network. Its methods may be called at once from several goroutines.
type Lab struct {
	dir     string
	mu      sync.Mutex
	routers map[string]*server.BgpServer
	outside []*server.BgpServer
	options *selection // of the process
}

// selection is how paths are chosen. GoBGP has it in variables of its package: the server that started last decides for all
// of a process, so that all must agree.
type selection struct {
	options   oc.RouteSelectionOptionsConfig
	multipath bool
}

var (
	snapshotAddress = regexp.MustCompile(`\b10(\.\d{1,3}\.\d{1,3}\.\d{1,3})\b`)
	loopback        = regexp.MustCompile(`\b127(\.\d{1,3}\.\d{1,3}\.\d{1,3})\b`)
)

// FromSnapshot gives a text of the snapshot the lab's addresses.
func FromSnapshot(text string) string { return snapshotAddress.ReplaceAllString(text, "127$1") }

// ToSnapshot gives a text of the lab the snapshot's addresses.
func ToSnapshot(text string) string { return loopback.ReplaceAllString(text, "10$1") }

// Start runs the network and returns when every router has read its file; sessions come up afterwards. The caller calls
// Stop, also when ctx ends.
func Start(ctx context.Context, n *network.Network, o Options) (*Lab, error) {
	l := &Lab{dir: o.Dir, routers: map[string]*server.BgpServer{}}
	if err := l.start(ctx, n, o); err != nil {
		l.Stop()
		return nil, err
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context, n *network.Network, o Options) error {
	for _, r := range n.Routers {
		if r.Dialect != "gobgp" || len(r.Files) != 1 {
			return fmt.Errorf("%s: only routers of one GoBGP file run inside the process", r.Name)
		}
		if err := l.startRouter(ctx, n, r); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	spoken := map[netip.Addr]bool{}
	for _, m := range append([]*network.Network{n}, o.Also...) {
		plan, err := lab.MakePlan(m)
		if err != nil {
			return err
		}
		for i := range plan.Outside {
			s := &plan.Outside[i]
			if spoken[s.Address.Addr()] {
				continue
			}
			spoken[s.Address.Addr()] = true
			if err := l.speak(ctx, s, o.Withholds); err != nil {
				return fmt.Errorf("outside %s: %w", s.Address.Addr(), err)
			}
		}
	}
	return nil
}

// ConfigFile is what a router reads when it starts: in the lab's addresses.
func (l *Lab) ConfigFile(router string) (string, error) {
	files, err := filepath.Glob(filepath.Join(l.dir, router, "gobgpd.*"))
	if err != nil || len(files) != 1 {
		return "", errors.Join(fmt.Errorf("%s: no such router in the lab", router), err)
	}
	return files[0], nil
}

// API is the address of a router's gRPC API.
func (l *Lab) API(router string) string {
	return "unix://" + filepath.Join(l.dir, router+".sock")
}

func (l *Lab) startRouter(ctx context.Context, n *network.Network, r *network.Router) error {
	dir := filepath.Join(l.dir, r.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, filepath.Base(r.Files[0].Path))
	if err := os.WriteFile(file, []byte(FromSnapshot(string(r.Files[0].Text))), 0o600); err != nil {
		return err
	}
	s, err := l.serve(ctx, r.Name, file)
	if err != nil {
		return err
	}
	for _, x := range n.Env.Originations {
		if x.Router == r.Name {
			if err := originate(ctx, s, x.Prefixes, x.Attributes); err != nil {
				return err
			}
		}
	}
	return nil
}

// serve is gobgpd: a server that has read the file.
func (l *Lab) serve(ctx context.Context, name, file string) (*server.BgpServer, error) {
	c, err := gobgpconfig.ReadConfigFile(file, dialect.Format(file))
	if err != nil {
		return nil, err
	}
	mine := selection{c.Global.RouteSelectionOptions.Config, c.Global.UseMultiplePaths.Config.Enabled}
	if l.options == nil {
		l.options = &mine
	} else if *l.options != mine {
		return nil, errors.New("route selection options and multiple paths must be the same at all routers: one process has one setting")
	}
	log := &quiet{}
	s := server.NewBgpServer(server.GrpcListenAddress(l.API(name)), server.LoggerOption(log))
	l.mu.Lock()
	l.routers[name] = s
	l.mu.Unlock()
	go s.Serve()
	if _, err := gobgpconfig.InitialConfig(ctx, s, c, false); err != nil {
		return nil, err
	}
	return s, log.failed()
}

// speak runs one neighbor outside. It calls the router again and again, and sends what routegate.yaml announces for it.
func (l *Lab) speak(ctx context.Context, s *lab.Speaker, withholds func(uint32, netip.Prefix) bool) error {
	log := &quiet{}
	b := server.NewBgpServer(server.LoggerOption(log))
	l.mu.Lock()
	l.outside = append(l.outside, b)
	l.mu.Unlock()
	go b.Serve()
	own, peer := FromSnapshot(s.Address.Addr().String()), FromSnapshot(s.Peer.String())
	g := &oc.Global{Config: oc.GlobalConfig{As: s.AS, RouterId: own, Port: -1}, RouteSelectionOptions: oc.RouteSelectionOptions{Config: l.options.options},
		UseMultiplePaths: oc.UseMultiplePaths{Config: oc.UseMultiplePathsConfig{Enabled: l.options.multipath}}}
	if err := b.StartBgp(ctx, &api.StartBgpRequest{Global: oc.NewGlobalFromConfigStruct(g)}); err != nil {
		return err
	}
	for prefixes, attrs := range s.Injections() {
		if withholds != nil {
			prefixes = slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool { return withholds(s.AS, p) })
		}
		if err := originate(ctx, b, prefixes, attrs); err != nil {
			return err
		}
	}
	port := uint32(network.BGPPort)
	if s.Neighbor != nil && s.Neighbor.Port != 0 {
		port = uint32(s.Neighbor.Port)
	}
	if err := b.AddPeer(ctx, &api.AddPeerRequest{Peer: &api.Peer{
		Conf:      &api.PeerConf{NeighborAddress: peer, PeerAsn: s.PeerAS},
		Transport: &api.Transport{LocalAddress: own, RemotePort: port},
		Timers:    &api.Timers{Config: &api.TimersConfig{ConnectRetry: 1, HoldTime: 9, KeepaliveInterval: 3}},
		AfiSafis:  []*api.AfiSafi{{Config: &api.AfiSafiConfig{Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}, Enabled: true}}},
	}}); err != nil {
		return err
	}
	return log.failed()
}

// Stop ends every router and speaker and waits for them.
func (l *Lab) Stop() {
	l.mu.Lock()
	servers := slices.Clone(l.outside)
	for _, s := range l.routers {
		servers = append(servers, s)
	}
	l.routers, l.outside = map[string]*server.BgpServer{}, nil
	l.mu.Unlock()
	var wg sync.WaitGroup
	for _, s := range servers {
		wg.Go(s.Stop)
	}
	wg.Wait()
}

// Settle waits until as many sessions are up as are wanted, and no table has moved for a quarter of a second.
func (l *Lab) Settle(ctx context.Context, sessions int) error {
	still := 0
	var last string
	for {
		up, tables, err := l.look(ctx)
		if err != nil {
			return err
		}
		if up >= sessions && tables == last {
			still++
		} else {
			still = 0
		}
		if last = tables; still >= 5 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d sessions are up: %w", up, sessions, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Up counts the established sessions' ends at all routers.
func (l *Lab) Up(ctx context.Context) (int, error) {
	up, _, err := l.look(ctx)
	return up, err
}

// look counts the established ends of sessions of all routers, and sums up their tables.
func (l *Lab) look(ctx context.Context) (up int, tables string, err error) {
	l.mu.Lock()
	routers := make(map[string]*server.BgpServer, len(l.routers))
	for name, s := range l.routers {
		routers[name] = s
	}
	l.mu.Unlock()
	var text strings.Builder
	for _, name := range sorted(routers) {
		s := routers[name]
		if err := s.ListPeer(ctx, &api.ListPeerRequest{}, func(p *api.Peer) {
			if p.State.SessionState == api.PeerState_ESTABLISHED {
				up++
			}
		}); err != nil {
			return 0, "", fmt.Errorf("%s: %w", name, err)
		}
		var lines []string
		if err := s.ListPath(ctx, &api.ListPathRequest{TableType: api.TableType_GLOBAL, Family: &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}},
			func(d *api.Destination) {
				lines = append(lines, fmt.Sprint(d.Prefix, len(d.Paths), d.Paths[0].NeighborIp))
			}); err != nil {
			return 0, "", fmt.Errorf("%s: %w", name, err)
		}
		slices.Sort(lines)
		fmt.Fprintln(&text, name, lines)
	}
	return up, text.String(), nil
}

func sorted(m map[string]*server.BgpServer) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// originate adds routes of a server's own.
func originate(ctx context.Context, s *server.BgpServer, prefixes []netip.Prefix, a network.PathAttributes) error {
	for _, p := range prefixes {
		path, err := lab.APIPath(p, a, netip.Addr{})
		if err != nil {
			return err
		}
		if _, err := s.AddPath(ctx, &api.AddPathRequest{TableType: api.TableType_GLOBAL, Path: path}); err != nil {
			return fmt.Errorf("originate %s: %w", p, err)
		}
	}
	return nil
}
