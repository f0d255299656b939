package labtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the program as this test binary has built it, until Main removes it.
var built struct {
	once   sync.Once
	folder string
	err    error
	out    []byte
}

// Program builds the binary routegate, once for all tests of a package, and returns its path. Main must be the package's TestMain.
func Program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "routegate-program-"); built.err != nil {
			return
		}
		built.out, built.err = exec.Command("go", "build", "-o", filepath.Join(built.folder, "routegate"), "github.com/routegate/routegate/cmd/routegate").CombinedOutput()
	})
	if built.err != nil {
		t.Fatalf("the program cannot be built: %v\n%s", built.err, built.out)
	}
	return filepath.Join(built.folder, "routegate")
}
