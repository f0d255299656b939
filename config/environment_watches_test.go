package config

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatches: what a rollout looks at is read whole, and what could not fail, could not resolve or makes no sense is one
// clear error with its line.
func TestWatches(t *testing.T) {
	load := func(t *testing.T, text string) (*Snapshot, error) {
		t.Helper()
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "devices", "r1"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]string{"devices/r1/frr.conf": "hostname r1\n", "routegate.yaml": "rollout:\n" + text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return Load(context.Background(), dir, Options{})
	}
	s, err := load(t, `  vantages: {ams: {source: 192.0.2.7}, fra: {interface: eth1}}
  probes:
    - {name: dns, kind: dns, address: 192.0.2.53, query: www.example.org, from: ams, count: 4, loss-percent: 25, slow: 200ms}
    - {name: shop, kind: http, address: 192.0.2.80, url: https://shop.example.org/health, status: 204, from: fra}
  prometheus: {url: "http://192.0.2.9:9090", queries: [{name: peers, promql: sum(bgp_peer_state), above: 4}]}
  bmp: {listen: "192.0.2.5:11019", withdrawn: 10}
`)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Network.Env.Rollout
	if len(r.Probes) != 2 || r.Probes[0].LossPercent != 25 || r.Probes[0].From.Source.String() != "192.0.2.7" || r.Probes[1].From.Interface != "eth1" || r.Probes[1].Status != 204 {
		t.Errorf("probes: %+v", r.Probes)
	}
	if len(r.Prometheus.Queries) != 1 || *r.Prometheus.Queries[0].Above != 4 || r.Prometheus.Queries[0].Below != nil {
		t.Errorf("prometheus: %+v", r.Prometheus)
	}
	if r.BMP.Listen.String() != "192.0.2.5:11019" || r.BMP.Withdrawn != 10 {
		t.Errorf("bmp: %+v", r.BMP)
	}
	for text, want := range map[string]string{
		"  probes: [{name: a, kind: smtp, address: 192.0.2.1}]":                                                    `"smtp" is none of icmp, tcp, dns, http`,
		"  probes: [{name: a, kind: tcp, address: www.example.org}]":                                               "is not an IP address",
		"  probes: [{name: a, kind: tcp, address: 192.0.2.1}]":                                                     "tcp needs a port",
		"  probes: [{name: a, kind: icmp, address: 192.0.2.1, from: asm}]\n  vantages: {ams: {source: 192.0.2.7}}": "there is no vantage asm (known: ams)",
		"  probes: [{name: a, kind: icmp, address: 192.0.2.1, loss-percent: 100}]":                                 "it could not fail",
		"  probes: [{name: a, kind: icmp, adress: 192.0.2.1}]":                                                     "did you mean address?",
		"  vantages: {ams: {}}": "neither a source nor an interface",
		`  prometheus: {url: "http://prometheus:9090", queries: [{name: a, promql: up, above: 1}]}`: "no literal address",
		`  prometheus: {url: "http://192.0.2.9:9090", queries: [{name: a, promql: up}]}`:            "it could not fail",
		`  bmp: {listen: collector}`:                        "is no address with a port",
		`  bmp: {listen: "192.0.2.5:11019", withdrawn: -1}`: "want 0 or more",
	} {
		_, err := load(t, text+"\n")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "routegate.yaml:") {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}
