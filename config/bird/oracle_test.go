package bird

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func requireBIRD(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	if _, err := exec.LookPath("bird"); err != nil {
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatal("requires daemon: bird is missing")
		}
		t.Skip("requires daemon: bird is missing")
	}
}

// check lets BIRD read a file without running it.
func check(t *testing.T, file string) (accepted bool, complaint string) {
	t.Helper()
	cmd := exec.Command("bird", "-p", "-c", filepath.Base(file))
	cmd.Dir = filepath.Dir(file)
	out, err := cmd.CombinedOutput()
	return err == nil, strings.TrimSpace(string(out))
}

// What BIRD accepts is accepted here, and what it refuses is refused.
func TestAgainstBIRD(t *testing.T) {
	requireBIRD(t)
	for _, dir := range folders(t) {
		if ok, why := check(t, filepath.Join(dir, "bird.conf")); !ok {
			t.Errorf("%s is test data, and BIRD refuses it: %s", dir, why)
		}
	}
	text, err := os.ReadFile("testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	accepts, refuses := 0, 0
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		conf := "router id 192.0.2.1;\nprotocol device {}\n" + line + "\n"
		file := filepath.Join(dir, "bird.conf")
		if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		want, why := check(t, file)
		_, got := Parse("r1", []Source{{Path: "devices/r1/bird.conf", Text: []byte(conf)}})
		if want != (got == nil) {
			t.Errorf("statements.txt:%d: %s\n BIRD: accepted %v %s\n ours: %v", i+1, line, want, why, got)
		}
		if want {
			accepts++
		} else {
			refuses++
		}
	}
	if accepts < 40 || refuses < 30 {
		t.Errorf("BIRD accepts %d and refuses %d statements: the comparison says little", accepts, refuses)
	}
}
