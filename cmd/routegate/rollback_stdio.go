package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/host"
	"github.com/routegate/routegate/rescue/local"
	"github.com/routegate/routegate/rescue/stdio"
)

// rollbackStdio is the router's end of the rescue's ways by SSH and console: it serves whoever is at its standard input and
// output until they are done, with the agent dead or alive.
func (p *program) rollbackStdio(ctx context.Context, s host.Settings) error {
	stdio.Outlive()
	who := "by SSH or console"
	if from := os.Getenv("SSH_CONNECTION"); from != "" {
		who = fmt.Sprintf("by SSH, from %.80q", from)
	}
	way := local.New(local.Options{Router: s.Router, Socket: s.Socket, State: s.State, Version: version(), Who: who,
		Driver: func() (device.Driver, error) { return host.NewDriver(s) }, Log: slog.New(slog.NewTextHandler(p.stderr, nil))})
	r, err := way.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	return stdio.Process(ctx, r, stdio.Options{Router: s.Router, Program: version()})
}
