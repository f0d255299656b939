package config

import (
	"context"
	"crypto/sha256"
	"runtime"
	"strings"

	"github.com/routegate/routegate/network"
)

// Options bound and observe a load. The zero value is ready to use.
type Options struct {
	// Base is another snapshot, loaded before: a router whose files are the same
	// bytes there is not parsed again but shared.
	Base *Snapshot
	// Progress is called from one goroutine at a time; may be nil.
	Progress func(stage string, done, total int)
	Workers  int // 0: one a processor
}

// Snapshot is a network as it is written down. Read-only once loaded; safe for
// concurrent readers.
type Snapshot struct {
	Where    string // as it was asked for: a folder, or git:REF[:folder]
	Network  *network.Network
	Policies []PolicyFile // policies/**/*.rego, sorted by path
	Bundle   *PolicyFile  // the OPA bundle that policy.bundle names, unread; nil when there is none
	Change   *ChangeFile  // change.yaml; nil when there is none
	// Environment is routegate.yaml as it is written, for quoting; what it says is in Network.Env. nil when there is none.
	Environment *EnvironmentFile
	Waivers     *WaiverFile // waivers.yaml; nil when there is none
	// Digest is SHA-256 over everything that the snapshot was read from: the routers' files, routegate.yaml with its
	// feeds, links, policies, waivers and the declared change.
	Digest [sha256.Size]byte
	// Assumptions are conclusions that stand in no file, each a sentence with the line that
	// it was drawn from; sorted.
	Assumptions []string
	// Warnings are conclusions that could not be drawn, and other reasons to look twice; sorted.
	Warnings []string
	// Unread are the files in routers' folders that no dialect reads. Their lines
	// are in the routers' ledgers as not modelled.
	Unread []string
	// Shared counts the routers taken over from Options.Base without parsing.
	Shared int

	parsed  map[string]*parsedDevice // by router name: what Base is compared with
	feeds   map[feedKey][]network.Announcement
	implied []impliedAddress // kept for snapshots that have this one as their base
}

// PolicyFile is one of the user's own policies, or a bundle of them.
type PolicyFile struct {
	Path string // policies/....rego; of a bundle as routegate.yaml names it
	Text []byte
}

// ChangeFile is what a change declares of itself.
type ChangeFile struct {
	Path string
	Text []byte
}

// EnvironmentFile is routegate.yaml.
type EnvironmentFile struct {
	Path string
	Text []byte
}

// Load reads a snapshot: a folder, or git:REF[:folder] of the repository in the
// current directory. What cannot be read is an *Error; where several files cannot,
// the first by path, with the number of the others.
func Load(ctx context.Context, where string, o Options) (*Snapshot, error) {
	src, err := newSource(ctx, where)
	if err != nil {
		return nil, err
	}
	return loadFrom(ctx, where, src, o)
}

func loadFrom(ctx context.Context, where string, from source, o Options) (*Snapshot, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	src := &recorder{source: from, seen: map[string][sha256.Size]byte{}}
	paths, err := src.list(ctx)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Where: where}
	devices, err := groupDevices(paths)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return nil, &Error{Path: where, Msg: "no router is configured here", Hint: "a snapshot has one folder a router: devices/NAME/frr.conf, devices/NAME/gobgpd.toml or devices/NAME/bird.conf"}
	}
	if err := s.parseDevices(ctx, src, devices, o); err != nil {
		return nil, err
	}
	if err := s.readBeside(ctx, src, paths); err != nil {
		return nil, err
	}
	topology, err := readTopology(ctx, src, paths)
	if err != nil {
		return nil, err
	}
	if err := s.assemble(ctx, src, paths, topology, o); err != nil {
		return nil, err
	}
	if err := s.readWaivers(ctx, src, paths); err != nil {
		return nil, err
	}
	s.Digest = src.digest()
	s.Assumptions, s.Warnings = sortedUnique(s.Assumptions), sortedUnique(s.Warnings)
	return s, nil
}

// readBeside reads what stands beside the configurations: the user's policies and
// the declared change.
func (s *Snapshot) readBeside(ctx context.Context, src source, paths []string) error {
	for _, p := range paths {
		switch {
		case strings.HasPrefix(p, "policies/") && strings.HasSuffix(p, ".rego"):
			b, err := src.read(ctx, p)
			if err != nil {
				return err
			}
			s.Policies = append(s.Policies, PolicyFile{p, b})
		case p == changeFile:
			b, err := src.read(ctx, p)
			if err != nil {
				return err
			}
			s.Change = &ChangeFile{p, b}
		case p == "routegate.yml", p == "change.yml", p == "waivers.yml", p == "topology.clab.yaml":
			want := map[string]string{"routegate.yml": environmentFile, "change.yml": changeFile, "waivers.yml": waiverFile, "topology.clab.yaml": topologyFile}[p]
			return &Error{Path: p, Msg: "this file would not be read", Hint: "rename it to " + want}
		}
	}
	return nil
}

// assemble makes the network of the routers, the environment and the links.
func (s *Snapshot) assemble(ctx context.Context, src source, paths []string, topology *topology, o Options) error {
	n := &network.Network{Name: s.Where}
	work := newWorkbench(s.parsed)
	env, err := s.readEnvironment(ctx, src, paths, work, n, o.Base)
	if err != nil {
		return err
	}
	n.Env = env
	work.originate(n.Env.Originations)
	work.addFaces(topology)
	found := findAddresses(work, o.Base)
	s.implied = work.implied
	s.Assumptions = append(s.Assumptions, found.assumptions...)
	s.Warnings = append(s.Warnings, found.warnings...)
	work.fitPatterns()
	n.Routers = work.finish(o.Base)
	var warnings []string
	n.Links, warnings = findLinks(n.Routers, topology)
	s.Warnings = append(s.Warnings, warnings...)
	s.Network = n
	return checkBandwidths(n)
}
