package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	gobgpconfig "github.com/osrg/gobgp/v3/pkg/config"
	"github.com/osrg/gobgp/v3/pkg/server"
)

// gobgpdJob marks a process of this program that is to be GoBGP's daemon: "file|type|neighbors to wait for|socket".
// The daemon is the module's own server, reading the file with the module's own reader,
// so that a lab runs exactly the version that go.mod pins and builds nothing.
const gobgpdJob = "ROUTEGATE_LAB_GOBGPD"

// Job does what this process was started for, if a lab started it, and then reports true. A
// program that boots labs calls it first thing.
func Job() (done bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if job := os.Getenv(gobgpdJob); job != "" {
		part := strings.SplitN(job, "|", 4)
		if len(part) != 4 {
			return true, fmt.Errorf("%s: want file|type|neighbors|socket, got %q", gobgpdJob, job)
		}
		return true, serveGoBGP(ctx, part[0], part[1], strings.FieldsFunc(part[2], func(c rune) bool { return c == ',' }), part[3])
	}
	if job := os.Getenv(serveJob); job != "" {
		dir, where, ok := strings.Cut(job, "|")
		if !ok {
			return true, fmt.Errorf("%s: want folder|snapshot, got %q", serveJob, job)
		}
		// What this process starts must not take itself for the keeper.
		if err := os.Unsetenv(serveJob); err != nil {
			return true, err
		}
		return true, serve(ctx, dir, where)
	}
	return false, nil
}

// loaded is the file that says that gobgpd has read everything: its API answers before there are policies,
// and a route that comes in over it then passes none.
func loaded(socket string) string { return socket + ".loaded" }

// serveGoBGP is gobgpd: it reads the file, serves its API on a socket, and runs until ctx ends.
func serveGoBGP(ctx context.Context, file, kind string, passive []string, socket string) error {
	c, err := gobgpconfig.ReadConfigFile(file, kind)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	// A neighbor that is not there at the first dial is tried again soon, not after two minutes.
	for i := range c.Neighbors {
		c.Neighbors[i].Timers.Config.ConnectRetry = 1
		if slices.Contains(passive, cmp.Or(c.Neighbors[i].Config.NeighborAddress, c.Neighbors[i].Config.NeighborInterface)) {
			c.Neighbors[i].Transport.Config.PassiveMode = true
		}
	}
	for i := range c.PeerGroups {
		c.PeerGroups[i].Timers.Config.ConnectRetry = 1
	}
	s := server.NewBgpServer(server.GrpcListenAddress("unix://" + socket))
	go s.Serve()
	if _, err := gobgpconfig.InitialConfig(ctx, s, c, false); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := os.WriteFile(loaded(socket), nil, 0o644); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
