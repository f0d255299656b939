package config

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/iter"

	"github.com/routegate/routegate/network"
)

// device is a router's folder, its files sorted into those that a dialect reads,
// those that cannot change a route, and those that nothing reads.
type device struct {
	name         string
	frr, gobgp   []string
	bird         string // bird.conf; what it includes is among alien until it is read
	quiet, alien []string
}

// parsedDevice is a router as its files say, before anything is concluded.
type parsedDevice struct {
	router  *network.Router
	digest  [32]byte        // of all its files, paths and bytes
	applied string          // the conclusions that made decorated of router
	final   *network.Router // with them; what Network holds
	unread  []string
}

// frrFiles are the files that FRR's daemons read.
var frrFiles = map[string]bool{
	"frr.conf": true, "zebra.conf": true, "bgpd.conf": true, "staticd.conf": true, "ospfd.conf": true, "ospf6d.conf": true,
	"isisd.conf": true, "ripd.conf": true, "ripngd.conf": true, "eigrpd.conf": true, "pimd.conf": true, "pim6d.conf": true,
	"ldpd.conf": true, "bfdd.conf": true, "pbrd.conf": true, "vrrpd.conf": true, "fabricd.conf": true, "babeld.conf": true,
	"nhrpd.conf": true, "pathd.conf": true, "mgmtd.conf": true, "sharpd.conf": true,
}

// gobgpFiles are the names that a GoBGP configuration goes by.
var gobgpFiles = map[string]bool{
	"gobgpd.toml": true, "gobgpd.yaml": true, "gobgpd.yml": true, "gobgpd.json": true, "gobgpd.conf": true,
	"gobgp.toml": true, "gobgp.yaml": true, "gobgp.yml": true, "gobgp.json": true, "gobgp.conf": true,
}

// quietFiles set up the daemons' shell and their start, not routes.
var quietFiles = map[string]bool{"vtysh.conf": true, "daemons": true, "support_bundle_commands.conf": true, "frr.log": true}

// groupDevices sorts the files below devices/ by router.
func groupDevices(paths []string) ([]*device, error) {
	var out []*device
	byName := map[string]*device{}
	for _, p := range paths {
		rest, ok := strings.CutPrefix(p, "devices/")
		if !ok {
			continue
		}
		name, file, ok := strings.Cut(rest, "/")
		if !ok {
			return nil, &Error{Path: p, Msg: "a router's files stand in a folder of its own", Hint: "as in devices/NAME/frr.conf"}
		}
		d := byName[name]
		if d == nil {
			d = &device{name: name}
			byName[name], out = d, append(out, d)
		}
		switch {
		case frrFiles[file]:
			d.frr = append(d.frr, p)
		case gobgpFiles[file]:
			d.gobgp = append(d.gobgp, p)
		case file == "bird.conf":
			d.bird = p
		case file == "bird6.conf":
			return nil, &Error{Path: p, Msg: "BIRD 1 is not read", Hint: "BIRD 2 has both families in one bird.conf"}
		case quietFiles[file]:
			d.quiet = append(d.quiet, p)
		default:
			d.alien = append(d.alien, p)
		}
	}
	for _, d := range out {
		if len(d.frr)+len(d.gobgp) == 0 && d.bird == "" {
			return nil, &Error{Path: "devices/" + d.name, Msg: "no configuration that can be read",
				Hint: "want frr.conf, bgpd.conf and its like, or gobgpd.toml, .yaml or .json, or bird.conf"}
		}
		if other := slices.Concat(d.frr, d.gobgp); d.bird != "" && len(other) > 0 {
			return nil, &Error{Path: d.bird, Msg: "a BIRD configuration beside " + path.Base(other[0]), Hint: "one router runs one routing daemon: keep one"}
		}
		if len(d.gobgp) > 1 {
			return nil, &Error{Path: d.gobgp[1], Msg: "a second GoBGP configuration beside " + path.Base(d.gobgp[0]), Hint: "gobgpd reads one file: keep that one"}
		}
	}
	slices.SortFunc(out, func(a, b *device) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func (d *device) all() []string {
	all := slices.Concat(d.frr, d.gobgp, d.quiet, d.alien)
	if d.bird != "" {
		all = append(all, d.bird)
	}
	return all
}

// parseDevices parses all routers, several at a time.
func (s *Snapshot) parseDevices(ctx context.Context, src source, devices []*device, o Options) error {
	results := make([]*parsedDevice, len(devices))
	var (
		mu     sync.Mutex
		errs   []*Error
		done   int
		shared int
	)
	// A panic in a worker comes out here, where the caller can catch it.
	workers := iter.Iterator[*device]{MaxGoroutines: o.Workers}
	workers.ForEachIdx(devices, func(i int, d **device) {
		r, hit, bad := parseDevice(ctx, src, *d, o.Base)
		mu.Lock()
		defer mu.Unlock()
		results[i] = r
		errs = append(errs, bad...)
		if hit {
			shared++
		}
		done++
		if o.Progress != nil {
			o.Progress("reading configurations", done, len(devices))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := first(errs); err != nil {
		return err
	}
	s.Shared = shared
	s.parsed = map[string]*parsedDevice{}
	for i, d := range devices {
		s.parsed[d.name] = results[i]
		s.Unread = append(s.Unread, results[i].unread...)
	}
	return nil
}

// parseDevice reads one router's files and parses them, unless base has the same bytes.
func parseDevice(ctx context.Context, src source, d *device, base *Snapshot) (p *parsedDevice, shared bool, errs []*Error) {
	text := map[string][]byte{}
	h := sha256.New()
	for _, f := range d.all() {
		b, err := src.read(ctx, f)
		if err != nil {
			errs = append(errs, wrap(f, err))
			continue
		}
		text[f] = b
		fmt.Fprintf(h, "%d %s %d\n", len(f), f, len(b))
		h.Write(b)
	}
	if len(errs) > 0 {
		return nil, false, errs
	}
	p = &parsedDevice{unread: d.alien}
	h.Sum(p.digest[:0])
	if base != nil {
		if old, ok := base.parsed[d.name]; ok && old.digest == p.digest {
			p.router, p.unread = old.router, old.unread
			return p, true, nil
		}
	}
	r, errs := d.parse(text)
	if len(errs) > 0 {
		return nil, false, errs
	}
	for _, f := range d.quiet {
		r.Files = append(r.Files, ledger(f, text[f], network.Irrelevant, ""))
	}
	for _, f := range d.alien {
		r.Files = append(r.Files, ledger(f, text[f], network.NotModelled, "no dialect reads this file"))
	}
	p.router, p.unread = r, d.alien
	return p, false, nil
}

// ledger is the ledger of a file whose lines are all in one state.
func ledger(path string, text []byte, state network.Support, reason string) network.File {
	f := network.File{Path: path, SHA256: sha256.Sum256(text), Text: text}
	if bytes.IndexByte(text, 0) >= 0 || len(text) > 1<<20 {
		// Not a text: one entry stands for the whole.
		f.Support = []network.Support{state}
		if state == network.NotModelled {
			f.Notes = []network.Note{{Span: network.At(path, 1), Text: "(binary or very long)", Reason: reason}}
		}
		return f
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			f.Support = append(f.Support, network.Blank)
			continue
		}
		f.Support = append(f.Support, state)
		if state == network.NotModelled {
			f.Notes = append(f.Notes, network.Note{Span: network.At(path, i+1), Text: line, Reason: reason})
		}
	}
	return f
}

var routerBGP = regexp.MustCompile(`(?m)^\s*router bgp\b`)

// configuresBGP gives the line of the first `router bgp`; 0 when there is none.
func configuresBGP(text []byte) int {
	at := routerBGP.FindIndex(text)
	if at == nil {
		return 0
	}
	return 1 + bytes.Count(text[:at[1]], []byte("\n"))
}
