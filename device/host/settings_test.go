package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device/host"
)

// TestDocumentedSettings: what docs/agent.md shows is read, and says the truth about the defaults.
func TestDocumentedSettings(t *testing.T) {
	text, err := os.ReadFile("../../docs/agent.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(first string) string {
		_, rest, ok := strings.Cut(string(text), "\n    "+first)
		if !ok {
			t.Fatalf("there is no example that begins with %q", first)
		}
		var out strings.Builder
		for line := range strings.Lines("    " + first + rest) {
			if !strings.HasPrefix(line, "    ") {
				break
			}
			out.WriteString(strings.TrimPrefix(line, "    "))
		}
		return out.String()
	}
	file := filepath.Join(t.TempDir(), "agent.yaml")
	read := func(text string) host.Settings {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := host.Read(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	short := read(block("router: edge1"))
	whole := read(block("router: edge1") + block("socket: /run"))
	if whole.LongestWindow != 24*time.Hour || whole.FRR.VtySocket != "/run/frr" {
		t.Errorf("settings are %+v", whole)
	}
	whole.FRR, whole.GoBGP, whole.BIRD = short.FRR, short.GoBGP, short.BIRD // the drivers know their own defaults
	if short != whole {
		t.Errorf("the defaults are %+v, the page says %+v", short, whole)
	}
}
