package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// standingDir holds one folder for each lab that runs in the background.
const standingDir = "/run/routegate/lab"

// Status is how far a standing lab is.
type Status struct {
	Where   string // the snapshot, as it was named
	Stage   string // starting, waiting for sessions, waiting for the tables to stand still, ready, failed
	Error   string
	Routers int
	Started time.Time
	// Restless: the tables still moved when the wait ended.
	Restless bool
	Rejected []string // lines that a daemon refused
}

// Ready reports whether the lab can be asked.
func (s *Status) Ready() bool { return s.Stage == stageReady }

// The stages of a lab.
const (
	stageStarting = "starting daemons"
	stageSessions = "waiting for sessions"
	stageOSPF     = "waiting for OSPF"
	stageSettling = "waiting for the tables to stand still"
	stageReady    = "ready"
	stageFailed   = "failed"
)

// Standing is a lab in the background, seen from another process.
type Standing struct {
	dir    string
	client *http.Client
}

// validName: a lab's name is that of a folder.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// Find looks a standing lab up by name. ErrNone where there is none.
func Find(name string) (*Standing, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("%q: a lab's name is of letters, digits, dots and dashes", name)
	}
	s := at(name)
	if _, err := os.Stat(s.dir); err != nil {
		return nil, fmt.Errorf("%w (routegate lab up SNAPSHOT starts one)", ErrNone)
	}
	return s, nil
}

// ErrNone: no lab of that name is up.
var ErrNone = errors.New("no lab is up")

func at(name string) *Standing {
	s := &Standing{dir: filepath.Join(standingDir, name)}
	s.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(s.dir, "control.sock"))
	}}}
	return s
}

// Start boots a snapshot in the background, in a private world of its own, and returns at once: ask
// for its Status. A lab of that name that is up already is an error; what a crash left is cleared.
func Start(name, where string) (*Standing, error) {
	if why := Missing(); why != "" {
		return nil, errors.New(why)
	}
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("%q: a lab's name is of letters, digits, dots and dashes", name)
	}
	if !strings.HasPrefix(where, "git:") {
		// Later commands may be typed elsewhere.
		abs, err := filepath.Abs(where)
		if err != nil {
			return nil, fmt.Errorf("lab: %w", err)
		}
		where = abs
	}
	s := at(name)
	if _, err := os.Stat(s.dir); err == nil {
		if s.alive() {
			return nil, fmt.Errorf("a lab is up already (routegate lab down ends it)")
		}
		if err := s.Down(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("lab: own executable: %w", err)
	}
	cmd := exec.Command("unshare", "-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", self)
	cmd.Env = append(os.Environ(), inside+"=1", serveJob+"="+s.dir+"|"+where)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the terminal
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("lab: private world: %w", err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	if err := os.WriteFile(filepath.Join(s.dir, "pid"), []byte(pid), 0o644); err != nil {
		_ = cmd.Process.Kill()
		return nil, fmt.Errorf("lab: %w", err)
	}
	return s, cmd.Process.Release()
}

// Down ends the lab: the first process of its world is killed, and the kernel takes away
// everything below it. What a crashed lab left behind goes as well.
func (s *Standing) Down() error {
	if pid := s.pid(); pid > 0 && s.alive() {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("lab: %w", err)
		}
		for deadline := time.Now().Add(5 * time.Second); s.alive() && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	// The folders above go when the last lab goes; while others stand they are not empty.
	for _, dir := range []string{standingDir, filepath.Dir(standingDir)} {
		_ = os.Remove(dir)
	}
	return nil
}

func (s *Standing) pid() int {
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// alive reports whether the world's first process still is the one that was started. It asks for the program: a
// process has no command line yet at the moment when its start is reported, and a dead one has neither.
func (s *Standing) alive() bool {
	pid := s.pid()
	if pid == 0 {
		return false
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && strings.HasPrefix(filepath.Base(program), "unshare")
}

// Status asks how far the lab is.
func (s *Standing) Status(ctx context.Context) (*Status, error) {
	if !s.alive() {
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return nil, fmt.Errorf("the lab has died: %s", lastLine(log))
	}
	var st Status
	err := s.get(ctx, "/status", &st)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return &Status{Stage: stageStarting}, nil
	}
	return &st, err
}

// Observe reads every router's tables and what the outside received, see Lab.Observe.
func (s *Standing) Observe(ctx context.Context) (map[string]*Tables, map[netip.Addr]*Tables, error) {
	var seen observation
	if err := s.get(ctx, "/observe", &seen); err != nil {
		return nil, nil, err
	}
	return seen.Routers, seen.Outside, nil
}

// Exec runs a command in a router's namespace, or in that of one of its VRFs, and returns what it printed.
func (s *Standing) Exec(ctx context.Context, router, vrf string, command []string) (string, error) {
	var out string
	body, err := json.Marshal(execRequest{router, vrf, command})
	if err != nil {
		return "", err
	}
	return out, s.do(ctx, http.MethodPost, "/exec", strings.NewReader(string(body)), &out)
}

func (s *Standing) get(ctx context.Context, path string, into any) error {
	return s.do(ctx, http.MethodGet, path, nil, into)
}

func (s *Standing) do(ctx context.Context, method, path string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, body)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return errors.New(strings.TrimSpace(string(text)))
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
