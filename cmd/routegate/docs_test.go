package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
)

// TestDocumentedSettings: the routegate.yaml that the README, docs/snapshot.md and docs/rollout.md show is one that is read.
func TestDocumentedSettings(t *testing.T) {
	for _, file := range []string{"../../README.md", "../../docs/snapshot.md", "../../docs/rollout.md"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			write := func(name, text string) {
				name = filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("devices/edge1/frr.conf", "router bgp 64500\n neighbor 192.0.2.1 remote-as 64600\n")
			write("devices/rs1/gobgpd.toml", "[global.config]\nas = 64500\nrouter-id = \"10.0.0.1\"\n")
			write("rpki/vrps.json", `{"metadata": {"generated": 1769860800}, "roas": []}`)
			write("routegate.yaml", example(t, string(text), "    network: example"))
			if _, err := gate.PoliciesOf(t.Context(), dir, gate.Rules{}); err != nil {
				t.Errorf("what %s shows is refused: %v", file, err)
			}
		})
	}
}

// example is the indented block that begins with a line, without what needs files beside it.
func example(t *testing.T, text, first string) string {
	t.Helper()
	_, rest, ok := strings.Cut("\n"+text, "\n"+first)
	if !ok {
		t.Fatalf("there is no example that begins with %q", first)
	}
	var out []string
	for _, l := range strings.Split(first+rest, "\n") {
		if l != "" && !strings.HasPrefix(l, "    ") {
			break
		}
		if !strings.Contains(l, "mrt:") {
			out = append(out, strings.TrimPrefix(l, "    "))
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// TestDocumentedIntent: the change.yaml that docs/snapshot.md shows is one that is read.
func TestDocumentedIntent(t *testing.T) {
	text, err := os.ReadFile("../../docs/snapshot.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"devices/edge1/frr.conf": "router bgp 64500\n", "devices/rs1/frr.conf": "router bgp 64500\n",
		"routegate.yaml": "devices: {rs1: {role: core}}\n", "change.yaml": example(t, string(text), "    summary: "),
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v, err := gate.Check(t.Context(), gate.Options{Before: "none", After: dir})
	if err != nil || len(v.Intent.Declarations) != 5 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestDocumentedWaivers: the waivers.yaml that docs/policies.md shows is one that is read.
func TestDocumentedWaivers(t *testing.T) {
	text, err := os.ReadFile("../../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"devices/edge1/frr.conf": "router bgp 64500\n", "waivers.yaml": example(t, string(text), "    waivers:")} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v, err := gate.Check(t.Context(), gate.Options{Before: "none", After: dir})
	if err != nil || len(v.Waivers) != 1 || v.Waivers[0].Why == "" {
		t.Errorf("%+v, %v", v, err)
	}
}
