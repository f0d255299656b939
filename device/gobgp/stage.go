package gobgp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"sync"

	api "github.com/osrg/gobgp/v3/api"
	gobgpconfig "github.com/osrg/gobgp/v3/pkg/config"
	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/osrg/gobgp/v3/pkg/log"
	"github.com/osrg/gobgp/v3/pkg/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	dialect "github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/network"
)

// plan is one configuration in the three forms that are needed.
type plan struct {
	model   *network.Router
	conf    *oc.BgpConfigSet // as gobgpd decodes it, with defaults
	objects *objects         // as gobgpd's API would tell it
}

// staging is one at a time, for the sake of those variables.
var staging sync.Mutex

// names are those that gobgpd's file may have, by which its format is known.
var names = []string{"gobgpd.conf", "gobgpd.toml", "gobgpd.yaml", "gobgpd.yml", "gobgpd.json"}

// file is the one file of a configuration that is gobgpd's; zebra's and others beside it are not this driver's.
func file(c device.Configuration) (device.File, error) {
	for _, n := range names {
		for _, f := range c.Files {
			if path.Base(f.Name) == n {
				return f, nil
			}
		}
	}
	if len(c.Files) == 1 {
		return c.Files[0], nil
	}
	return device.File{}, fmt.Errorf("the configuration has no file of gobgpd's: want one of %v", names)
}

// read reads a configuration and stages it: a GoBGP server in this process, which listens nowhere and whose neighbors are all down,
// is given it as gobgpd would be, and tells over its own API what it made of it. The error is what gobgpd would end with.
//
// GoBGP keeps its options for choosing paths, and which settings a neighbor of a peer group has of its own, in variables of the whole
// process: a stage sets them. A process that also runs GoBGP speakers can hold this driver only where these have the same options
// and no peer groups.
func (d *Driver) read(ctx context.Context, c device.Configuration) (*plan, error) {
	f, err := file(c)
	if err != nil {
		return nil, err
	}
	key := c.Hash()
	if p, ok := d.plans[key]; ok {
		return p, nil
	}
	model, err := dialect.Parse(d.o.Router, dialect.Source{Path: f.Name, Text: f.Data})
	if err != nil {
		return nil, err
	}
	if b := model.Default().BGP; b.Missing.PoliciesUnloaded {
		return nil, fmt.Errorf("%s: a policy or a set that is named is not there: gobgpd would run without any policy", f.Name)
	}
	staging.Lock()
	defer staging.Unlock()
	dir, err := os.MkdirTemp("", "routegate-gobgp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	kind := dialect.Format(f.Name)
	at := filepath.Join(dir, "gobgpd."+kind)
	if err := os.WriteFile(at, f.Data, 0o600); err != nil {
		return nil, err
	}
	p := &plan{model: model}
	if p.conf, err = gobgpconfig.ReadConfigFile(at, kind); err != nil {
		return nil, fmt.Errorf("%s: gobgpd refuses the file: %w", f.Name, err)
	}
	again, err := gobgpconfig.ReadConfigFile(at, kind) // the server writes into what it is given
	if err != nil {
		return nil, err
	}
	if p.objects, err = stage(ctx, again, "unix://"+filepath.Join(dir, "api.sock")); err != nil {
		return nil, fmt.Errorf("%s: gobgpd would not run this: %w", f.Name, err)
	}
	p.objects.global.ListenPort = p.conf.Global.Config.Port
	p.objects.global.ListenAddresses = p.conf.Global.Config.LocalAddressList
	for _, n := range p.conf.Neighbors {
		if x := p.objects.peers[neighborKey(&n)]; x != nil {
			x.Conf.AdminDown = n.Config.AdminDown
		}
	}
	if err := p.whole(f.Name); err != nil {
		return nil, err
	}
	if len(d.plans) > 8 {
		clear(d.plans)
	}
	d.plans[key] = p
	return p, nil
}

func neighborKey(n *oc.Neighbor) string {
	if n.Config.NeighborInterface != "" {
		return n.Config.NeighborInterface
	}
	if n.State.NeighborAddress != "" {
		return n.State.NeighborAddress
	}
	return n.Config.NeighborAddress
}

// whole looks whether the stage made everything that the file says: gobgpd itself only logs some of what it leaves out.
func (p *plan) whole(name string) error {
	for _, n := range p.conf.Neighbors {
		if p.objects.peers[neighborKey(&n)] == nil {
			return fmt.Errorf("%s: gobgpd would not make neighbor %s", name, neighborKey(&n))
		}
	}
	apply := p.conf.Global.ApplyPolicy.Config
	for d, want := range map[api.PolicyDirection][]string{api.PolicyDirection_IMPORT: apply.ImportPolicyList, api.PolicyDirection_EXPORT: apply.ExportPolicyList} {
		var got []string
		for _, x := range p.objects.assignments[d].GetPolicies() {
			got = append(got, x.Name)
		}
		if len(want)+len(got) > 0 && !reflect.DeepEqual(want, got) {
			return fmt.Errorf("%s: gobgpd would apply the policies %v where %v are named: is each defined, and named once?", name, got, want)
		}
	}
	if len(p.objects.policies) != len(p.conf.PolicyDefinitions) {
		return fmt.Errorf("%s: gobgpd would load %d of %d policies", name, len(p.objects.policies), len(p.conf.PolicyDefinitions))
	}
	return nil
}

// stage has a server of this process take the configuration and tells what its API says then.
func stage(ctx context.Context, conf *oc.BgpConfigSet, address string) (_ *objects, err error) {
	conf.Global.Config.Port, conf.Global.Config.LocalAddressList = -1, nil
	conf.Zebra, conf.RpkiServers, conf.BmpServers, conf.MrtDump = oc.Zebra{}, nil, nil, nil
	for i := range conf.Neighbors {
		conf.Neighbors[i].Config.AdminDown = true
	}
	said := &quiet{}
	s := server.NewBgpServer(server.GrpcListenAddress(address), server.LoggerOption(said))
	go s.Serve()
	defer s.Stop()
	_, err = gobgpconfig.InitialConfig(ctx, s, conf, false)
	if e := said.end(); e != nil {
		err = e // the first is the cause
	}
	if err != nil {
		return nil, err
	}
	c, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	client := api.NewGobgpApiClient(c)
	if _, err := client.GetBgp(ctx, &api.GetBgpRequest{}, grpc.WaitForReady(true)); err != nil {
		return nil, err
	}
	return fetch(ctx, client)
}

// quiet is a logger that says nothing, and for which what would end gobgpd is an error. GoBGP logs from more than one goroutine.
type quiet struct {
	mu    sync.Mutex
	first error
}

// end is what gobgpd would have ended with; nil if it runs.
func (q *quiet) end() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.first
}

func (q *quiet) Fatal(msg string, f log.Fields) {
	err := errors.New(msg)
	if e, ok := f["Error"]; ok {
		err = fmt.Errorf("%s: %v", msg, e)
		if key, ok := f["Key"]; ok {
			err = fmt.Errorf("%s %v: %v", msg, key, e)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.first = cmp.Or(q.first, err)
}

func (q *quiet) Panic(msg string, f log.Fields) { q.Fatal(msg, f) }
func (q *quiet) Error(string, log.Fields)       {}
func (q *quiet) Warn(string, log.Fields)        {}
func (q *quiet) Info(string, log.Fields)        {}
func (q *quiet) Debug(string, log.Fields)       {}
func (q *quiet) SetLevel(log.LogLevel)          {}
func (q *quiet) GetLevel() log.LogLevel         { return log.FatalLevel }
