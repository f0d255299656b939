package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	api "github.com/osrg/gobgp/v3/api"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	dialect "github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/network"
)

var zebraSocket = regexp.MustCompile(`unix:[^"'\s]*zserv\.api`)

// startGoBGP runs gobgpd with the router's own file, beside FRR's zebra, staticd and
// ospfd where the folder has files for them, or where gobgpd wants a zebra.
func (l *Lab) startGoBGP(ctx context.Context, n *Node) error {
	ns := l.prefix + n.Name
	f, ok := gobgpFile(n.Router)
	if !ok {
		return errNoFile
	}
	if text, err := integrated(n.Router); err == nil || zebraSocket.Match(f.Text) {
		if err := l.runFRR(ctx, n, text); err != nil {
			return err
		}
	}
	if err := l.introduce(ctx, n); err != nil {
		return err
	}
	client, err := l.runGoBGP(ctx, ns, filepath.Base(f.Path), f.Text, l.Plan.listensFor(n.Router))
	if err != nil {
		return err
	}
	for _, o := range l.Plan.Net.Env.Originations {
		if o.Router == n.Router.Name {
			if err := inject(ctx, client, o.Prefixes, o.Attributes, netip.Addr{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func gobgpFile(r *network.Router) (*network.File, bool) {
	return file(r, "gobgpd.toml", "gobgpd.yaml", "gobgpd.yml", "gobgpd.json", "gobgpd.conf")
}

// runGoBGP starts gobgpd and waits until it has read its file. It waits to be called by the neighbors in
// passive, whatever the file says.
func (l *Lab) runGoBGP(ctx context.Context, ns, name string, text []byte, passive []string) (api.GobgpApiClient, error) {
	dir := l.folder(ns)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, name)
	// Each router's zebra listens in its own folder.
	text = zebraSocket.ReplaceAll(text, []byte("unix:"+filepath.Join(dir, "zserv.api")))
	if err := os.WriteFile(conf, text, 0o644); err != nil {
		return nil, err
	}
	return l.runGoBGPFile(ctx, ns, name, passive)
}

// runGoBGPFile starts gobgpd with the file of that name that lies in the namespace's folder.
func (l *Lab) runGoBGPFile(ctx context.Context, ns, name string, passive []string) (api.GobgpApiClient, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir := l.folder(ns)
	conf, socket := filepath.Join(dir, name), filepath.Join(dir, "api.sock")
	// Go listens with multipath TCP, on which Linux sets no MD5 keys: a neighbor with a password would never come up.
	if err := l.daemon(ns, "gobgpd", "env", "GODEBUG=multipathtcp=0", gobgpdJob+"="+conf+"|"+dialect.Format(name)+"|"+strings.Join(passive, ",")+"|"+socket, self); err != nil {
		return nil, err
	}
	for _, path := range []string{loaded(socket), socket} {
		if err := awaitFile(ctx, path, 10*time.Second); err != nil {
			out, _ := os.ReadFile(filepath.Join(dir, "gobgpd.out"))
			return nil, fmt.Errorf("gobgpd did not start: %w: %s", err, out)
		}
	}
	c, err := l.gobgp(ns)
	if err != nil {
		return nil, err
	}
	// The socket is there a moment before it is listened on.
	_, err = c.GetBgp(ctx, &api.GetBgpRequest{}, grpc.WaitForReady(true))
	return c, err
}

// gobgp connects to the daemon of a namespace, once.
func (l *Lab) gobgp(ns string) (api.GobgpApiClient, error) {
	if c := l.clients[ns]; c != nil {
		return api.NewGobgpApiClient(c), nil
	}
	c, err := grpc.NewClient("unix://"+filepath.Join(l.folder(ns), "api.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	l.clients[ns] = c
	return api.NewGobgpApiClient(c), nil
}

// startSpeaker runs a gobgpd that stands for one outside neighbor and sends what it announces.
func (l *Lab) startSpeaker(ctx context.Context, s *Speaker) error {
	type m = map[string]any
	neighbor := m{"config": m{"neighbor-address": s.Peer.String(), "peer-as": s.PeerAS, "auth-password": s.Neighbor.Password},
		"timers":          m{"config": m{"connect-retry": 1}},
		"transport":       m{"config": m{"local-address": s.Address.Addr().String(), "passive-mode": true}},
		"ebgp-multihop":   m{"config": m{"enabled": (s.Neighbor.MultihopEnabled || s.Neighbor.TTLSecurityHops > 0) && s.AS != s.PeerAS, "multihop-ttl": 255}},
		"as-path-options": m{"config": m{"allow-own-as": 10}},
		"afi-safis":       families(s.Neighbor)}
	text, err := json.Marshal(m{"global": m{"config": m{"as": s.AS, "router-id": l.Plan.routerID(s).String()}}, "neighbors": []any{neighbor}})
	if err != nil {
		return err
	}
	client, err := l.runGoBGP(ctx, l.prefix+s.Namespace, "gobgpd.json", text, nil)
	if err != nil {
		return err
	}
	for prefixes, attrs := range s.Injections() {
		if err := inject(ctx, client, prefixes, attrs, s.Address.Addr()); err != nil {
			out, _ := os.ReadFile(filepath.Join(l.folder(l.prefix+s.Namespace), "gobgpd.out"))
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}

// Injections are what the speaker has to originate to send what is announced for it. It prepends its own AS: the paths are
// without that.
func (s *Speaker) Injections() iter.Seq2[[]netip.Prefix, network.PathAttributes] {
	return func(yield func([]netip.Prefix, network.PathAttributes) bool) {
		for _, a := range s.Sends {
			attrs := a.Attributes
			attrs.ASPath = withoutFirst(attrs.ASPath, s.AS)
			if !yield(a.Prefixes, attrs) {
				return
			}
		}
	}
}

func families(n *network.Neighbor) []any {
	var all []any
	for _, f := range network.Families {
		if n.Families[f].Active {
			all = append(all, map[string]any{"config": map[string]any{"afi-safi-name": f.String()}})
		}
	}
	return all
}

func withoutFirst(p network.ASPath, as uint32) network.ASPath {
	if first, ok := p.First(); !ok || first != as {
		return p
	}
	head := p[0]
	rest := network.ASPath{}
	if len(head.AS) > 1 {
		rest = append(rest, network.ASSegment{Kind: head.Kind, AS: head.AS[1:]})
	}
	return append(rest, p[1:]...)
}

// inject adds routes over the API; self is the next hop where the attributes name none.
func inject(ctx context.Context, c api.GobgpApiClient, prefixes []netip.Prefix, a network.PathAttributes, self netip.Addr) error {
	for _, p := range prefixes {
		path, err := APIPath(p, a, self)
		if err != nil {
			return err
		}
		_, err = c.AddPath(ctx, &api.AddPathRequest{TableType: api.TableType_GLOBAL, Path: path})
		if err != nil {
			return fmt.Errorf("inject %s: %w", p, err)
		}
	}
	return nil
}
