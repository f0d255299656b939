package bird_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/bird"
	"github.com/routegate/routegate/lab/labtest"
)

// between stands between a driver and BIRD's control socket, and kills BIRD at one of the commands: before BIRD hears of it, or when it has done
// what was asked and nobody was told.
type between struct {
	path, to string
	kill     func()

	mu    sync.Mutex
	count int
	at    int // the command, from 1; 0: none
	done  bool
	hit   string // the command at which it was
}

func (b *between) serve(t *testing.T) {
	t.Helper()
	l, err := net.Listen("unix", b.path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); b.one(c) })
		}
	})
}

// one is a connection, on which a driver asks one thing.
func (b *between) one(c net.Conn) {
	daemon, err := net.Dial("unix", b.to)
	if err != nil {
		return
	}
	defer daemon.Close()
	out := bufio.NewReader(daemon)
	greeting, err := out.ReadString('\n')
	if err != nil {
		return
	}
	if _, err := io.WriteString(c, greeting); err != nil {
		return
	}
	command, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return
	}
	b.mu.Lock()
	b.count++
	now := b.count == b.at
	if now {
		b.hit = strings.TrimSpace(command)
	}
	done := b.done
	b.mu.Unlock()
	if now && !done {
		b.kill()
		return
	}
	_, _ = io.WriteString(daemon, command)
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return
		}
		if !now {
			_, _ = io.WriteString(c, line)
		}
		if len(line) > 4 && line[0] != ' ' && line[4] == ' ' {
			break
		}
	}
	if now {
		b.kill()
	}
}

// TestKilledAtEachCommand: BIRD dies at each command of an Apply, before it and behind it. Nothing is called done; what is said is that nothing was touched, or
// that what runs is not known; and BIRD started anew runs the old configuration, which the driver sees, and takes the candidate then.
func TestKilledAtEachCommand(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	candidate := edited(t, base, "bgp_local_pref = 200", "bgp_local_pref = 300", "cost 10", "cost 20", "protocol bgp up2", "protocol bgp up3 { local 192.0.2.5 as 65000; neighbor 192.0.2.66 as 65009; multihop; ipv4 { import none; export filter OURS; }; }\nprotocol bgp up2")
	b := &between{path: filepath.Join(t.TempDir(), "ctl"), to: r.folder + "/bird.ctl", kill: func() {
		if err := r.Lab.Kill("edge", "bird"); err != nil {
			t.Error(err)
		}
	}}
	b.serve(t)
	for _, done := range []bool{false, true} {
		for at := 1; ; at++ {
			b.mu.Lock()
			b.count, b.at, b.done, b.hit = 0, at, done, ""
			b.mu.Unlock()
			err := bird.New(bird.Options{Router: "edge", Socket: b.path, ConfigFile: r.folder + "/bird.conf"}).Apply(within(t, 20*time.Second), candidate)
			if b.hit == "" {
				if err != nil || at < 5 {
					t.Fatalf("undisturbed, after %d commands: %v", b.count, err)
				}
				break
			}
			what := fmt.Sprintf("killed at %q (done: %v)", b.hit, done)
			t.Logf("%s: %v", what, err)
			var s *device.StateError
			if err == nil || (!errors.As(err, &s) || !s.Unreachable) && !strings.Contains(err.Error(), "nothing was touched") {
				t.Errorf("%s: the error does not say what is known: %v", what, err)
			}
			if err := r.Lab.StartAgain(within(t, time.Minute), "edge"); err != nil {
				t.Fatal(err)
			}
			r.Driver = r.driver()
			labtest.Eventually(t, func() string {
				if left, err := r.Differences(within(t, 20*time.Second), base); err != nil || len(left) > 0 {
					return fmt.Sprintf("%s: the old configuration does not run: %v, %v", what, left, err)
				}
				return ""
			})
		}
		r.same(t, candidate)
		if err := r.Apply(within(t, time.Minute), base); err != nil {
			t.Fatal(err)
		}
	}
	r.same(t, base)
	r.established(t)
}
