package lab_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// sleeper makes TestSleeper sleep.
const sleeper = "ROUTEGATE_LAB_SLEEPER"

// TestSleeper is what TestWorldEnds runs.
func TestSleeper(t *testing.T) {
	if os.Getenv(sleeper) == "" {
		t.SkipNow()
	}
	os.Stdout.WriteString("asleep\n")
	time.Sleep(time.Minute)
}

// TestWorldEnds: who is killed in front of a private world takes it along.
func TestWorldEnds(t *testing.T) {
	requireDaemons(t)
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestSleeper$")
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ROUTEGATE_LAB_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, sleeper+"=1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(r)
	if line, err := out.ReadString('\n'); line != "asleep\n" {
		t.Fatalf("%q, %v", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	ended := make(chan error, 1)
	go func() { // the end of the pipe is that of all who have it
		_, err := io.Copy(io.Discard, out)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("the world goes on")
	}
}
