// Package gobgp drives gobgpd through its gRPC API on the router's own machine, object by object: its own reload of a file
// applies only the first neighbor that changed and leaves what export policies did as it was.
package gobgp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	api "github.com/osrg/gobgp/v3/api"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	dialect "github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/compare"
	"github.com/routegate/routegate/device/process"
)

// Options say where the daemon of one router is.
type Options struct {
	Router     string // its name, for messages and observations
	Address    string // of the gRPC API: unix:///run/gobgp.sock, or a literal address and port; "" is 127.0.0.1:50051
	ConfigFile string // what gobgpd reads when it starts (its suffix names the format); "" is /etc/gobgp/gobgpd.conf
	// StateDir keeps what gobgpd was given last; it must outlive this process. "" is the folder routegate beside ConfigFile.
	StateDir string
}

// Driver is a device.Driver. Its calls are made one at a time.
type Driver struct {
	o     Options
	plans map[device.Hash]*plan
}

var _ device.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(o Options) *Driver {
	if o.Router == "" {
		o.Router = "this router"
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:50051"
	}
	if o.ConfigFile == "" {
		o.ConfigFile = "/etc/gobgp/gobgpd.conf"
	}
	if o.StateDir == "" {
		o.StateDir = filepath.Join(filepath.Dir(o.ConfigFile), "routegate")
	}
	return &Driver{o: o, plans: map[device.Hash]*plan{}}
}

// connect opens the API. A new connection each time: an old one would wait before it tries a daemon again that was started anew.
func (d *Driver) connect() (api.GobgpApiClient, func(), error) {
	target := d.o.Address
	if !strings.HasPrefix(target, "unix:") {
		if _, err := netip.ParseAddrPort(target); err != nil {
			return nil, nil, fmt.Errorf("the address of gobgpd's API is %q: want unix:///PATH, or a literal address and port", target)
		}
		target = "passthrough:///" + target
	}
	c, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}
	return api.NewGobgpApiClient(c), func() { c.Close() }, nil
}

// now is everything that gobgpd runs.
func (d *Driver) now(ctx context.Context) (*objects, error) {
	c, done, err := d.connect()
	if err != nil {
		return nil, err
	}
	defer done()
	o, err := fetch(ctx, c)
	if err != nil {
		return nil, silent(ctx, err)
	}
	return o, nil
}

// silent names a daemon that does not answer, and the context's end where that is why.
func silent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("gobgpd does not answer: %w", ctx.Err())
	}
	return fmt.Errorf("gobgpd: %w", err)
}

// candidates are the files that gobgpd may have been given last: by this driver, or when it started.
func (d *Driver) candidates() (all []device.Configuration, err error) {
	for _, path := range []string{filepath.Join(d.o.StateDir, filepath.Base(d.o.ConfigFile)), d.o.ConfigFile} {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, device.Configuration{Files: []device.File{{Name: filepath.Base(path), Data: data}}})
	}
	return all, nil
}

// Running is the file that gobgpd was given last or that stands on disk, whichever says what its API says. GoBGP writes no file
// itself: where neither does, somebody has changed something over the API, and the error says what.
func (d *Driver) Running(ctx context.Context) (device.Configuration, error) {
	have, err := d.now(ctx)
	if err != nil {
		return device.Configuration{}, err
	}
	c, _, err := d.known(ctx, have)
	return c, err
}

func (d *Driver) known(ctx context.Context, have *objects) (device.Configuration, *plan, error) {
	all, err := d.candidates()
	if err != nil {
		return device.Configuration{}, nil, err
	}
	why := fmt.Errorf("there is neither %s nor a file that gobgpd was given", d.o.ConfigFile)
	for _, c := range all {
		p, err := d.read(ctx, c)
		if err != nil {
			why = err
			continue
		}
		left := differences(p.objects, have)
		if len(left) == 0 {
			return c, p, nil
		}
		why = fmt.Errorf("%s (%d differences)", left[0], len(left))
	}
	return device.Configuration{}, nil, fmt.Errorf("what gobgpd runs stands in no file: %w (apply a configuration)", why)
}

// Check stages the candidate and refuses what the API cannot change.
func (d *Driver) Check(ctx context.Context, candidate device.Configuration) error {
	p, err := d.read(ctx, candidate)
	if err != nil {
		return err
	}
	f, _ := file(candidate)
	if dialect.Format(f.Name) != dialect.Format(d.o.ConfigFile) {
		return fmt.Errorf("%s is %s, and gobgpd starts with %s: its format cannot change", f.Name, dialect.Format(f.Name), d.o.ConfigFile)
	}
	have, err := d.now(ctx)
	if err != nil {
		return err
	}
	return d.changeable(ctx, p, have)
}

// changeable refuses what gobgpd takes only when it starts.
func (d *Driver) changeable(ctx context.Context, p *plan, have *objects) error {
	fixed := append(compareObject("global", p.objects.global, have.global), compareMaps("vrf", p.objects.vrfs, have.vrfs)...)
	if len(fixed) > 0 {
		return fmt.Errorf("gobgpd must be started anew for this, its API cannot change it: %s%s", fixed[0], andMore(len(fixed)-1))
	}
	_, was, err := d.known(ctx, have)
	if err != nil {
		return nil // the way back from a state that no file describes; what stands beside BGP is not known then
	}
	for _, x := range []struct {
		name        string
		was, wanted any
	}{{"zebra", was.conf.Zebra, p.conf.Zebra}, {"rpki-servers", was.conf.RpkiServers, p.conf.RpkiServers}, {"bmp-servers", was.conf.BmpServers, p.conf.BmpServers},
		{"mrt-dump", was.conf.MrtDump, p.conf.MrtDump}, {"vrfs", was.conf.Vrfs, p.conf.Vrfs}} {
		if !reflect.DeepEqual(x.was, x.wanted) {
			return fmt.Errorf("gobgpd must be started anew for this, a rollout cannot change it: %s", x.name)
		}
	}
	return nil
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// Differences compares what the API tells with what gobgpd would make of the wanted configuration; by the model where what runs
// stands in a file, object by object where it does not.
func (d *Driver) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	p, err := d.read(ctx, want)
	if err != nil {
		return nil, err
	}
	have, err := d.now(ctx)
	if err != nil {
		return nil, err
	}
	left := differences(p.objects, have)
	if _, was, err := d.known(ctx, have); err == nil {
		if model := compare.Routers(p.model, was.model); len(model) > 0 {
			return model, nil
		}
	}
	return left, nil
}

// Persist writes the file that gobgpd reads when it starts, once what it says runs: a restart agrees with it then.
func (d *Driver) Persist(ctx context.Context, c device.Configuration) error {
	f, err := file(c)
	if err != nil {
		return err
	}
	if dialect.Format(f.Name) != dialect.Format(d.o.ConfigFile) {
		return fmt.Errorf("%s is %s, and gobgpd starts with %s", f.Name, dialect.Format(f.Name), d.o.ConfigFile)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return device.ReplaceFile(d.o.ConfigFile, f.Data)
}

// remember keeps what gobgpd was given.
func (d *Driver) remember(c device.Configuration) error {
	f, err := file(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.o.StateDir, 0o755); err != nil {
		return err
	}
	return device.ReplaceFile(filepath.Join(d.o.StateDir, filepath.Base(d.o.ConfigFile)), f.Data)
}

// Incarnation holds the process, where the API is a Unix socket, and the content of everything that the API tells. Over TCP a
// gobgpd that was started anew with the same configuration does not show.
func (d *Driver) Incarnation(ctx context.Context) (string, error) {
	have, err := d.now(ctx)
	if err != nil {
		return "", err
	}
	who := ""
	if path, ok := strings.CutPrefix(d.o.Address, "unix:"); ok {
		pid, started, err := process.Listener(ctx, strings.TrimPrefix(path, "//"))
		if err != nil {
			return "", silent(ctx, err)
		}
		who = fmt.Sprintf("gobgpd=%d@%s ", pid, started)
	}
	return fmt.Sprintf("%sconfig=%.16x", who, sha256.Sum256([]byte(have.text()))), nil
}

// text is all objects in a fixed order, for a hash. Dynamic neighbors come and go with their callers.
func (o *objects) text() string {
	var b strings.Builder
	add := func(x proto.Message) {
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(x)
		if err != nil {
			data = []byte(err.Error())
		}
		fmt.Fprintf(&b, "%d:%s", len(data), data)
	}
	peers := map[string]*api.Peer{}
	for k, p := range o.peers {
		if o.outOfRange(p) {
			continue
		}
		p = proto.CloneOf(p)
		if p.Transport != nil {
			p.Transport.LocalAddress = "" // comes and goes with the session
		}
		peers[k] = p
	}
	add(o.global)
	inOrder(o.vrfs, add)
	inOrder(peers, add)
	inOrder(o.groups, add)
	inOrder(o.dynamic, add)
	for _, k := range kinds {
		inOrder(ofKind(o.sets, k), add)
	}
	inOrder(o.policies, add)
	for _, d := range directions {
		add(o.assignments[d])
	}
	return b.String()
}

func inOrder[T proto.Message](m map[string]T, take func(proto.Message)) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		take(m[k])
	}
}
