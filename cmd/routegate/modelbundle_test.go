package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// modelBundle writes rescue.bundle, what opens it (key.txt) and rescue.signers: three routers, one a daemon, always the same but for the
// keys. Its secrets are the words NEVER ON PAPER.
func modelBundle() {
	if err := sealModel(); err != nil {
		fmt.Fprintln(os.Stderr, "modelbundle:", err)
		os.Exit(2)
	}
}

func sealModel() error {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 8, 30, 0, 0, time.UTC) }
	c := &bundle.Contents{Network: "example", Created: at(28), Serial: 1795854600, Configurations: map[device.Hash]device.Configuration{}}
	secret := []byte("NEVER ON PAPER")
	c.Credential = bundle.Credential{CA: secret, Certificate: secret, Key: secret, SSHKey: secret}
	had := func(day int, change string, files ...device.File) bundle.Entry {
		x := device.Configuration{Files: files}
		c.Configurations[x.Hash()] = x
		return bundle.Entry{Hash: x.Hash(), Change: change, At: at(day)}
	}
	file := func(name, text string) device.File { return device.File{Name: name, Data: []byte(text)} }
	// RFC 8709 keys of nobody.
	keys := []string{
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE7fg5nW3pQO5h9gZ0KkC6wR3S0YpBv0Zq2iY1o9Vb3k edge1",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA5l9XvJ0c7h2k8m1n4q6r8t0v2x4z6B8D0F2H4J6L8N jump",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1c3e5g7i9k1m3o5q7s9u1w3y5A7C9E1G3I5K7M9O1Q console",
	}
	ap := netip.MustParseAddrPort
	c.Routers = []bundle.Router{
		{Name: "edge1", Role: "edge", Driver: "frr", Place: "ams1, hall 2, rack 12, U33", Agent: bundle.Agent{Address: ap("192.0.2.11:7443")},
			SSH: bundle.SSH{Address: ap("192.0.2.11:22"), User: "root", HostKeys: keys[:1]}, Probes: []bundle.Probe{{Address: ap("203.0.113.53:53")}},
			History: []bundle.Entry{had(27, "20261127-083000-a1b2c3/edge1", file("frr.conf", "hostname edge1\nrouter bgp 64500\n neighbor 192.0.2.1 password NEVER ON PAPER\n")),
				had(20, "before 20261127-083000-a1b2c3/edge1", file("frr.conf", "hostname edge1\n"))}},
		{Name: "rs1", Driver: "gobgp", Stage: 1, Config: "/etc/gobgpd.yaml", State: "/srv/routegate agent",
			SSH:     bundle.SSH{HostKeys: keys[:1]},
			Console: bundle.SSH{Address: ap("192.0.2.5:2222"), User: "rescue", HostKeys: keys[1:2], Onward: ap("[2001:db8::12]:22")},
			History: []bundle.Entry{had(21, "20261121-083000-d4e5f6/rs1", file("gobgpd.yaml", "global:\n  config:\n    as: 64500\n"))}},
		{Name: "spine1", Role: "spine", Driver: "bird", Stage: 1,
			Console: bundle.SSH{Address: ap("192.0.2.6:22"), User: "rescue", HostKeys: keys[2:], Console: "console 'spine1'"},
			History: []bundle.Entry{had(22, "", file("bird.conf", "include \"peers/*.conf\";\n"), file("peers/core.conf", "# NEVER ON PAPER\n"))}},
	}
	return writeModel(c)
}

// writeModel seals for a key that is made for it, and is trusted.
func writeModel(c *bundle.Contents) error {
	public, err := bundle.NewSigner("signer.key")
	if err != nil {
		return err
	}
	signer, err := bundle.ReadSigner("signer.key")
	if err != nil {
		return err
	}
	opens, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	if err := bundle.Seal(&sealed, c, signer, opens.Recipient()); err != nil {
		return err
	}
	for name, text := range map[string]string{"rescue.signers": public + "\n", "key.txt": opens.String() + "\n", "rescue.bundle": sealed.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// onCall writes oncall.key, which opens bundles, and oncall.txt, its public half.
func onCall() {
	opens, err := age.GenerateX25519Identity()
	if err == nil {
		err = os.WriteFile("oncall.key", []byte(opens.String()+"\n"), 0o600)
	}
	if err == nil {
		err = os.WriteFile("oncall.txt", []byte(opens.Recipient().String()+"\n"), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oncall:", err)
		os.Exit(2)
	}
}

// newest wants what routegate rescue list has printed to name a rollout's new configuration (or, negated, another one) as the first that a
// router returns to: newest ROUTER ROLLOUT.json.
func newest(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: newest ROUTER ROLLOUT.json")
	}
	var d canary.Document
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &d))
	_, part, _ := strings.Cut(ts.ReadFile("stdout"), "\n"+args[0]+"  stage")
	var first string
	for _, l := range strings.Split(part, "\n") {
		if f := strings.Fields(l); len(f) == 4 && len(f[0]) == 12 {
			first = f[0]
			break
		}
	}
	for _, r := range d.Routers {
		if r.Name != args[0] {
			continue
		}
		if same := first != "" && first == device.Hash(r.Candidate).Short(); same == neg {
			ts.Fatalf("%s returns to %q first, the rollout's new configuration is %s (negated: %v)", r.Name, first, device.Hash(r.Candidate).Short(), neg)
		}
		return
	}
	ts.Fatalf("the rollout does not change %s", args[0])
}
