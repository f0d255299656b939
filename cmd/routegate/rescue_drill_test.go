package main

import (
	"bytes"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/drill"
)

// TestDrillCommand: a router that nobody answers for is to be mended (exit 1), and the journal has the drill.
func TestDrillCommand(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca")
	if err := certs.Init(ca, "lab"); err != nil {
		t.Fatal(err)
	}
	f, err := certs.IssueRole(ca, agent.Rescue, "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id, err := agent.ReadIdentity(filepath.Join(ca, "ca.pem"), f.Certificate, f.Key)
	if err != nil {
		t.Fatal(err)
	}
	contents := &bundle.Contents{Network: "example", Serial: 7, Credential: bundle.Credential{CA: id.CA, Certificate: id.Certificate, Key: id.Key},
		Routers: []bundle.Router{{Name: "edge1", Agent: bundle.Agent{Address: netip.MustParseAddrPort("127.7.9.1:9")}}}}
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		p := &program{stdout: &out, stderr: &out, quiet: true, color: "never"}
		c := p.rescueDrill(func() (*bundle.Contents, error) { return contents, nil })
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetArgs(args)
		c.SetOut(&out)
		c.SetErr(&out)
		err := c.ExecuteContext(t.Context())
		return out.String(), err
	}
	dir := filepath.Join(t.TempDir(), "journal")
	out, err := run("--journal", dir)
	var code exitCode
	if !errors.As(err, &code) || code != exitRefused || !strings.Contains(out, "1 of 1 routers could not have been brought back") {
		t.Errorf("%v\n%s", err, out)
	}
	lines, err := journal.Read(dir)
	if err != nil || len(lines) != 1 || lines[0].Kind != drill.Kind {
		t.Errorf("%+v, %v", lines, err)
	}
	var usage *usageError
	if _, err := run("--deny", "inband"); !errors.As(err, &usage) {
		t.Errorf("no interface: %v", err)
	}
	if _, err := run("--deny", "power"); !errors.As(err, &usage) {
		t.Errorf("something else: %v", err)
	}
}
