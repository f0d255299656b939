package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/routing"
)

// serveJob marks a process that is to keep a lab standing: "folder|snapshot".
const serveJob = "ROUTEGATE_LAB_SERVE"

// keeper is the first process of a standing lab's world.
type keeper struct {
	dir string
	mu  sync.Mutex // guards status, and lets one request at a time read the daemons
	st  Status
	lab *Lab
}

type observation struct {
	Routers map[string]*Tables
	Outside map[netip.Addr]*Tables
}

type execRequest struct {
	Router  string
	VRF     string
	Command []string
}

// serve boots the snapshot and answers on the control socket until ctx ends. A lab that fails
// to boot stays, to say why.
func serve(ctx context.Context, dir, where string) error {
	k := &keeper{dir: dir, st: Status{Where: where, Stage: stageStarting, Started: time.Now()}}
	socket, err := net.Listen("unix", filepath.Join(dir, "control.sock"))
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", k.status)
	mux.HandleFunc("GET /observe", k.observe)
	mux.HandleFunc("POST /exec", k.exec)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := k.boot(ctx, where); err != nil {
			k.set(func(s *Status) { s.Stage, s.Error = stageFailed, err.Error() })
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("lab: %w", err)
	}
	if k.lab != nil {
		k.lab.Down()
	}
	return nil
}

func (k *keeper) boot(ctx context.Context, where string) error {
	s, err := config.Load(ctx, where, config.Options{})
	if err != nil {
		return err
	}
	want, err := routing.Solve(ctx, s.Network, routing.Options{Fresh: true})
	if err != nil {
		return err
	}
	plan, err := MakePlan(s.Network)
	if err != nil {
		return err
	}
	k.set(func(s *Status) { s.Routers = len(plan.Nodes) })
	l, err := Up(ctx, plan, filepath.Join(k.dir, "routers"))
	if err != nil {
		return err
	}
	k.set(func(s *Status) { k.lab, s.Stage, s.Rejected = l, stageSessions, l.Rejected })
	if err := l.AwaitSessions(ctx, want, 90*time.Second); err != nil {
		return err
	}
	k.set(func(s *Status) { s.Stage = stageOSPF })
	if err := l.AwaitOSPF(ctx, want, 90*time.Second); err != nil {
		return err
	}
	k.set(func(s *Status) { s.Stage = stageSettling })
	err = l.Settle(ctx, plan.Quiet(), 2*time.Minute)
	if err != nil && !errors.Is(err, ErrRestless) {
		return err
	}
	k.set(func(s *Status) { s.Stage, s.Restless = stageReady, err != nil })
	return nil
}

func (k *keeper) set(change func(*Status)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.st)
}

func (k *keeper) status(w http.ResponseWriter, _ *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	answer(w, k.st)
}

func (k *keeper) observe(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lab == nil {
		http.Error(w, "the lab is not up yet: "+k.st.Stage, http.StatusServiceUnavailable)
		return
	}
	routers, outside, err := k.lab.Observe(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, observation{routers, outside})
}

func (k *keeper) exec(w http.ResponseWriter, r *http.Request) {
	var req execRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || len(req.Command) == 0 {
		http.Error(w, "a command is missing", http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	l := k.lab
	k.mu.Unlock()
	if l == nil {
		http.Error(w, "the lab is not up yet", http.StatusServiceUnavailable)
		return
	}
	out, err := l.Exec(r.Context(), req.Router, req.VRF, req.Command...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, out)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
	}
}
