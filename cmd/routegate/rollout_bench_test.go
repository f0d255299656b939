package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/lab/generate"
)

// BenchmarkRollout leads a change of every switch of a Clos fabric of two hundred out by the program, as one process: it checks the change, draws the waves,
// predicts each, and calls two hundred real agents, each at an address of its own, by gRPC over mutual TLS. The agents are in one other process, with their
// switches and stores on the disk, in front of models of daemons: what a daemon shows is what the simulation says. Told are the whole time, how much of it went
// before the first call to an agent (the check, the waves and their predictions), how much of the rest was no bake, and the largest memory of the controller that the operating system saw.
func BenchmarkRollout(b *testing.B) {
	program := filepath.Join(b.TempDir(), "routegate")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	const bake = 5 * time.Second
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		routers := fabric(b, dir, bake)
		stop := modelled(b, dir)
		cmd := exec.Command(program, "rollout", "start", "--before", "before", "--after", "after", "-o", "json=rollout.json")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "ROUTEGATE_JOURNAL="+filepath.Join(dir, "journal"))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		b.StartTimer()
		began := time.Now()
		err := cmd.Run()
		took := time.Since(began)
		b.StopTimer()
		if err != nil {
			b.Fatalf("%v\n%s", err, said.String())
		}
		text, err := os.ReadFile(filepath.Join(dir, "rollout.json"))
		var d canary.Document
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil || d.Result != string(canary.Completed) || len(d.Routers) != routers {
			b.Fatalf("%v, %s of %d routers\n%s", err, d.Result, len(d.Routers), said.String())
		}
		lines, err := journal.Read(filepath.Join(dir, "journal"))
		if err != nil {
			b.Fatal(err)
		}
		led := lines[len(lines)-1].At.Sub(lines[0].At) // from the first word to an agent to the last
		stop()
		usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(len(d.Waves)), "waves")
		b.ReportMetric((took - led).Seconds(), "s-to-plan")
		b.ReportMetric((led - time.Duration(len(d.Waves))*bake).Seconds(), "s-beyond-the-bakes")
		b.ReportMetric(float64(usage.Maxrss)/1024, "MiB-controller")
		b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "processor-s-controller")
		b.StartTimer()
	}
}

// fabric writes both sides of the change and the authority, and returns how many switches there are.
func fabric(b *testing.B, dir string, bake time.Duration) (n int) {
	b.Helper()
	files, err := generate.Clos(generate.ClosSize{Pods: 8, Leaves: 20, Spines: 4, SuperSpines: 2}, generate.FRR)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(err)
	yaml := fmt.Sprintf(`network: clos
owned: [10.0.0.0/8]
rollout:
  bake: %s
  margin: 30s
  pace: 0s
  max-wave: 50
  agents: {port: 17444, ca: ca/ca.pem, certificate: ca/controller.pem, key: ca/controller.key}
devices:
`, bake)
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Path, "/frr.conf")
		if !ok {
			continue
		}
		name = filepath.Base(name)
		role, rest, _ := strings.Cut(name, "-")
		group := ""
		if role != "leaf" { // those of a pod, or of a plane, stand in for each other
			pod, _, _ := strings.Cut(rest, "-")
			group = ", group: " + role + "-" + pod
		}
		n++
		yaml += fmt.Sprintf("  %s: {role: %s%s, mgmt: 127.77.%d.%d}\n", name, role, group, n/200, 1+n%200)
		for side, text := range map[string][]byte{"before": f.Text, "after": bytes.Replace(f.Text, []byte("log syslog informational"), []byte("log syslog warnings"), 1)} {
			path := filepath.Join(dir, side, filepath.FromSlash(f.Path))
			must(os.MkdirAll(filepath.Dir(path), 0o755))
			must(os.WriteFile(path, text, 0o644))
		}
	}
	for _, side := range []string{"before", "after"} {
		must(os.WriteFile(filepath.Join(dir, side, "routegate.yaml"), []byte(yaml), 0o644))
	}
	ca := filepath.Join(dir, "ca")
	must(certs.Init(ca, "bench"))
	_, err = certs.IssueRole(ca, agent.Controller, "", time.Hour)
	must(err)
	return n
}

// modelled starts all agents, and returns what ends them.
func modelled(b *testing.B, dir string) (stop func()) {
	b.Helper()
	cmd := exec.Command("modelagents", "before", "after", "ready")
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	stop = func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
	}
	b.Cleanup(stop)
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
			return stop
		}
		select {
		case <-ended:
			b.Fatalf("the agents ended: %s", said.String())
		default:
		}
		if time.Since(begin) > 2*time.Minute {
			b.Fatalf("the agents are not ready: %s", said.String())
		}
	}
}
