// Package routegate holds no code: the program is in cmd/routegate, and its rooms are the
// folders beside this file. This test keeps the walls between them.
package routegate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/routegate/routegate/"

// wall forbids imports. A name of this module is a room with everything in it; any other name is
// an import path with everything below it; "*" is everything but the standard library.
type wall struct {
	room    string
	forbids []string
	except  []string
	without []string // rooms below that have walls of their own
	deep    bool     // also through others
	why     string
}

var walls = []wall{
	{room: "network", forbids: []string{"*"}, except: []string{"network"}, deep: true,
		why: "the model is what every other room reads: it depends on nothing but the standard library"},
	{room: "config/frr", forbids: []string{"config", "routing", "diff", "policies", "gate", "report", "lab", "cmd"}, except: []string{"config/frr"}, deep: true,
		why: "a dialect reads text into the model and knows no other room"},
	{room: "config/bird", forbids: []string{"config", "routing", "diff", "policies", "gate", "report", "lab", "cmd"}, except: []string{"config/bird"}, deep: true,
		why: "a dialect reads text into the model and knows no other room"},
	{room: "config/gobgp", forbids: []string{"config", "routing", "diff", "policies", "gate", "report", "lab", "cmd"}, except: []string{"config/gobgp"}, deep: true,
		why: "a dialect reads text into the model and knows no other room"},
	{room: "config", forbids: []string{"routing", "diff", "policies", "gate", "report", "lab", "cmd"}, deep: true,
		why: "reading a snapshot needs no simulation and no judgement"},
	{room: "routing", forbids: []string{"config", "diff", "policies", "gate", "report", "lab", "cmd", "github.com/osrg/gobgp", "github.com/open-policy-agent"}, deep: true,
		why: "the simulator reads the model's fields: it knows no dialect, no daemon and no OPA"},
	{room: "diff", forbids: []string{"config", "policies", "gate", "report", "lab", "cmd", "github.com/osrg/gobgp", "github.com/open-policy-agent"}, deep: true,
		why: "differences are of models and results: no dialect, no OPA"},
	{room: "policies", forbids: []string{"network", "config", "routing", "diff", "gate", "report", "lab", "cmd"}, deep: true,
		why: "policies see a network only as the documented input document"},
	{room: "gate", forbids: []string{"report", "lab", "cmd", "github.com/spf13/cobra", "golang.org/x/term"}, deep: true,
		why: "the pipeline ends in a document; drawing it is somebody else's"},
	{room: "report", forbids: []string{"network", "config", "routing", "diff", "cmd", "github.com/spf13/cobra"},
		why: "every format is drawn from the gate's documents and from nothing else"},
	{room: "device/agent", forbids: []string{"*"}, except: []string{"device", "google.golang.org/grpc", "google.golang.org/protobuf", "golang.org/x/sys"},
		why: "the dead man's switch is what is left when all else fails: it depends on little"},
	{room: "device/agent", forbids: []string{"network", "config", "routing", "diff", "policies", "gate", "report", "lab", "cmd", "device/frr", "device/gobgp", "device/bird", "github.com/osrg/gobgp", "github.com/open-policy-agent"}, deep: true,
		why: "the switch knows no dialect, no simulation, no policy engine and no daemon: a driver is handed to it"},
	{room: "device", forbids: []string{"routing", "policies", "gate", "report", "lab", "cmd", "github.com/open-policy-agent"},
		why: "a router's driver reads and compares configurations; it predicts nothing and judges nothing"},
	{room: "journal", forbids: []string{"*"}, except: []string{"journal"}, deep: true,
		why: "the record is read when everything else is in doubt: it depends on nothing but the standard library"},
	{room: "canary", forbids: []string{"*"}, except: []string{"canary", "device", "journal"}, without: []string{"canary/probe", "canary/prometheus", "canary/bmp"}, deep: true,
		why: "a rollout knows no dialect, no daemon and no simulation: routers are a device.Agent to it, and what is to be expected a Predictor's"},
	{room: "canary", forbids: []string{"network", "config", "routing", "diff", "policies", "gate", "report", "rollout", "lab", "cmd", "device/agent", "device/frr", "device/gobgp", "device/bird"}, deep: true,
		why: "a rollout and its signals speak to device.Agent: who answers, and what it should say, is somebody else's"},
	{room: "rescue/ssh", forbids: []string{"*"}, except: []string{"rescue", "device", "golang.org/x/crypto", "golang.org/x/sys", "filippo.io"}, deep: true,
		why: "a way in is walked when everything else is down: it depends on the bundle and on SSH"},
	{room: "rescue/stdio", forbids: []string{"*"}, except: []string{"rescue", "device", "golang.org/x/crypto", "golang.org/x/sys", "filippo.io"}, deep: true,
		why: "a way in is walked when everything else is down: it depends on the bundle and on SSH"},
	{room: "rollout", forbids: []string{"network", "config", "routing", "diff", "policies", "report", "lab", "cmd", "device/frr", "device/gobgp", "device/bird"},
		why: "it joins the gate, the agents and the canary, and decides nothing that one of them could decide"},
	{room: "rescue", forbids: []string{"network", "config", "routing", "diff", "policies", "gate", "report", "rollout", "canary", "lab", "cmd",
		"device/frr", "device/gobgp", "device/bird", "device/host", "github.com/osrg/gobgp", "github.com/open-policy-agent", "github.com/spf13"}, deep: true,
		why: "a rescue works when all else is gone: it needs nothing that needs DNS, OPA or GoBGP's server, no simulation and no policy"},
	{room: "cmd", forbids: []string{"network", "config", "routing", "diff", "github.com/osrg/gobgp", "github.com/open-policy-agent"},
		why: "a command turns flags into options and a document into a view: it has no logic of its own"},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func TestWalls(t *testing.T) {
	packages, standard := list(t)
	for _, w := range walls {
		t.Run(w.room, func(t *testing.T) {
			seen := 0
			for _, p := range packages {
				if !in(p.ImportPath, w.room) || slices.ContainsFunc(w.without, func(x string) bool { return in(p.ImportPath, x) }) {
					continue
				}
				seen++
				imports := p.Imports
				if w.deep {
					imports = p.Deps
				}
				for _, i := range imports {
					if w.breaks(i, standard) {
						t.Errorf("%s imports %s, which it must not: %s", p.ImportPath, i, w.why)
					}
				}
			}
			if seen == 0 {
				t.Errorf("there is no package in %s: the wall guards nothing", w.room)
			}
		})
	}
}

// TestNobodyImportsCommands: the binary is the end of the graph.
func TestNobodyImportsCommands(t *testing.T) {
	packages, _ := list(t)
	for _, p := range packages {
		for _, i := range p.Imports {
			if in(i, "cmd") && !in(p.ImportPath, "cmd") {
				t.Errorf("%s imports %s: nobody imports cmd", p.ImportPath, i)
			}
		}
	}
}

func (w *wall) breaks(path string, standard map[string]bool) bool {
	if slices.ContainsFunc(w.except, func(x string) bool { return in(path, x) }) {
		return false
	}
	return slices.ContainsFunc(w.forbids, func(x string) bool {
		if x == "*" {
			return !standard[path]
		}
		return in(path, x)
	})
}

// in reports whether an import path is the name, or below it.
func in(path, name string) bool {
	if !strings.Contains(name, ".") {
		name = module + name
	}
	return path == name || strings.HasPrefix(path, name+"/")
}

// list is the import graph of the module, without tests: a test may need a neighbor.
func list(t *testing.T) (packages []listed, standard map[string]bool) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps,Standard", "./...")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errOut.String())
	}
	standard = map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		standard[p.ImportPath] = p.Standard
		if strings.HasPrefix(p.ImportPath, module) {
			packages = append(packages, p)
		}
	}
	return packages, standard
}
