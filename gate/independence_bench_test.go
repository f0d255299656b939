package gate_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
)

// BenchmarkCheckIndependence is the check of BenchmarkCheckFatTree over a fabric whose switches all hang on a management network of
// their own: without a station, with one behind a gateway that has to reach every switch, and with one on the switches' subnet.
func BenchmarkCheckIndependence(b *testing.B) {
	for _, k := range []int{20, 40} {
		for _, c := range []struct{ name, management string }{
			{"without", "management: {prefixes: [10.254.0.0/15]}\n"},
			{"with", "management: {prefixes: [10.254.0.0/15], stations: [10.254.0.2]}\n"},
			{"on-the-subnet", "management: {prefixes: [10.254.0.0/15], stations: [10.255.255.2]}\n"},
		} {
			b.Run(fmt.Sprintf("k=%d/%s", k, c.name), func(b *testing.B) {
				before, after := fabricChange(b, k)
				for _, dir := range []string{before, after} {
					manageOutOfBand(b, dir, c.management)
				}
				for b.Loop() {
					v, err := gate.Check(context.Background(), gate.Options{Before: before, After: after})
					if err != nil || v.Verdict != gate.Allow {
						b.Fatal(err, v.Summary)
					}
					for _, s := range v.Run.Stages {
						b.ReportMetric(s.Milliseconds, strings.ReplaceAll(s.Name, " ", "-")+"-ms")
					}
				}
			})
		}
	}
}

// manageOutOfBand gives every switch of a fat-tree an interface in one management subnet, and a static route by it to where the stations are.
func manageOutOfBand(tb testing.TB, dir, management string) {
	tb.Helper()
	switches, err := filepath.Glob(filepath.Join(dir, "devices", "*", "frr.conf"))
	if err != nil || len(switches) == 0 {
		tb.Fatal("no switches", err)
	}
	devices := bytes.NewBufferString("devices:\n")
	for i, file := range switches {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		address := fmt.Sprintf("10.255.%d.%d", (i+2)/256, (i+2)%256)
		text = fmt.Appendf(text, "interface mgmt0\n ip address %s/16\n!\nip route 10.254.0.0/28 10.255.0.1\n", address)
		if err := os.WriteFile(file, text, 0o644); err != nil {
			tb.Fatal(err)
		}
		fmt.Fprintf(devices, "  %s: {mgmt: %s}\n", filepath.Base(filepath.Dir(file)), address)
	}
	gateway := filepath.Join(dir, "devices", "oob")
	if err := os.MkdirAll(gateway, 0o755); err != nil {
		tb.Fatal(err)
	}
	text := "frr version 10.2\nhostname oob\ninterface sta\n ip address 10.254.0.1/28\ninterface net\n ip address 10.255.0.1/16\n"
	if err := os.WriteFile(filepath.Join(gateway, "frr.conf"), []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(dir, "routegate.yaml")
	text2, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, append(append(text2, devices.Bytes()...), management...), 0o644); err != nil {
		tb.Fatal(err)
	}
}
