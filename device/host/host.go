package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/deadman"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/device/bird"
	"github.com/routegate/routegate/device/frr"
	"github.com/routegate/routegate/device/gobgp"
)

// NewDriver makes the driver that the settings name; it touches nothing.
func NewDriver(s Settings) (device.Driver, error) {
	switch s.Driver {
	case "frr":
		return frr.New(frr.Options{
			Router: s.Router, Vtysh: s.FRR.Vtysh, VtySocket: s.FRR.VtySocket, Pathspace: s.FRR.Pathspace,
			ConfigFile: s.FRR.ConfigFile, DaemonDir: s.FRR.DaemonDir,
		}), nil
	case "gobgp":
		return gobgp.New(gobgp.Options{Router: s.Router, Address: s.GoBGP.Address, ConfigFile: s.GoBGP.ConfigFile}), nil
	case "bird":
		return bird.New(bird.Options{Router: s.Router, Socket: s.BIRD.Socket, ConfigFile: s.BIRD.ConfigFile, StateDir: s.BIRD.StateDir}), nil
	}
	return nil, fmt.Errorf("driver %q: want frr, gobgp or bird", s.Driver)
}

// Run is the whole agent, until the context ends: an unconfirmed change is then taken back first. ready is called when
// it can be reached.
func Run(ctx context.Context, s Settings, version string, log *slog.Logger, ready func()) error {
	driver, err := NewDriver(s)
	if err != nil {
		return err
	}
	disk, err := store.OpenFolder(s.State)
	if err != nil {
		return err
	}
	defer disk.Close()
	var identity *agent.Identity
	if s.Listen != "" {
		id, err := agent.ReadIdentity(s.CA, s.Certificate, s.Key)
		if err != nil {
			return err
		}
		identity = &id
	}
	patient := agent.Bounded(driver, 10*time.Second)
	// The switch comes before the sockets: a router that must go back does not wait for an address to come up.
	a, err := agent.New(ctx, agent.Options{
		Router: s.Router, Driver: patient, Disk: disk, Clock: agent.MachineClock{}, Version: version, Log: log,
		Limits: deadman.Limits{Keep: s.Keep, Poll: s.Poll, LongestWindow: s.LongestWindow},
	})
	if err != nil {
		return err
	}
	server, err := agent.NewServer(a, identity)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	serve := func(l net.Listener) {
		go func() {
			if err := server.Serve(l); err != nil {
				cancel(fmt.Errorf("%s: %w", l.Addr(), err))
			}
		}()
	}
	defer server.Stop()
	if s.Socket != "" {
		l, err := listenUnix(s.Socket)
		if err != nil {
			return errors.Join(err, a.Leave(ctx))
		}
		serve(l)
	}
	if s.Listen != "" {
		go func() {
			// The management address may come up after the agent does.
			for told := false; ctx.Err() == nil; told = true {
				l, err := agent.Listen(s.Listen)
				if err == nil {
					log.Info("listening", "address", s.Listen)
					serve(l)
					return
				}
				if !told {
					log.Error("the management address cannot be used yet", "error", err)
				}
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		}()
	}
	go func() {
		select {
		case <-patient.Lost():
			// A driver that does not come back holds everything up; a process that starts anew reverts.
			cancel(errors.New("a call to the daemon did not return: the agent ends, to be started anew"))
		case <-ctx.Done():
		}
	}()
	ready()
	err = a.Run(ctx)
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// listenUnix opens a socket for its owner alone. One that nobody listens on any more is taken away; one that is in use is
// not.
func listenUnix(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("%s is in use by another agent", path)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
	}
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}
